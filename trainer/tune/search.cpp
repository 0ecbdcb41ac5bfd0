#include "tune/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace nuthatch::tune {
namespace {

constexpr std::size_t kBracket = 12;
constexpr std::size_t kFewest = 2;  // that a bracket begins for
constexpr std::size_t kParents = 6;
constexpr std::size_t kBlends = 3;  // of a bracket
constexpr double kUnknown = 0.35;   // of the whole time, for questions of which nobody knows what they take

double so_far(const Trial& trial) {
  return trial.search_scores.empty() ? trial.glance.value_or(-HUGE_VAL) : trial.mean();
}

/// Of families whose work grows as the square of the rows, a little more than the rows' for the others.
double growth_of(const Candidate& candidate) {
  const auto of = candidate.flags.find("of");
  const bool kernels = learn::has_flag(*learn::find_family(candidate.family), "gamma") ||
                       (of != candidate.flags.end() && of->second.find("svr") != std::string::npos);
  return kernels ? 2 : 1.1;
}

/// Seconds of a processor to learn from so many rows, said from those of fewer.
double seconds_for(const Trial& trial, std::size_t rows) {
  if (trial.timed_rows == 0) return 0;
  const double times = static_cast<double>(rows) / static_cast<double>(trial.timed_rows);
  return trial.processor * (times > 1 ? std::pow(times, growth_of(trial.candidate)) : 1);
}

class Search {
 public:
  Search(const Space& space, const Budget& budget, const Plan& plan, const Ask& ask, Pace& pace)
      : space_(space), budget_(budget), plan_(plan), ask_(ask), pace_(pace), folds_(plan.folds), random_(plan.seed) {}

  Found run() {
    try_brackets();
    if (!run_finals()) {
      leaves_finals_ = false;
      try_brackets();
      judge_by_fewer();
    }
    answer_anyway();
    Found found{std::move(trials_), folds_};
    for (Trial& trial : found.trials) judge_by(folds_, trial);
    found.dropped = dropped(found.trials);
    return found;
  }

 private:
  void try_brackets() {
    while (const std::size_t wanted = bracket_size()) {
      const double began = pace_.elapsed();
      std::vector<std::size_t> bracket = propose(wanted);
      if (bracket.empty()) break;
      const auto size = static_cast<double>(bracket.size());
      try_bracket(bracket);
      candidate_wall_ = (pace_.elapsed() - began) / size;
      if (is_hopeless()) break;
    }
  }

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

  /// Places in trials_ of about so many.
  std::vector<std::size_t> propose(std::size_t wanted) {
    std::vector<std::size_t> bracket;
    if (trials_.empty()) {
      for (const Candidate& candidate : defaults(space_)) add(candidate, bracket);
    }
    std::vector<Trial> parents = ranked(trials_, budget_, folds_);
    const std::vector<Candidate> best = best_of_families(parents);
    for (std::size_t i = 0; i < kBlends * wanted / full_bracket(); ++i) {
      if (const std::optional<Candidate> blended = blend(best, space_, random_)) add(*blended, bracket);
    }
    parents.resize(std::min(parents.size(), kParents));
    const std::vector<std::string> promising = promising_families();
    // A small space has nothing new to draw after a while.
    for (std::size_t tries = 0; bracket.size() < wanted && tries < 20 * wanted && !is_full(); ++tries) {
      const bool anew = parents.empty() || bracket.size() % 2 == 0;
      add(anew ? draw(space_, promising, random_)
               : vary(parents[random_() % parents.size()].candidate, space_, random_),
          bracket);
    }
    return bracket;
  }

  void try_bracket(std::vector<std::size_t>& bracket) {
    for (const std::size_t rows : plan_.glances) {
      if (rows != plan_.glances.front()) leave_time_for_folds(bracket, rows);
      glance_at(bracket, rows);
      keep_half(bracket);
    }
    if (plan_.glances.empty()) {
      try_folds(bracket, 0, 1);
      keep_half(bracket);
    }
    while (!plan_.glances.empty() && bracket.size() > kBracket / 2) keep_half(bracket);
    try_folds(bracket, plan_.glances.empty() ? 1 : 0, 2);
    keep_half(bracket);
    try_folds(bracket, 2, plan_.folds);
  }

