#ifndef NUTHATCH_TRAINER_TUNE_SEARCH_HPP
#define NUTHATCH_TRAINER_TUNE_SEARCH_HPP

#include <functional>
#include <optional>
#include <vector>

#include "tune/budget.hpp"
#include "tune/candidate.hpp"

/// Which candidates to try, how far, and which of them are worth having.
namespace nuthatch::tune {

/// A candidate is to be learned without one fold, and scored on it.
struct Question {
  Candidate candidate;
  std::size_t fold = 0;
};

struct Outcome {
  double score = 0;
  Cost cost;
};

/// A candidate with the folds it has been tried on, the first ones first.
struct Trial {
  Candidate candidate;
  std::vector<double> scores = {};
  Cost cost = {};       ///< the largest of its folds
  bool failed = false;  ///< it could not be learned, or not in time

  double mean() const;
  double deviation() const;  ///< of the scores, by their number less one; 0 of one
};

struct Plan {
  std::size_t folds = 5;
  std::size_t repeats = 0;  ///< of the finals: so many more times as many folds, cut elsewhere
  std::size_t trials = 0;   ///< candidates at most; 0: as many as `more` lets
  std::uint64_t seed = 0;
};

/// Answers all questions, in their order; nothing for one that failed.
using Ask = std::function<std::vector<std::optional<Outcome>>(const std::vector<Question>&)>;

/// What may still begin.
struct Clocks {
  std::function<bool()> bracket;
  std::function<bool()> final;
};

/// Successive halving (Jamieson and Talwalkar, 2016) in brackets: all candidates on one fold, the better half of those
/// that fit the budget on a second, the better half of these on the rest. First the families as they are, then half of
/// a bracket at random and half varied from the best. Whoever is best of many on the same folds is so by luck, too:
/// those of the front and some of the best go on to finals on other folds. Folds of repeat r are numbered from (r + 1)
/// * folds. Before each bracket and each repeat the clocks are asked. The same seed and the same answers make the same
/// search.
std::vector<Trial> search(const Space& space, const Budget& budget, const Plan& plan, const Ask& ask,
                          const Clocks& clocks);

/// Within the budget, of those that were tried on the most folds, at least on so many; the best mean first, among
/// equals the one with less flash.
std::vector<Trial> ranked(const std::vector<Trial>& trials, const Budget& budget, std::size_t folds);

/// Those of `ranked` that no other beats: none scores as well and costs no more of anything. Of those alike in all
/// that, the first. In order of flash.
std::vector<Trial> front(const std::vector<Trial>& ranked);

}  // namespace nuthatch::tune

#endif
