// The regression families of the linear kind beside scikit-learn's solutions, and probabilities beside predict_proba.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "learn/linear.hpp"
#include "prepare/labels.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::golden {

using learn::LinearModel;

namespace {

nlohmann::json read_json(const std::string& name) {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/" + name);
  return nlohmann::json::parse(file);
}

double flag(const nlohmann::json& flags, const std::string& name, double absent) {
  return flags.contains(name) ? std::stod(flags.at(name).get<std::string>()) : absent;
}

double huber_loss(double r, double epsilon) {
  return std::abs(r) <= epsilon ? r * r / 2 : epsilon * (std::abs(r) - epsilon / 2);
}

/// Training rows of a data set, standardized.
struct Problem {
  Eigen::MatrixXd features;
  Eigen::VectorXd target;

  explicit Problem(const data::Dataset& train) : features(prepare::standardize(train, prepare::describe(train))) {
    const std::vector<double> values = prepare::target_values(train, false);
    target = Eigen::Map<const Eigen::VectorXd>(values.data(), std::ssize(values));
  }

  Eigen::VectorXd predict(const LinearModel& model) const {
    return (features * model.weights.transpose()).array() + model.bias[0];
  }

  double deviation() const {
    const Eigen::VectorXd centered = target.array() - target.mean();
    return std::sqrt(centered.squaredNorm() / static_cast<double>(centered.size()));
  }
};

double elastic_net(const Problem& problem, const LinearModel& model, double alpha, double ratio) {
  const double rows = static_cast<double>(problem.target.size());
  const double penalty = ratio * model.weights.cwiseAbs().sum() + (1 - ratio) / 2 * model.weights.squaredNorm();
  return (problem.predict(model) - problem.target).squaredNorm() / (2 * rows) + alpha * penalty;
}

/// Over the scale too, by halving an interval in which the function is convex.
double huber(const Problem& problem, const LinearModel& model, double epsilon, double alpha) {
  const Eigen::VectorXd residuals = problem.predict(model) - problem.target;
  const auto at = [&](double scale) {
    double sum = 0;
    for (const double r : residuals) sum += scale + 2 * scale * huber_loss(r / scale, epsilon);
    return sum;
  };
  double low = 1e-9 * problem.deviation();
  double high = 10 * problem.deviation();
  for (int i = 0; i < 200; ++i) {
    const double left = low + (high - low) / 3;
    const double right = high - (high - low) / 3;
    (at(left) < at(right) ? high : low) = at(left) < at(right) ? right : left;
  }
  return at(low) + alpha * model.weights.squaredNorm();
}

/// In units of the target's deviation; LIBLINEAR's losses penalize the bias too.
double linear_svr(const Problem& problem, const LinearModel& model, const nlohmann::json& flags) {
  const double unit = problem.deviation();
  const double epsilon = flag(flags, "epsilon", 0.1);
  const std::string loss = flags.value("loss", "epsilon-insensitive");
  double sum = 0;
  for (const double r : Eigen::VectorXd((problem.predict(model) - problem.target) / unit)) {
    const double beyond = std::max(0.0, std::abs(r) - epsilon);
    sum += loss == "huber" ? huber_loss(r, epsilon) : loss == "epsilon-insensitive" ? beyond : beyond * beyond;
  }
  const double bias = loss == "huber" ? 0 : (model.bias[0] - problem.target.mean()) / unit;
  return (model.weights.squaredNorm() / (unit * unit) + bias * bias) / 2 + flag(flags, "C", 1) * sum;
}

/// What the comments of learn/linear.hpp say is minimized.
double objective(const Problem& problem, const LinearModel& model, const nlohmann::json& golden) {
  const nlohmann::json& flags = golden.at("flags");
  const std::string family = golden.at("family");
  if (family == "huber") return huber(problem, model, flag(flags, "epsilon", 1.35), flag(flags, "alpha", 1e-4));
  if (family == "linear-svr") return linear_svr(problem, model, flags);
  const double ratio = family == "lasso" ? 1 : flag(flags, "l1-ratio", 0.5);
  return elastic_net(problem, model, flag(flags, "alpha", 0.1), ratio);
}

LinearModel solution_of(const nlohmann::json& golden) {
  const auto weights = golden.at("weights").get<std::vector<double>>();
  LinearModel model;
  model.weights = Eigen::Map<const Eigen::RowVectorXd>(weights.data(), std::ssize(weights));
  model.bias = Eigen::VectorXd::Constant(1, golden.at("bias").get<double>());
  return model;
}

/// How far above the least value a solver may stop: the duality gap of coordinate descent is 1e-10 of the sum of
/// squares, that of the interior-point method 1e-9 of the value; L-BFGS and LIBLINEAR's primal stop at a slope.
constexpr double kSlack = 1e-9;

}  // namespace

