// Tuning without learning: budgets, candidates, the search against a made-up truth, and work in processes.

#include <doctest/doctest.h>

#include <cmath>
#include <csignal>
#include <map>
#include <set>
#include <thread>

#include "tune/search.hpp"
#include "tune/workers.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using tune::Budget;
using tune::Candidate;
using tune::Cost;
using tune::Outcome;
using tune::Question;
using tune::Space;
using tune::Trial;

namespace {

Space classes_space() { return {tune::families_of(true, {}), {"float32", "int16"}, 20, 0}; }

/// The score of a candidate in a world where the best is a logistic regression with C = 1 and all features.
double truth_of(const Candidate& candidate) {
  if (candidate.family != "logistic") return 0.5;
  const auto c = candidate.flags.find("C");
  const double distance = c == candidate.flags.end() ? 3 : std::abs(std::log10(std::stod(c->second)));
  return 0.9 - 0.05 * distance - (candidate.features != 0 ? 0.05 : 0);
}

Cost cost_of(const Candidate& candidate) {
  const std::uint64_t features = candidate.features == 0 ? 20 : candidate.features;
  return {1000 + 100 * features, 100 + 4 * features, 50 * features};
}

std::vector<std::optional<Outcome>> answer(const std::vector<Question>& questions) {
  std::vector<std::optional<Outcome>> outcomes;
  for (const Question& question : questions) {
    outcomes.push_back(Outcome{truth_of(question.candidate), cost_of(question.candidate)});
  }
  return outcomes;
}

tune::Plan plan_of(std::size_t repeats, std::size_t trials, std::uint64_t seed) {
  return {5, repeats, 0, trials, seed};
}

/// Without an end.
std::vector<Trial> search(const Space& space, const Budget& budget, const tune::Plan& plan, const tune::Ask& ask) {
  tune::Pace pace;
  const tune::Found found = tune::search(space, budget, plan, ask, pace);
  CHECK(found.folds == plan.folds);
  CHECK(found.dropped.empty());
  return found.trials;
}

std::vector<std::string> keys_of(const std::vector<Trial>& trials) {
  std::vector<std::string> keys;
  for (const Trial& trial : trials) keys.push_back(trial.candidate.key());
  return keys;
}

}  // namespace

