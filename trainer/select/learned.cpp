#include "select/learned.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/families.hpp"
#include "learn/liblinear.hpp"
#include "prepare/features.hpp"
#include "quantize/encoding.hpp"

namespace nuthatch::select {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kSteps = 40;
constexpr double kDecades = 3;

MatrixXd standardized(const data::Dataset& rows) { return prepare::standardize(rows, prepare::describe(rows)); }

/// Keeps for each feature the strongest penalty at which it has a weight.
void note(const VectorXd& weights, double penalty, std::vector<double>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (weights[static_cast<Eigen::Index>(i)] != 0) entries[i] = std::max(entries[i], penalty);
  }
}

/// From just below the penalty that leaves nothing, down.
double penalty_at(double strongest, int step) { return strongest * std::pow(10, -kDecades * (step + 1) / kSteps); }

void l1_of_class(const MatrixXd& features, const std::vector<double>& signs, std::vector<double>& entries) {
  const Eigen::Map<const VectorXd> targets(signs.data(), std::ssize(signs));
  const double strongest = (features.transpose() * targets).cwiseAbs().maxCoeff() / 2;
  for (int step = 0; step < kSteps && strongest > 0; ++step) {
    const double penalty = penalty_at(strongest, step);
    note(solve_liblinear(learn::LiblinearSolver::kL1Logistic, features, signs, {1 / penalty}), penalty, entries);
    if (std::all_of(entries.begin(), entries.end(), [](double entry) { return entry > 0; })) return;
  }
}

void l1_of_values(const MatrixXd& features, const std::vector<double>& given, std::vector<double>& entries) {
  VectorXd values = Eigen::Map<const VectorXd>(given.data(), std::ssize(given));
  values.array() -= values.mean();
  const double rows = static_cast<double>(values.size());
  if (values.squaredNorm() > 0) values /= std::sqrt(values.squaredNorm() / rows);
  const std::vector<double> targets(values.begin(), values.end());
  const double strongest = (features.transpose() * values).cwiseAbs().maxCoeff() / rows;
  for (int step = 0; step < kSteps && strongest > 0; ++step) {
    const double penalty = penalty_at(strongest, step);
    const learn::LinearModel model = learn::elastic_net({features, targets, {}}, penalty, 1);
    note(model.weights.row(0).transpose(), penalty, entries);
  }
}

/// Of each feature the sum of its squared weights over the outputs.
VectorXd weights_of(const MatrixXd& features, const Target& target) {
  const learn::Examples examples{features, target.values, target.classes, target.class_count};
  const learn::LinearModel model = target.values.empty() ? learn::logistic(examples, 1) : learn::ridge(examples, 1);
  return model.weights.array().square().colwise().sum().transpose();
}

}  // namespace

std::vector<double> l1_entries(const data::Dataset& rows, const Target& target) {
  const MatrixXd features = standardized(rows);
  std::vector<double> entries(rows.columns.size(), 0);
  if (!target.values.empty()) {
    l1_of_values(features, target.values, entries);
    return entries;
  }
  for (std::int32_t k = target.class_count == 2 ? 1 : 0; k < target.class_count; ++k) {
    std::vector<double> signs;
    for (const std::int32_t index : target.classes) signs.push_back(index == k ? 1 : -1);
    std::vector<double> of_class(entries.size(), 0);
    l1_of_class(features, signs, of_class);
    for (std::size_t i = 0; i < entries.size(); ++i) entries[i] = std::max(entries[i], of_class[i]);
  }
  return entries;
}

std::vector<double> forest_importance(const data::Dataset& rows, const Target& target, std::uint64_t seed) {
  const std::vector<prepare::FeatureStatistics> statistics = prepare::describe(rows);
  const MatrixXd features = prepare::standardize(rows, statistics);
  const quantize::Encoding encoding = quantize::encode_finely(statistics, quantize::Input::kFloat32);
  const learn::CodeMatrix codes = quantize::codes_of(rows, statistics, encoding);
  const learn::Family& family = *learn::find_family("forest");
  learn::Parameters parameters = learn::default_parameters(family);
  parameters.seed = seed;
  const learn::Learned learned = learn::fit(
      family,
      {features, target.values, target.classes, target.class_count, &codes, {}, quantize::code_scales(encoding)},
      parameters);
  std::vector<double> importance(rows.columns.size(), 0);
  double sum = 0;
  for (const learn::Tree& tree : std::get<learn::ForestModel>(learned).trees) {
    for (const learn::TreeNode& node : tree.nodes) {
      if (node.feature < 0) continue;
      const double taken = node.risk - tree.nodes[static_cast<std::size_t>(node.left)].risk -
                           tree.nodes[static_cast<std::size_t>(node.right)].risk;
      importance[static_cast<std::size_t>(node.feature)] += taken;
      sum += taken;
    }
  }
  for (double& each : importance) each = sum > 0 ? each / sum : 0;
  return importance;
}

std::vector<double> elimination(const data::Dataset& rows, const Target& target) {
  constexpr std::size_t kOneByOne = 100;
  const MatrixXd features = standardized(rows);
  std::vector<Eigen::Index> left(rows.columns.size());
  std::iota(left.begin(), left.end(), 0);
  std::vector<double> stay(left.size(), 0);
  for (std::size_t out = 0; left.size() > 1;) {
    const VectorXd weights = weights_of(features(Eigen::all, left), target);
    std::vector<std::size_t> order(left.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return weights[static_cast<Eigen::Index>(a)] < weights[static_cast<Eigen::Index>(b)];
    });
    order.resize(left.size() > kOneByOne ? left.size() / 20 : 1);
    for (const std::size_t place : order) stay[static_cast<std::size_t>(left[place])] = static_cast<double>(++out);
    std::erase_if(left, [&](Eigen::Index i) { return stay[static_cast<std::size_t>(i)] > 0; });
  }
  stay[static_cast<std::size_t>(left.front())] = static_cast<double>(stay.size());
  return stay;
}

}  // namespace nuthatch::select
