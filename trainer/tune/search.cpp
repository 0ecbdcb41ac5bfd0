#include "tune/search.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace nuthatch::tune {
namespace {

constexpr std::size_t kBracket = 12;
constexpr std::size_t kParents = 6;
constexpr std::size_t kBlends = 3;  // of a bracket

double so_far(const Trial& trial) {
  return trial.search_scores.empty() ? trial.glance.value_or(-HUGE_VAL) : trial.mean();
}

class Search {
 public:
  Search(const Space& space, const Budget& budget, const Plan& plan, const Ask& ask)
      : space_(space), budget_(budget), plan_(plan), ask_(ask), random_(plan.seed) {}

  std::vector<Trial> run(const Clocks& clocks) {
    while (clocks.bracket()) {
      std::vector<std::size_t> bracket = propose();
      if (bracket.empty()) break;
      if (plan_.glances) {
        glance_at(bracket);
        keep_half(bracket);  // twice as many, for a glance is cheap
      } else {
        try_folds(bracket, 0, 1);
      }
      keep_half(bracket);
      try_folds(bracket, plan_.glances ? 0 : 1, 2);
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

  static std::vector<Candidate> best_of_families(const std::vector<Trial>& best_first) {
    std::vector<Candidate> best;
    std::set<std::string> families;
    for (const Trial& trial : best_first) {
      if (families.insert(trial.candidate.family).second) best.push_back(trial.candidate);
    }
    return best;
  }

  /// The better third, by the best that was seen of each.
  std::vector<std::string> promising_families() const {
    std::map<std::string, double> best;
    for (const Trial& trial : trials_) {
      if (trial.failed || !trial.was_tried() || !budget_.allows(trial.cost) || is_blend(trial.candidate)) continue;
      const auto [seen, fresh] = best.emplace(trial.candidate.family, so_far(trial));
      if (!fresh) seen->second = std::max(seen->second, so_far(trial));
    }
    std::vector<std::string> names;
    names.reserve(best.size());
    for (const auto& [name, score] : best) names.push_back(name);
    std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) { return best[a] > best[b]; });
    names.resize((names.size() + 2) / 3);
    return names;
  }

  /// Places in trials_.
  std::vector<std::size_t> propose() {
    std::vector<std::size_t> bracket;
    if (trials_.empty()) {
      for (const Candidate& candidate : defaults(space_)) add(candidate, bracket);
    }
    std::vector<Trial> parents = ranked(trials_, budget_, plan_.folds);
    const std::vector<Candidate> best = best_of_families(parents);
    for (std::size_t i = 0; i < kBlends; ++i) {
      if (const std::optional<Candidate> blended = blend(best, space_, random_)) add(*blended, bracket);
    }
    parents.resize(std::min(parents.size(), kParents));
    const std::vector<std::string> promising = promising_families();
    // A small space has nothing new to draw after a while.
    const std::size_t wanted = plan_.glances ? 2 * kBracket : kBracket;
    for (std::size_t tries = 0; bracket.size() < wanted && tries < 20 * wanted && !is_full(); ++tries) {
      const bool anew = parents.empty() || bracket.size() % 2 == 0;
      add(anew ? draw(space_, promising, random_)
               : vary(parents[random_() % parents.size()].candidate, space_, random_),
          bracket);
    }
    return bracket;
  }

  void glance_at(const std::vector<std::size_t>& bracket) {
    std::vector<Question> questions;
    questions.reserve(bracket.size());
    for (const std::size_t place : bracket) questions.push_back({trials_[place].candidate, 0, true});
    const std::vector<std::optional<Outcome>> outcomes = ask_(questions);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      Trial& trial = trials_[bracket[i]];
      trial.failed = !outcomes[i];
      if (!outcomes[i]) continue;
      trial.glance = outcomes[i]->score;
      trial.cost = outcomes[i]->cost;
    }
  }

