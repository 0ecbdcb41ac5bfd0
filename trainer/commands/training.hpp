#ifndef NUTHATCH_TRAINER_COMMANDS_TRAINING_HPP
#define NUTHATCH_TRAINER_COMMANDS_TRAINING_HPP

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "commands/csv_flags.hpp"
#include "export/loaded_model.hpp"
#include "learn/families.hpp"
#include "prepare/preparation.hpp"
#include "quantize/steps.hpp"
#include "report/cost.hpp"
#include "report/metrics.hpp"

/// From rows to models: what `train` does between reading a CSV and writing a file.
namespace nuthatch::commands {

/// Which rows may be parted from which, as --folds and --group say.
struct SplitPlan {
  std::string kind;   ///< stratified, plain, grouped or time; empty: by what else is given
  std::string group;  ///< the column of groups; empty: none
};

/// What a model is to be trained from and as.
struct TrainingPlan : CsvFlags {
  std::string data;
  std::string target;
  const learn::Family* family = nullptr;
  bool classifies = false;
  std::vector<std::string> drop;
  std::string test;
  double test_fraction = 0;
  std::string precision;
  std::string input = "float32";
  std::string monitor = "basic";            ///< or off, or full: with histograms of features and of the output
  std::size_t monitor_bytes = 0;            ///< of the device's memory for it, at full; 0: as many as it needs
  double alarm_every = 1e6;                 ///< rows between false alarms, on average
  double confidence = 0;                    ///< answers that are right less often are to be abstained from
  std::string positive;                     ///< the class that is looked for, for the lineage; empty: nobody said
  std::string threshold_for;                ///< as --threshold-for says, for the lineage; empty: nobody asked
  double threshold = 0;                     ///< of two classes, in the scores' unit: above it is class 1
  std::string float_predictions;            ///< where the answers of the float column's model go; empty: nowhere
  std::string select;                       ///< the method that chooses features; empty: all are kept
  std::size_t select_features = 0;          ///< how many; 0: by cross-validation
  SplitPlan split;                          ///< of whatever holds rows out (row_plan.hpp)
  bool explain = false;                     ///< with what the device needs to explain its scores
  std::vector<std::uint8_t> parent_sha256;  ///< of the model that this one replaces; empty: none
  prepare::Choices prepare;                 ///< of columns; what is not chosen is decided by the data
  double pca = 0;                           ///< number of components or share of variance; 0: as `prepare` says
  std::string prepare_file;                 ///< where they came from, for messages
  std::string prepare_text;                 ///< as JSON, for the lineage; empty: nothing was chosen
  std::uint64_t seed = 0;
  learn::Parameters parameters;
  std::map<std::string, std::string> parameter_texts;  ///< the family's flags, defaults included, as typed
  bool progress = false;
};

/// Sets the parameters of the plan's family: as given, by the flags' names, else its defaults. What is wrong with them,
/// or empty.
std::string set_flags(const std::map<std::string, std::string>& given, TrainingPlan& plan);

/// What --test-fraction took.
struct HeldOutRows {
  std::string kind;     ///< stratified, plain, grouped or time
  double fraction = 0;  ///< that was asked for
  std::size_t rows = 0;
  std::size_t all_rows = 0;
  std::string group = {};  ///< the column; empty where there are none
  std::optional<std::size_t> groups = {};
  std::size_t all_groups = 0;
};

/// Groups of --data that --test has, too: there a model meets what it has learned from.
struct SharedGroups {
  std::string column;
  bool known = false;               ///< the test file has the column
  std::vector<std::string> groups;  ///< as --data writes them
  std::uint64_t rows = 0;           ///< of the test file
};

/// The rows to learn from and, if asked for, to score on.
struct Rows {
  data::Dataset train;
  std::optional<data::Dataset> test;
  std::vector<std::uint8_t> split_sha256 = {};     ///< of which rows `test` has (SPEC.md); empty where it is not known
  std::optional<HeldOutRows> held_out = {};        ///< how `test` was drawn; nothing where it is a file of its own
  RowNotes test_notes = {};                        ///< of `test`, where it is a file of its own
  std::optional<SharedGroups> shared_groups = {};  ///< the same, with --group
};

/// Scores on the rows that were learned from and, if there are any, on those held out.
struct Scores {
  report::Score train;
  std::optional<report::Score> test;

  /// On the test rows if there are any.
  const report::Score& honest() const { return test ? *test : train; }
};

/// The learned model written with one precision.
struct Variant {
  std::string precision;
  exporting::LoadedModel model;
  Scores scores;
  std::vector<quantize::Step> usual_steps = {};  ///< of a training row
  std::vector<report::InstructionBound> usual_instructions = {};
};

/// What --max-support-vectors took away, and the scores of the learned model before and after.
struct Reduction {
  std::size_t all = 0;
  std::size_t kept = 0;
  Scores scores;
  Scores after = {};
};

/// What --max-bytes took away, of all forests of a blend together, and the scores of the learned model before and
/// after.
struct Pruning {
  struct NoQuestion {
    std::uint64_t bytes;  ///< that were allowed
    std::size_t enough;   ///< bytes that would keep a question
  };

  std::size_t leaves_before = 0;
  std::size_t leaves_after = 0;
  std::uint64_t bytes = 0;                     ///< that were allowed
  std::optional<NoQuestion> no_question = {};  ///< of a forest of which only leaves are left
  Scores scores = {};
  Scores after = {};
};

struct Training {
  prepare::Preparation preparation;
  /// Of the family learned in double precision from the values as read, which the variants are compared with.
  Scores baseline;
  std::size_t baseline_rows = 0;  ///< that it was learned from: of many rows trees take a part
  std::vector<Variant> variants;
  std::optional<Reduction> reduction;
  std::optional<Pruning> pruning;
  double seconds = 0;  ///< of learning alone: neither reading nor quantizing
};

/// Whether what is learned or scored depends on how rows are held out.
bool holds_rows_out(const TrainingPlan& plan);

/// Learns once, and quantizes for each precision of the family.
Training train_model(const TrainingPlan& plan, const Rows& rows);

/// What train_model would write with the plan's precision, had it these rows alone: for its scores, so it has no hash
/// of the data. `progress` hears how far learning is; `monitor` stands in for the plan's.
exporting::LoadedModel train_for_scores(const TrainingPlan& given, const data::Dataset& dataset,
                                        const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                        const std::string& monitor = "off");

}  // namespace nuthatch::commands

#endif
