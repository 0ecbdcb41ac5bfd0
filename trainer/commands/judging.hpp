#ifndef NUTHATCH_TRAINER_COMMANDS_JUDGING_HPP
#define NUTHATCH_TRAINER_COMMANDS_JUDGING_HPP

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "commands/training.hpp"
#include "evaluate/folds.hpp"
#include "evaluate/metric.hpp"
#include "evaluate/threshold.hpp"

namespace CLI {
class App;
}

/// `--metric`, `--positive` and `--threshold-for` of train and tune: what a model is judged by on folds, and the
/// threshold that it answers by.
namespace nuthatch::commands {

struct JudgeFlags {
  std::string metric;         ///< as typed; empty: accuracy or R2
  std::string positive;       ///< a class; empty: the rarer of two
  std::string threshold_for;  ///< as typed; empty: the most probable class is the answer
};

void add_judge_flags(CLI::App& command, JudgeFlags& flags);

/// What the flags mean for the rows at hand.
struct Judge {
  evaluate::Metric metric;
  bool chosen = false;                          ///< by a flag
  std::vector<std::string> names;               ///< the classes; none of values
  std::optional<std::size_t> positive;          ///< always of two classes
  std::optional<evaluate::ThresholdGoal> goal;  ///< of a threshold

  /// What the metric speaks of: "F1 of fault", "F1, mean over the classes", "RMSE".
  std::string words() const;
};

/// rows: those to learn from. Throws CLI::ValidationError where the flags do not fit them: a metric of the other task,
/// a class that there is not, a threshold of more than two classes. The plan is told what its file is to say of them.
Judge judge_of(const JudgeFlags& flags, const data::Dataset& rows, TrainingPlan& plan);

/// Where log loss is asked for and the family of the plan makes no probabilities. Throws CLI::ValidationError.
void check_probabilities(const Judge& judge, const TrainingPlan& plan);

/// The index of a class as a flag names it, as prepare::place_meant finds it; says on stderr where it was by its
/// number. Throws CLI::ValidationError.
std::size_t class_index(const char* flag, const std::string& text, const CsvFlags& flags,
                        const std::vector<std::string>& names);

/// The index among `names` of each of the model's classes, which may be fewer.
std::vector<std::int32_t> places_of(const exporting::LoadedModel& model, const data::Dataset& test,
                                    const std::vector<std::string>& names);

/// What a model answered to rows that it was not learned from. Classes are by their index among the judge's names; a
/// class that the model never met has probability 0 and the lowest score.
struct FoldAnswers {
  evaluate::ClassAnswers classes;
  evaluate::ValueAnswers values;
  evaluate::Guess guess = {};  ///< from the rows that the model learned from; guessing() wants it
};

/// learned: the rows that a model learns from.
evaluate::Guess guess_from(const Judge& judge, const data::Dataset& learned, bool decimal_comma);

FoldAnswers answers_on_fold(const Judge& judge, const exporting::LoadedModel& model, const data::Dataset& test,
                            const exporting::Predictions& predictions, bool decimal_comma);

/// The value by the judge's metric; nothing where it is not defined on these rows.
std::optional<double> score_of(const Judge& judge, const FoldAnswers& answers);
/// The same of models that compete: where one refused every row that the metric asks for, it has the worst value that
/// there is. Throws std::runtime_error where there is none, of errors.
double judged(const Judge& judge, const FoldAnswers& answers);

/// What the answers' guess scores on these rows; NaN where it is not defined.
double guessing(const Judge& judge, const FoldAnswers& answers);

/// Before any model is learned. Throws data::DataError where a fold's test rows leave the metric undefined: it asks for
/// a class that none of them is of.
void check_judged_folds(const Judge& judge, const TrainingPlan& plan, const data::Dataset& rows,
                        const std::vector<evaluate::Fold>& folds);

/// What a threshold reaches.
struct Reached {
  double recall = 0;  ///< of the positive class
  double precision = 0;
  double cost = 0;  ///< mean of a row, where the goal is a cost
};

/// All rows are of folds that were not learned from.
struct ChosenThreshold {
  double score = 0;       ///< in the scores' unit: a greater one is class 1; infinite where all rows are answered alike
  Reached on_its_rows;    ///< that it was chosen on, so it is the best there
  Reached on_other_rows;  ///< each fold answered by the threshold that the other folds choose
  std::size_t folds = 0;
  std::size_t rows = 0;
  std::size_t positives = 0;
};

/// From the answers of all folds. Throws std::runtime_error where no threshold reaches the goal, and says what the best
/// does.
ChosenThreshold choose_threshold(const Judge& judge, const std::vector<FoldAnswers>& folds);

/// Has each fold answered by the threshold that the other folds choose, so that none is scored by a threshold that was
/// chosen on it; where they cannot reach the goal alone, by that of all.
void answer_by_threshold(const Judge& judge, std::vector<FoldAnswers>& folds);
/// Has a fold answered by the threshold that serves its own rows best, where candidates compete and none sees the
/// others' folds; it flatters all of them alike. Nothing changes where the metric looks at no answers.
void answer_by_own_threshold(const Judge& judge, FoldAnswers& fold);

/// What a metric of ranks leaves open: from where on the device answers with the positive class. Empty where there is
/// nothing to say.
std::string ranking_note(const Judge& judge);

/// What the file's threshold is, in score words and in the scores' unit, and the probability of the positive class
/// there where the model has probabilities; null of a file without one.
nlohmann::ordered_json threshold_json(const exporting::LoadedModel& model, std::optional<std::size_t> positive);
/// "fault where its score is above 1.25 (probability 0.23)"; empty without one.
std::string threshold_text(const exporting::LoadedModel& model, std::optional<std::size_t> positive);

/// The same with what it was chosen for and reaches on folds.
nlohmann::ordered_json to_json(const Judge& judge, const ChosenThreshold& chosen, const exporting::LoadedModel& model);
void print(const Judge& judge, const ChosenThreshold& chosen, const exporting::LoadedModel& model);

}  // namespace nuthatch::commands

#endif
