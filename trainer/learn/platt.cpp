#include "learn/platt.hpp"

#include <fmt/format.h>
#include <lbfgs.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace nuthatch::learn {
namespace {

/// Platt's targets: not 0 and 1, as a few more rows of the same kind could be of the other class.
std::vector<double> smooth_targets(const std::vector<std::int32_t>& classes) {
  const auto positive = static_cast<double>(std::count(classes.begin(), classes.end(), 1));
  const double negative = static_cast<double>(classes.size()) - positive;
  std::vector<double> targets;
  targets.reserve(classes.size());
  for (const std::int32_t label : classes) {
    targets.push_back(label == 1 ? (positive + 1) / (positive + 2) : 1 / (negative + 2));
  }
  return targets;
}

/// Cross entropy, without an exponential of a large number or a difference of large ones.
double loss_of(const Sigmoid& sigmoid, const std::vector<double>& scores, const std::vector<double>& targets) {
  double loss = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double odds = sigmoid.slope * scores[i] + sigmoid.offset;
    loss += std::log1p(std::exp(-std::abs(odds))) + (odds >= 0 ? (1 - targets[i]) * odds : -targets[i] * odds);
  }
  return loss;
}

struct Slope {
  double by_slope = 0;
  double by_offset = 0;
  double curve_slope = 1e-12;  ///< the second derivatives, kept positive definite
  double curve_offset = 1e-12;
  double curve_both = 0;
};

Slope slope_of(const Sigmoid& sigmoid, const std::vector<double>& scores, const std::vector<double>& targets) {
  Slope result;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double odds = sigmoid.slope * scores[i] + sigmoid.offset;
    const double small = std::exp(-std::abs(odds));
    const double probability = odds >= 0 ? 1 / (1 + small) : small / (1 + small);
    const double variance = small / ((1 + small) * (1 + small));
    result.by_slope += scores[i] * (probability - targets[i]);
    result.by_offset += probability - targets[i];
    result.curve_slope += scores[i] * scores[i] * variance;
    result.curve_offset += variance;
    result.curve_both += scores[i] * variance;
  }
  return result;
}

/// A Newton step, halved until it lowers the loss enough; false where nothing does.
bool step(const std::vector<double>& scores, const std::vector<double>& targets, Sigmoid& at, double& loss) {
  const Slope slope = slope_of(at, scores, targets);
  constexpr double kFlat = 1e-5;
  if (std::abs(slope.by_slope) < kFlat && std::abs(slope.by_offset) < kFlat) return false;
  const double determinant = slope.curve_slope * slope.curve_offset - slope.curve_both * slope.curve_both;
  const double by_slope = -(slope.curve_offset * slope.by_slope - slope.curve_both * slope.by_offset) / determinant;
  const double by_offset = -(slope.curve_slope * slope.by_offset - slope.curve_both * slope.by_slope) / determinant;
  const double descent = slope.by_slope * by_slope + slope.by_offset * by_offset;
  for (double size = 1; size >= 1e-10; size /= 2) {
    const Sigmoid next = {at.slope + size * by_slope, at.offset + size * by_offset};
    const double less = loss_of(next, scores, targets);
    if (less < loss + 1e-4 * size * descent) {
      at = next;
      loss = less;
      return true;
    }
  }
  return false;
}

/// What fit_softmax minimizes: the slopes' logarithms, then the offsets.
struct Softmax {
  const Eigen::MatrixXd& scores;
  Eigen::MatrixXd targets;
};

Eigen::MatrixXd smooth_targets(const std::vector<std::int32_t>& classes, Eigen::Index count) {
  std::vector<double> rows_of(static_cast<std::size_t>(count));
  for (const std::int32_t label : classes) ++rows_of[static_cast<std::size_t>(label)];
  Eigen::MatrixXd targets(std::ssize(classes), count);
  for (Eigen::Index row = 0; row < targets.rows(); ++row) {
    const std::int32_t label = classes[static_cast<std::size_t>(row)];
    const double rows = rows_of[static_cast<std::size_t>(label)];
    targets.row(row).setConstant(1 / (rows + 2) / static_cast<double>(count - 1));
    targets(row, label) = (rows + 1) / (rows + 2);
  }
  return targets;
}

