#ifndef NUTHATCH_TRAINER_TUNE_SEARCH_HPP
#define NUTHATCH_TRAINER_TUNE_SEARCH_HPP

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tune/budget.hpp"
#include "tune/candidate.hpp"
#include "tune/pace.hpp"

/// Which candidates to try, how far, and which of them are worth having.
namespace nuthatch::tune {

/// A candidate is to be learned without one fold, and scored on it.
struct Question {
  Candidate candidate;
  std::size_t fold = 0;
  std::size_t rows = 0;  ///< learned from so many only, to see whether it is worth a second look; 0: from all
  double limit = 0;      ///< seconds of a processor that it may take; 0: any
};

struct Outcome {
  double score = 0;
  Cost cost;
  /// Classes: the fold's mean log loss, at each of evaluate::log_losses' temperatures; of values empty.
  std::vector<double> losses = {};
  double processor = 0;  ///< seconds that it took
  bool late = false;     ///< its limit or the end of the search ended it, and the rest is nothing
};

/// A candidate with the folds it has been tried on, the first ones first.
struct Trial {
  Candidate candidate;
  std::optional<double> glance = {};             ///< the score of a part of the rows, the largest
  std::vector<double> search_scores = {};        ///< of the folds that the search itself went by
  std::vector<double> final_scores = {};         ///< of the finals, on folds that nothing was chosen by before
  std::vector<std::vector<double>> losses = {};  ///< of the finals, or of the search where there were none
  Cost cost = {};                                ///< the largest of its folds
  bool failed = false;                           ///< it could not be learned, or not in time
  bool late = false;                             ///< it was ended by its limit or by the end of the search
  double processor = 0;                          ///< seconds of a fold, of the most rows that it learned from
  std::size_t timed_rows = 0;                    ///< these rows
  std::optional<double> needs = {};              ///< the time with which all rows would have been learned from

  /// Of the finals where it was in them, else of the search.
  const std::vector<double>& scores() const { return final_scores.empty() ? search_scores : final_scores; }
  bool was_tried() const { return glance.has_value() || !search_scores.empty(); }
  double mean() const;
  std::optional<double> deviation() const;  ///< of the scores, by their number less one; nothing of one
  /// At the temperature that makes it least, of all classifiers in the same way; nothing of values.
  std::optional<double> log_loss() const;
};

constexpr std::size_t kFinalists = 16;  ///< at most

struct Plan {
  std::size_t folds = 5;
  std::size_t repeats = 0;  ///< of the finals: so many more times as many folds, cut elsewhere
  std::size_t spare = 0;    ///< repeats at most, beyond these, where time is left after them
  std::size_t trials = 0;   ///< candidates at most; 0: as many as the clocks let
  std::uint64_t seed = 0;
  /// For many rows: brackets have twice as many, of which a quarter is chosen by so many of the rows, and then so many.
  std::vector<std::size_t> glances = {};
  std::size_t fold_rows = 0;  ///< that a fold is learned from
  std::size_t all_rows = 0;   ///< that the best is learned from in the end
};

/// A family of which there was no time to learn anything from all rows of a fold.
struct Dropped {
  std::string family;
  std::string why;
  double needs = 0;  ///< seconds: the --time it would take, as busy as the machine was
};

struct Found {
  std::vector<Trial> trials;
  std::size_t folds = 0;  ///< that all were judged by: the plan's, or of many rows in little time fewer
  std::vector<Dropped> dropped = {};
};

/// Answers all questions, in their order; nothing for one that failed.
using Ask = std::function<std::vector<std::optional<Outcome>>(const std::vector<Question>&)>;

/// Successive halving (Jamieson and Talwalkar, 2016) in brackets: all candidates on one fold, or on a part of its rows,
/// the better half of those that fit the budget on a second, the better half of these on the rest. First the families
/// as they are, then some blends of the best, and of the rest half at random and half varied from the best. Whoever is
/// best of many on the same folds is so by luck, too: those of the front and some of the best go on to finals on other
/// folds, and are judged by these alone. Folds of repeat r are numbered from (r + 1) * folds. The same seed and the
/// same answers make the same search, unless it is timed. Then brackets are begun while they and the finals end in
/// time, the last one with as many candidates as there is time for, and what is left goes to more repeats of the
/// finals; what learning from more rows takes is said from what it took of fewer, and what that leaves no time for is
/// not begun but named. Families that their limit ended are tried again on a quarter of the rows, and again with the
/// limit that this tells. Where time is too short for any candidate, one of the soonest is learned on all folds all the
/// same.
Found search(const Space& space, const Budget& budget, const Plan& plan, const Ask& ask, Pace& pace);

/// Within the budget, those of the finals, or those tried on so many folds where there were none; the best mean first,
/// among equals the one with less flash.
std::vector<Trial> ranked(const std::vector<Trial>& trials, const Budget& budget, std::size_t folds);

/// `ranked` in the order in which to take them: first those whose scores do not tell them from the best's, being behind
/// by no more than a standard error of the difference on the same folds (corrected for rows that folds share: Nadeau
/// and Bengio, 2003); of these, where they are classifiers, the one with the least log loss. Then
/// the others, best mean first.
std::vector<Trial> by_choice(std::vector<Trial> ranked, std::size_t folds);

/// The same, but of the first ones the one with the least flash.
std::vector<Trial> by_size(std::vector<Trial> ranked, std::size_t folds);

/// Whether scores are above others of the same folds by more than that standard error.
bool is_ahead(const std::vector<double>& scores, const std::vector<double>& others, std::size_t folds);

/// Those of `ranked` that no other beats: none scores as well and costs no more of anything. Of those alike in all
/// that, the first. In order of flash.
std::vector<Trial> front(const std::vector<Trial>& ranked);

}  // namespace nuthatch::tune

#endif
