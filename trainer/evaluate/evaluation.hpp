#ifndef NUTHATCH_TRAINER_EVALUATE_EVALUATION_HPP
#define NUTHATCH_TRAINER_EVALUATE_EVALUATION_HPP

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/csv.hpp"
#include "evaluate/answers.hpp"
#include "evaluate/calibration.hpp"
#include "evaluate/classification.hpp"
#include "evaluate/confidence.hpp"
#include "evaluate/ranking.hpp"
#include "evaluate/regression.hpp"
#include "export/loaded_model.hpp"

/// Everything that is said of a model's answers to labelled rows.
namespace nuthatch::evaluate {

/// More classes than that have no confusion matrix and are not ranked: both would be most of the work and the text.
inline constexpr std::size_t kMostClasses = 256;
inline constexpr std::size_t kCalibrationBins = 10;
inline constexpr double kLevel = 0.95;

struct Calibration {
  std::string of;  ///< what the probabilities are of: a class's name, or "answer": that the answer is right
  std::vector<ReliabilityBin> bins;
  double expected_error = 0;
};

/// What the most probable class would score as the answer: of models with a threshold, or whose scores and
/// probabilities may prefer different classes.
struct MostProbable {
  std::size_t different = 0;  ///< answered rows that are answered otherwise
  double accuracy = 0;
  std::vector<ClassScore> classes;
  std::vector<std::size_t> matrix;  ///< confusion(); empty of more than kMostClasses
};

struct Classification {
  std::vector<std::string> names;
  std::optional<std::size_t> positive;  ///< the class that ranking and calibration speak of; else all
  MostProbable most_probable;
  std::vector<ClassScore> classes;                ///< by class index, as `names`
  std::vector<std::size_t> matrix;                ///< confusion(); empty of more than kMostClasses
  Ranking ranking;                                ///< over the answered rows
  std::string ranked_by;                          ///< "probabilities" where the model has them, else "scores"
  std::optional<ProbabilityScore> probabilities;  ///< over the answered rows
  std::optional<Calibration> calibration;         ///< over the answered rows
};

/// Over the answered rows.
struct Regression {
  double mean_squared_error = 0;
  double root_mean_squared_error = 0;
  double mean_absolute_error = 0;
  double r2 = 0;
  Residuals residuals;
};

struct Evaluation {
  std::string metric;         ///< "accuracy" or "r2"
  double score = 0;           ///< accuracy: refused rows count as wrong. r2: over the answered rows, 0 of none
  double guessing_score = 0;  ///< of always the commonest class of the rows learned from, or always their mean
  std::string guess;          ///< for people: that class, or "the mean", and of which rows
  std::size_t rows = 0;
  std::size_t refused = 0;
  std::optional<Classification> classification;  ///< of classifiers
  std::optional<Regression> regression;          ///< of the others, where a row was answered
  std::optional<Interval> interval;              ///< of `score`
  std::map<std::string, std::string> undefined;  ///< why a value of these has none, by its name in --json
};

/// Of classes that are equally probable the one that the scores name counts; of a model without probabilities the class
/// that it would answer without a threshold.
MostProbable most_probable(const ClassAnswers& answers);

/// The class that a model was trained to find (--positive, --threshold-for); else, of two, the rarer one of the rows.
/// truth: class indices.
std::optional<std::size_t> positive_class(const exporting::LoadedModel& model, const std::vector<std::int32_t>& truth);

/// positive: the class that ranking and calibration are to speak of; by positive_class where there is none. learned:
/// the rows that the model learned from; where they are not at hand, guessing goes by these. Throws data::DataError on
/// labels the model cannot have.
Evaluation evaluate(const exporting::LoadedModel& model, const data::Dataset& dataset,
                    const exporting::Predictions& predictions, bool decimal_comma,
                    std::optional<std::size_t> positive = {}, const data::Dataset* learned = nullptr);

}  // namespace nuthatch::evaluate

#endif
