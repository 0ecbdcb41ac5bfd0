#include "learn/unseen.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include "learn/platt.hpp"

namespace nuthatch::learn {
namespace {

using Eigen::MatrixXd;

constexpr int kFolds = 5;

/// A fold a row, of each class about as many rows in each.
std::vector<int> folds_of(const std::vector<std::int32_t>& classes, std::uint64_t seed) {
  std::vector<std::size_t> order(classes.size());
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(seed);
  for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[random() % left]);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return classes[a] < classes[b]; });
  std::vector<int> fold(classes.size());
  for (std::size_t i = 0; i < order.size(); ++i) fold[order[i]] = static_cast<int>(i % kFolds);
  return fold;
}

/// rows x features of the rows listed.
MatrixXd rows_of(const MatrixXd& features, const std::vector<Eigen::Index>& rows) { return features(rows, Eigen::all); }

}  // namespace

MatrixXd unseen_scores(const Examples& examples, std::uint64_t seed, const FitAndScore& fit_and_score) {
  const std::vector<int> fold = folds_of(examples.classes, seed);
  MatrixXd scores(examples.features.rows(), examples.class_count == 2 ? 1 : examples.class_count);
  for (int held_out = 0; held_out < kFolds; ++held_out) {
    std::vector<Eigen::Index> inside;
    std::vector<Eigen::Index> outside;
    std::vector<std::int32_t> classes;
    for (std::size_t row = 0; row < fold.size(); ++row) {
      (fold[row] == held_out ? outside : inside).push_back(static_cast<Eigen::Index>(row));
      if (fold[row] != held_out) classes.push_back(examples.classes[row]);
    }
    const MatrixXd features = rows_of(examples.features, inside);
    scores(outside, Eigen::all) =
        fit_and_score({features, {}, classes, examples.class_count, nullptr, {}, {}, examples.class_weights},
                      rows_of(examples.features, outside));
  }
  return scores;
}

LogisticLink fit_link(const MatrixXd& scores, const std::vector<std::int32_t>& classes) {
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
