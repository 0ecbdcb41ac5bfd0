#include "commands/tuning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "boards/workspace.hpp"
#include "commands/common.hpp"
#include "commands/compute.hpp"
#include "commands/costs.hpp"
#include "commands/preparing.hpp"
#include "commands/row_plan.hpp"
#include "commands/rows.hpp"
#include "commands/selecting.hpp"
#include "learn/class_weight.hpp"
#include "prepare/labels.hpp"
#include "prepare/split.hpp"
#include "report/progress.hpp"
#include "select/ranking.hpp"
#include "tune/workers.hpp"

namespace nuthatch::commands {
namespace {

using exporting::LoadedModel;
using Json = nlohmann::ordered_json;
using tune::Candidate;
using tune::Clock;
using tune::Cost;
using tune::Outcome;
using tune::Trial;

constexpr std::size_t kRepeats = 8;  // of the finals
constexpr std::size_t kSpare = 200;  // more of them, where time is left

/// Everything that trials share.
class Tuner {
 public:
  explicit Tuner(const TunePlan& plan) : plan_(plan), start_(Clock::now()), all_(read_rows(plan.training)) {
    TrainingPlan& training = training_;
    training = plan.training;
    training.progress = false;
    training.classifies = plan.task == "auto" ? !looks_continuous(training, rows_) : plan.task == "classification";
    check_row_plan_task(training);
    settle_target(training, all_);
    space_.families = tune::families_of(training.classifies, plan.models);
    space_.inputs = plan.input.empty() ? std::vector<std::string>{"float32", "int16"} : std::vector{plan.input};
    space_.features = rows_.feature_names.size();
    training.family = space_.families.front();
    judge_ = judge_of(plan.judge, rows_, training);
    check_class_weight();
    if (plan.class_weight != "none") space_.fixed["class-weight"] = plan.class_weight;
    if (judge_.metric.kind == evaluate::Metric::Kind::kLogLoss) space_.fixed["probability"] = "yes";
    findings_ = find_in(training, all_);
    all_ = split_rows(training, std::move(all_));
    add_unscored_classes(training, all_, findings_);
    make_all_folds();
    if (plan.budget.flash_bytes) space_.tree_bytes = bytes_for_trees(*plan.budget.flash_bytes);
    read_resume();
  }

  Tuning run();

 private:
  void check_class_weight() const;
  void make_all_folds();
  void check_prepared_folds() const;
  void make_repeats(std::size_t repeats);
  std::uint64_t bytes_for_trees(std::uint64_t flash_bytes) const;
  TrainingPlan plan_of(const Candidate& candidate) const;
  LoadedModel model_of(const Candidate& candidate, const data::Dataset& rows) const;
  Cost cost_on_core(const LoadedModel& model) const {
    // A candidate has counters of `basic` at most (see model_of), its product links those that were asked for.
    const bool full = training_.monitor == "full";
    return cost_of(model, plan_.budget.core, full ? report::Watched::kFull : report::watched_of(model.contents()));
  }
  std::vector<std::string> features_of(const Candidate& candidate, const data::Dataset& rows) const;
  ChosenThreshold threshold_of(const Candidate& candidate) const;
  double guess_on(const evaluate::Fold& fold) const;
  double guessing_score() const;
  bool is_better_than_guessing(const Trial& trial) const;
  bool has_telling_probabilities(const Trial& trial) const;
  std::vector<Trial> in_order_of_choice(const std::vector<Trial>& ranked, Tuning& tuning) const;
  std::string try_one(const tune::Question& question) const;
  std::vector<std::optional<Outcome>> ask(const std::vector<tune::Question>& questions, report::Progress& progress);
  void show(report::Progress& progress) const;
  tune::Found search();
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void finish(const std::vector<Trial>& ranked, Tuning& tuning);
  void measure(const LoadedModel& model, Tuning& tuning) const;
  std::string head_of_resume() const;
  void read_resume();
  void note_resume(const tune::Question& question, const tune::JobResult& result) const;
  std::vector<Failure> failures_of(const std::vector<Trial>& trials) const;
  [[noreturn]] void fail(const tune::Found& found) const;
  [[noreturn]] void fail_of_data(const std::string& why) const;