  std::size_t full_bracket() const { return plan_.glances.empty() ? kBracket : 2 * kBracket; }

  /// How many candidates another bracket may have, so that it and after it the finals end in time; 0: none begins.
  /// Until half of the time some bracket always begins.
  std::size_t bracket_size() const {
    constexpr double kSearch = 0.45;
    const std::size_t full = full_bracket();
    if (!pace_.is_timed() || trials_.empty()) return full;
    if (is_too_short()) return 0;
    const double wall = candidate_wall_ * static_cast<double>(full);
    if (pace_.elapsed() < kSearch * pace_.seconds()) return pace_.has(wall / 2) ? full : 0;
    const bool no_finals = folds_ < plan_.folds || plan_.repeats == 0 || !leaves_finals_;
    const double finals = no_finals ? 0 : pace_.wall_of(jobs_of(finalists(), plan_.folds * plan_.repeats));
    const double part = (pace_.end() - pace_.elapsed() - finals) / ((no_finals ? 0.7 : 1.2) * wall);
    if (part >= 1) return full;
    const auto size = static_cast<std::size_t>(std::max(part, 0.0) * static_cast<double>(full));
    return size >= kFewest ? size : 0;
  }

  /// Some were worth a fold, and there was no time for one: what is left is theirs.
  bool is_too_short() const {
    const auto is_learned = [](const Trial& trial) { return !trial.search_scores.empty(); };
    return std::none_of(trials_.begin(), trials_.end(), is_learned) &&
           std::any_of(trials_.begin(), trials_.end(), [](const Trial& trial) { return trial.needs.has_value(); });
  }

  /// Nothing could be learned from the first folds, and not for want of time: that is the data's, or the flags', so
  /// other candidates would fail, too.
  bool is_hopeless() const {
    return std::none_of(trials_.begin(), trials_.end(),
                        [](const Trial& trial) { return !trial.failed || trial.late || trial.was_tried(); });
  }

  /// A trial's limit: three times what is expected, as that is said from fewer rows; where nothing is, a share of the
  /// whole time, the larger one where its family has not been learned at all.
  double limit_of(const Trial& trial, std::size_t rows) const {
    if (!pace_.is_timed()) return 0;
    if (trial.timed_rows != 0) return 3 * seconds_for(trial, rows) + 1;
    if (rows == plan_.fold_rows) return pace_.seconds() / 10;
    return pace_.seconds() / (is_learned(trial.candidate.family) ? 30 : 15);
  }

  bool is_learned(const std::string& family) const {
    return std::any_of(trials_.begin(), trials_.end(),
                       [&](const Trial& trial) { return trial.candidate.family == family && trial.was_tried(); });
  }

  void glance_at(const std::vector<std::size_t>& bracket, std::size_t rows) {
    std::vector<Question> questions;
    questions.reserve(bracket.size());
    for (const std::size_t place : bracket) {
      questions.push_back({trials_[place].candidate, 0, rows, limit_of(trials_[place], rows)});
    }
    pace_.give(kUnknown);
    const std::vector<std::optional<Outcome>> outcomes = ask_(questions);
    pace_.give(1);
    for (std::size_t i = 0; i < outcomes.size(); ++i) note_glance(trials_[bracket[i]], outcomes[i], questions[i]);
    ask_again(bracket, rows);
  }

  void note_glance(Trial& trial, const std::optional<Outcome>& outcome, const Question& question) const {
    if (!note_time(trial, outcome, question)) return;
    trial.glance = outcome->score;
    trial.cost = outcome->cost;
  }