lbfgsfloatval_t evaluate(void* instance, const lbfgsfloatval_t* at, lbfgsfloatval_t* gradient, const int /*count*/,
                         const lbfgsfloatval_t /*step*/) {
  const auto& problem = *static_cast<const Softmax*>(instance);
  const Eigen::Index classes = problem.scores.cols();
  const Eigen::Map<const Eigen::RowVectorXd> logarithms(at, classes);
  const Eigen::Map<const Eigen::RowVectorXd> offsets(at + classes, classes);
  const Eigen::RowVectorXd slopes = logarithms.array().exp();
  Eigen::MatrixXd odds = (problem.scores.array().rowwise() * slopes.array()).rowwise() + offsets.array();
  odds.colwise() -= odds.rowwise().maxCoeff().eval();
  double loss = -(odds.array() * problem.targets.array()).sum();
  Eigen::MatrixXd probabilities = odds.array().exp();
  const Eigen::VectorXd sums = probabilities.rowwise().sum();
  loss += sums.array().log().sum();
  probabilities.array().colwise() /= sums.array();
  const Eigen::MatrixXd difference = probabilities - problem.targets;
  Eigen::Map<Eigen::RowVectorXd>(gradient, classes) =
      (difference.array() * problem.scores.array()).colwise().sum() * slopes.array();
  Eigen::Map<Eigen::RowVectorXd>(gradient + classes, classes) = difference.colwise().sum();
  return loss;
}

}  // namespace

Sigmoid fit_sigmoid(const std::vector<double>& scores, const std::vector<std::int32_t>& classes) {
  const std::vector<double> targets = smooth_targets(classes);
  const auto positive = static_cast<double>(std::count(classes.begin(), classes.end(), 1));
  const Sigmoid shares = {0, std::log((positive + 1) / (static_cast<double>(classes.size()) - positive + 1))};
  Sigmoid at = shares;
  double loss = loss_of(at, scores, targets);
  for (int i = 0; i < 100 && step(scores, targets, at, loss); ++i) continue;
  return at.slope >= 0 ? at : shares;
}

std::vector<Sigmoid> fit_softmax(const Eigen::MatrixXd& scores, const std::vector<std::int32_t>& classes) {
  Softmax problem{scores, smooth_targets(classes, scores.cols())};
  const auto count = static_cast<int>(2 * scores.cols());
  lbfgsfloatval_t* at = lbfgs_malloc(count);
  if (at == nullptr) throw std::bad_alloc();
  std::fill(at, at + count, 0.0);
  lbfgs_parameter_t settings;
  lbfgs_parameter_init(&settings);
  settings.epsilon = 1e-5;
  settings.max_iterations = 1000;
  const int result = lbfgs(count, at, nullptr, evaluate, nullptr, &problem, &settings);
  std::vector<Sigmoid> fitted;
  for (Eigen::Index k = 0; k < scores.cols(); ++k) fitted.push_back({std::exp(at[k]), at[scores.cols() + k]});
  lbfgs_free(at);
  // Where a slope ought to be 0 its logarithm goes on falling; what it has reached by then is as good.
  const bool stuck = result == LBFGSERR_ROUNDING_ERROR || result == LBFGSERR_MAXIMUMLINESEARCH ||
                     result == LBFGSERR_MINIMUMSTEP || result == LBFGSERR_WIDTHTOOSMALL ||
                     result == LBFGSERR_MAXIMUMITERATION;
  if (result < 0 && !stuck) throw std::runtime_error(fmt::format("probabilities: L-BFGS stopped with {}", result));
  return fitted;
}

}  // namespace nuthatch::learn
