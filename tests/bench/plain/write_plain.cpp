#include "write_plain.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace nuthatch::bench {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// z = (x - mean) / deviation.
struct Standardization {
  Eigen::RowVectorXd mean;
  Eigen::RowVectorXd deviation;

  explicit Standardization(const std::vector<prepare::FeatureStatistics>& statistics)
      : mean(std::ssize(statistics)), deviation(std::ssize(statistics)) {
    for (std::size_t i = 0; i < statistics.size(); ++i) {
      mean[static_cast<Index>(i)] = statistics[i].mean;
      deviation[static_cast<Index>(i)] = statistics[i].deviation;
    }
  }
};

/// Weights and bias that take x and give what the learned ones give of z.
struct Affine {
  MatrixXd weights;
  VectorXd bias;
};

Affine fold(const MatrixXd& weights, const VectorXd& bias, const Standardization& features) {
  const MatrixXd folded = weights.array().rowwise() / features.deviation.array();
  return {folded, bias - folded * features.mean.transpose()};
}

std::string literal(double value) {
  std::string text = fmt::format("{:.9g}", static_cast<float>(value));
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "F";
}

std::string row_of(const Eigen::RowVectorXd& values) {
  std::string text = "{";
  for (const double value : values) text += literal(value) + ", ";
  return text + "}";
}

std::string array(const std::string& name, const VectorXd& values) {
  return fmt::format("static const float {}[{}] = {};\n", name, values.size(), row_of(values.transpose()));
}

std::string array(const std::string& name, const MatrixXd& values) {
  std::string text = fmt::format("static const float {}[{}][{}] = {{\n", name, values.rows(), values.cols());
  for (Index row = 0; row < values.rows(); ++row) text += "  " + row_of(values.row(row)) + ",\n";
  return text + "};\n";
}

std::string define(const std::string& name, std::int64_t value) { return fmt::format("#define {} {}\n", name, value); }

std::string shape(Index features, Index outputs) {
  return define("PLAIN_FEATURES", features) + define("PLAIN_OUTPUTS", outputs) +
         "const unsigned plain_features = PLAIN_FEATURES, plain_outputs = PLAIN_OUTPUTS;\n";
}

PlainModel write(const learn::LinearModel& model, const Standardization& features) {
  const Affine affine = fold(model.weights, model.bias, features);
  return {"linear", shape(affine.weights.cols(), affine.weights.rows()) + array("weights", affine.weights) +
                        array("bias", affine.bias)};
}

/// svm.c says what the names mean.
PlainModel write(const learn::SvmModel& model, const Standardization& features) {
  constexpr const char* kKernels[] = {"LINEAR", "POLYNOMIAL", "RBF", "SIGMOID"};
  const auto classes = std::ssize(model.class_vectors);
  std::string first = "0";
  std::uint32_t sum = 0;
  for (const std::uint32_t count : model.class_vectors) first += fmt::format(", {}", sum += count);
  std::string header = shape(features.mean.size(), classes < 3 ? 1 : classes);
  header += fmt::format("#define KERNEL {}\n", kKernels[static_cast<int>(model.kernel.kernel)]);
  header +=
      fmt::format("#define GAMMA {}\n#define COEF0 {}\n", literal(model.kernel.gamma), literal(model.kernel.coef0));
  header +=
      define("DEGREE", model.kernel.degree) + define("VECTORS", model.vectors.rows()) + define("CLASSES", classes);
  if (classes > 0) header += fmt::format("static const int first[CLASSES + 1] = {{{}}};\n", first);
  return {"svm", header + array("mean", VectorXd(features.mean)) +
                     array("scale", VectorXd(features.deviation.cwiseInverse())) + array("vectors", model.vectors) +
                     array("coefficients", MatrixXd(model.coefficients.transpose())) +
                     array("rho", VectorXd(-model.bias))};
}

/// What the deviations add to every class's logarithm alike is left out, as it is in the learned model's scores.
PlainModel write(const learn::BayesModel& model, const Standardization& features) {
  const Eigen::ArrayXXd deviations = features.deviation.array().replicate(model.means.rows(), 1);
  const MatrixXd means = (model.means.array() * deviations).rowwise() + features.mean.array();
  const MatrixXd precisions = 0.5 / (model.variances.array() * deviations.square());
  return {"bayes", shape(means.cols(), means.rows()) + array("mean", means) + array("precision", precisions) +
                       array("peak", learn::peak_log_likelihoods(model))};
}

/// The greatest float that is not above `value`.
float float_below(double value) {
  const auto nearest = static_cast<float>(value);
  return double{nearest} <= value ? nearest : std::nextafter(nearest, -std::numeric_limits<float>::infinity());
}