  /// The families of which nothing could be learned in time once more, from a quarter of the rows; then, with the limit
  /// that this tells, as before.
  void ask_again(const std::vector<std::size_t>& bracket, std::size_t rows) {
    if (!pace_.is_timed()) return;
    std::set<std::string> met;
    for (const std::size_t place : bracket) {
      Trial& trial = trials_[place];
      if (!trial.late || is_learned(trial.candidate.family) || !met.insert(trial.candidate.family).second) continue;
      Trial quarter{trial.candidate};
      const Question smaller{trial.candidate, 0, std::max<std::size_t>(rows / 4, 50), limit_of(quarter, 0)};
      pace_.give(kUnknown / 3);
      const bool answered = note_time(quarter, ask_({smaller}).front(), smaller);
      pace_.give(1);
      if (quarter.timed_rows != 0) {
        trial.processor = quarter.processor;
        trial.timed_rows = quarter.timed_rows;
      }
      if (!answered || !pace_.affords({seconds_for(trial, rows)}, seconds_for(trial, plan_.all_rows))) continue;
      const bool all = rows == plan_.fold_rows;
      const Question same{trial.candidate, 0, all ? 0 : rows, limit_of(trial, rows)};
      const std::optional<Outcome> outcome = ask_({same}).front();
      trial.failed = trial.late = false;
      if (all) {
        note(trial, outcome, same, trial.search_scores);
      } else {
        note_glance(trial, outcome, same);
      }
    }
  }

  std::vector<double> jobs_of(const std::vector<std::size_t>& places, std::size_t folds) const {
    std::vector<double> jobs;
    for (const std::size_t place : places) {
      jobs.insert(jobs.end(), folds, seconds_for(trials_[place], plan_.fold_rows));
    }
    return jobs;
  }

  /// The longest of learning any of them from all rows.
  double to_learn(const std::vector<std::size_t>& places) const {
    double most = 0;
    for (const std::size_t place : places) most = std::max(most, seconds_for(trials_[place], plan_.all_rows));
    return most;
  }

  bool affords(const std::vector<std::size_t>& places, std::size_t folds) const {
    return pace_.affords(jobs_of(places, folds), to_learn(places));
  }

  /// Those of a bracket, the best first, that there is time for; of the others it is noted what they would need.
  std::vector<std::size_t> those_of(const std::vector<std::size_t>& bracket,
                                    const std::function<bool(const std::vector<std::size_t>&)>& is_time_for) {
    std::vector<std::size_t> chosen;
    for (const std::size_t place : bracket) {
      chosen.push_back(place);
      if (is_time_for(chosen)) continue;
      chosen.pop_back();
      Trial& trial = trials_[place];
      trial.needs = pace_.needed(seconds_for(trial, plan_.fold_rows), seconds_for(trial, plan_.all_rows));
    }
    return chosen;
  }

  /// Keeps as many for the next part of the rows as leave time for a fold of two of them.
  void leave_time_for_folds(std::vector<std::size_t>& bracket, std::size_t rows) {
    if (!pace_.is_timed()) return;
    bracket = those_of(bracket, [&](const std::vector<std::size_t>& chosen) {
      std::vector<double> jobs;
      for (const std::size_t place : chosen) jobs.push_back(seconds_for(trials_[place], rows));
      std::vector<double> folds = jobs_of(chosen, 1);
      std::sort(folds.begin(), folds.end(), std::greater<>());
      folds.resize(std::min<std::size_t>(folds.size(), 2));
      return pace_.affords(jobs, to_learn(chosen), folds);
    });
  }

  /// Folds `first` to `last` of all that there is time for; one after the other where it is short. Who
  /// alone could be tried on more folds than the others is not: all are judged by as many as they have.
  void try_folds(std::vector<std::size_t>& bracket, std::size_t first, std::size_t last) {
    const std::size_t wanted = std::min(last, folds_);
    last = wanted;
    if (first >= last || bracket.empty()) return;
    if (pace_.is_timed() && !affords(bracket, last - first)) {
      last = first + 1;
      std::vector<std::size_t> chosen =
          those_of(bracket, [&](const std::vector<std::size_t>& some) { return affords(some, last - first); });
      if (first > 0 && chosen.size() < 2) {
        const bool none_has_more = std::none_of(trials_.begin(), trials_.end(),
                                                [&](const Trial& trial) { return trial.search_scores.size() > first; });
        if (none_has_more) folds_ = first;
        chosen.clear();
      }
      bracket = std::move(chosen);
    }
    ask_folds(bracket, first, last);
    if (last == wanted) return;
    if (first == 0) keep_half(bracket);
    try_folds(bracket, last, wanted);
  }

