#ifndef NUTHATCH_TRAINER_COMMANDS_SELECTING_HPP
#define NUTHATCH_TRAINER_COMMANDS_SELECTING_HPP

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "commands/training.hpp"
#include "select/ranking.hpp"

namespace CLI {
class App;
}

/// `train --select`: the features that are worth what they cost a device.
namespace nuthatch::commands {

/// So many features, the best, under cross-validation.
struct TriedCount {
  std::size_t features = 0;
  double mean = 0;
  double deviation = 0;  ///< sample standard deviation over the folds
};

/// What one kept feature buys.
struct Kept {
  std::string name;
  double score = 0;       ///< the method's
  double importance = 0;  ///< what the score loses on held-out rows when it is shuffled; mean over the folds
  double deviation = 0;   ///< over the folds
};

/// What a feature costs, on average over the kept ones: the model with all of them less one without any but one.
struct FeatureCost {
  double flash_bytes = 0;
  double ram_bytes = 0;
  double instructions = 0;  ///< by the bound for Cortex-M4
};

struct Selection {
  std::string method;
  std::vector<std::string> features;   ///< of the data, in their order
  std::vector<double> scores;          ///< the method's, of each of them
  std::vector<std::string> kept;       ///< in the data's order
  std::vector<TriedCount> tried = {};  ///< the most features first; empty where --select-features said how many
  std::vector<Kept> worth = {};        ///< of the kept ones (weigh)
  FeatureCost cost = {};
};

void add_select_flags(CLI::App& command, TrainingPlan& plan);

/// What the plan's rows are to tell.
select::Target target_of(const TrainingPlan& plan, const data::Dataset& rows);

/// Chooses by the rows alone: ranks all features by plan.select, and keeps plan.select_features of them, or, where that
/// is 0, the fewest whose cross-validated score is within one standard error of the best number's (Breiman et al.
/// 1984). In each fold the ranking is done anew. The plan has a method.
Selection select_features(const TrainingPlan& plan, const data::Dataset& rows);

/// What the kept features buy, by models of the plan's family that are learned without a fold each, and what they cost.
/// rows: with these features only.
void weigh(const TrainingPlan& plan, const data::Dataset& rows, Selection& selection);

nlohmann::ordered_json to_json(const Selection& selection);
void print(const Selection& selection);

}  // namespace nuthatch::commands

#endif
