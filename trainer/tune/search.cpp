#include "tune/search.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace nuthatch::tune {
namespace {

constexpr std::size_t kBracket = 12;
constexpr std::size_t kParents = 6;
constexpr std::size_t kFinalists = 16;

class Search {
 public:
  Search(const Space& space, const Budget& budget, const Plan& plan, const Ask& ask)
      : space_(space), budget_(budget), plan_(plan), ask_(ask), random_(plan.seed) {}

  std::vector<Trial> run(const Clocks& clocks) {
    while (clocks.bracket()) {
      std::vector<std::size_t> bracket = propose();
      if (bracket.empty()) break;
      try_folds(bracket, 0, 1);
      keep_half(bracket);
      try_folds(bracket, 1, 2);
      keep_half(bracket);
      try_folds(bracket, 2, plan_.folds);
    }
    run_finals(clocks);
    return std::move(trials_);
  }

 private:
  bool is_full() const { return plan_.trials != 0 && trials_.size() >= plan_.trials; }

  void add(const Candidate& candidate, std::vector<std::size_t>& bracket) {
    if (is_full() || !known_.insert(candidate.key()).second) return;
    bracket.push_back(trials_.size());
    trials_.push_back({candidate});
  }

  /// Places in trials_.
  std::vector<std::size_t> propose() {
    std::vector<std::size_t> bracket;
    if (trials_.empty()) {
      for (const Candidate& candidate : defaults(space_)) add(candidate, bracket);
    }
    std::vector<Trial> parents = ranked(trials_, budget_, plan_.folds);
    parents.resize(std::min(parents.size(), kParents));
    // A small space has nothing new to draw after a while.
    for (std::size_t tries = 0; bracket.size() < kBracket && tries < 20 * kBracket && !is_full(); ++tries) {
      const bool anew = parents.empty() || bracket.size() % 2 == 0;
      add(anew ? draw(space_, random_) : vary(parents[random_() % parents.size()].candidate, space_, random_), bracket);
    }
    return bracket;
  }

  void try_folds(const std::vector<std::size_t>& bracket, std::size_t first, std::size_t last) {
    std::vector<Question> questions;
    std::vector<std::size_t> of;
    for (const std::size_t place : bracket) {
      for (std::size_t fold = first; fold < std::min(last, plan_.folds); ++fold) {
        questions.push_back({trials_[place].candidate, fold});
        of.push_back(place);
      }
    }
    const std::vector<std::optional<Outcome>> outcomes = ask_(questions);
    for (std::size_t i = 0; i < outcomes.size(); ++i) note(trials_[of[i]], outcomes[i]);
  }

  static void note(Trial& trial, const std::optional<Outcome>& outcome) {
    if (!outcome) {
      trial.failed = true;
      return;
    }
    trial.scores.push_back(outcome->score);
    trial.cost.flash_bytes = std::max(trial.cost.flash_bytes, outcome->cost.flash_bytes);
    trial.cost.ram_bytes = std::max(trial.cost.ram_bytes, outcome->cost.ram_bytes);
    trial.cost.instructions = std::max(trial.cost.instructions, outcome->cost.instructions);
  }

  /// The best of each family first, then the best of all, then the rest of the front.
  std::vector<std::size_t> finalists() const {
    const std::vector<Trial> best = ranked(trials_, budget_, plan_.folds);
    std::vector<std::string> keys;
    const auto add = [&](const Trial& trial) {
      const std::string key = trial.candidate.key();
      if (keys.size() < kFinalists && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    };
    std::set<std::string> families;
    for (const Trial& trial : best) {
      if (families.insert(trial.candidate.family).second) add(trial);
    }
    for (std::size_t i = 0; i < std::min(best.size(), kFinalists / 2); ++i) add(best[i]);
    for (const Trial& trial : front(best)) add(trial);
    for (const Trial& trial : best) add(trial);
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < trials_.size(); ++place) {
      if (std::find(keys.begin(), keys.end(), trials_[place].candidate.key()) != keys.end()) places.push_back(place);
    }
    return places;
  }