  const TunePlan& plan_;
  Clock::time_point start_;
  Rows all_;
  const data::Dataset& rows_ = all_.train;
  TrainingPlan training_;
  tune::Space space_;
  Judge judge_;
  std::vector<prepare::Finding> findings_;
  std::vector<evaluate::Fold> folds_;
  std::map<std::string, tune::JobResult> known_;  ///< answers of before, by candidate and fold
  std::map<std::string, std::string> errors_;     ///< the first of each family
  std::size_t asked_ = 0;
  tune::Pace pace_;
};

constexpr std::size_t kGlance = 1000;  // rows

/// Of how many rows candidates learn before they learn from all of a fold: of many rows in steps of four.
std::vector<std::size_t> glances_of(std::size_t rows, std::size_t fold_rows) {
  std::vector<std::size_t> glances;
  if (rows <= 2 * kGlance) return glances;
  for (std::size_t some = kGlance; glances.empty() || 5 * some <= 2 * fold_rows; some *= 4) glances.push_back(some);
  return glances;
}

/// Places of at most so many rows, evenly among all.
std::vector<std::size_t> spread(std::size_t rows, std::size_t most) {
  std::vector<std::size_t> places(std::min(rows, most));
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i * rows / places.size();
  return places;
}

std::vector<std::size_t> some_of(const std::vector<std::size_t>& rows, std::size_t most) {
  std::vector<std::size_t> some = spread(rows.size(), most);
  for (std::size_t& place : some) place = rows[place];
  return some;
}

std::string key_of(const tune::Question& question) {
  const std::string rows = question.rows == 0 ? "" : fmt::format("{} rows of ", question.rows);
  return fmt::format("{} | {}fold {}", question.candidate.key(), rows, question.fold);
}

/// Those of the search, then those of the finals; the order of time leaves nothing to cut elsewhere.
void Tuner::make_all_folds() {
  make_repeats(drawing_of(training_) == learn::Drawing::kTime ? 0 : kRepeats);
  check_judged_folds(judge_, training_, rows_, folds_);
  check_prepared_folds();
}

/// No family can learn from the data.
void Tuner::fail_of_data(const std::string& why) const {
  std::vector<Failure> failures;
  for (const learn::Family* family : space_.families) failures.push_back({family->name, why});
  throw NothingFound(why, {}, std::move(failures));
}

/// What no family could learn from is said before the search: a column without a value in the rows of a fold, say.
void Tuner::check_prepared_folds() const {
  for (std::size_t i = 0; i < plan_.folds.folds; ++i) {
    try {
      (void)prepare::learn_preparation(prepare::select_rows(rows_, folds_[i].train), training_.prepare);
    } catch (const std::runtime_error& error) {
      fail_of_data(
          fmt::format("--cross-validate {}: nothing can be learned from the {} rows that fold {} leaves: {}; or ask "
                      "for other folds",
                      plan_.folds.folds, folds_[i].train.size(), i + 1, error.what()));
    }
  }
}

/// The search's folds and those of so many repeats, where they are not there.
void Tuner::make_repeats(std::size_t repeats) {
  TrainingPlan other = training_;
  for (std::size_t made = folds_.size() / plan_.folds.folds; made <= repeats; ++made) {
    other.seed = training_.seed + made;
    const std::vector<evaluate::Fold> more = make_folds(plan_.folds, other, rows_);
    folds_.insert(folds_.end(), more.begin(), more.end());
  }
}

/// Throws std::invalid_argument.
void Tuner::check_class_weight() const {
  if (plan_.class_weight != "none" && !training_.classifies)
    throw std::invalid_argument("--class-weight: the target has values, not classes");
  const std::string wrong = why_no_weights(training_, plan_.class_weight, judge_.names);
  if (!wrong.empty()) throw std::invalid_argument(wrong);
}

TrainingPlan Tuner::plan_of(const Candidate& candidate) const {
  TrainingPlan plan = training_;
  plan.family = learn::find_family(candidate.family);
  plan.precision = candidate.precision;
  plan.input = candidate.input;
  const std::string wrong = set_flags(candidate.flags, plan);
  if (!wrong.empty()) throw std::runtime_error(wrong);
  return plan;
}

/// Names of those that a candidate sees; chosen on the rows it learns from.
std::vector<std::string> Tuner::features_of(const Candidate& candidate, const data::Dataset& rows) const {
  if (candidate.features == 0) return rows.feature_names;
  std::vector<std::size_t> order = select::best_first(select::f_statistics(rows, target_of(training_, rows)));
  order.resize(std::min(candidate.features, order.size()));
  return select::with_features(rows, std::move(order)).feature_names;
}

/// Counters of `full` want thresholds, which take longer than learning does; `basic` costs the rest of what they cost.
LoadedModel Tuner::model_of(const Candidate& candidate, const data::Dataset& rows) const {
  return train_for_scores(
      plan_of(candidate), select::with_features(rows, features_of(candidate, rows)),
      [](std::uint64_t, std::uint64_t) {}, training_.monitor == "off" ? "off" : "basic");
}

/// What the code, and the file around the trees, leave of the flash.
std::uint64_t Tuner::bytes_for_trees(std::uint64_t flash_bytes) const {
  constexpr std::uint64_t kLeast = 64;
  std::uint64_t around = 0;
  for (const std::string& input : space_.inputs) {
    Candidate stump{"tree", {{"max-depth", "1"}}, learn::find_family("tree")->precisions.front(), input, 0};
    tune::fit(stump, space_);
    around = std::max(around, cost_on_core(model_of(stump, rows_)).flash_bytes);
  }
  return flash_bytes > around + kLeast ? flash_bytes - around : kLeast;
}

/// On the folds that the search went by.
ChosenThreshold Tuner::threshold_of(const Candidate& candidate) const {
  std::vector<FoldAnswers> answers;
  for (std::size_t i = 0; i < plan_.folds.folds; ++i) {
    const LoadedModel model = model_of(candidate, prepare::select_rows(rows_, folds_[i].train));
    const data::Dataset test =
        select::with_features(prepare::select_rows(rows_, folds_[i].test), model.contents().feature_names);
    answers.push_back(answers_on_fold(judge_, model, test, model.predict(test), training_.decimal_comma));
  }
  return choose_threshold(judge_, answers);
}

/// What looking at no feature would score.
double Tuner::guess_on(const evaluate::Fold& fold) const {
  const data::Dataset test = prepare::select_rows(rows_, fold.test);
  FoldAnswers truth;
  truth.guess = guess_from(judge_, prepare::select_rows(rows_, fold.train), training_.decimal_comma);
  if (training_.classifies) {
    truth.classes.truth = prepare::class_indices(test, judge_.names);
  } else {
    truth.values.truth = prepare::target_values(test, training_.decimal_comma);
  }
  return guessing(judge_, truth);
}

/// The mean of the search's folds.
double Tuner::guessing_score() const {
  double sum = 0;
  for (std::size_t i = 0; i < plan_.folds.folds; ++i) sum += guess_on(folds_[i]);
  return sum / static_cast<double>(plan_.folds.folds);
}

/// Fold by fold, on those that the trial was judged by, or the first of them. Where guessing has no score, it is.
bool Tuner::is_better_than_guessing(const Trial& trial) const {
  constexpr std::size_t kEnough = 40;
  std::vector<double> scores = trial.scores();
  scores.resize(std::min(scores.size(), kEnough));
  const std::size_t first = trial.final_scores.empty() ? 0 : plan_.folds.folds;
  std::vector<double> guesses;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    guesses.push_back(judge_.metric.merit(guess_on(folds_[first + i])));
    if (std::isnan(guesses.back())) return true;
  }
  return tune::is_ahead(scores, guesses, plan_.folds.folds);
}

/// Answers may all be the commonest class, and their probabilities tell rows apart all the same.
bool Tuner::has_telling_probabilities(const Trial& trial) const {
  constexpr double kClearly = 0.98;
  const std::optional<double> loss = trial.log_loss();
  if (!loss) return false;
  double entropy = 0;  // the log loss of giving each row the classes' shares
  for (const std::size_t count :
       evaluate::class_counts(prepare::class_indices(rows_, judge_.names), judge_.names.size())) {
    const double share = static_cast<double>(count) / static_cast<double>(rows_.rows());
    if (count > 0) entropy -= share * std::log(share);
  }
  return *loss < kClearly * entropy;
}

/// Who says what is to be best is given that, and not the least log loss of those that are about as good. Where nothing
/// was learned, the smallest of those is as good as any.
std::vector<Trial> Tuner::in_order_of_choice(const std::vector<Trial>& ranked, Tuning& tuning) const {
  std::vector<Trial> order = judge_.chosen ? ranked : tune::by_choice(ranked, plan_.folds.folds);
  tuning.better_than_guessing = is_better_than_guessing(order.front());
  if (tuning.better_than_guessing || has_telling_probabilities(order.front())) return order;
  return tune::by_size(ranked, plan_.folds.folds);
}

/// In a process of its own.
std::string Tuner::try_one(const tune::Question& question) const {
  const evaluate::Fold& fold = folds_[question.fold];
  const LoadedModel model =
      model_of(question.candidate,
               prepare::select_rows(rows_, question.rows == 0 ? fold.train : some_of(fold.train, question.rows)));
  const data::Dataset test =
      select::with_features(prepare::select_rows(rows_, fold.test), model.contents().feature_names);
  const exporting::Predictions predictions = model.predict(test);
  const Cost cost = cost_on_core(model);
  FoldAnswers answers = answers_on_fold(judge_, model, test, predictions, training_.decimal_comma);
  answer_by_own_threshold(judge_, answers);
  return Json({{"score", judge_.metric.merit(judged(judge_, answers))},
               {"losses", log_losses_on_fold(training_, model, test, predictions, judge_.names)},
               {"flash_bytes", cost.flash_bytes},
               {"ram_bytes", cost.ram_bytes},
               {"instructions", cost.instructions}})
      .dump();
}

std::optional<Outcome> outcome_of(const tune::JobResult& result) {
  if (result.late) return Outcome{0, {}, {}, result.processor, true};
  if (!result.text) return std::nullopt;
  const Json json = Json::parse(*result.text, nullptr, false);
  if (!json.is_object() || !json["score"].is_number()) return std::nullopt;
  return Outcome{json["score"],
                 {json.at("flash_bytes"), json.at("ram_bytes"), json.at("instructions")},
                 json.at("losses"),
                 result.processor};
}

void Tuner::show(report::Progress& progress) const {
  if (plan_.trials != 0) {
    // About two folds a candidate, and the finals of those that were tried on all folds, one in four.
    const std::size_t finalists = std::min(tune::kFinalists, plan_.trials / 4 + 1);
    return progress.update(asked_, plan_.trials * 2 + finalists * (folds_.size() - plan_.folds.folds));
  }
  progress.update(static_cast<std::uint64_t>(1000 * seconds()), static_cast<std::uint64_t>(1000 * plan_.seconds));
}

std::vector<std::optional<Outcome>> Tuner::ask(const std::vector<tune::Question>& questions,
                                               report::Progress& progress) {
  for (const tune::Question& question : questions) make_repeats(question.fold / plan_.folds.folds);
  std::vector<tune::JobResult> answers(questions.size());
  std::vector<tune::Job> jobs;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (const auto known = known_.find(key_of(questions[i])); known != known_.end()) {
      answers[i] = known->second;
      continue;
    }
    jobs.push_back({[this, &question = questions[i]] { return try_one(question); }, questions[i].limit});
    places.push_back(i);
  }
  // By time, nothing may outlast the search; what is begun is expected to end before.
  const auto end =
      pace_.is_timed()
          ? start_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(pace_.stop()))
          : Clock::now() + std::chrono::hours(24 * 365);
  const auto results = tune::run_jobs(jobs, end, [&](std::optional<std::size_t> job, const tune::JobResult& result) {
    if (job) {
      ++asked_;
      pace_.note(result.processor, result.wall);
      if (!result.error.empty()) errors_.emplace(questions[places[*job]].candidate.family, result.error);
      if (result.text) note_resume(questions[places[*job]], result);
    }
    show(progress);
  });
  for (std::size_t i = 0; i < results.size(); ++i) answers[places[i]] = results[i];
  std::vector<std::optional<Outcome>> outcomes;
  for (const tune::JobResult& answer : answers) outcomes.push_back(outcome_of(answer));
  return outcomes;
}