  void ask_folds(const std::vector<std::size_t>& bracket, std::size_t first, std::size_t last) {
    std::vector<Question> questions;
    std::vector<std::size_t> of;
    for (const std::size_t place : bracket) {
      for (std::size_t fold = first; fold < last; ++fold) {
        questions.push_back({trials_[place].candidate, fold, 0, limit_of(trials_[place], plan_.fold_rows)});
        of.push_back(place);
      }
    }
    if (first == 0 && plan_.glances.empty()) pace_.give(kUnknown);
    const std::vector<std::optional<Outcome>> outcomes = ask_(questions);
    pace_.give(1);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      Trial& trial = trials_[of[i]];
      note(trial, outcomes[i], questions[i], trial.search_scores);
    }
    if (first == 0) ask_again(bracket, plan_.fold_rows);
    reserve();
  }

  /// Time for learning the best so far from all rows.
  void reserve() {
    const Trial* best = nullptr;
    for (const Trial& trial : trials_) {
      if (trial.failed || trial.search_scores.empty() || !budget_.allows(trial.cost)) continue;
      if (best == nullptr || trial.mean() > best->mean()) best = &trial;
    }
    if (best != nullptr) pace_.reserve(seconds_for(*best, plan_.all_rows));
  }

  /// What a question took; whether it was answered.
  bool note_time(Trial& trial, const std::optional<Outcome>& outcome, const Question& question) const {
    const std::size_t rows = question.rows == 0 ? plan_.fold_rows : question.rows;
    // Of one that was ended it is what it took at least; of one that was never begun, nothing.
    const bool known = outcome && (!outcome->late || outcome->processor > 0);
    if (known && rows >= trial.timed_rows) {
      trial.processor = std::max(rows == trial.timed_rows ? trial.processor : 0, outcome->processor);
      trial.timed_rows = rows;
    }
    trial.late = trial.late || (outcome && outcome->late);
    trial.failed = trial.failed || !outcome || outcome->late;
    return outcome && !outcome->late;
  }

  void note(Trial& trial, const std::optional<Outcome>& outcome, const Question& question,
            std::vector<double>& scores) const {
    if (!note_time(trial, outcome, question)) return;
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

  /// Who does not finish the first repeat in time is out, the last first. Then, by time, one fold after the other, else
  /// one repeat: it counts where all finished it; else nobody could be compared with anybody. None begins that is
  /// expected to end too late. Whether any did.
  bool run_finals() {
    if (folds_ < plan_.folds) return false;
    std::vector<std::size_t> places = finalists();
    if (pace_.is_timed()) leave_time_for_repeats(places);
    if (pace_.is_timed() && places.size() < 2) return false;
    const std::size_t repeats = plan_.repeats + (pace_.is_timed() ? plan_.spare : 0);
    double fold_wall = 0;  // seconds that one of the last ones took
    for (std::size_t fold = plan_.folds; fold < plan_.folds * (1 + repeats) && !places.empty();) {
      const bool is_first = fold == plan_.folds;
      const std::size_t last = fold + (is_first || !pace_.is_timed() ? plan_.folds : 1);
      if (!is_first && !pace_.has(1.05 * fold_wall)) return true;
      const double began = pace_.elapsed();
      std::vector<std::size_t> in_time = ask_finals(places, fold, last);
      if (!is_first && in_time.size() < places.size()) return true;
      places = std::move(in_time);
      fold_wall = (pace_.elapsed() - began) / static_cast<double>(last - fold);
      fold = last;
    }
    return true;
  }

  /// Folds `first` to `last` of the finalists. Those that finished them, whose scores are noted where it is the first
  /// time or all did.
  std::vector<std::size_t> ask_finals(const std::vector<std::size_t>& places, std::size_t first, std::size_t last) {
    std::vector<Question> questions;
    for (const std::size_t place : places) {
      for (std::size_t fold = first; fold < last; ++fold) {
        questions.push_back({trials_[place].candidate, fold, 0, limit_of(trials_[place], plan_.fold_rows)});
      }
    }
    const std::vector<std::optional<Outcome>> outcomes = ask_(questions);
    const std::size_t each = last - first;
    std::vector<std::size_t> finished;  // places in `places`
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto own = outcomes.begin() + static_cast<std::ptrdiff_t>(i * each);
      const auto is_there = [](const std::optional<Outcome>& outcome) { return outcome && !outcome->late; };
      if (std::all_of(own, own + static_cast<std::ptrdiff_t>(each), is_there)) finished.push_back(i);
    }
    const bool counts = first == plan_.folds || finished.size() == places.size();
    for (std::size_t& i : finished) {
      Trial& trial = trials_[places[i]];
      if (trial.final_scores.empty()) trial.losses.clear();
      for (std::size_t k = i * each; counts && k < (i + 1) * each; ++k) {
        note(trial, outcomes[k], questions[k], trial.final_scores);
      }
      i = places[i];
    }
    return finished;
  }

