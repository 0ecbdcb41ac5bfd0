// Support vector machines against scikit-learn's SVC and SVR: what is learned, and what the exported models decide on
// every test row, within a bound of the quantization that is derived.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::golden {

using Eigen::Index;
using learn::Kernel;
using learn::SvmModel;
using quantize::Input;
using quantize::QuantizedSvm;
using trainer_test::Flags;
using trainer_test::Trained;

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

const std::vector<std::string> kSets = {"breast_cancer", "diabetes", "iris", "pima", "wine"};

/// The machines of make_golden_svm.py with our flags.
const std::vector<std::pair<std::string, Flags>>& machines() {
  static const std::vector<std::pair<std::string, Flags>> all = {
      {"rbf", {}},
      {"linear", {{"kernel", "linear"}}},
      {"polynomial", {{"kernel", "polynomial"}}},
      {"sigmoid", {{"kernel", "sigmoid"}}},
      {"other", {{"kernel", "polynomial"}, {"degree", "2"}, {"coef0", "1.5"}, {"gamma", "0.125"}, {"C", "0.25"}}}};
  return all;
}

struct Golden {
  Index vectors;
  Eigen::MatrixXd decisions;  ///< test rows x outputs
};

Golden read_golden(const std::string& set, const std::string& machine, Index rows) {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/" + set + ".svm.json");
  const auto json = nlohmann::json::parse(file).at(machine);
  const auto values = json.at("decisions").get<std::vector<double>>();
  return {json.at("vectors").get<Index>(), Eigen::Map<const RowMajor>(values.data(), rows, std::ssize(values) / rows)};
}

Trained train(const std::string& set, const Flags& flags, Input input = Input::kFloat32) {
  const bool classifies = set != "diabetes";
  return trainer_test::train(trainer_test::load(set + ".train"), classifies ? "svm" : "svr", classifies, flags, input);
}

/// What quantization may cost a decision: the rounding of the row, of the vectors, of the kernel, of the coefficients.
class Bound {
 public:
  Bound(const SvmModel& model, const QuantizedSvm& quantized, const std::vector<prepare::FeatureStatistics>& statistics)
      : model_(model), quantized_(quantized) {
    double squares = 0;
    for (std::size_t i = 0; i < statistics.size(); ++i) {
      const quantize::FeatureEncoding& feature = quantized.encoding.features[i];
      unit_ = std::max(unit_, feature.unit);
      // Half a code, and of int16 input half a count where values are not counts.
      const bool exact = feature.exponent == 0 && statistics[i].integers;
      const bool raw = quantized.encoding.input == Input::kInt16 && !exact;
      const double codes = 0.5 + (raw ? std::ldexp(0.5 * feature.multiplier, -feature.shift) : 0) +
                           quantized.encoding.code_limit * 0x1p-22;
      squares += codes * codes * feature.unit * feature.unit;
    }
    features_ = std::sqrt(static_cast<double>(model.vectors.cols()));
    row_error_ = std::sqrt(squares);
    coefficient_ = model.coefficients.cwiseAbs().maxCoeff() / 32767;  // twice the rounding
  }

  /// Of every pair's decision for a row, or negative if a feature is past the limit, where saturation decides.
  double of(const Eigen::RowVectorXd& row) const {
    for (Index i = 0; i < row.size(); ++i) {
      const quantize::FeatureEncoding& feature = quantized_.encoding.features[static_cast<std::size_t>(i)];
      if (std::abs(row[i] - feature.shift_in_z) > quantized_.encoding.code_limit * feature.unit) return -1;
    }
    double error = std::ldexp(2.0, -bits());
    if (model_.kernel.kernel == Kernel::kLinear) return error + linear(row);
    for (Index v = 0; v < model_.vectors.rows(); ++v) {
      const double value = std::abs(model_.kernel(row, model_.vectors.row(v))(0, 0));
      error += model_.coefficients.row(v).cwiseAbs().maxCoeff() * kernel_error(row, v, value) + coefficient_ * value;
    }
    return error;
  }

  /// Of decisions.
  int bits() const { return quantized_.outputs > 1 ? 15 : quantized_.fraction_bits; }

 private:
  /// Half an element: the shift is the least that holds the largest, and elements of several vectors share a scale
  /// that leaves the shortest three bits more than the longest.
  double vector_error(Index v) const {
    if (model_.kernel.kernel == Kernel::kRbf) {
      return features_ * 0.5 * std::ldexp(unit_, quantized_.vector_shifts[static_cast<std::size_t>(v)]);
    }
    const double own = model_.vectors.row(v).cwiseAbs().maxCoeff();
    const double all = model_.vectors.cwiseAbs().maxCoeff();
    return features_ * 0.51 * std::max(own / 63.5, all / 1016);
  }

  double kernel_error(const Eigen::RowVectorXd& row, Index v, double value) const {
    const learn::KernelFunction& kernel = model_.kernel;
    const double apart = vector_error(v) + row_error_;
    if (kernel.kernel == Kernel::kRbf) {
      // The steepest slope of exp(-gamma r^2) near r, and the exponential's own error.
      const double r = (row - model_.vectors.row(v)).norm();
      const double steepest = std::clamp(1 / std::sqrt(2 * kernel.gamma), std::max(r - apart, 0.0), r + apart);
      return 2 * kernel.gamma * steepest * std::exp(-kernel.gamma * steepest * steepest) * apart + value * 0x1p-14 +
             0x1p-27;
    }
    const double product =
        row.norm() * vector_error(v) + model_.vectors.row(v).norm() * row_error_ + vector_error(v) * row_error_;
    const double slack = kernel.gamma * product * 1.01;
    if (kernel.kernel == Kernel::kSigmoid) return slack + 0x1p-14;
    const double argument = std::abs(kernel.gamma * row.dot(model_.vectors.row(v)) + kernel.coef0);
    return kernel.degree * std::pow(argument + slack, kernel.degree - 1) * slack + 1e-6;
  }