/// Rows of nodes, and where a leaf has shares, their rows.
struct ForestText {
  const learn::ForestModel& model;
  const Standardization& features;
  double unit = std::ldexp(1.0, -model.fraction_bits);
  std::string nodes = {};
  std::vector<VectorXd> shares = {};

  void add_inner(const learn::TreeNode& node) {
    const double border = features.mean[node.feature] + features.deviation[node.feature] * node.threshold_in_z;
    nodes += fmt::format("  {{{}, {}, {}, {}}},\n", literal(double{float_below(border)}), node.feature, node.left,
                         node.right);
  }
  void add_leaf(const learn::Tree& tree, const learn::TreeNode& node) {
    if (!model.votes) {
      nodes += fmt::format("  {{{}, -1, 0, 0}},\n", literal(node.answer * unit));
      return;
    }
    VectorXd share = VectorXd::Zero(model.outputs);
    for (std::int32_t i = 0; i < node.vote_count; ++i) {
      const learn::Vote& vote = tree.votes[static_cast<std::size_t>(node.answer + i)];
      share[vote.class_index] = vote.weight * unit;
    }
    nodes += fmt::format("  {{0.0F, -1, {}, 0}},\n", shares.size());
    shares.push_back(share);
  }
  void add(const learn::Tree& tree) {
    if (tree.nodes.size() > UINT16_MAX) throw std::runtime_error("a tree of more than 65535 nodes");
    for (const learn::TreeNode& node : tree.nodes) node.feature < 0 ? add_leaf(tree, node) : add_inner(node);
  }
};

PlainModel write(const learn::ForestModel& model, const Standardization& features) {
  ForestText text{model, features};
  std::string trees;
  std::size_t root = 0;
  for (const learn::Tree& tree : model.trees) {
    trees += fmt::format("  {{{}, {}}},\n", root, tree.output);
    root += tree.nodes.size();
    text.add(tree);
  }
  VectorXd bias(model.outputs);
  for (Index k = 0; k < bias.size(); ++k) bias[k] = model.bias[static_cast<std::size_t>(k)] * text.unit;
  std::string header = shape(features.mean.size(), model.outputs) + define("TREES", std::ssize(model.trees)) +
                       array("bias", bias) + "static const node nodes[] = {\n" + text.nodes + "};\n" +
                       "static const struct {\n  uint32_t root, output;\n} trees[TREES] = {\n" + trees + "};\n";
  if (text.shares.size() > UINT16_MAX) throw std::runtime_error("more than 65535 leaves");
  if (model.votes) {
    MatrixXd shares(std::ssize(text.shares), model.outputs);
    for (std::size_t i = 0; i < text.shares.size(); ++i) shares.row(static_cast<Index>(i)) = text.shares[i].transpose();
    header += "#define SHARES\n" + array("shares", shares);
  }
  return {"forest", header};
}

PlainModel write(const learn::NetworkModel& model, const Standardization& features) {
  constexpr const char* kActivations[] = {"", "#define RELU\n", "#define TANH\n"};
  const auto last = model.layers.size() - 1;
  std::string arrays;
  std::string layers;
  Index widest = 1;
  for (std::size_t i = 0; i <= last; ++i) {
    Affine layer{model.layers[i].weights.cast<double>(), model.layers[i].bias.cast<double>()};
    if (i == 0) layer = fold(layer.weights, layer.bias, features);
    if (i == last) {
      layer.weights *= model.target_deviation;
      layer.bias = (layer.bias * model.target_deviation).array() + model.target_mean;
    } else {
      widest = std::max(widest, layer.bias.size());
    }
    arrays += array(fmt::format("weights_{}", i), layer.weights) + array(fmt::format("bias_{}", i), layer.bias);
    layers += fmt::format("  {{weights_{0}[0], bias_{0}, {1}, {2}}},\n", i, layer.weights.cols(), layer.weights.rows());
  }
  return {"network", shape(features.mean.size(), model.layers[last].bias.size()) +
                         kActivations[static_cast<int>(model.activation)] + define("LAYERS", std::ssize(model.layers)) +
                         define("WIDEST", widest) + arrays + "static const layer layers[LAYERS] = {\n" + layers +
                         "};\n"};
}

PlainModel write(const learn::BlendModel& /*model*/, const Standardization& /*features*/) {
  throw std::invalid_argument("a blend has no plain C of its own; its members have");
}

}  // namespace

PlainModel write_plain(const learn::Learned& model, const std::vector<prepare::FeatureStatistics>& statistics) {
  const Standardization features(statistics);
  return std::visit([&](const auto& learned) { return write(learned, features); }, model);
}

}  // namespace nuthatch::bench