/// Of files of earlier trials. 4: a candidate is called by all that `train` takes, class weights and --probability,
/// too.
constexpr int kResumeFormat = 4;

/// What a file of earlier trials must have been made with.
std::string Tuner::head_of_resume() const {
  return Json({{"format", kResumeFormat},
               {"data_sha256", exporting::hex(sha256_of_file(training_.data))},
               {"target", training_.target},
               {"rows", rows_.rows()},
               {"features", rows_.feature_names},
               {"folds", plan_.folds.folds},
               {"fold_kind", training_.split.kind},
               {"group", training_.split.group},
               {"classifies", training_.classifies},
               {"class_weight", plan_.class_weight},
               {"judged_by", judge_.words()},
               {"threshold_for", training_.threshold_for},
               {"prepare", training_.prepare_text},
               {"pca", training_.pca},
               {"notation", data::flags_of(training_.notation())},
               {"labels", static_cast<int>(training_.labels)},
               {"monitor", training_.monitor},
               {"test_fraction", training_.test_fraction},
               {"seed", training_.seed},
               {"core", plan_.budget.core},
               {"version", NUTHATCH_VERSION}})
      .dump();
}

void Tuner::read_resume() {
  if (plan_.resume.empty()) return;
  std::ifstream file(plan_.resume);
  std::string line;
  if (!file || !std::getline(file, line)) {
    std::ofstream fresh(plan_.resume);
    fresh << head_of_resume() << "\n";
    if (!fresh.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", plan_.resume));
    return;
  }
  const Json head = Json::parse(line, nullptr, false);
  const auto says = [&](const char* field, const Json& value) {
    return head.is_object() && head.value(field, Json()) == value;
  };
  if (!says("format", kResumeFormat) || !says("version", NUTHATCH_VERSION)) {
    throw std::runtime_error(
        fmt::format("{}: is no file of trials of this version of nuthatch ({}); give another file, which begins anew",
                    plan_.resume, NUTHATCH_VERSION));
  }
  if (line != head_of_resume()) {
    throw std::runtime_error(
        fmt::format("{}: holds trials of other data, folds, seed or core than these; give another file", plan_.resume));
  }
  // The last line may be half a line: the search was interrupted.
  while (std::getline(file, line)) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("trial") || !json.contains("answer")) continue;
    known_[json["trial"]] = {json["answer"].get<std::string>(), "", false, json.value("processor", 0.0), 0};
  }
}

