#include "learn/svm.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "learn/families.hpp"
#include "learn/libsvm.hpp"
#include "learn/unseen.hpp"

namespace nuthatch::learn {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

double gamma_of(const Gamma& gamma, const MatrixXd& features) {
  if (gamma.rule == Gamma::Rule::kNumber) return gamma.number;
  const auto columns = static_cast<double>(features.cols());
  const double variance = (features.array() - features.mean()).square().mean();
  return gamma.rule == Gamma::Rule::kAuto || variance == 0 ? 1 / columns : 1 / (columns * variance);
}

LibsvmSettings settings_of(const Examples& examples, const Parameters& parameters) {
  const double gamma = gamma_of(parameters.gamma, examples.features);
  return {{parameters.kernel, gamma, parameters.coef0, parameters.degree},
          parameters.c,
          parameters.epsilon,
          examples.class_weights};
}

/// A target within the tube needs no vector, but a model has one: the first row, which adds nothing.
SvmModel model_of(const MatrixXd& features, const KernelFunction& kernel, const LibsvmSolution& solution) {
  if (solution.rows.empty()) return {kernel, features.topRows(1), {}, MatrixXd::Zero(1, 1), solution.bias};
  return {kernel, features(solution.rows, Eigen::all), solution.class_vectors, solution.coefficients, solution.bias};
}

SvmModel within_budget(SvmModel model, const Examples& examples, const Parameters& parameters) {
  return parameters.max_support_vectors == 0 ? model : reduce(model, examples, parameters.max_support_vectors);
}

/// Without probabilities.
SvmModel classifier(const Examples& examples, const Parameters& parameters) {
  const LibsvmSettings settings = settings_of(examples, parameters);
  const LibsvmSolution solution = classify_libsvm(examples.features, examples.classes, settings, examples.progress);
  return within_budget(model_of(examples.features, settings.kernel, solution), examples, parameters);
}

/// `decisions` of few rows.
MatrixXd decide_block(const SvmModel& model, const MatrixXd& features) {
  const MatrixXd values = model.kernel(features, model.vectors);
  if (model.class_vectors.empty()) return (values * model.coefficients).array() + model.bias[0];
  const auto classes = std::ssize(model.class_vectors);
  MatrixXd result = model.bias.transpose().replicate(features.rows(), 1);
  Index start = 0;
  for (Index own = 0; own < classes; ++own) {
    const Index count = model.class_vectors[static_cast<std::size_t>(own)];
    const MatrixXd parts = values.middleCols(start, count) * model.coefficients.middleRows(start, count);
    for (Index other = 0; other < classes; ++other) {
      if (other < own) result.col(pair_of(classes, other, own)) += parts.col(other);
      if (other > own) result.col(pair_of(classes, own, other)) += parts.col(other - 1);
    }
    start += count;
  }
  return result;
}

}  // namespace

MatrixXd KernelFunction::operator()(const MatrixXd& a, const MatrixXd& b) const {
  MatrixXd values = a * b.transpose();
  switch (kernel) {
    case Kernel::kLinear: break;
    case Kernel::kPolynomial: values = (gamma * values.array() + coef0).pow(static_cast<double>(degree)); break;
    case Kernel::kSigmoid: values = (gamma * values.array() + coef0).tanh(); break;
    case Kernel::kRbf: {
      const VectorXd squares = a.rowwise().squaredNorm();
      const Eigen::RowVectorXd others = b.rowwise().squaredNorm().transpose();
      values = ((-2 * values).colwise() + squares).rowwise() + others;
      values = (-gamma * values.array().max(0)).exp();
    }
  }
  return values;
}

MatrixXd decisions(const SvmModel& model, const MatrixXd& features) {
  constexpr Index kBlock = 1024;  // kernel values of so many rows at a time
  MatrixXd result(features.rows(), model.bias.size());
  for (Index start = 0; start < features.rows(); start += kBlock) {
    const Index count = std::min(kBlock, features.rows() - start);
    result.middleRows(start, count) = decide_block(model, features.middleRows(start, count));
  }
  return result;
}

