// The family mlp: what it learns, and that its integers mean what was learned.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <random>

#include "learn/denormals.hpp"
#include "report/metrics.hpp"
#include "unit/network_pipeline.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using learn::Activation;
using learn::Parameters;

namespace {

using Random = std::mt19937;

double symmetric(Random& random) { return static_cast<double>(random()) / 2147483648.0 - 1.0; }

Parameters with(std::vector<std::uint32_t> hidden, Activation activation, std::uint32_t epochs = 200) {
  Parameters parameters = default_network_parameters();
  parameters.hidden = std::move(hidden);
  parameters.activation = activation;
  parameters.epochs = epochs;
  return parameters;
}

/// label = f(x0, x1), both in [-1, 1].
template <class Function>
data::Dataset plane(std::size_t rows, const Function& function) {
  Random random(11);
  std::string text = "x0,x1,label\n";
  for (std::size_t i = 0; i < rows; ++i) {
    const double x0 = symmetric(random);
    const double x1 = symmetric(random);
    text += fmt::format("{:.6f},{:.6f},{}\n", x0, x1, function(x0, x1));
  }
  return parse(text);
}

double accuracy_of(const FittedNetwork& fitted, const data::Dataset& rows) {
  return report::score(float_scores(fitted, rows), rows, fitted.classes, false).value;
}

double device_score(const exporting::LoadedModel& model, const data::Dataset& rows) {
  return report::score(model, rows, model.predict(rows), false).value;
}

/// Fine-tuning that changes nothing: what is left is rounding.
FittedNetwork without_tuning(FittedNetwork fitted) {
  fitted.parameters.epochs = 1;
  fitted.parameters.learning_rate = 1e-30;
  return fitted;
}

/// The device answers every row, with scores within `share` of the float scores' spread.
void check_device(const data::Dataset& train, const FittedNetwork& fitted, double share) {
  const Eigen::MatrixXd exact = float_scores(fitted, train);
  REQUIRE(exact.allFinite());
  const double spread = std::max((exact.rowwise() - exact.colwise().mean()).cwiseAbs().maxCoeff(), 1e-9);
  for (const quantize::Input input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
    const exporting::LoadedModel model = deploy_network(train, without_tuning(fitted), input);
    CHECK((device_scores(model, train) - exact).cwiseAbs().maxCoeff() <= share * spread);
  }
}

std::string error_of(const FittedNetwork& fitted, const Parameters& parameters) {
  try {
    (void)learn::network(fitted.examples(), parameters);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("mlp: without an activation it finds least squares' solution") {
  const data::Dataset train = load("boston_housing.train");
  Parameters parameters = with({6}, Activation::kNone, 400);
  parameters.alpha = 0;
  const FittedNetwork fitted = fit_network(train, false, parameters);
  const Fitted squares = fit(train, "linear-regression");
  const Eigen::MatrixXd expected = learn::scores(squares.learned, squares.features);
  const Eigen::MatrixXd found = float_scores(fitted, train);
  const Eigen::Map<const Eigen::VectorXd> target(fitted.values.data(), std::ssize(fitted.values));
  const double least = (expected.col(0) - target).squaredNorm();
  const double reached = (found.col(0) - target).squaredNorm();
  CHECK(reached >= least);
  CHECK(reached <= 1.001 * least);
}

TEST_CASE("mlp: no hidden weight pays only with a strong penalty: the model goes to the mean") {
  const data::Dataset train = load("diabetes.train");
  Parameters parameters = with({8}, Activation::kRelu);
  parameters.alpha = 1e5;
  const FittedNetwork fitted = fit_network(train, false, parameters);
  const Eigen::MatrixXd found = float_scores(fitted, train);
  CHECK((found.array() - fitted.model.target_mean).abs().maxCoeff() < 0.1 * fitted.model.target_deviation);
}

TEST_CASE("mlp: learns what no linear model can, with each activation that is none") {
  const auto exclusive_or = [](double x0, double x1) { return (x0 > 0) != (x1 > 0) ? "in" : "out"; };
  const data::Dataset train = plane(600, exclusive_or);
  for (const Activation activation : {Activation::kRelu, Activation::kTanh}) {
    const FittedNetwork fitted = fit_network(train, true, with({16}, activation));
    CHECK(accuracy_of(fitted, train) >= 0.97);
    CHECK(device_score(deploy_network(train, fitted), train) >= 0.97);
    const FittedNetwork deep = fit_network(train, true, with({8, 8, 8}, activation));
    CHECK(device_score(deploy_network(train, deep), train) >= 0.96);
  }
  const FittedNetwork linear = fit_network(train, true, with({16, 4}, Activation::kNone));
  CHECK(accuracy_of(linear, train) <= 0.7);
}

TEST_CASE("mlp: members answer the mean of networks learned by themselves, on the device too") {
  const data::Dataset train = plane(150, [](double x0, double x1) { return std::sin(3 * x0) * x1 + 5; });
  const data::Dataset classes = plane(150, [](double x0, double x1) { return x0 > 0.3 ? "a" : x1 > 0 ? "b" : "c"; });
  for (const bool classifies : {false, true}) {
    for (const std::vector<std::uint32_t>& hidden : {std::vector<std::uint32_t>{5}, {4, 3}, {3, 4, 2}}) {
      const data::Dataset& rows = classifies ? classes : train;
      Parameters parameters = with(hidden, Activation::kTanh, 20);
      parameters.members = 3;
      const FittedNetwork fitted = fit_network(rows, classifies, parameters);
      // Taken apart again: member m's rows and columns of each layer.
      Eigen::MatrixXf sum;
      const Eigen::MatrixXf inputs = fitted.features.transpose().cast<float>();
      for (Eigen::Index member = 0; member < 3; ++member) {
        Eigen::MatrixXf values = inputs;
        for (std::size_t i = 0; i < fitted.model.layers.size(); ++i) {
          const learn::DenseLayer& layer = fitted.model.layers[i];
          const bool last = i + 1 == fitted.model.layers.size();
          const Eigen::Index outputs = last ? layer.bias.size() : layer.bias.size() / 3;
          const Eigen::MatrixXf weights = layer.weights.block(
              last ? 0 : member * outputs, i == 0 ? 0 : member * values.rows(), outputs, values.rows());
          const Eigen::VectorXf bias =
              last ? Eigen::VectorXf(layer.bias / 3) : layer.bias.segment(member * outputs, outputs);
          values = ((weights * values).colwise() + bias).eval();
          if (!last) values = values.array().tanh().eval();
        }
        sum = member == 0 ? values : Eigen::MatrixXf(sum + values);
      }
      const Eigen::MatrixXd expected =
          (sum.transpose().cast<double>() * fitted.model.target_deviation).array() + fitted.model.target_mean;
      CHECK((float_scores(fitted, rows) - expected).cwiseAbs().maxCoeff() <=
            1e-4 * (1 + expected.cwiseAbs().maxCoeff()));
      CHECK(
          (fitted.model.layers[0].weights.topRows(hidden[0]) != fitted.model.layers[0].weights.bottomRows(hidden[0])));
      check_device(rows, fitted, 0.05);
    }
  }
}

TEST_CASE("mlp: arithmetic knows no denormals while it learns, and does again afterwards") {
  volatile float small = 1e-30F;
  const auto product = [&] { return small * 1e-10F; };
  CHECK(product() > 0);
  {
    const learn::FlushDenormals flush;
#if defined(__SSE2__) || defined(__aarch64__)
    CHECK(product() == 0);
#endif
  }
  CHECK(product() > 0);
}

TEST_CASE("mlp: a smooth surface, float and device") {
  const data::Dataset train = plane(800, [](double x0, double x1) { return std::sin(3 * x0) * x1 + 5; });
  for (const Activation activation : {Activation::kRelu, Activation::kTanh}) {
    const FittedNetwork fitted = fit_network(train, false, with({24, 12}, activation));
    CHECK(report::score(float_scores(fitted, train), train, {}, false).value >= 0.98);
    CHECK(device_score(deploy_network(train, fitted), train) >= 0.98);
  }
}

TEST_CASE("mlp: one seed, one file; another seed, another") {
  const data::Dataset train = load("iris.train");
  const auto bytes = [&](std::uint64_t seed) {
    Parameters parameters = with({10}, Activation::kRelu, 20);
    parameters.seed = seed;
    return deploy_network(train, fit_network(train, true, parameters)).bytes();
  };
  const auto first = bytes(1);
  CHECK(first == bytes(1));
  CHECK(first != bytes(2));
}

TEST_CASE("mlp: scores of the device are the network's but for the rounding of inputs and weights") {
  // relu lets no error grow but by the next layer's weights, so that the roundings add up to a bound.
  for (const char* set : {"iris", "wine", "breast_cancer", "digits"}) {
    CAPTURE(set);
    const data::Dataset train = load(std::string(set) + ".train");
    const FittedNetwork fitted = without_tuning(fit_network(train, true, with({12}, Activation::kRelu, 60)));
    const quantize::QuantizedNetwork network = quantized(fitted);
    const exporting::LoadedModel model = deploy_network(train, fitted);
    double unit = 0;
    for (const auto& feature : network.encoding.features) unit = std::max(unit, feature.unit);
    const auto& first = fitted.model.layers[0];
    const auto& second = fitted.model.layers[1];
    const Eigen::MatrixXd inputs = fitted.features.transpose();
    const Eigen::MatrixXd weights = first.weights.cast<double>();
    const Eigen::MatrixXd hidden = ((weights * inputs).colwise() + first.bias.cast<double>()).cwiseMax(0.0);
    // Half a step of a weight times the input, half a step of the input times the weight, and a little for the rest.
    const Eigen::VectorXd steps = weights.cwiseAbs().rowwise().maxCoeff() / 127;
    const Eigen::MatrixXd off = 0.5 * steps * inputs.cwiseAbs().colwise().sum();
    const Eigen::VectorXd coded = 0.5 * unit * weights.cwiseAbs().rowwise().sum();
    const Eigen::MatrixXd hidden_off = (off.colwise() + coded).array() + hidden.maxCoeff() / 8192;
    const Eigen::MatrixXd last = second.weights.cast<double>();
    const Eigen::VectorXd last_steps = last.cwiseAbs().rowwise().maxCoeff() / 127;
    const Eigen::MatrixXd bound =
        last.cwiseAbs() * hidden_off + 0.5 * last_steps * (hidden + hidden_off).colwise().sum();
    const Eigen::MatrixXd error = (device_scores(model, train) - float_scores(fitted, train)).transpose().cwiseAbs();
    CHECK(((error - bound).array() <= 1e-4).all());
  }
}

TEST_CASE("mlp: fine-tuning never makes the rounded network's loss larger") {
  const auto loss_of = [](const FittedNetwork& fitted, const data::Dataset& train) {
    const Eigen::MatrixXd scores = device_scores(deploy_network(train, fitted), train);
    double loss = 0;
    for (Eigen::Index row = 0; row < scores.rows(); ++row) {
      const double margin = (fitted.indices[static_cast<std::size_t>(row)] == 1 ? 1 : -1) * scores(row, 0);
      loss += std::log1p(std::exp(-std::abs(margin))) + std::max(-margin, 0.0);
    }
    return loss;
  };
  for (const char* set : {"pima", "sonar", "breast_cancer"}) {
    const data::Dataset train = load(std::string(set) + ".train");
    const FittedNetwork fitted = fit_network(train, true, with({8}, Activation::kRelu, 60));
    CHECK(loss_of(fitted, train) <= loss_of(without_tuning(fitted), train) * 1.001);
  }
}

TEST_CASE("mlp: two scores or more get a link that makes probabilities of them") {
  const data::Dataset iris = load("iris.train");
  const quantize::QuantizedNetwork network = quantized(fit_network(iris, true, with({4}, Activation::kRelu, 5)));
  REQUIRE(network.link.kind == quantize::LinkKind::kLogistic);
  REQUIRE(network.link.scale.size() == 1);
  const quantize::Requantization& scale = network.link.scale[0];
  const double factor = std::ldexp(scale.multiplier, -scale.shift);
  CHECK(factor == doctest::Approx(std::ldexp(65536 / std::log(2.0), -network.fraction_bits)).epsilon(1e-8));
  const data::Dataset diabetes = load("diabetes.train");
  CHECK(quantized(fit_network(diabetes, false, with({4}, Activation::kRelu, 5))).link.kind ==
        quantize::LinkKind::kNone);
}

TEST_CASE("mlp: columns that say nothing, and rows that repeat") {
  const auto row_of = [](int i) { return fmt::format("{},7,{},{}\n", i % 5, -3 * (i % 2), i % 5 > 2 ? "b" : "a"); };
  std::string text = "x,constant,y,label\n";
  for (int i = 0; i < 40; ++i) text += row_of(i);
  const data::Dataset train = parse(text);
  const FittedNetwork fitted = fit_network(train, true, with({5, 3}, Activation::kRelu));
  CHECK(accuracy_of(fitted, train) == 1);
  CHECK(device_score(deploy_network(train, fitted), train) == 1);
  check_device(train, fitted, 0.05);
  const data::Dataset nothing = parse("x,label\n1,a\n1,b\n1,c\n1,c\n");
  const FittedNetwork constant = fit_network(nothing, true, with({3}, Activation::kTanh));
  CHECK(device_score(deploy_network(nothing, constant), nothing) == 0.5);
}

TEST_CASE("mlp: one row a class, one row of a regression, a target that does not vary") {
  const data::Dataset few = parse("x,y,label\n1,2,a\n2,1,b\n3,9,c\n");
  const FittedNetwork fitted = fit_network(few, true, with({6}, Activation::kRelu));
  CHECK(device_score(deploy_network(few, fitted), few) == 1);
  for (const char* text : {"x,label\n4,2.5\n", "x,label\n4,2.5\n5,2.5\n6,2.5\n"}) {
    const data::Dataset same = parse(text);
    const FittedNetwork flat = fit_network(same, false, with({3}, Activation::kRelu));
    const Eigen::MatrixXd scores = device_scores(deploy_network(same, flat), same);
    CHECK((scores.array() - 2.5).abs().maxCoeff() < 0.05);
  }
}

TEST_CASE("mlp: missing values take the median's code, on the device too") {
  std::string text = "x,y,label\n";
  for (int i = 0; i < 60; ++i)
    text += fmt::format("{},{},{}\n", i % 6 == 0 ? "" : std::to_string(i), i % 7, i > 30 ? 1 : 0);
  const data::Dataset train = parse(text);
  const FittedNetwork fitted = fit_network(train, true, with({6}, Activation::kRelu));
  check_device(train, fitted, 0.05);
}

TEST_CASE("mlp: huge, tiny and denormal values, far outliers") {
  for (const char* scale : {"e30", "e-30", "e-42"}) {
    CAPTURE(scale);
    std::string text = "x,y,label\n";
    for (int i = 0; i < 50; ++i) text += fmt::format("{}{},{},{}\n", i, scale, i % 3, i > 24 ? "b" : "a");
    const data::Dataset train = parse(text);
    const FittedNetwork fitted = fit_network(train, true, with({6}, Activation::kRelu, 50));
    const exporting::LoadedModel model = deploy_network(train, fitted);
    CHECK(device_scores(model, train).allFinite());
    if (std::string(scale) != "e-42") CHECK(device_score(model, train) >= 0.9);
  }
  std::string text = "x,y,label\n1e9,1,3\n";
  for (int i = 0; i < 200; ++i) text += fmt::format("{},{},{}\n", i, i % 3, i % 3);
  const data::Dataset train = parse(text);
  for (const Activation activation : {Activation::kRelu, Activation::kTanh, Activation::kNone}) {
    check_device(train, fit_network(train, false, with({6}, activation, 20)), 0.1);
  }
}

TEST_CASE("mlp: a target far from 0 keeps its resolution") {
  const data::Dataset train = plane(300, [](double x0, double x1) { return 100000 + x0 + 2 * x1; });
  const FittedNetwork fitted = fit_network(train, false, with({8}, Activation::kRelu));
  const double exact = report::score(float_scores(fitted, train), train, {}, false).value;
  CHECK(exact >= 0.99);
  CHECK(device_score(deploy_network(train, fitted), train) >= exact - 0.01);
}

TEST_CASE("mlp: many features and wide layers leave bits rather than 32") {
  Random random(2);
  constexpr int kFeatures = 1500;
  std::string text;
  for (int i = 0; i < kFeatures; ++i) text += fmt::format("x{},", i);
  text += "label\n";
  for (int row = 0; row < 30; ++row) {
    const int label = row % 2;
    for (int i = 0; i < kFeatures; ++i)
      text += fmt::format("{:.3f},", symmetric(random) + (i % 10 == 0 ? 2 * label : 0));
    text += label == 1 ? "b\n" : "a\n";
  }
  const data::Dataset train = parse(text);
  const FittedNetwork fitted = fit_network(train, true, with({1200, 3}, Activation::kRelu, 3));
  const quantize::QuantizedNetwork network = quantized(fitted);
  CHECK(network.encoding.code_limit < 32767);
  CHECK(network.layers[0].high < 32767);
  CHECK(network.layers[0].high >= 4096);
  CHECK(network.layers[1].high == 32767);
  check_device(train, fitted, 0.05);
}

TEST_CASE("mlp: --early-stopping stops, and keeps the weights that were best") {
  const data::Dataset train = load("pima.train");
  FittedNetwork fitted = fit_network(train, true, with({4}, Activation::kRelu, 1));
  Parameters parameters = with({32}, Activation::kRelu, 300);
  parameters.alpha = 0;
  parameters.early_stopping = 0.2;
  parameters.patience = 10;
  learn::Examples examples = fitted.examples();
  std::uint64_t epochs = 0;
  examples.progress = [&](std::uint64_t done, std::uint64_t /*total*/) { epochs = done; };
  (void)learn::network(examples, parameters);
  CHECK(epochs >= 10);
  CHECK(epochs < 300);
  // Steps so large that each epoch makes it worse: nothing is better than where it began, a loss of about log 2.
  parameters.learning_rate = 50;
  parameters.patience = 3;
  const learn::NetworkModel kept = learn::network(examples, parameters);
  const double loss = learn::network_loss(kept.layers, kept.activation, learn::network_rows(examples, kept));
  CHECK(loss < 2);
  parameters.early_stopping = 0;
  parameters.epochs = 4;
  const learn::NetworkModel lost = learn::network(examples, parameters);
  CHECK(learn::network_loss(lost.layers, lost.activation, learn::network_rows(examples, lost)) > 10);
}

TEST_CASE("mlp: weights that grow without bound are an error") {
  const data::Dataset train = load("iris.train");
  const FittedNetwork fitted = fit_network(train, true, with({4}, Activation::kRelu, 1));
  Parameters parameters = with({4}, Activation::kRelu, 3);
  parameters.alpha = 1e300;
  CHECK(error_of(fitted, parameters).find("--learning-rate") != std::string::npos);
}

TEST_CASE("mlp: a weight that is not finite is refused") {
  const data::Dataset train = load("iris.train");
  for (const float wrong : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    for (const std::size_t layer : {0U, 1U}) {
      FittedNetwork fitted = fit_network(train, true, with({4}, Activation::kRelu, 1));
      fitted.model.layers[layer].weights(0, 0) = wrong;
      CHECK_THROWS_AS(quantized(fitted), std::runtime_error);
      fitted = fit_network(train, true, with({4}, Activation::kRelu, 1));
      fitted.model.layers[layer].bias[0] = wrong;
      CHECK_THROWS_AS(quantized(fitted), std::runtime_error);
    }
  }
}

TEST_CASE("mlp: --hidden and the other flags") {
  const auto set = [](const std::string& flag, const std::string& text, Parameters& parameters) {
    return learn::find_parameter_flag(flag)->set(text, parameters);
  };
  Parameters parameters;
  CHECK(set("hidden", "32,16", parameters).empty());
  CHECK(parameters.hidden == std::vector<std::uint32_t>{32, 16});
  CHECK(set("hidden", "65535", parameters).empty());
  CHECK(parameters.hidden == std::vector<std::uint32_t>{65535});
  for (const char* wrong : {"", ",", "3,", ",3", "0", "65536", "1.5", "-1", "a", "3;4", "nan", "3 "}) {
    CAPTURE(wrong);
    CHECK_FALSE(set("hidden", wrong, parameters).empty());
  }
  CHECK(set("activation", "tanh", parameters).empty());
  CHECK(parameters.activation == Activation::kTanh);
  CHECK(set("activation", "none", parameters).empty());
  CHECK(parameters.activation == Activation::kNone);
  CHECK_FALSE(set("activation", "sigmoid", parameters).empty());
  CHECK(set("epochs", "1", parameters).empty());
  CHECK_FALSE(set("epochs", "0", parameters).empty());
  CHECK_FALSE(set("epochs", "1.5", parameters).empty());
  CHECK_FALSE(set("batch-size", "0", parameters).empty());
  CHECK_FALSE(set("early-stopping", "1", parameters).empty());
  CHECK_FALSE(set("patience", "0", parameters).empty());
  CHECK_FALSE(set("learning-rate", "0", parameters).empty());
}

}  // namespace nuthatch::trainer_test