void Tuner::note_resume(const tune::Question& question, const tune::JobResult& result) const {
  if (plan_.resume.empty()) return;
  std::ofstream file(plan_.resume, std::ios::app);
  file << Json({{"trial", key_of(question)}, {"answer", *result.text}, {"processor", result.processor}}).dump() << "\n";
}

void Tuner::measure(const LoadedModel& model, Tuning& tuning) const {
  if (!std::filesystem::exists(boards::firmware_place(plan_.budget.core) / "runner.elf")) return;
  constexpr std::size_t kRows = 500;
  const data::Dataset some =
      select::with_features(prepare::select_rows(rows_, spread(rows_.rows(), kRows)), model.contents().feature_names);
  const DeviceRun run = run_on_device({plan_.budget.core, model.device_rows(some), {}, 0, ""}, model,
                                      [](std::uint64_t, std::uint64_t) {});
  if (run.report.instructions_valid) tuning.measured_instructions = run.report.instructions_max;
}

/// Learns the best from all rows; one that has grown too large by that gives way to the next.
void Tuner::finish(const std::vector<Trial>& ranked, Tuning& tuning) {
  std::string no_threshold;
  for (const Trial& trial : ranked) {
    TrainingPlan plan = plan_of(trial.candidate);
    try {
      if (judge_.goal) tuning.threshold = threshold_of(trial.candidate);
    } catch (const std::runtime_error& error) {
      no_threshold = error.what();
      continue;
    }
    if (tuning.threshold) plan.threshold = tuning.threshold->score;
    const std::vector<std::string> features = features_of(trial.candidate, rows_);
    for (const std::string& name : rows_.feature_names) {
      if (std::find(features.begin(), features.end(), name) == features.end()) plan.drop.push_back(name);
    }
    Rows rows{select::with_features(rows_, features), {}, all_.split_sha256, all_.held_out};
    if (all_.test) rows.test = select::with_features(*all_.test, features);
    const Training training = train_model(plan, rows);
    const auto chosen = std::find_if(training.variants.begin(), training.variants.end(),
                                     [&](const Variant& variant) { return variant.precision == plan.precision; });
    const Cost cost = cost_on_core(chosen->model);
    if (!plan_.budget.allows(cost)) {
      if (!tuning.passed_over) tuning.passed_over = trial.mean();
      continue;
    }
    tuning.best = trial;
    if (trial.candidate.features != 0) tuning.best_features = features;
    tuning.plan = plan;
    tuning.seconds_to_learn = training.seconds;
    tuning.rows = std::move(rows);
    tuning.bytes = chosen->model.bytes();
    tuning.cost = cost;
    for (const report::InstructionBound& usual : chosen->usual_instructions) {
      if (usual.core == plan_.budget.core) tuning.usual_instructions = usual.instructions;
    }
    measure(chosen->model, tuning);
    return;
  }
  if (!no_threshold.empty() && !tuning.passed_over) throw std::runtime_error(no_threshold);
  throw std::runtime_error("what fits on folds does not fit once all rows are learned from; give a larger --budget");
}

