#ifndef NUTHATCH_TRAINER_REPORT_MODEL_REPORT_HPP
#define NUTHATCH_TRAINER_REPORT_MODEL_REPORT_HPP

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compare/energy.hpp"
#include "data/csv.hpp"
#include "evaluate/evaluation.hpp"
#include "explain/permutation.hpp"
#include "export/loaded_model.hpp"

/// What `--report` of train, evaluate and tune says of a model. What is empty has no section.
namespace nuthatch::report {

/// A model's answers to labelled rows.
struct ScoredRows {
  std::string name;      ///< what these rows are, as the end of a sentence: "the 30 rows held out of iris.csv"
  bool learned = false;  ///< the model was learned from them, so that scores flatter
  const data::Dataset* rows = nullptr;
  exporting::Predictions predictions;
  evaluate::Evaluation evaluation;
};

/// Score against the number of training rows.
struct LearningCurve {
  struct Point {
    std::size_t rows = 0;
    double train = 0;  ///< on the rows that were learned from
    double test = 0;   ///< on rows that none was learned from
  };
  std::vector<Point> points;
  std::string tested_on;
  double seconds = 0;       ///< that all of it took
  double most_seconds = 0;  ///< that it might take
  bool stopped = false;     ///< more rows would have taken longer
  std::size_t failed = 0;   ///< sizes that nothing could be learned from
};

/// One learned model, written with one precision.
struct PrecisionScore {
  std::string precision;  ///< "float" is the learned model, before anything is rounded
  double score = 0;
  std::optional<std::size_t> bytes;
  bool chosen = false;
};

/// What `tune` tried or would have offered.
struct TunedModel {
  std::string family;
  std::string how;  ///< its flags
  double score = 0;
  std::uint64_t flash_bytes = 0;
  std::uint64_t ram_bytes = 0;
  std::uint64_t instructions = 0;
  bool chosen = false;
};

/// Of trials that differ in a flag, and perhaps in others: the flag's value and the score.
struct ValidationCurve {
  std::string flag;
  std::vector<std::pair<double, double>> trials;  ///< the score is that of the first fold, which all were tried on
  std::optional<double> chosen;                   ///< the value of the model that was written
};

/// What a prediction takes on a core.
struct CoreCost {
  std::string core;
  std::optional<std::uint64_t> flash_bytes;  ///< the code that its product links, and the file
  bool flash_estimated = false;              ///< the code's is of the reviewed table
  std::uint64_t ram_bytes = 0;
  std::uint64_t instructions = 0;  ///< the most that a row can take
  std::optional<double> us;        ///< estimated
  compare::Energy energy;          ///< of the instructions
};

/// What making it took on this machine.
struct Compute {
  double seconds = 0;      ///< of the clock on the wall
  double cpu_seconds = 0;  ///< of all cores, measured
  compare::Energy energy;  ///< of all of it; microjoules
};

/// Of models learned from some of the rows, on the others.
struct FoldsScore {
  double mean = 0;
  std::string how;      ///< which folds, and how much they differ: "5 plain folds, standard deviation 0.01"
  double guessing = 0;  ///< what looking at no feature scores on them
};

struct ModelReport {
  std::string made;  ///< how the page came about: "Trained on iris.csv"
  std::string name;  ///< the model's
  const exporting::LoadedModel* model = nullptr;
  bool decimal_comma = false;
  std::string data_name;
  const data::Dataset* data = nullptr;  ///< what is described: training rows, or those that were scored
  std::vector<std::string> findings;    ///< about the data, a sentence each
  std::optional<ScoredRows> scored;
  std::optional<explain::Importance> importance;
  std::string importance_rows;  ///< what rows it was measured on
  std::optional<LearningCurve> learning;
  std::vector<PrecisionScore> precisions;
  std::vector<TunedModel> front;
  std::string core;  ///< that the front is of
  std::vector<ValidationCurve> validation;
  std::optional<FoldsScore> folds;
  std::string judged_by;         ///< the metric of folds, trials and front, for people; empty: accuracy or R2
  bool lower_is_better = false;  ///< by that metric
  std::vector<CoreCost> costs;
  std::optional<Compute> compute;
};

/// One offline HTML file.
std::string model_page(const ModelReport& report);

}  // namespace nuthatch::report

#endif
