#include "learn/unseen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>

#include "learn/platt.hpp"

namespace nuthatch::learn {
namespace {

using Eigen::MatrixXd;

using Rows = std::vector<Eigen::Index>;

constexpr std::size_t kFolds = 5;

/// A fold is learned without and scored.
struct Fold {
  Rows inside;
  Rows outside;
};

/// A fold a row, where there is no order of time: of each class about as many rows in each, any, or whole groups.
std::vector<std::size_t> fold_of_rows(const Examples& examples, std::uint64_t seed) {
  const std::vector<std::int32_t>& classes = examples.classes;
  if (examples.drawing() == Drawing::kGrouped) {
    const std::size_t groups = count_groups(examples.plan->groups);
    if (groups < 2) {
      throw std::runtime_error(
          "--probability is fitted to groups that were not learned from, and there is one group only; give rows of "
          "more groups, or leave --probability out");
    }
    return deal_groups(examples.plan->groups, std::min(kFolds, groups), seed);
  }
  std::vector<std::size_t> order(classes.size());
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(seed);
  for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[random() % left]);
  if (examples.drawing() == Drawing::kStratified) {
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return classes[a] < classes[b]; });
  }
  std::vector<std::size_t> fold(classes.size());
  for (std::size_t i = 0; i < order.size(); ++i) fold[order[i]] = i % kFolds;
  return fold;
}

/// Each fold is a later piece of the rows, learned from all before it.
std::vector<Fold> time_folds(std::size_t rows) {
  std::vector<Fold> folds(kFolds);
  for (std::size_t i = 0; i < kFolds; ++i) {
    for (std::size_t row = 0; row < (i + 2) * rows / (kFolds + 1); ++row) {
      (row < (i + 1) * rows / (kFolds + 1) ? folds[i].inside : folds[i].outside)
          .push_back(static_cast<Eigen::Index>(row));
    }
  }
  return folds;
}

std::vector<Fold> folds_of(const Examples& examples, std::uint64_t seed) {
  if (examples.drawing() == Drawing::kTime) return time_folds(examples.classes.size());
  const std::vector<std::size_t> fold_of = fold_of_rows(examples, seed);
  std::vector<Fold> folds(kFolds);
  for (std::size_t row = 0; row < fold_of.size(); ++row) {
    for (std::size_t i = 0; i < kFolds; ++i) {
      (i == fold_of[row] ? folds[i].outside : folds[i].inside).push_back(static_cast<Eigen::Index>(row));
    }
  }
  return folds;
}

std::vector<std::int32_t> classes_of(const Examples& examples, const Rows& rows) {
  std::vector<std::int32_t> classes;
  classes.reserve(rows.size());
  for (const Eigen::Index row : rows) classes.push_back(examples.classes[static_cast<std::size_t>(row)]);
  return classes;
}

std::size_t count_classes(const std::vector<std::int32_t>& classes) {
  return std::set<std::int32_t>(classes.begin(), classes.end()).size();
}

}  // namespace

UnseenScores unseen_scores(const Examples& examples, std::uint64_t seed, const FitAndScore& fit_and_score) {
  const std::size_t present = count_classes(examples.classes);
  MatrixXd scores(examples.features.rows(), examples.class_count == 2 ? 1 : examples.class_count);
  Rows scored;
  for (const Fold& fold : folds_of(examples, seed)) {
    const std::vector<std::int32_t> classes = classes_of(examples, fold.inside);
    const bool lacks_one = examples.drawing() != Drawing::kStratified && count_classes(classes) < present;
    if (lacks_one || fold.outside.empty()) continue;
    const MatrixXd features = examples.features(fold.inside, Eigen::all);
    scores(fold.outside, Eigen::all) =
        fit_and_score({features, {}, classes, examples.class_count, nullptr, {}, {}, examples.class_weights},
                      examples.features(fold.outside, Eigen::all));
    scored.insert(scored.end(), fold.outside.begin(), fold.outside.end());
  }
  std::sort(scored.begin(), scored.end());
  UnseenScores unseen{scores(scored, Eigen::all), classes_of(examples, scored)};
  if (count_classes(unseen.classes) < present) {
    throw std::runtime_error(fmt::format(
        "--probability is fitted to {} that were not learned from, and these lack a class; give more rows, or leave "
        "--probability out",
        examples.drawing() == Drawing::kTime ? "later rows" : "rows"));
  }
  return unseen;
}

LogisticLink fit_link(const UnseenScores& unseen) {
  const auto& [scores, classes] = unseen;
  const std::vector<Sigmoid> sigmoids =
      scores.cols() == 1 ? std::vector<Sigmoid>{fit_sigmoid({scores.data(), scores.data() + scores.size()}, classes)}
                         : fit_softmax(scores, classes);
  LogisticLink link;
  for (const Sigmoid& sigmoid : sigmoids) {
    link.slope.push_back(sigmoid.slope);
    link.offset.push_back(sigmoid.offset);
  }
  return link;
}

}  // namespace nuthatch::learn