std::vector<Trial> front_with(const Trial& chosen, const std::vector<Trial>& ranked) {
  std::vector<Trial> front = tune::front(ranked);
  const auto is_chosen = [&](const Trial& trial) { return trial.candidate.key() == chosen.candidate.key(); };
  if (std::any_of(front.begin(), front.end(), is_chosen)) return front;
  const auto place = std::upper_bound(front.begin(), front.end(), chosen, [](const Trial& a, const Trial& b) {
    return a.cost.flash_bytes < b.cost.flash_bytes;
  });
  front.insert(place, chosen);
  return front;
}

/// Families of which no candidate was learned from anything, for another reason than time.
std::vector<Failure> Tuner::failures_of(const std::vector<Trial>& trials) const {
  std::vector<Failure> all;
  for (const auto& [family, why] : errors_) {
    const auto is_learned = [&family = family](const Trial& trial) {
      return trial.candidate.family == family && trial.was_tried();
    };
    if (std::none_of(trials.begin(), trials.end(), is_learned)) all.push_back({family, why});
  }
  return all;
}

/// Why nothing was learned, each reason once: the data's are those of all families.
std::string reasons_of(const std::map<std::string, std::string>& errors) {
  std::map<std::string, std::vector<std::string>> families;
  for (const auto& [family, why] : errors) families[why].push_back(family);
  std::vector<std::string> reasons;
  for (const auto& [why, of] : families) {
    reasons.push_back(families.size() == 1 ? why : fmt::format("{}: {}", fmt::join(of, ", "), why));
  }
  return fmt::format("{}", fmt::join(reasons, "; "));
}