  /// A pair's vectors are one.
  double linear(const Eigen::RowVectorXd& row) const {
    const Eigen::MatrixXd axes = Eigen::MatrixXd::Identity(row.size(), row.size());
    const Eigen::MatrixXd weights = learn::decisions(model_, axes).rowwise() - learn::decisions(model_, 0 * row).row(0);
    const double rounding = features_ * 0.51 * weights.cwiseAbs().maxCoeff() / 127;
    return row.norm() * rounding + weights.colwise().norm().maxCoeff() * row_error_ + rounding * row_error_;
  }

  const SvmModel& model_;
  const QuantizedSvm& quantized_;
  double unit_ = 0;
  double features_ = 0;
  double row_error_ = 0;
  double coefficient_ = 0;
};

struct Tally {
  Index rows = 0;
  double closest = 0;  ///< the largest |the runtime's score - scikit-learn's| over its bound
};

/// `learned`: how far the learned model's scores are from scikit-learn's.
Tally tally(const std::string& set, const Trained& trained, const Golden& golden, double learned) {
  const data::Dataset test = trainer_test::load(set + ".test");
  const auto& model = std::get<SvmModel>(trained.learned);
  const auto& quantized = std::get<QuantizedSvm>(trained.contents.predictor);
  const std::vector<prepare::FeatureStatistics> statistics = prepare::describe(trainer_test::load(set + ".train"));
  const Eigen::MatrixXd features = prepare::standardize(test, statistics);
  const Eigen::MatrixXd decided = learn::decisions(model, features);
  const exporting::LoadedModel loaded(exporting::write_model(trained.contents));
  const exporting::Predictions predictions = loaded.predict(test);
  const Bound bound(model, quantized, statistics);
  Tally tally;
  for (Index row = 0; row < features.rows(); ++row) {
    REQUIRE(predictions.statuses[static_cast<std::size_t>(row)] == Status::kOk);
    double most = bound.of(features.row(row));
    const bool several = golden.decisions.cols() > 1;
    // A vote that the bound may turn is another number altogether.
    if (most < 0 || (several && decided.row(row).cwiseAbs().minCoeff() <= most + learned)) continue;
    ++tally.rows;
    if (several) most = static_cast<double>(golden.decisions.cols() - 1) * most / 3 + 0x1p-15;
    for (Index k = 0; k < golden.decisions.cols(); ++k) {
      const std::int32_t word = predictions.row(static_cast<std::size_t>(row))[static_cast<std::size_t>(k)];
      const double error = std::abs(std::ldexp(word, -quantized.fraction_bits) - golden.decisions(row, k));
      tally.closest = std::max(tally.closest, error / (most + learned));
    }
  }
  return tally;
}

}  // namespace

TEST_CASE("svm: as many vectors as scikit-learn's, and its decisions") {
  for (const std::string& set : kSets) {
    const data::Dataset test = trainer_test::load(set + ".test");
    const Eigen::MatrixXd features = prepare::standardize(test, prepare::describe(trainer_test::load(set + ".train")));
    for (const auto& [name, flags] : machines()) {
      CAPTURE(set);
      CAPTURE(name);
      const Trained trained = train(set, flags);
      const Golden golden = read_golden(set, name, features.rows());
      const auto& model = std::get<SvmModel>(trained.learned);
      const Eigen::MatrixXd scores = trained.score(features);
      REQUIRE(scores.cols() == golden.decisions.cols());
      const double spread = std::max(1.0, (golden.decisions.array() - golden.decisions.mean()).abs().maxCoeff());
      const double off = (scores - golden.decisions).cwiseAbs().maxCoeff() / spread;
      fmt::print("{:<16}svm {:<11} {:>4} vectors ({} scikit-learn), decisions off by {:.2g} of {:.3g}\n", set, name,
                 model.vectors.rows(), golden.vectors, off, spread);
      CHECK(std::abs(static_cast<double>(model.vectors.rows() - golden.vectors)) <=
            std::max(2.0, 0.02 * static_cast<double>(golden.vectors)));
      CHECK(off <= 0.005);
    }
  }
}

TEST_CASE("svm: exported models decide within the bound of their quantization") {
  for (const std::string& set : kSets) {
    const data::Dataset test = trainer_test::load(set + ".test");
    const Eigen::MatrixXd features = prepare::standardize(test, prepare::describe(trainer_test::load(set + ".train")));
    for (const auto& [name, flags] : machines()) {
      const Golden golden = read_golden(set, name, features.rows());
      for (const Input input : {Input::kFloat32, Input::kInt16}) {
        const Trained trained = train(set, flags, input);
        const double learned = (trained.score(features) - golden.decisions).cwiseAbs().maxCoeff();
        const Tally found = tally(set, trained, golden, learned);
        fmt::print("{:<16}svm {:<11} {:<8}{:>5} rows, largest error / bound {:.3f}\n", set, name,
                   input == Input::kInt16 ? "int16" : "float32", found.rows, found.closest);
        CAPTURE(set);
        CAPTURE(name);
        CHECK(found.closest <= 1);
        CHECK(found.closest > 0.001);
        CHECK(found.rows * 5 >= golden.decisions.rows() * 2);
      }
    }
  }
}

}  // namespace nuthatch::golden