TEST_CASE("lasso, elastic-net, huber and linear-svr find scikit-learn's solutions, or better ones") {
  const nlohmann::json all = read_json("linear_families.json");
  CHECK(all.size() == 18);
  for (const nlohmann::json& golden : all) {
    const std::string set = golden.at("data");
    const std::string family = golden.at("family");
    const std::string flags = golden.at("flags").dump();
    CAPTURE(set);
    CAPTURE(family);
    CAPTURE(flags);
    const data::Dataset train = trainer_test::load(set + ".train");
    const Problem problem(train);
    const auto trained = trainer_test::train(train, family, false, golden.at("flags").get<trainer_test::Flags>());
    const auto& ours = std::get<LinearModel>(trained.learned);
    const LinearModel theirs = solution_of(golden);
    const double reached = objective(problem, theirs, golden);
    CHECK(objective(problem, ours, golden) <= reached * (1 + kSlack));
    // And so near that predictions are the same for any use.
    const Eigen::VectorXd apart = problem.predict(ours) - problem.predict(theirs);
    const double root_mean_square = apart.norm() / std::sqrt(static_cast<double>(apart.size()));
    // (scikit-learn's own solver of the epsilon-insensitive loss stops farther away.)
    const bool coarse = family == "linear-svr" && !golden.at("flags").contains("loss");
    CHECK(root_mean_square <= (coarse ? 1e-2 : 1e-4) * problem.deviation());
    if (family == "lasso") CHECK(((ours.weights.array() == 0) == (theirs.weights.array() == 0)).all());
  }
}

TEST_CASE("probabilities of exported logistic models are predict_proba's") {
  const nlohmann::json all = read_json("probabilities.json");
  CHECK(all.size() == 4);
  for (const auto& item : all.items()) {
    const std::string& set = item.key();
    const auto& golden = item.value();
    const data::Dataset train = trainer_test::load(set + ".train");
    const data::Dataset test = trainer_test::load(set + ".test");
    const auto expected = golden.get<std::vector<double>>();
    for (const std::string precision : {"float32", "int16", "int8"}) {
      CAPTURE(set);
      CAPTURE(precision);
      const auto trained = trainer_test::train(train, "logistic", true, {}, quantize::Input::kFloat32, precision);
      const exporting::LoadedModel model(exporting::write_model(trained.contents));
      const exporting::Predictions predictions = model.predict(test);
      const std::vector<std::int32_t> words = model.probabilities(predictions);
      REQUIRE(words.size() == expected.size());
      const Eigen::MatrixXd scores = trained.score(prepare::standardize(test, prepare::describe(train)));
      const auto classes = static_cast<std::ptrdiff_t>(trained.contents.classes.size());
      for (std::ptrdiff_t row = 0; row < scores.rows(); ++row) {
        // A score that is off by d moves a sigmoid by d / 4, a softmax by the largest d / 2 at most.
        double off = 0;
        for (Eigen::Index k = 0; k < scores.cols(); ++k) {
          const std::int32_t word = predictions.row(static_cast<std::size_t>(row))[static_cast<std::size_t>(k)];
          off = std::max(off, std::abs(model.value_of(word) - scores(row, k)));
        }
        // Then what Probability promises, and 1e-5 for where the two solvers stop (golden_test.cpp).
        const double bound = off / (classes == 2 ? 4 : 2) + 0x1p-14 + static_cast<double>(classes) * 0x1p-27 + 1e-5;
        for (std::ptrdiff_t k = 0; k < classes; ++k) {
          const auto at = static_cast<std::size_t>(row * classes + k);
          CHECK(std::abs(std::ldexp(words[at], -16) - expected[at]) <= bound);
        }
      }
    }
  }
}

}  // namespace nuthatch::golden