/// Votes of the pairs, and the sum of a class's decisions squashed to less than a third of a vote: scikit-learn's
/// decision_function. Of two classes the decision for class 1.
MatrixXd scores(const SvmModel& model, const MatrixXd& features) {
  MatrixXd decided = decisions(model, features);
  const auto classes = std::ssize(model.class_vectors);
  if (classes == 0) return decided;
  if (classes == 2) return -decided;
  MatrixXd votes = MatrixXd::Zero(features.rows(), classes);
  MatrixXd sums = MatrixXd::Zero(features.rows(), classes);
  for (Index first = 0; first < classes; ++first) {
    for (Index second = first + 1; second < classes; ++second) {
      const VectorXd decision = decided.col(pair_of(classes, first, second));
      votes.col(first).array() += (decision.array() > 0).cast<double>();
      votes.col(second).array() += (decision.array() <= 0).cast<double>();
      sums.col(first) += decision;
      sums.col(second) -= decision;
    }
  }
  return votes.array() + sums.array() / (3 * (sums.array().abs() + 1));
}

SvmModel svm(const Examples& examples, const Parameters& parameters) {
  const std::ptrdiff_t fewest = parameters.probability ? 2 : 1;
  for (std::int32_t k = 0; k < examples.class_count; ++k) {
    if (std::count(examples.classes.begin(), examples.classes.end(), k) >= fewest) continue;
    throw std::runtime_error(fewest == 1 ? "svm: a class has no row to learn from"
                                         : "svm: --probability needs at least two rows of each class");
  }
  SvmModel model = classifier(examples, parameters);
  if (!parameters.probability) return model;
  const auto fit_and_score = [&](const Examples& some, const MatrixXd& others) {
    return scores(classifier(some, parameters), others);
  };
  model.link = fit_link(unseen_scores(examples, parameters.seed, fit_and_score));
  return model;
}

SvmModel svr(const Examples& examples, const Parameters& parameters) {
  const Eigen::Map<const VectorXd> target(examples.values.data(), std::ssize(examples.values));
  const double mean = target.mean();
  const double deviation = std::sqrt((target.array() - mean).square().mean());
  VectorXd standardized = VectorXd::Zero(target.size());
  if (deviation > 0) standardized = (target.array() - mean) / deviation;
  const LibsvmSettings settings = settings_of(examples, parameters);
  const LibsvmSolution solution = regress_libsvm(examples.features, standardized, settings, examples.progress);
  SvmModel model = model_of(examples.features, settings.kernel, solution);
  model.coefficients *= deviation;
  model.bias = model.bias.array() * deviation + mean;
  return within_budget(std::move(model), examples, parameters);
}

std::vector<Family> svm_families() {
  const std::vector<Flag> shared = {
      {"C", "1", "how much a row on the wrong side costs"},
      {"kernel", "rbf", "rbf, polynomial, sigmoid or linear"},
      {"gamma", "scale", "of the kernel; scale: 1 / (features * variance), auto: 1 / features"},
      {"degree", "3", "of the polynomial"},
      {"coef0", "0", "of the polynomial and the sigmoid"},
      {"max-support-vectors", "0", "keep so many, with the least loss; 0: all"}};
  std::vector<Flag> classes = shared;
  classes.push_back({"probability", "no", "learn probabilities too, by five times the work"});
  std::vector<Flag> values = shared;
  values.push_back({"epsilon", "0.1", "what an error may be at no cost, in deviations of the target"});
  return {
      {"svm",
       true,
       false,
       "support vector machine with a kernel, one against one",
       classes,
       {"int8"},
       false,
       [](const Examples& examples, const Parameters& parameters) -> Learned { return svm(examples, parameters); }},
      {"svr",
       false,
       true,
       "support vector regression with a kernel",
       values,
       {"int8"},
       false,
       [](const Examples& examples, const Parameters& parameters) -> Learned { return svr(examples, parameters); }}};
}

}  // namespace nuthatch::learn
