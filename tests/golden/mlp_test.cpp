// scikit-learn's own perceptrons, put through our quantization: every output of every test row, learned model and
// device, within a bound that is derived (make_mlp.py).

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "golden/probability.hpp"
#include "prepare/labels.hpp"
#include "unit/network_pipeline.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::golden {
namespace {

using learn::DenseLayer;
using learn::NetworkModel;
using nlohmann::json;
using quantize::QuantizedNetwork;
using trainer_test::FittedNetwork;

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

json read_networks() {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/mlp.json");
  return json::parse(file);
}

Eigen::MatrixXd matrix(const json& from, Eigen::Index rows) {
  const auto values = from.get<std::vector<double>>();
  return Eigen::Map<const RowMajor>(values.data(), rows, std::ssize(values) / rows);
}

NetworkModel model_of(const json& golden) {
  NetworkModel model;
  model.activation = golden.at("activation") == "tanh" ? learn::Activation::kTanh : learn::Activation::kRelu;
  model.target_mean = golden.at("mean");
  model.target_deviation = golden.at("deviation");
  for (const json& layer : golden.at("layers")) {
    const auto outputs = layer.at("outputs").get<Eigen::Index>();
    model.layers.push_back(
        {matrix(layer.at("weights"), outputs).cast<float>(), matrix(layer.at("bias"), outputs).cast<float>()});
  }
  return model;
}

/// As if `train` had learned it, and nothing is learned again when its weights are rounded.
FittedNetwork fitted_of(const json& golden, const data::Dataset& train) {
  FittedNetwork fitted;
  fitted.classifies = golden.contains("probabilities");
  fitted.parameters = trainer_test::default_network_parameters();
  fitted.parameters.epochs = 0;
  fitted.statistics = prepare::describe(train);
  fitted.features = prepare::standardize(train, fitted.statistics);
  if (fitted.classifies) {
    fitted.classes = prepare::class_names(train);
    fitted.indices = prepare::class_indices(train, fitted.classes);
  } else {
    fitted.values = prepare::target_values(train, false);
  }
  fitted.model = model_of(golden);
  return fitted;
}

/// Values of a layer, each with what it is off by at most, and what one step of each is worth.
struct Values {
  Eigen::VectorXd exact;
  Eigen::VectorXd off;
  Eigen::VectorXd steps;
};

/// How far the device may be from the real network on a row, layer after layer.
class Bound {
 public:
  Bound(const NetworkModel& model, const QuantizedNetwork& quantized) : model_(model), quantized_(quantized) {}

  /// Of the outputs; empty where a value is past what the device can hold, and saturation decides.
  Eigen::VectorXd of(const Eigen::VectorXd& row) const {
    Values values = inputs(row);
    std::size_t unit = 0;
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      if (values.exact.size() == 0) return {};
      const bool last = i + 1 == model_.layers.size();
      const auto outputs = static_cast<std::size_t>(model_.layers[i].bias.size());
      values = last ? sums(i, values) : activated(quantized_.layers[i].high, unit, sums(i, values));
      unit += outputs;
    }
    return values.off * model_.target_deviation +
           Eigen::VectorXd::Constant(values.off.size(), std::ldexp(1.0, -quantized_.fraction_bits));
  }

 private:
  Values inputs(const Eigen::VectorXd& row) const {
    Values values{row, row, row};
    for (Eigen::Index i = 0; i < row.size(); ++i) {
      const quantize::FeatureEncoding& feature = quantized_.encoding.features[static_cast<std::size_t>(i)];
      const double code = (row[i] - feature.shift_in_z) / feature.unit;
      if (std::abs(code) > quantized_.encoding.code_limit) return {};
      values.exact[i] = row[i] - feature.shift_in_z;
      values.off[i] = feature.unit * (0.5 + std::abs(code) * 0x1p-23);
      values.steps[i] = feature.unit;
    }
    return values;
  }

  /// Weights are rounded to 1/127 of the unit's largest, in steps of the inputs; biases to one step of the sum; float32
  /// arithmetic on the way is off by 2^-20 of what is added up. `steps`: of the sums.
  Values sums(std::size_t i, const Values& in) const {
    const Eigen::MatrixXd weights = model_.layers[i].weights.cast<double>();
    Eigen::VectorXd bias = model_.layers[i].bias.cast<double>();
    if (i == 0) bias += weights * shifts();
    if (i + 1 == model_.layers.size()) bias.array() += model_.target_mean / model_.target_deviation;
    Values out{weights * in.exact + bias, bias, bias};
    const Eigen::VectorXd codes = in.exact.cwiseAbs().cwiseQuotient(in.steps) + in.off.cwiseQuotient(in.steps);
    for (Eigen::Index k = 0; k < weights.rows(); ++k) {
      const Eigen::VectorXd sizes = weights.row(k).transpose().cwiseAbs();
      out.steps[k] = sizes.cwiseProduct(in.steps).maxCoeff() / 127;
      const double float32 = 0x1p-20 * (sizes.dot(in.exact.cwiseAbs()) + std::abs(bias[k]));
      out.off[k] = out.steps[k] / 2 * (codes.sum() + 1) + sizes.dot(in.off) + float32;
    }
    return out;
  }