/// Nothing fits: why, or what came nearest.
void Tuner::fail(const tune::Found& found) const {
  const std::vector<Trial>& trials = found.trials;
  const auto nothing = [&](const std::string& what) { return NothingFound(what, found.dropped, failures_of(trials)); };
  const bool none_tried =
      std::none_of(trials.begin(), trials.end(), [](const Trial& trial) { return trial.was_tried(); });
  if (none_tried && !errors_.empty()) {
    throw nothing(fmt::format("none of {} candidates could be learned: {}", trials.size(), reasons_of(errors_)));
  }
  if (none_tried) {
    throw nothing(fmt::format("none of {} candidates could be learned in time; give more --time, or fewer --models",
                              trials.size()));
  }
  const auto smallest = std::min_element(trials.begin(), trials.end(), [](const Trial& a, const Trial& b) {
    const auto flash = [](const Trial& trial) { return trial.was_tried() ? trial.cost.flash_bytes : UINT64_MAX; };
    return flash(a) < flash(b);
  });
  const std::string why = plan_.budget.why_not(smallest->cost);
  if (!why.empty()) {
    throw nothing(fmt::format("nothing fits the budget; the smallest, {}, {}", smallest->candidate.key(), why));
  }
  if (errors_.empty()) throw nothing("no candidate was tried on all folds in time; give more --time");
  throw nothing(fmt::format("no candidate could be learned on all folds: {}", reasons_of(errors_)));
}