TEST_CASE("tune: budgets are read, and wrong ones are said") {
  const Budget budget = tune::parse_budget("ram=1K,flash=8192,core=cortex-m0,instructions=20000");
  CHECK(budget.flash_bytes == 8192U);
  CHECK(budget.ram_bytes == 1024U);
  CHECK(budget.instructions == 20000U);
  CHECK(budget.core == "cortex-m0");
  CHECK(tune::parse_budget("").core == "cortex-m4");
  CHECK(!tune::parse_budget("").flash_bytes);
  for (const char* wrong :
       {"flash", "flash=", "flash=x", "flash=0", "flash=-1", "flash=8M", "ram=1.5K", "instructions=2K",
        "instructions=0", "flash=99999999999999999999", "stack=1K", "flash=1K,,ram=1K"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(tune::parse_budget(wrong), std::invalid_argument);
  }
  CHECK(budget.allows({8192, 1024, 20000}));
  CHECK(!budget.allows({8193, 1024, 20000}));
  CHECK(budget.why_not({8193, 1024, 20001}) == "takes 8193 bytes of flash of 8192, 20001 instructions of 20000");
  CHECK(budget.why_not({1, 1, 1}).empty());
}

TEST_CASE("tune: whatever is drawn or varied can be learned: flags that the family takes, precisions that it has") {
  tune::Random random(3);
  for (const bool classifies : {true, false}) {
    const Space space = {tune::families_of(classifies, {}), {"float32", "int16"}, 30, 20000};
    std::set<std::string> families;
    std::vector<Candidate> candidates = tune::defaults(space);
    for (int i = 0; i < 400; ++i) {
      candidates.push_back(tune::draw(space, {}, random));
      candidates.push_back(tune::vary(candidates.back(), space, random));
    }
    for (const Candidate& candidate : candidates) {
      CAPTURE(candidate.key());
      const learn::Family& family = *learn::find_family(candidate.family);
      families.insert(family.name);
      learn::Parameters parameters = learn::default_parameters(family);
      for (const auto& flag : candidate.flags) {
        CAPTURE(flag.first);
        REQUIRE(learn::has_flag(family, flag.first));
        CHECK(learn::find_parameter_flag(flag.first)->set(flag.second, parameters).empty());
        for (const learn::Flag& known : family.flags)
          CHECK((known.name != flag.first || known.default_value != flag.second));
      }
      if (family.check != nullptr) CHECK(family.check(parameters).empty());
      CHECK(std::count(family.precisions.begin(), family.precisions.end(), candidate.precision) == 1);
      CHECK((candidate.features == 0 || (candidate.features >= 2 && candidate.features < 30)));
    }
    CHECK(families.size() == space.families.size());
  }
}

TEST_CASE("tune: what is fixed is among the flags of all whose family has it, and switches stand without a value") {
  tune::Random random(8);
  Space space = classes_space();
  space.fixed = {{"probability", "yes"}, {"class-weight", "it's=2"}};
  std::vector<Candidate> candidates = tune::defaults(space);
  for (int i = 0; i < 200; ++i) {
    candidates.push_back(tune::draw(space, {}, random));
    candidates.push_back(tune::vary(candidates.back(), space, random));
  }
  for (const Candidate& candidate : candidates) {
    CAPTURE(candidate.key());
    const learn::Family& family = *learn::find_family(candidate.family);
    const bool has_switch = candidate.train_flags().find(" --probability --") != std::string::npos;
    CHECK(has_switch == learn::has_flag(family, "probability"));
    CHECK(candidate.flags.contains("class-weight") == learn::has_flag(family, "class-weight"));
    CHECK(candidate.train_flags().find(R"(--class-weight 'it'\''s=2')") != std::string::npos);
  }
  const Candidate svm{"svm", {{"C", "3"}, {"probability", "yes"}}, "int8", "int16", 4};
  CHECK(svm.train_flags() == "--model svm --C 3 --probability --precision int8 --input int16");
  CHECK(svm.key() == "svm --C 3 --probability --precision int8 --input int16 with 4 features");
}

TEST_CASE("tune: two thirds of what is drawn, and a share of the rest, are of the promising families") {
  tune::Random random(4);
  const Space space = classes_space();
  constexpr int kDrawn = 3000;
  int promising = 0;
  for (int i = 0; i < kDrawn; ++i) promising += tune::draw(space, {"tree", "svm"}, random).family == "tree" ? 1 : 0;
  const double expected = (2.0 / 3 / 2 + 1.0 / 3 / static_cast<double>(space.families.size())) * kDrawn;
  CHECK(std::abs(promising - expected) < 4 * std::sqrt(expected));
}

TEST_CASE("tune: blends are of two to four of the best, each with its flags, and trees share the flash") {
  tune::Random random(5);
  const Space values = {tune::families_of(false, {}), {"float32", "int16"}, 8, 9000};
  const std::vector<Candidate> best = {{"mlp", {{"hidden", "16"}}, "int8", "int16", 0},
                                       {"boosting", {{"max-bytes", "9000"}, {"rounds", "30"}}, "int16", "float32", 4},
                                       {"blend", {{"of", "ridge + svr"}}, "int8", "float32", 0},
                                       {"ridge", {}, "int16", "float32", 0},
                                       {"tree", {}, "int16", "float32", 0},
                                       {"svr", {}, "int8", "float32", 0}};
  std::map<std::string, int> members;
  std::set<std::size_t> sizes;
  for (int i = 0; i < 600; ++i) {
    const std::optional<Candidate> blended = tune::blend(best, values, random);
    REQUIRE(blended.has_value());
    CHECK(tune::is_blend(*blended));
    CHECK(blended->precision == "int8");
    CHECK(blended->features == 0);
    CHECK(blended->key().find("--of '") != std::string::npos);
    const std::vector<learn::BlendPart> parts = learn::blend_parts(blended->flags.at("of"));
    sizes.insert(parts.size());
    std::set<std::string> names;
    for (const learn::BlendPart& part : parts) {
      names.insert(part.family->name);
      ++members[part.family->name];
      if (part.family->name == "mlp") CHECK(part.parameters.hidden == std::vector<std::uint32_t>{16});
      if (part.family->name == "boosting") CHECK(part.parameters.rounds == 30);
      if (part.family->name == "boosting") CHECK(part.parameters.max_bytes == 4500);
    }
    CHECK(names.size() == parts.size());
  }
  CHECK(sizes == std::set<std::size_t>{2, 3, 4});
  CHECK(members.size() == 5);
  CHECK(members["mlp"] > members["tree"] + 50);  // the better ones more often
  CHECK(members["tree"] > 100);
  CHECK(!tune::blend({best[0]}, values, random));
  CHECK(!tune::blend({best[0], best[2]}, values, random));
  CHECK(!tune::blend(best, {tune::families_of(false, {"ridge", "svr"}), {"int16"}, 8, 0}, random));
  CHECK(!tune::blend(best, classes_space(), random));
}

TEST_CASE("tune: the search looks among blends, of values, and finds the one that is best") {
  const Space space = {tune::families_of(false, {}), {"float32"}, 8, 0};
  const Budget budget;
  const auto ask = [](const std::vector<Question>& questions) {
    std::vector<std::optional<Outcome>> outcomes = answer(questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const Candidate& candidate = questions[i].candidate;
      // Good alone, better together.
      outcomes[i]->score = candidate.family == "ridge" ? 0.5 : candidate.family == "tree" ? 0.45 : 0.3;
      if (!tune::is_blend(candidate) || !candidate.flags.contains("of")) continue;
      for (const learn::BlendPart& part : learn::blend_parts(candidate.flags.at("of"))) {
        outcomes[i]->score += part.family->name == "ridge" ? 0.2 : part.family->name == "tree" ? 0.1 : -0.05;
      }
    }
    return outcomes;
  };
  const std::vector<Trial> trials = search(space, budget, plan_of(2, 200, 1), ask);
  const std::vector<Trial> best = tune::ranked(trials, budget, 5);
  REQUIRE(!best.empty());
  CHECK(tune::is_blend(best[0].candidate));
  CHECK(best[0].mean() == doctest::Approx(0.6));
  CHECK(!best[0].final_scores.empty());
}

TEST_CASE("tune: families by name, and of the task only") {
  CHECK(tune::families_of(true, {"tree", "svm"}).size() == 2);
  CHECK_THROWS_AS(tune::families_of(true, {"ridge"}), std::invalid_argument);
  CHECK_THROWS_AS(tune::families_of(false, {"logistic"}), std::invalid_argument);
}

TEST_CASE("tune: the search finds what is best, and the same seed the same way") {
  const Space space = classes_space();
  const Budget budget;
  const auto found = [&](std::uint64_t seed) { return search(space, budget, plan_of(2, 150, seed), answer); };
  const std::vector<Trial> trials = found(1);
  CHECK(trials.size() == 150);
  const std::vector<std::string> keys = keys_of(trials);
  CHECK(std::set<std::string>(keys.begin(), keys.end()).size() == 150);
  const std::vector<Trial> best = tune::ranked(trials, budget, 5);
  REQUIRE(!best.empty());
  CHECK(best[0].candidate.family == "logistic");
  CHECK(best[0].mean() > 0.88);
  CHECK(best[0].search_scores.size() == 5);
  CHECK(best[0].scores().size() == 10);  // of two finals
  CHECK(keys_of(found(1)) == keys);
  CHECK(keys_of(found(2)) != keys);
}

TEST_CASE("tune: nothing above the budget is ever the best") {
  Budget budget;
  budget.flash_bytes = 2500;  // 15 features
  const std::vector<Trial> trials = search(classes_space(), budget, plan_of(1, 150, 1), answer);
  const std::vector<Trial> best = tune::ranked(trials, budget, 5);
  REQUIRE(!best.empty());
  for (const Trial& trial : best) CHECK(trial.cost.flash_bytes <= 2500);
  CHECK(best[0].candidate.features != 0);
  for (const Trial& trial : trials) {
    if (trial.cost.flash_bytes > 2500) CHECK(trial.search_scores.size() <= 1);  // no more work is spent on it
  }
}

TEST_CASE("tune: what cannot be learned fails alone") {
  const auto some = [](const std::vector<Question>& questions) {
    std::vector<std::optional<Outcome>> outcomes = answer(questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (questions[i].candidate.family == "logistic" || questions[i].candidate.family == "tree") outcomes[i].reset();
    }
    return outcomes;
  };
  const std::vector<Trial> trials = search(classes_space(), {}, plan_of(1, 60, 1), some);
  const std::vector<Trial> best = tune::ranked(trials, {}, 5);
  REQUIRE(!best.empty());
  for (const Trial& trial : best) CHECK((trial.candidate.family != "logistic" && trial.candidate.family != "tree"));
}

TEST_CASE("tune: what fails of all candidates for another reason than time is not tried a thousand times") {
  const auto none = [](const std::vector<Question>& questions) {
    return std::vector<std::optional<Outcome>>(questions.size());
  };
  const std::vector<Trial> trials = search(classes_space(), {}, plan_of(1, 400, 1), none);
  CHECK(!trials.empty());
  CHECK(trials.size() <= 24);
}

TEST_CASE("tune: many rows are glanced at first, and a glance is no score") {
  std::size_t glances = 0;
  std::size_t first_folds = 0;
  const auto ask = [&](const std::vector<Question>& questions) {
    std::vector<std::optional<Outcome>> outcomes = answer(questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      glances += questions[i].rows != 0 ? 1U : 0U;
      first_folds += questions[i].rows == 0 && questions[i].fold == 0 ? 1U : 0U;
      if (questions[i].rows != 0) outcomes[i]->score /= 2;
    }
    return outcomes;
  };
  tune::Plan plan = plan_of(1, 120, 1);
  plan.glances = {1000};
  const std::vector<Trial> trials = search(classes_space(), {}, plan, ask);
  CHECK(glances == 120);
  CHECK(first_folds == 30);
  const std::vector<Trial> best = tune::ranked(trials, {}, 5);
  REQUIRE(!best.empty());
  CHECK(best[0].candidate.family == "logistic");
  for (const Trial& trial : best) {
    CHECK(trial.search_scores.size() == 5);
    for (const double score : trial.scores()) CHECK(score == truth_of(trial.candidate));
  }
}

TEST_CASE("tune: who does not finish the first finals is not compared with who does") {
  const auto slow = [](const std::vector<Question>& questions) {
    std::vector<std::optional<Outcome>> outcomes = answer(questions);
    for (std::size_t i = 40; i < questions.size(); ++i) {
      if (questions[i].fold >= 5) outcomes[i].reset();  // no time for more than eight of them
    }
    return outcomes;
  };
  const std::vector<Trial> best = tune::ranked(search(classes_space(), {}, plan_of(3, 60, 1), slow), {}, 5);
  CHECK(best.size() == 8);
  for (const Trial& trial : best) CHECK(trial.scores().size() == 15);
}

TEST_CASE("tune: finals that are not finished for all count for none") {
  const auto late = [](const std::vector<Question>& questions) {
    std::vector<std::optional<Outcome>> outcomes = answer(questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (questions[i].fold >= 10) outcomes[i].reset();  // the second repeat: no time is left
    }
    return outcomes;
  };
  const std::vector<Trial> best = tune::ranked(search(classes_space(), {}, plan_of(3, 40, 1), late), {}, 5);
  REQUIRE(!best.empty());
  for (const Trial& trial : best) CHECK(trial.scores().size() == 5);
}

TEST_CASE("tune: of those that scores do not tell apart, the least log loss is taken, of values the best mean") {
  const auto trial = [](const char* family, std::vector<double> scores, double loss) {
    Trial made;
    made.candidate.family = family;
    made.final_scores = std::move(scores);
    if (loss > 0) made.losses = {{9, loss, 7}, {9, loss, 5}};
    return made;
  };
  const auto order_of = [](const std::vector<Trial>& trials) {
    std::string order;
    for (const Trial& one : tune::by_choice(trials, 5)) order += one.candidate.family;
    return order;
  };
  // A and B differ by 0.01 with a standard error of 0.0346 * sqrt(1/4 + 1/4) = 0.0245; C by 0.1 in every fold.
  const std::vector<double> a = {0.90, 0.94, 0.90, 0.94};
  const std::vector<double> b = {0.93, 0.89, 0.93, 0.89};
  const std::vector<double> c = {0.80, 0.84, 0.80, 0.84};
  CHECK(order_of({trial("A", a, 0.5), trial("B", b, 0.4), trial("C", c, 0.1)}) == "BAC");
  CHECK(order_of({trial("A", a, 0.3), trial("B", b, 0.4), trial("C", c, 0.1)}) == "ABC");
  CHECK(order_of({trial("A", a, 0), trial("B", b, 0), trial("C", c, 0)}) == "ABC");
  CHECK(tune::by_choice({}, 5).empty());
  CHECK(trial("A", a, 0.5).log_loss() == doctest::Approx(0.5));
  CHECK(!trial("A", a, 0).log_loss());
}

TEST_CASE(
    "tune: a deviation takes two scores, and of those alike in score the smallest comes first where that is asked") {
  Trial trial;
  trial.search_scores = {0.8};
  CHECK(!trial.deviation());
  trial.search_scores = {0.8, 0.9};
  CHECK(*trial.deviation() == doctest::Approx(0.1 / std::sqrt(2)));
  const auto sized = [](const char* family, std::vector<double> scores, std::uint64_t flash) {
    Trial made;
    made.candidate.family = family;
    made.final_scores = std::move(scores);
    made.cost.flash_bytes = flash;
    return made;
  };
  // As above: B is not told from A, C is.
  const std::vector<Trial> trials = {sized("A", {0.90, 0.94, 0.90, 0.94}, 300),
                                     sized("B", {0.93, 0.89, 0.93, 0.89}, 200),
                                     sized("C", {0.80, 0.84, 0.80, 0.84}, 100)};
  std::string order;
  for (const Trial& one : tune::by_size(trials, 5)) order += one.candidate.family;
  CHECK(order == "BAC");
  CHECK(!tune::is_ahead(trials[0].scores(), trials[1].scores(), 5));
  CHECK(tune::is_ahead(trials[0].scores(), trials[2].scores(), 5));
  CHECK(!tune::is_ahead({0.5, 0.5}, {0.5, 0.5}, 5));
}

TEST_CASE("tune: who differs in no fold from another of its family takes no place in the finals") {
  // All of a family score the same, whatever its flags.
  const auto by_family = [](const std::vector<Question>& questions) {
    std::vector<std::optional<Outcome>> outcomes;
    for (const Question& question : questions) {
      const double score = static_cast<double>(question.candidate.family.size()) / 100;
      outcomes.push_back(Outcome{score, cost_of(question.candidate)});
    }
    return outcomes;
  };
  const std::vector<Trial> trials = search(classes_space(), {}, plan_of(1, 100, 1), by_family);
  std::map<std::string, int> finalists;
  for (const Trial& trial : trials) finalists[trial.candidate.family] += trial.final_scores.empty() ? 0 : 1;
  int all = 0;
  for (const auto& family : finalists) {
    CHECK(family.second <= 1);
    all += family.second;
  }
  CHECK(all > 1);
}

TEST_CASE("tune: on the front is who nobody beats, by comparing all with all") {
  std::vector<Trial> trials;
  tune::Random random(9);
  for (int i = 0; i < 200; ++i) {
    Trial trial;
    trial.candidate.family = std::to_string(i);
    trial.search_scores = std::vector<double>(5, static_cast<double>(random() % 8));
    trial.cost = {random() % 8, random() % 8, random() % 8};
    trials.push_back(trial);
  }
  const std::vector<Trial> front = tune::front(trials);
  const auto no_worse = [](const Trial& a, const Trial& b) {
    return a.mean() >= b.mean() && a.cost.flash_bytes <= b.cost.flash_bytes && a.cost.ram_bytes <= b.cost.ram_bytes &&
           a.cost.instructions <= b.cost.instructions;
  };
  for (const Trial& trial : trials) {
    // Each is on the front, or something there is no worse than it.
    CHECK(std::any_of(front.begin(), front.end(), [&](const Trial& one) { return no_worse(one, trial); }));
  }
  for (const Trial& a : front) {
    for (const Trial& b : front) CHECK((a.candidate.family == b.candidate.family || !no_worse(a, b)));
  }
}

namespace {

/// A machine of which one job has `share` of each second, two at a time: questions take what a made-up truth says.
class Machine {
 public:
  Machine(double seconds, double share)
      : share_(share),
        pace(
            seconds, [this] { return now_; }, 2) {}

  /// seconds_of: of a processor, for a candidate and so many rows.
  tune::Ask ask(const std::function<double(const Candidate&, std::size_t)>& seconds_of, std::size_t fold_rows) {
    return [this, seconds_of, fold_rows](const std::vector<Question>& questions) {
      std::vector<std::optional<Outcome>> outcomes = answer(questions);
      for (std::size_t i = 0; i < questions.size(); ++i) {
        const Question& question = questions[i];
        Outcome& outcome = *outcomes[i];
        outcome.processor = seconds_of(question.candidate, question.rows == 0 ? fold_rows : question.rows);
        outcome.late = question.limit > 0 && outcome.processor > question.limit;
        if (outcome.late) outcome.processor = question.limit;
        const double wall = outcome.processor / share_;
        now_ += wall / 2;
        outcome.late = outcome.late || now_ > std::max(pace.end(), pace.stop());
        pace.note(outcome.processor, wall);
        if (question.rows == 0 && !outcome.late) tried.insert(question.candidate.family);
      }
      return outcomes;
    };
  }

  double now() const { return now_; }
  std::set<std::string> tried;  ///< families that learned from all rows of a fold

 private:
  double now_ = 0;
  double share_;

 public:
  tune::Pace pace;
};

/// mlp takes 10 s for 12,800 rows, kernels their square, the others next to nothing.
double made_up_seconds(const Candidate& candidate, std::size_t rows) {
  const double thousands = static_cast<double>(rows) / 1000;
  if (candidate.family == "mlp") return 0.8 * thousands;
  if (candidate.family == "svm") return 2.5 * thousands * thousands;
  return 0.02 * thousands;
}

tune::Plan many_rows() {
  tune::Plan plan{5, 8, 0, 0, 1};
  plan.glances = {1000, 4000};
  plan.fold_rows = 12800;
  plan.all_rows = 16000;
  return plan;
}

}  // namespace

TEST_CASE("tune: in little time slow families are learned from fewer rows, and then from all that there is time for") {
  for (const double share : {1.0, 0.4}) {
    CAPTURE(share);
    Machine machine(120, share);
    const auto best = [](const std::vector<Question>& questions, std::vector<std::optional<Outcome>> outcomes) {
      for (std::size_t i = 0; i < questions.size(); ++i) {
        if (questions[i].candidate.family == "mlp") outcomes[i]->score = 0.95;
      }
      return outcomes;
    };
    const tune::Ask timed = machine.ask(made_up_seconds, 12800);
    const auto ask = [&](const std::vector<Question>& questions) { return best(questions, timed(questions)); };
    const tune::Found found = tune::search(classes_space(), {}, many_rows(), ask, machine.pace);
    const std::vector<Trial> ranked = tune::ranked(found.trials, {}, found.folds);
    REQUIRE(!ranked.empty());
    CHECK(ranked[0].candidate.family == "mlp");
    // What learning from all rows takes is left at the end, and hardly more.
    const double left = 120 - machine.now();
    CHECK(left > 16 * 0.8 / share);
    CHECK(machine.now() > 60);
  }
}

TEST_CASE("tune: a family that there is no time for is named, with the time that would do") {
  Machine machine(60, 1);
  const auto slow = [](const Candidate& candidate, std::size_t rows) {
    return candidate.family == "mlp" ? 8 * static_cast<double>(rows) / 1000 : made_up_seconds(candidate, rows);
  };
  const tune::Ask timed = machine.ask(slow, 12800);
  const auto ask = [&](const std::vector<Question>& questions) {
    std::vector<std::optional<Outcome>> outcomes = timed(questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (questions[i].candidate.family == "mlp") outcomes[i]->score = 0.95;
    }
    return outcomes;
  };
  const tune::Found found = tune::search(classes_space(), {}, many_rows(), ask, machine.pace);
  CHECK(!machine.tried.contains("mlp"));
  CHECK(!tune::ranked(found.trials, {}, found.folds).empty());
  const auto dropped = std::find_if(found.dropped.begin(), found.dropped.end(),
                                    [](const tune::Dropped& one) { return one.family == "mlp"; });
  REQUIRE(dropped != found.dropped.end());
  CHECK(!dropped->why.empty());
  // A fold takes 102 s and all rows 128 s: that is what it needs at least, and it is not ten times as much.
  CHECK(dropped->needs > 230);
  CHECK(dropped->needs < 1000);
  Machine patient(dropped->needs, 1);
  const tune::Ask again = patient.ask(slow, 12800);
  const auto ask_again = [&](const std::vector<Question>& questions) {
    std::vector<std::optional<Outcome>> outcomes = again(questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (questions[i].candidate.family == "mlp") outcomes[i]->score = 0.95;
    }
    return outcomes;
  };
  const tune::Found later = tune::search(classes_space(), {}, many_rows(), ask_again, patient.pace);
  CHECK(patient.tried.contains("mlp"));
  for (const tune::Dropped& one : later.dropped) CHECK(one.family != "mlp");
}

TEST_CASE("tune: where time is too short for any, one of the soonest is learned on all folds all the same") {
  Machine machine(0.1, 1);
  const auto slow = [](const Candidate& candidate, std::size_t rows) {
    return 50 * (candidate.family == "tree" ? 0.001 : made_up_seconds(candidate, rows));
  };
  const tune::Found found = tune::search(classes_space(), {}, many_rows(), machine.ask(slow, 12800), machine.pace);
  const std::vector<Trial> ranked = tune::ranked(found.trials, {}, found.folds);
  REQUIRE(ranked.size() == 1);
  CHECK(ranked[0].candidate.family == "tree");
  CHECK(ranked[0].search_scores.size() == 5);
  for (const tune::Dropped& one : found.dropped) CHECK(one.family != "tree");
  CHECK(found.dropped.size() > 5);
}

TEST_CASE(
    "tune: where time is too short for folds, the best of those that a part of the rows was learned from is taken") {
  Machine machine(12, 1);
  // Of 24 candidates 1,000 rows take 2.4 s. From there it is said that a fold takes 3.3 s of any, and all rows 4.2 s.
  const auto slow = [](const Candidate&, std::size_t rows) { return 0.0002 * static_cast<double>(rows); };
  const tune::Ask timed = machine.ask(slow, 12800);
  const auto ask = [&](const std::vector<Question>& questions) {
    std::vector<std::optional<Outcome>> outcomes = timed(questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      outcomes[i]->score = questions[i].candidate.family == "logistic" ? 0.9 : 0.5;
    }
    return outcomes;
  };
  const tune::Found found = tune::search(classes_space(), {}, many_rows(), ask, machine.pace);
  const std::vector<Trial> ranked = tune::ranked(found.trials, {}, found.folds);
  REQUIRE(!ranked.empty());
  CHECK(ranked[0].candidate.family == "logistic");
  CHECK(found.folds == 1);
  CHECK(ranked[0].search_scores.size() == 1);
  CHECK(!ranked[0].deviation());
  CHECK(machine.now() + 0.0002 * 16000 < 12);
}

TEST_CASE("tune: of few rows all of the time is used, and not more") {
  Machine machine(60, 1);
  tune::Plan plan{5, 8, 200, 0, 1};
  plan.fold_rows = 120;
  plan.all_rows = 150;
  const auto quick = [](const Candidate&, std::size_t) { return 0.05; };
  const tune::Found found = tune::search(classes_space(), {}, plan, machine.ask(quick, 120), machine.pace);
  CHECK(machine.now() > 0.95 * 60);
  CHECK(machine.now() <= 60);
  CHECK(found.dropped.empty());
  CHECK(found.folds == 5);
  CHECK(tune::ranked(found.trials, {}, 5).front().final_scores.size() >= 40);
}

TEST_CASE("tune: whatever a fold takes, nine tenths of the time are used, and not more than all") {
  for (const double fold : {0.1, 0.2, 0.5, 1.0, 2.0}) {
    for (const double share : {1.0, 0.4}) {
      CAPTURE(fold);
      CAPTURE(share);
      Machine machine(120, share);
      tune::Plan plan{5, 8, 200, 0, 1};
      plan.fold_rows = 1200;
      plan.all_rows = 1500;
      const auto same = [&](const Candidate&, std::size_t) { return fold; };
      const tune::Found found = tune::search(classes_space(), {}, plan, machine.ask(same, 1200), machine.pace);
      // The best is learned from all rows after it.
      const double all = fold * 1.25 / share;
      CHECK(machine.now() + all > 0.9 * 120);
      CHECK(machine.now() + all <= 120);
      const std::vector<Trial> ranked = tune::ranked(found.trials, {}, found.folds);
      REQUIRE(!ranked.empty());
      for (const Trial& trial : ranked) CHECK(trial.scores().size() == ranked.front().scores().size());
    }
  }
}

TEST_CASE("tune: what a busy machine leaves of a second is measured, and work is held against it") {
  double now = 0;
  tune::Pace pace(
      100, [&] { return now; }, 2);
  CHECK(pace.affords({40, 40}));
  CHECK(!pace.affords({40, 40, 40, 40, 40}));
  CHECK(!pace.affords({120}));
  CHECK(!pace.affords({40, 40}, 60));            // what follows would not end in time
  for (int i = 0; i < 50; ++i) pace.note(1, 4);  // a quarter of each second
  CHECK(pace.share() == doctest::Approx(0.25).epsilon(0.05));
  CHECK(!pace.affords({40, 40}));
  CHECK(pace.affords({20, 20}));
  // Two jobs have 51 of 201 seconds each beside others, of which there are 2 * 150 / 51: one job has a share of 2 / (1
  // + 5.88).
  CHECK(pace.share_alone() == doctest::Approx(2 / (1 + 2 * 150.0 / 51)));
  now = 90;
  CHECK(!pace.affords({20, 20}));
  CHECK(pace.needed(20, 10) > 90 + 30 / 0.25);
  const tune::Pace endless;
  CHECK(endless.affords({1e9}));
  CHECK(!endless.is_timed());
}

TEST_CASE("tune: jobs in processes: texts in their places, and who dies takes nobody along") {
  using namespace std::chrono_literals;
  const std::string large(300000, 'x');  // more than a pipe holds
  const auto busy = []() -> std::string {
    volatile bool goes_on = true;
    while (goes_on) continue;
    return "never";
  };
  const auto idle = []() -> std::string {
    std::this_thread::sleep_for(300ms);
    return "idle";
  };
  const std::vector<tune::Job> jobs = {{[] { return std::string("first"); }},
                                       {[]() -> std::string { throw std::runtime_error("no"); }},
                                       {[]() -> std::string {
                                         std::raise(SIGKILL);
                                         return "";
                                       }},
                                       {[&] { return large; }},
                                       {busy, 0.2},
                                       {[] { return std::string(); }},
                                       {idle, 0.1}};
  std::size_t heard = 0;
  const auto results = tune::run_jobs(jobs, tune::Clock::now() + 600s,
                                      [&](std::optional<std::size_t> job, const auto&) { heard += job ? 1U : 0U; });
  CHECK(heard == 7);
  CHECK(results[0].text == "first");
  CHECK(!results[1].text);
  CHECK(!results[1].late);
  CHECK(results[1].error == "no");
  CHECK(results[0].error == "");
  CHECK(!results[2].text);
  CHECK(!results[2].late);
  CHECK(results[2].error == "its process died, perhaps for want of memory");
  CHECK(results[3].text == large);
  CHECK(!results[4].text);
  CHECK(results[4].late);
  CHECK(results[4].error == "");
  CHECK(results[4].processor >= 0.19);
  CHECK(results[4].processor < 1);
  CHECK(results[5].text == "");
  CHECK(results[6].text == "idle");  // who waits takes no processor, and its limit is of that alone
  CHECK(results[6].processor < 0.1);
  // At the end of all what still runs is ended, and nothing is begun.
  const auto ended =
      tune::run_jobs({{busy}}, tune::Clock::now() + 300ms, [](std::optional<std::size_t>, const auto&) {});
  CHECK(ended[0].late);
  const auto none = tune::run_jobs(jobs, tune::Clock::now(), [](std::optional<std::size_t>, const auto&) {});
  CHECK(std::none_of(none.begin(), none.end(), [](const auto& result) { return result.text.has_value(); }));
  CHECK(std::all_of(none.begin(), none.end(), [](const auto& result) { return result.late; }));
}

}  // namespace nuthatch::trainer_test