  Values activated(std::int16_t high, std::size_t first_unit, Values sums) const {
    if (model_.activation == learn::Activation::kTanh) {
      // The argument is rounded twice to 1 of 2 * log2(e) * 2^12; then tanh_of's own 2^-15, and its rounding.
      sums.off.array() += 1 / (2 * std::log2(std::exp(1.0)) * 4096) + 0x1p-15 + 0.5 / high;
      sums.steps.setConstant(1.0 / high);
      sums.exact = sums.exact.array().tanh();
      return sums;
    }
    // A factor takes the sum's step to the value's.
    const double factor = std::ldexp(quantized_.multipliers[first_unit], quantized_.shifts[first_unit] - 31);
    const double step = sums.steps[0] / factor;
    sums.off.array() += step;
    sums.steps.setConstant(step);
    sums.exact = sums.exact.cwiseMax(0.0);
    if ((sums.exact + sums.off).maxCoeff() > high * step) return {};
    return sums;
  }

  Eigen::VectorXd shifts() const {
    Eigen::VectorXd shifts(std::ssize(quantized_.encoding.features));
    for (Eigen::Index i = 0; i < shifts.size(); ++i) {
      shifts[i] = quantized_.encoding.features[static_cast<std::size_t>(i)].shift_in_z;
    }
    return shifts;
  }

  const NetworkModel& model_;
  const QuantizedNetwork& quantized_;
};

struct Tally {
  Eigen::Index rows = 0;
  double scores = 0;         ///< the largest error over its bound
  double probabilities = 0;  ///< the same
  double relative = 0;       ///< the largest error over the outputs' largest size
};

Tally tally(const json& golden, const FittedNetwork& fitted, const data::Dataset& train, const data::Dataset& test) {
  const Eigen::MatrixXd rows = prepare::standardize(test, fitted.statistics);
  const Eigen::MatrixXd expected = matrix(golden.at("outputs"), rows.rows());
  const exporting::LoadedModel model = trainer_test::deploy_network(train, fitted);
  const Eigen::MatrixXd scores = trainer_test::device_scores(model, test);
  const std::vector<std::int32_t> words = model.probabilities(model.predict(test));
  const QuantizedNetwork quantized = trainer_test::quantized(fitted);
  Tally tally;
  for (Eigen::Index row = 0; row < rows.rows(); ++row) {
    const Eigen::VectorXd bound = Bound(fitted.model, quantized).of(rows.row(row).transpose());
    if (bound.size() == 0) continue;
    ++tally.rows;
    const Eigen::VectorXd error = (scores.row(row) - expected.row(row)).transpose().cwiseAbs();
    tally.scores = std::max(tally.scores, error.cwiseQuotient(bound).maxCoeff());
    tally.relative = std::max(tally.relative, error.maxCoeff() / expected.cwiseAbs().maxCoeff());
    if (!fitted.classifies) continue;
    const Eigen::VectorXd shares = matrix(golden.at("probabilities"), rows.rows()).row(row).transpose();
    // A sigmoid moves by a quarter of its score, a softmax by half of the largest.
    const double most = error.maxCoeff() / (shares.size() == 2 ? 4 : 2) + probability_bound(fitted.classes.size());
    for (Eigen::Index k = 0; k < shares.size(); ++k) {
      const double share = std::ldexp(words[static_cast<std::size_t>(row * shares.size() + k)], -16);
      tally.probabilities = std::max(tally.probabilities, std::abs(share - shares[k]) / most);
    }
  }
  return tally;
}

}  // namespace

TEST_CASE("mlp: scikit-learn's weights give scikit-learn's outputs, in float32 and on the device") {
  const json networks = read_networks();
  REQUIRE(networks.size() == 6);
  for (const json& golden : networks) {
    const std::string set = golden.at("data");
    const data::Dataset train = trainer_test::load(set + ".train");
    const data::Dataset test = trainer_test::load(set + ".test");
    const FittedNetwork fitted = fitted_of(golden, train);
    CAPTURE(set);
    const Eigen::MatrixXd scores = trainer_test::float_scores(fitted, test);
    const Eigen::MatrixXd expected = matrix(golden.at("outputs"), scores.rows());
    REQUIRE(expected.cols() == scores.cols());
    CHECK((scores - expected).cwiseAbs().maxCoeff() <= 1e-5 * expected.cwiseAbs().maxCoeff());
    const Tally device = tally(golden, fitted, train, test);
    fmt::print("{:<16}mlp {:<5}{:>5} rows, largest error / bound {:.3f}, of the largest output {:.4f}\n", set,
               golden.at("activation").get<std::string>(), device.rows, device.scores, device.relative);
    CHECK(device.rows * 10 >= expected.rows() * 9);
    CHECK(device.scores <= 1);
    CHECK(device.scores > 0.01);
    CHECK(device.relative < 0.03);
    CHECK(device.probabilities <= 1);
  }
}

}  // namespace nuthatch::golden