  /// A repeat counts where it was finished for all; else nobody could be compared with anybody.
  void run_finals(const Clocks& clocks) {
    const std::vector<std::size_t> places = finalists();
    for (std::size_t repeat = 1; repeat <= plan_.repeats && !places.empty() && clocks.final(); ++repeat) {
      std::vector<Question> questions;
      for (const std::size_t place : places) {
        for (std::size_t fold = 0; fold < plan_.folds; ++fold) {
          questions.push_back({trials_[place].candidate, repeat * plan_.folds + fold});
        }
      }
      const std::vector<std::optional<Outcome>> outcomes = ask_(questions);
      if (!std::all_of(outcomes.begin(), outcomes.end(), [](const auto& outcome) { return outcome.has_value(); }))
        return;
      for (std::size_t i = 0; i < outcomes.size(); ++i) note(trials_[places[i / plan_.folds]], outcomes[i]);
    }
  }

  void keep_half(std::vector<std::size_t>& bracket) const {
    const std::size_t half = (bracket.size() + 1) / 2;
    std::erase_if(bracket,
                  [&](std::size_t place) { return trials_[place].failed || !budget_.allows(trials_[place].cost); });
    std::stable_sort(bracket.begin(), bracket.end(),
                     [&](std::size_t a, std::size_t b) { return trials_[a].mean() > trials_[b].mean(); });
    bracket.resize(std::min(bracket.size(), half));
  }

  const Space& space_;
  const Budget& budget_;
  const Plan& plan_;
  const Ask& ask_;
  Random random_;
  std::vector<Trial> trials_;
  std::set<std::string> known_;
};

/// At least as good in everything.
bool is_no_worse(const Trial& a, const Trial& b) {
  return a.mean() >= b.mean() && a.cost.flash_bytes <= b.cost.flash_bytes && a.cost.ram_bytes <= b.cost.ram_bytes &&
         a.cost.instructions <= b.cost.instructions;
}

}  // namespace

double Trial::mean() const {
  if (scores.empty()) return -HUGE_VAL;
  return std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

double Trial::deviation() const {
  if (scores.size() < 2) return 0;
  double squares = 0;
  for (const double score : scores) squares += (score - mean()) * (score - mean());
  return std::sqrt(squares / static_cast<double>(scores.size() - 1));
}

std::vector<Trial> search(const Space& space, const Budget& budget, const Plan& plan, const Ask& ask,
                          const Clocks& clocks) {
  return Search(space, budget, plan, ask).run(clocks);
}

std::vector<Trial> ranked(const std::vector<Trial>& trials, const Budget& budget, std::size_t folds) {
  std::size_t most = folds;
  for (const Trial& trial : trials) most = std::max(most, trial.scores.size());
  std::vector<Trial> good;
  for (const Trial& trial : trials) {
    if (!trial.failed && trial.scores.size() == most && budget.allows(trial.cost)) good.push_back(trial);
  }
  std::stable_sort(good.begin(), good.end(), [](const Trial& a, const Trial& b) {
    return a.mean() != b.mean() ? a.mean() > b.mean() : a.cost.flash_bytes < b.cost.flash_bytes;
  });
  return good;
}

std::vector<Trial> front(const std::vector<Trial>& ranked) {
  std::vector<Trial> best;
  for (const Trial& trial : ranked) {
    const auto beats = [&](const Trial& other) { return is_no_worse(other, trial) && !is_no_worse(trial, other); };
    const auto is_like = [&](const Trial& other) { return is_no_worse(other, trial) && is_no_worse(trial, other); };
    const bool beaten = std::any_of(ranked.begin(), ranked.end(), beats);
    if (!beaten && std::none_of(best.begin(), best.end(), is_like)) best.push_back(trial);
  }
  std::stable_sort(best.begin(), best.end(),
                   [](const Trial& a, const Trial& b) { return a.cost.flash_bytes < b.cost.flash_bytes; });
  return best;
}

}  // namespace nuthatch::tune
