// How much the rows of a class count: what is parsed, what it comes to, and what it does for a rare class.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "evaluate/answers.hpp"
#include "evaluate/classification.hpp"
#include "learn/class_weight.hpp"
#include "learn/random.hpp"
#include "prepare/labels.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

namespace {

/// A class of 1 row in 20 that lies among the other, a little aside.
data::Dataset imbalanced(std::uint64_t seed) {
  learn::Random random(seed, 0);
  const auto bell = [&] {  // the sum of twelve uniform draws
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random.below(1 << 20)) / (1 << 20);
    return sum;
  };
  std::string text = "x,y,label\n";
  for (int row = 0; row < 600; ++row) {
    const double aside = row % 20 == 0 ? 1.5 : 0;
    text += fmt::format("{:.4f},{:.4f},{}\n", bell() + aside, bell() + aside, row % 20 == 0 ? "rare" : "common");
  }
  return parse(text);
}

double recall_of_rare(const std::string& family, const std::string& weight, const Flags& more) {
  Flags flags = more;
  flags["class-weight"] = weight;
  const exporting::LoadedModel model = train_and_load(imbalanced(1), family, true, flags);
  const data::Dataset unseen = imbalanced(2);
  const exporting::Predictions answers = model.predict(unseen);
  std::vector<std::int32_t> predicted;
  for (std::size_t row = 0; row < answers.statuses.size(); ++row) {
    predicted.push_back(static_cast<std::int32_t>(model.model().class_of(answers.row(row))));
  }
  const std::vector<std::int32_t> truth = prepare::class_indices(unseen, model.contents().classes);
  return evaluate::score_classes(truth, predicted, 2)[1].recall;
}

}  // namespace

TEST_CASE("class weights: what the flag says") {
  using learn::check_class_weight;
  CHECK(check_class_weight("none").empty());
  CHECK(check_class_weight("balanced").empty());
  CHECK(check_class_weight("a=2,b b=0.5").empty());
  for (const char* wrong : {"", "even", "a", "a=", "=2", "a=0", "a=-1", "a=1e7", "a=2,b", "a=x"}) {
    CAPTURE(wrong);
    CHECK(!check_class_weight(wrong).empty());
  }
  CHECK(learn::unknown_class("a=2,c=1", {"a", "b"}) == "c");
  CHECK(learn::unknown_class("b=2", {"a", "b"}).empty());
  const std::vector<std::int32_t> classes = {0, 0, 0, 0, 0, 1, 1, 2};
  CHECK(learn::class_weights("none", {"a", "b", "c"}, classes).empty());
  CHECK(learn::class_weights("b=2.5", {"a", "b", "c"}, classes) == std::vector<double>{1, 2.5, 1});
  const std::vector<double> balanced = learn::class_weights("balanced", {"a", "b", "c"}, classes);
  REQUIRE(balanced.size() == 3);
  CHECK(balanced[0] == doctest::Approx(8.0 / 15).epsilon(1e-8));
  CHECK(balanced[1] == doctest::Approx(8.0 / 6).epsilon(1e-8));
  CHECK(balanced[2] == doctest::Approx(8.0 / 3).epsilon(1e-8));
}

TEST_CASE("class weights: balanced finds more of a rare class, in every family; by name it is the same") {
  const std::vector<std::pair<std::string, Flags>> families = {{"logistic", {}},
                                                               {"linear-svm", {}},
                                                               {"svm", {}},
                                                               {"naive-bayes", {}},
                                                               {"tree", {{"max-depth", "3"}}},
                                                               {"forest", {{"trees", "10"}, {"max-depth", "3"}}},
                                                               {"extra-trees", {{"trees", "10"}, {"max-depth", "3"}}},
                                                               {"boosting", {{"rounds", "10"}}},
                                                               {"mlp", {{"hidden", "4"}, {"epochs", "30"}}}};
  for (const auto& each : families) {
    const std::string& family = each.first;
    const auto& flags = each.second;
    CAPTURE(family);
    const double plain = recall_of_rare(family, "none", flags);
    const double balanced = recall_of_rare(family, "balanced", flags);
    CHECK(plain < 0.5);
    CHECK(balanced > plain + 0.2);
    CHECK(balanced > 0.6);
    // 600 rows, 30 of the rare class.
    CHECK(recall_of_rare(family, fmt::format("rare=10,common={}", 600.0 / 1140), flags) == balanced);
  }
}

TEST_CASE("class weights: none is as if all were 1") {
  for (const char* family : {"logistic", "tree", "boosting"}) {
    CAPTURE(family);
    const auto scores = [&](const char* weight) {
      const data::Dataset rows = imbalanced(1);
      return train_and_load(rows, family, true, {{"class-weight", weight}}).predict(rows).scores;
    };
    CHECK(scores("none") == scores("rare=1,common=1"));
    CHECK(scores("none") != scores("balanced"));
  }
}

}  // namespace nuthatch::trainer_test
