#ifndef NUTHATCH_TRAINER_COMMANDS_TUNING_HPP
#define NUTHATCH_TRAINER_COMMANDS_TUNING_HPP

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "commands/cross_validation.hpp"
#include "commands/finding_output.hpp"
#include "commands/training.hpp"
#include "tune/search.hpp"

/// From rows and a budget to the best model that fits: what `tune` does between reading its flags and reporting.
namespace nuthatch::commands {

struct TunePlan {
  TrainingPlan training;  ///< data, target, monitor, seed; the family and its parameters are what is looked for
  FoldPlan folds{5};
  tune::Budget budget;
  JudgeFlags judge;
  std::vector<std::string> models;  ///< empty: all that serve the task
  std::string input;                ///< float32 or int16; empty: both are tried
  std::string task = "auto";
  std::string class_weight = "none";  ///< of every candidate
  std::size_t trials = 0;             ///< 0: by time
  double seconds = 60;
  std::string resume;  ///< what was found so far is kept here; empty: nowhere
};

/// A family of which nothing could be learned, though there was time.
struct Failure {
  std::string family;
  std::string why;  ///< of the first of its candidates
};

/// Nothing that fits was found. what() is the whole sentence.
class NothingFound : public std::runtime_error {
 public:
  NothingFound(const std::string& what, std::vector<tune::Dropped> dropped_families, std::vector<Failure> failed)
      : std::runtime_error(what), dropped(std::move(dropped_families)), failures(std::move(failed)) {}
  std::vector<tune::Dropped> dropped;
  std::vector<Failure> failures;
};

struct Tuning {
  std::vector<prepare::Finding> findings;
  Judge judge;                       ///< scores of trials are merits of its metric: the more the better
  double guessing_score = 0;         ///< by the metric, of looking at no feature, the mean of the folds
  bool better_than_guessing = true;  ///< the best is, on its own folds, by more than chance makes of them
  std::optional<ChosenThreshold> threshold;
  std::size_t trials = 0;
  std::size_t failed = 0;
  std::size_t too_large = 0;  ///< did not fit the budget
  double seconds = 0;
  double cpu_seconds = 0;          ///< of this program and its children
  std::vector<tune::Trial> front;  ///< with the chosen one, if another beats it by chance
  std::vector<tune::Trial> tried;
  std::vector<tune::Dropped> dropped;  ///< families that there was no time for
  std::vector<Failure> failures;
  Rows rows;                    ///< that the best was learned from and, held out, scored on; its features only
  TrainingPlan plan;            ///< of the best
  double seconds_to_learn = 0;  ///< the best from all rows
  tune::Trial best;
  double best_score = 0;  ///< of all finalists; the chosen one may be behind by chance (tune::by_choice)
  std::vector<std::string> best_features;              ///< empty: all
  std::vector<std::uint8_t> bytes;                     ///< the best model's file, learned from all rows
  tune::Cost cost;                                     ///< of that file
  std::optional<std::uint64_t> measured_instructions;  ///< the most of its training rows, on the emulated core
  std::optional<std::uint64_t> usual_instructions;     ///< expected of a row like those of the data, on average
  std::optional<double> passed_over;  ///< the score of a better candidate that did not fit once all rows were learned
};

/// Throws NothingFound where nothing fits, and says what came nearest.
Tuning tune_model(const TunePlan& plan);

}  // namespace nuthatch::commands

#endif