tune::Found Tuner::search() {
  report::Progress progress("tuning", plan_.training.progress);
  if (plan_.trials == 0)
    pace_ = tune::Pace(
        plan_.seconds, [this] { return seconds(); }, tune::worker_count());
  tune::Plan plan{plan_.folds.folds, folds_.size() / plan_.folds.folds - 1};
  plan.spare = plan.repeats == 0 ? 0 : kSpare;
  plan.trials = plan_.trials;
  plan.seed = training_.seed;
  plan.fold_rows = folds_.front().train.size();
  plan.all_rows = rows_.rows();
  plan.glances = glances_of(plan.all_rows, plan.fold_rows);
  const auto answer = [&](const std::vector<tune::Question>& questions) { return ask(questions, progress); };
  return tune::search(space_, plan_.budget, plan, answer, pace_);
}

Tuning Tuner::run() {
  Tuning tuning;
  tuning.findings = findings_;
  for (const prepare::Finding& finding : tuning.findings) {
    if (finding.kind == "constant_target") fail_of_data(fmt::format("{}: {}", rows_.file, finding.text));
  }
  tuning.judge = judge_;
  tuning.guessing_score = guessing_score();
  tune::Found found = search();
  std::vector<Trial>& trials = found.trials;
  const std::vector<Trial> ranked = tune::ranked(trials, plan_.budget, found.folds);
  if (ranked.empty()) fail(found);
  tuning.trials = trials.size();
  tuning.dropped = std::move(found.dropped);
  tuning.failures = failures_of(trials);
  for (const Trial& trial : trials) {
    tuning.failed += trial.failed ? 1U : 0U;
    tuning.too_large += trial.was_tried() && !plan_.budget.allows(trial.cost) ? 1U : 0U;
  }
  tuning.best_score = ranked.front().mean();
  finish(in_order_of_choice(ranked, tuning), tuning);
  tuning.front = front_with(tuning.best, ranked);
  tuning.seconds = seconds();
  tuning.cpu_seconds = cpu_seconds();
  tuning.tried = std::move(trials);
  return tuning;
}

}  // namespace

Tuning tune_model(const TunePlan& plan) { return Tuner(plan).run(); }

}  // namespace nuthatch::commands
