// The link of every family of classifiers: what the runtime's Probability makes of an exported model's score words,
// against the formula in double, with the numbers of the model as it was learned.

#include <doctest/doctest.h>

#include "golden/probability.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::golden {
namespace {

struct Lesson {
  std::string family;
  trainer_test::Flags flags;
};

std::vector<Lesson> lessons() {
  return {{"logistic", {}},
          {"linear-svm", {{"probability", "yes"}}},
          {"svm", {{"probability", "yes"}}},
          {"naive-bayes", {}},
          {"tree", {{"max-depth", "3"}}},
          {"forest", {{"trees", "10"}}},
          {"forest", {{"trees", "10"}, {"voting", "hard"}}},
          {"extra-trees", {{"trees", "20"}}},
          {"boosting", {{"rounds", "10"}}},
          {"mlp", {{"hidden", "8"}, {"epochs", "20"}}}};
}

/// Log-odds by Platt's fit; where there is none of it, scores are log-odds as they are.
std::vector<double> shares_of(const learn::LogisticLink& link, std::vector<double> scores) {
  REQUIRE(!link.slope.empty());
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const std::size_t at = link.slope.size() == 1 ? 0 : k;
    scores[k] = link.slope[at] * scores[k] + link.offset[at];
  }
  return golden::shares_of(scores);
}

/// Trees that vote: classes' sums of shares, or of two the sum of p1 - p0.
std::vector<double> shares_of_votes(const std::vector<double>& scores, std::size_t trees) {
  if (scores.size() == 1) {
    const double lead = scores[0] / static_cast<double>(trees);
    return {(1 - lead) / 2, (1 + lead) / 2};
  }
  double sum = 0;
  for (const double score : scores) sum += score;
  std::vector<double> shares = scores;
  for (double& share : shares) share /= sum;
  return shares;
}

std::vector<double> shares_of(const learn::Learned& learned, const std::vector<double>& scores) {
  if (const auto* linear = std::get_if<learn::LinearModel>(&learned)) return shares_of(linear->link, scores);
  if (const auto* svm = std::get_if<learn::SvmModel>(&learned)) return shares_of(svm->link, scores);
  const auto* forest = std::get_if<learn::ForestModel>(&learned);
  if (forest != nullptr && !forest->log_odds) return shares_of_votes(scores, forest->trees.size());
  return golden::shares_of(scores);
}

struct Compared {
  double worst = 0;         ///< the largest difference
  std::size_t certain = 0;  ///< probabilities of nothing or all but nothing
  std::size_t count = 0;
};

Compared compare(const Lesson& lesson, const std::string& set, quantize::Input input) {
  const auto trained =
      trainer_test::train(trainer_test::load(set + ".train"), lesson.family, true, lesson.flags, input);
  const exporting::LoadedModel model(exporting::write_model(trained.contents));
  const exporting::Predictions predictions = model.predict(trainer_test::load(set + ".test"));
  const std::vector<std::int32_t> words = model.probabilities(predictions);
  const std::size_t classes = trained.contents.classes.size();
  REQUIRE(words.size() == predictions.statuses.size() * classes);
  Compared compared;
  for (std::size_t row = 0; row < predictions.statuses.size(); ++row) {
    REQUIRE(predictions.statuses[row] == Status::kOk);
    std::vector<double> scores;
    for (const std::int32_t word : predictions.row(row)) scores.push_back(model.value_of(word));
    const std::vector<double> expected = shares_of(trained.learned, scores);
    for (std::size_t k = 0; k < classes; ++k, ++compared.count) {
      compared.worst = std::max(compared.worst, std::abs(std::ldexp(words[row * classes + k], -16) - expected[k]));
      compared.certain += expected[k] < 0.001 || expected[k] > 0.999 ? 1 : 0;
    }
  }
  return compared;
}

}  // namespace

TEST_CASE("probabilities of every family are the link's formula, of two classes and of several") {
  for (const Lesson& lesson : lessons()) {
    for (const std::string set : {"pima", "iris", "wine"}) {
      for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
        CAPTURE(lesson.family);
        CAPTURE(set);
        const Compared compared = compare(lesson, set, input);
        CHECK(compared.worst <= probability_bound(set == "pima" ? 2 : 3));
        // What is 0 or 1 says little of a formula.
        if (set == "pima" && lesson.family != "tree") CHECK(compared.certain < compared.count / 4);
      }
    }
  }
}

}  // namespace nuthatch::golden