  /// Keeps the first finalists: as many, for as many repeats, as fill the time. Rather some of them on all repeats than
  /// all of them on one.
  void leave_time_for_repeats(std::vector<std::size_t>& places) const {
    const std::size_t fewest = std::min(kFinalists / 2, places.size());
    std::vector<std::size_t> chosen;
    for (std::size_t repeats = plan_.repeats; repeats > 0 && (chosen.empty() || chosen.size() < fewest); --repeats) {
      chosen = places;
      while (chosen.size() > 1 && !affords(chosen, plan_.folds * repeats)) chosen.pop_back();
    }
    places = std::move(chosen);
  }

  /// That anybody is judged by.
  std::size_t fewest_folds() const { return plan_.glances.empty() ? plan_.folds : plan_.glances.size() > 1 ? 1 : 2; }

  /// Time may have ended between two folds. Whoever is then better on each of the folds that it was tried on than the
  /// best that was tried on all is not passed over: all are judged by these. One fold alone tells of very many rows
  /// only.
  void judge_by_fewer() {
    const std::vector<Trial> best = ranked(trials_, budget_, folds_);
    if (!pace_.is_timed() || plan_.glances.empty() || best.empty()) return;
    const std::size_t fewest = fewest_folds();
    double most = 0;
    std::size_t folds = folds_;
    for (const Trial& trial : trials_) {
      const std::size_t tried = trial.search_scores.size();
      if (trial.failed || tried < fewest || tried >= folds_ || !budget_.allows(trial.cost)) continue;
      double lead = HUGE_VAL;
      for (std::size_t fold = 0; fold < tried; ++fold) {
        lead = std::min(lead, trial.search_scores[fold] - best.front().search_scores[fold]);
      }
      if (lead <= most || !pace_.affords({}, seconds_for(trial, plan_.all_rows))) continue;
      most = lead;
      folds = tried;
    }
    folds_ = folds;
  }

