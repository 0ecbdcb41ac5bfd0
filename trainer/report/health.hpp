#ifndef NUTHATCH_TRAINER_REPORT_HEALTH_HPP
#define NUTHATCH_TRAINER_REPORT_HEALTH_HPP

#include <optional>
#include <string>
#include <vector>

#include "export/model_file.hpp"
#include "report/counters.hpp"
#include "report/drift.hpp"

/// What counters say of a deployed model.
namespace nuthatch::report {

/// From good to bad. kWatch: rows differ from training more than chance explains, but not by much. kDrift: by much.
/// kBroken: an input says nothing any more.
enum class Health { kOk, kWatch, kDrift, kBroken };
const char* name_of(Health health);

struct FeatureHealth {
  Health health = Health::kOk;
  std::string reason;          ///< empty if ok
  std::optional<Drift> drift;  ///< where the feature has a histogram
};

struct Assessment {
  Health health = Health::kOk;
  std::string reason;
  std::vector<FeatureHealth> features;
  std::optional<double>
      expected_accuracy;  ///< by the margins of the rows in range; where the model says how right each is
  std::optional<double> outside_share;
};

/// How much is material, and how little chance must explain it. PSI beyond chance above 0.1 is the usual "look at it".
struct Tolerance {
  double p_value = 0.001;   ///< of all features together (Bonferroni)
  double psi = 0.1;         ///< beyond chance
  double share = 0.01;      ///< of rows out of range, or refused, because of a feature
  std::uint64_t rows = 10;  ///< fewer rows out of range, or refused, are no news
};

Assessment assess(const Counters& counters, const exporting::ModelContents& model, const Tolerance& tolerance = {});

}  // namespace nuthatch::report

#endif