  void try_folds(const std::vector<std::size_t>& bracket, std::size_t first, std::size_t last) {
    std::vector<Question> questions;
    std::vector<std::size_t> of;
    for (const std::size_t place : bracket) {
      for (std::size_t fold = first; fold < std::min(last, plan_.folds); ++fold) {
        questions.push_back({trials_[place].candidate, fold, false});
        of.push_back(place);
      }
    }
    const std::vector<std::optional<Outcome>> outcomes = ask_(questions);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      Trial& trial = trials_[of[i]];
      note(trial, outcomes[i], trial.search_scores);
    }
  }

  static void note(Trial& trial, const std::optional<Outcome>& outcome, std::vector<double>& scores) {
    if (!outcome) {
      trial.failed = true;
      return;
    }
    scores.push_back(outcome->score);
    if (!outcome->losses.empty()) trial.losses.push_back(outcome->losses);
    trial.cost.flash_bytes = std::max(trial.cost.flash_bytes, outcome->cost.flash_bytes);
    trial.cost.ram_bytes = std::max(trial.cost.ram_bytes, outcome->cost.ram_bytes);
    trial.cost.instructions = std::max(trial.cost.instructions, outcome->cost.instructions);
  }

  /// Of those whose flags made no difference to any fold, the cheapest.
  std::vector<Trial> distinct() const {
    std::set<std::pair<std::string, std::vector<double>>> met;
    std::vector<Trial> best = ranked(trials_, budget_, plan_.folds);
    std::erase_if(best, [&](const Trial& trial) {
      return !met.insert({trial.candidate.family, trial.search_scores}).second;
    });
    return best;
  }

  /// Places in trials_, in the order in which they are worth the time: some of the best of all, the best of each
  /// family, more of the best, the front, the rest.
  std::vector<std::size_t> finalists() const {
    const std::vector<Trial> best = distinct();
    std::vector<std::string> keys;
    const auto add = [&](const Trial& trial) {
      const std::string key = trial.candidate.key();
      if (keys.size() < kFinalists && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    };
    const auto add_best = [&](std::size_t count) {
      for (std::size_t i = 0; i < std::min(best.size(), count); ++i) add(best[i]);
    };
    add_best(kFinalists / 4);
    std::set<std::string> families;
    for (const Trial& trial : best) {
      if (families.insert(trial.candidate.family).second) add(trial);
    }
    add_best(kFinalists / 2);
    for (const Trial& trial : front(best)) add(trial);
    add_best(best.size());
    return places_of(keys);
  }

  std::vector<std::size_t> places_of(const std::vector<std::string>& keys) const {
    std::vector<std::size_t> places;
    for (const std::string& key : keys) {
      const auto is = [&](const Trial& trial) { return trial.candidate.key() == key; };
      places.push_back(static_cast<std::size_t>(std::find_if(trials_.begin(), trials_.end(), is) - trials_.begin()));
    }
    return places;
  }

  /// Who does not finish the first repeat in time is out, the last first. Another repeat counts where all finished it;
  /// else nobody could be compared with anybody.
  void run_finals(const Clocks& clocks) {
    std::vector<std::size_t> places = finalists();
    for (std::size_t repeat = 1; repeat <= plan_.repeats && !places.empty() && clocks.final(); ++repeat) {
      std::vector<Question> questions;
      for (const std::size_t place : places) {
        for (std::size_t fold = 0; fold < plan_.folds; ++fold) {
          questions.push_back({trials_[place].candidate, repeat * plan_.folds + fold, false});
        }
      }
      const std::vector<std::optional<Outcome>> outcomes = ask_(questions);
      std::vector<std::size_t> in_time;
      for (std::size_t i = 0; i < places.size(); ++i) {
        if (finished(outcomes, i)) in_time.push_back(i);
      }
      if (repeat > 1 && in_time.size() < places.size()) return;
      for (const std::size_t i : in_time) note_finals(trials_[places[i]], outcomes, i);
      for (std::size_t& i : in_time) i = places[i];
      places = std::move(in_time);
    }
  }

  bool finished(const std::vector<std::optional<Outcome>>& outcomes, std::size_t finalist) const {
    const auto first = outcomes.begin() + static_cast<std::ptrdiff_t>(finalist * plan_.folds);
    return std::all_of(first, first + static_cast<std::ptrdiff_t>(plan_.folds),
                       [](const std::optional<Outcome>& outcome) { return outcome.has_value(); });
  }

  void note_finals(Trial& trial, const std::vector<std::optional<Outcome>>& outcomes, std::size_t finalist) const {
    for (std::size_t i = finalist * plan_.folds; i < (finalist + 1) * plan_.folds; ++i) {
      if (trial.final_scores.empty()) trial.losses.clear();
      note(trial, outcomes[i], trial.final_scores);
    }
  }

  void keep_half(std::vector<std::size_t>& bracket) const {
    const std::size_t half = (bracket.size() + 1) / 2;
    std::erase_if(bracket,
                  [&](std::size_t place) { return trials_[place].failed || !budget_.allows(trials_[place].cost); });
    std::stable_sort(bracket.begin(), bracket.end(),
                     [&](std::size_t a, std::size_t b) { return so_far(trials_[a]) > so_far(trials_[b]); });
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

double mean_of(const std::vector<double>& scores) {
  if (scores.empty()) return -HUGE_VAL;
  return std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

double deviation_of(const std::vector<double>& scores) {
  if (scores.size() < 2) return 0;
  const double mean = mean_of(scores);
  double squares = 0;
  for (const double score : scores) squares += (score - mean) * (score - mean);
  return std::sqrt(squares / static_cast<double>(scores.size() - 1));
}

/// Of the difference of the means of two trials on the same folds.
double standard_error(const Trial& a, const Trial& b, std::size_t folds) {
  std::vector<double> differences = a.scores();
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] -= b.scores()[i];
  const double test_by_train = 1.0 / static_cast<double>(folds - 1);
  return deviation_of(differences) * std::sqrt(1.0 / static_cast<double>(differences.size()) + test_by_train);
}

/// At least as good in everything.
bool is_no_worse(const Trial& a, const Trial& b) {
  return a.mean() >= b.mean() && a.cost.flash_bytes <= b.cost.flash_bytes && a.cost.ram_bytes <= b.cost.ram_bytes &&
         a.cost.instructions <= b.cost.instructions;
}

}  // namespace

double Trial::mean() const { return mean_of(scores()); }

double Trial::deviation() const { return deviation_of(scores()); }

std::optional<double> Trial::log_loss() const {
  if (losses.empty()) return std::nullopt;
  double least = HUGE_VAL;
  for (std::size_t temperature = 0; temperature < losses.front().size(); ++temperature) {
    double sum = 0;
    for (const std::vector<double>& fold : losses) sum += fold[temperature];
    least = std::min(least, sum / static_cast<double>(losses.size()));
  }
  return least;
}

std::vector<Trial> search(const Space& space, const Budget& budget, const Plan& plan, const Ask& ask,
                          const Clocks& clocks) {
  return Search(space, budget, plan, ask).run(clocks);
}

std::vector<Trial> ranked(const std::vector<Trial>& trials, const Budget& budget, std::size_t folds) {
  std::size_t finals = 0;
  for (const Trial& trial : trials) finals = std::max(finals, trial.final_scores.size());
  std::vector<Trial> good;
  for (const Trial& trial : trials) {
    const bool finished = trial.search_scores.size() == folds && trial.final_scores.size() == finals;
    if (!trial.failed && finished && budget.allows(trial.cost)) good.push_back(trial);
  }
  std::stable_sort(good.begin(), good.end(), [](const Trial& a, const Trial& b) {
    return a.mean() != b.mean() ? a.mean() > b.mean() : a.cost.flash_bytes < b.cost.flash_bytes;
  });
  return good;
}

std::vector<Trial> by_choice(std::vector<Trial> ranked, std::size_t folds) {
  if (ranked.empty()) return ranked;
  const Trial best = ranked.front();
  const auto told_apart = std::stable_partition(ranked.begin(), ranked.end(), [&](const Trial& trial) {
    return best.mean() - trial.mean() <= standard_error(best, trial, folds);
  });
  std::stable_sort(ranked.begin(), told_apart,
                   [](const Trial& a, const Trial& b) { return a.log_loss().value_or(0) < b.log_loss().value_or(0); });
  return ranked;
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