  /// Places in trials_ of those that only time kept from being learned, the soonest first: by what they took, then, of
  /// those that were ended or never begun, by what their families usually take.
  std::vector<std::size_t> soonest() const {
    constexpr std::array<const char*, 6> kQuick = {"naive-bayes", "tree",     "linear-regression",
                                                   "ridge",       "logistic", "linear-svm"};
    const auto expected = [&](std::size_t place) {
      const Trial& trial = trials_[place];
      const bool unknown = trial.late || trial.timed_rows == 0;
      const auto quick = std::find(kQuick.begin(), kQuick.end(), trial.candidate.family);
      return std::tuple(unknown, unknown ? 0 : seconds_for(trial, plan_.fold_rows), quick - kQuick.begin());
    };
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < trials_.size(); ++place) {
      const Trial& trial = trials_[place];
      const bool hopeless = (trial.failed && !trial.late) || (trial.was_tried() && !budget_.allows(trial.cost));
      if (!hopeless && !is_blend(trial.candidate)) places.push_back(place);
    }
    std::stable_sort(places.begin(), places.end(),
                     [&](std::size_t a, std::size_t b) { return expected(a) < expected(b); });
    return places;
  }

  /// Where time was too short for any candidate on all folds: the best of those that a part of the rows was learned
  /// from, on the fewest folds, as far as that ends soon; else one of the soonest, on all folds, beyond the end.
  void answer_anyway() {
    const auto is_learned = [&](const Trial& trial) { return trial.search_scores.size() >= folds_; };
    if (!pace_.is_timed() || std::any_of(trials_.begin(), trials_.end(), is_learned)) return;
    constexpr std::size_t kMost = 3;
    for (const std::size_t place : best_that_end_soon()) {
      if (!learn_anyway(trials_[place], fewest_folds())) continue;
      folds_ = fewest_folds();
      return;
    }
    std::vector<std::size_t> places = soonest();
    places.resize(std::min(places.size(), kMost));
    for (const std::size_t place : places) {
      if (learn_anyway(trials_[place], folds_)) return;
    }
  }

  /// Places in trials_, the best first, of which the fewest folds and all rows are learned until a quarter of the time
  /// after the end.
  std::vector<std::size_t> best_that_end_soon() const {
    constexpr double kSoon = 0.25;
    constexpr std::size_t kMost = 3;
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < trials_.size(); ++place) {
      const Trial& trial = trials_[place];
      if (trial.failed || !trial.was_tried() || !budget_.allows(trial.cost)) continue;
      const std::vector<double> jobs(fewest_folds(), seconds_for(trial, plan_.fold_rows));
      const double end = pace_.end(seconds_for(trial, plan_.all_rows)) + kSoon * pace_.seconds();
      if (pace_.elapsed() + pace_.wall_of(jobs) <= end) places.push_back(place);
    }
    std::stable_sort(places.begin(), places.end(),
                     [&](std::size_t a, std::size_t b) { return so_far(trials_[a]) > so_far(trials_[b]); });
    places.resize(std::min(places.size(), kMost));
    return places;
  }

  /// On so many folds, beyond the end; whether it was learned and fits.
  bool learn_anyway(Trial& trial, std::size_t folds) {
    constexpr double kLeast = 10;  // seconds
    pace_.overrun(std::max(kLeast, pace_.seconds()));
    trial.failed = trial.late = false;
    std::vector<Question> questions;
    for (std::size_t fold = trial.search_scores.size(); fold < folds; ++fold) {
      questions.push_back({trial.candidate, fold, 0, 0});
    }
    const std::vector<std::optional<Outcome>> outcomes = ask_(questions);
    for (std::size_t i = 0; i < outcomes.size(); ++i) note(trial, outcomes[i], questions[i], trial.search_scores);
    return !trial.failed && budget_.allows(trial.cost);
  }

  void keep_half(std::vector<std::size_t>& bracket) const {
    const std::size_t half = (bracket.size() + 1) / 2;
    std::erase_if(bracket,
                  [&](std::size_t place) { return trials_[place].failed || !budget_.allows(trials_[place].cost); });
    std::stable_sort(bracket.begin(), bracket.end(),
                     [&](std::size_t a, std::size_t b) { return so_far(trials_[a]) > so_far(trials_[b]); });
    bracket.resize(std::min(bracket.size(), half));
  }

  /// As if it had been tried on so many folds.
  static void judge_by(std::size_t folds, Trial& trial) {
    if (trial.search_scores.size() <= folds || !trial.final_scores.empty()) return;
    trial.search_scores.resize(folds);
    if (trial.losses.size() > folds) trial.losses.resize(folds);
  }

  /// What there was no time for: families of which nothing was learned from all rows of a fold, though something was
  /// good enough to be, or nothing was learned at all.
  std::vector<Dropped> dropped(const std::vector<Trial>& trials) const {
    std::vector<Dropped> all;
    if (!pace_.is_timed()) return all;
    for (const learn::Family* family : space_.families) {
      const Trial* late = nullptr;
      const Trial* cut = nullptr;
      bool fell = false;  // on its merits
      bool tried = false;
      for (const Trial& trial : trials) {
        if (trial.candidate.family != family->name) continue;
        tried = tried || !trial.search_scores.empty();
        fell = fell || (trial.glance && !trial.late && !trial.needs);
        if (trial.late && late == nullptr) late = &trial;
        if (trial.needs && (cut == nullptr || *trial.needs < *cut->needs)) cut = &trial;
      }
      if (tried || (cut == nullptr && (fell || late == nullptr))) continue;
      all.push_back(cut != nullptr ? cut_short(*cut) : never_learned(*late));
    }
    return all;
  }

  Dropped cut_short(const Trial& trial) const {
    return {trial.candidate.family,
            fmt::format("to learn it from the {} rows of a fold would take about {:.2g} s of a processor, and from all "
                        "{:.2g} s: no time was left for that",
                        plan_.fold_rows, seconds_for(trial, plan_.fold_rows), seconds_for(trial, plan_.all_rows)),
            *trial.needs};
  }

  Dropped never_learned(const Trial& trial) const {
    if (trial.timed_rows == 0) {
      return {trial.candidate.family, "its turn did not come", std::ceil(2 * pace_.seconds())};
    }
    const std::size_t rows = plan_.glances.empty() ? plan_.fold_rows : plan_.glances.front();
    const double share = plan_.glances.empty() ? 10 : 15;  // of the whole time, that it would be given for them
    const double needs = pace_.needed(seconds_for(trial, plan_.fold_rows), seconds_for(trial, plan_.all_rows));
    return {trial.candidate.family,
            fmt::format("{:.2g} s of a processor, as many as it had, did not suffice to learn it from {} rows",
                        trial.processor, trial.timed_rows),
            std::max(needs, std::ceil(share * seconds_for(trial, rows)))};
  }

  const Space& space_;
  const Budget& budget_;
  const Plan& plan_;
  const Ask& ask_;
  Pace& pace_;
  std::size_t folds_;          ///< by which trials are judged
  double candidate_wall_ = 0;  ///< seconds a candidate that the last bracket took
  bool leaves_finals_ = true;  ///< brackets leave time for them
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

/// Of the difference of the means of scores on the same folds.
double standard_error(const std::vector<double>& a, const std::vector<double>& b, std::size_t folds) {
  std::vector<double> differences = a;
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] -= b[i];
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

std::optional<double> Trial::deviation() const {
  return scores().size() < 2 ? std::nullopt : std::optional(deviation_of(scores()));
}

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

Found search(const Space& space, const Budget& budget, const Plan& plan, const Ask& ask, Pace& pace) {
  return Search(space, budget, plan, ask, pace).run();
}

std::vector<Trial> ranked(const std::vector<Trial>& trials, const Budget& budget, std::size_t folds) {
  std::size_t finals = 0;
  for (const Trial& trial : trials) finals = std::max(finals, trial.final_scores.size());
  std::vector<Trial> good;
  for (const Trial& trial : trials) {
    const bool finished = trial.search_scores.size() >= folds && trial.final_scores.size() == finals;
    if (!trial.failed && finished && budget.allows(trial.cost)) good.push_back(trial);
  }
  std::stable_sort(good.begin(), good.end(), [](const Trial& a, const Trial& b) {
    return a.mean() != b.mean() ? a.mean() > b.mean() : a.cost.flash_bytes < b.cost.flash_bytes;
  });
  return good;
}

bool is_ahead(const std::vector<double>& scores, const std::vector<double>& others, std::size_t folds) {
  return mean_of(scores) - mean_of(others) > standard_error(scores, others, folds);
}

namespace {

/// Those that scores do not tell from the best come first, in this order.
template <class Order>
std::vector<Trial> alike_first(std::vector<Trial> ranked, std::size_t folds, const Order& order) {
  if (ranked.empty()) return ranked;
  const Trial best = ranked.front();
  const auto told_apart = std::stable_partition(ranked.begin(), ranked.end(), [&](const Trial& trial) {
    return !is_ahead(best.scores(), trial.scores(), folds);
  });
  std::stable_sort(ranked.begin(), told_apart, order);
  return ranked;
}

}  // namespace

std::vector<Trial> by_choice(std::vector<Trial> ranked, std::size_t folds) {
  return alike_first(std::move(ranked), folds, [](const Trial& a, const Trial& b) {
    return a.log_loss().value_or(0) < b.log_loss().value_or(0);
  });
}

std::vector<Trial> by_size(std::vector<Trial> ranked, std::size_t folds) {
  return alike_first(std::move(ranked), folds,
                     [](const Trial& a, const Trial& b) { return a.cost.flash_bytes < b.cost.flash_bytes; });
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
