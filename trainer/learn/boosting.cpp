#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "learn/forest.hpp"
#include "learn/parallel.hpp"
#include "learn/tree_grower.hpp"

namespace nuthatch::learn {
namespace {

constexpr double kMostValue = 32767;
constexpr double kMostScore = 1073741824.0;
/// Log-odds in 2^-12: a step of at most 8.
constexpr int kLogOddsBits = 12;
constexpr std::size_t kMostTrees = 65535;

/// Boosting as it goes on. Scores are the device's words, so that what a leaf lost to rounding is learned again.
struct Ensemble {
  const Examples& examples;
  const Parameters& parameters;
  BinnedFeatures data;
  GrowLimits limits;
  std::vector<double> weights;  ///< a row
  ForestModel model;
  std::vector<std::vector<std::int32_t>> words;  ///< by output, a row
  double most_step = kMostValue;                 ///< in words, so that no sum of all trees leaves 32 bits

  std::size_t rows() const { return data.rows; }
};

/// Negative gradient of the loss by a row's score, and its second derivative (values: 1).
struct Slopes {
  std::vector<double> gradient;
  std::vector<double> curvature;
};

double score_of(const Ensemble& ensemble, std::size_t output, std::size_t row) {
  return std::ldexp(ensemble.words[output][row], -ensemble.model.fraction_bits);
}

void start_values(Ensemble& ensemble) {
  const std::vector<double>& values = ensemble.examples.values;
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double farthest = 0;
  double largest = 0;
  for (const double value : values) {
    farthest = std::max(farthest, std::abs(value - mean));
    largest = std::max(largest, std::abs(value));
  }
  // A leaf is at most a step towards the farthest value; a score may overshoot the largest.
  const double leaf = farthest * ensemble.parameters.learning_rate;
  double bits = 24;
  if (largest > 0) bits = std::floor(std::log2(kMostScore / (largest + farthest)));
  if (leaf > 0) bits = std::min(bits, std::floor(std::log2(ensemble.most_step / leaf)));
  ensemble.model.fraction_bits = static_cast<int>(std::clamp(bits, -64.0, 64.0));
  ensemble.model.bias = {static_cast<std::int32_t>(std::lround(std::ldexp(mean, ensemble.model.fraction_bits)))};
}

/// The log-odds of two classes, or the logarithms of the shares of several.
void start_classes(Ensemble& ensemble) {
  const Examples& examples = ensemble.examples;
  std::vector<double> shares(static_cast<std::size_t>(examples.class_count), 0);
  double sum = 0;
  for (const std::int32_t index : examples.classes) {
    shares[static_cast<std::size_t>(index)] += examples.class_weight(index);
    sum += examples.class_weight(index);
  }
  for (double& share : shares) share = std::max(share, 1e-9) / sum;
  ForestModel& model = ensemble.model;
  model.fraction_bits = kLogOddsBits;
  model.classifies = model.log_odds = true;
  const auto word = [](double score) {
    return static_cast<std::int32_t>(std::lround(std::ldexp(score, kLogOddsBits)));
  };
  if (examples.class_count == 2) {
    model.bias = {word(std::log(shares[1] / shares[0]))};
    return;
  }
  model.outputs = examples.class_count;
  for (const double share : shares) model.bias.push_back(word(std::log(share)));
}

Slopes slopes_of_values(const Ensemble& ensemble) {
  Slopes slopes{std::vector<double>(ensemble.rows()), std::vector<double>(ensemble.rows(), 1)};
  for (std::size_t row = 0; row < ensemble.rows(); ++row) {
    slopes.gradient[row] = ensemble.examples.values[row] - score_of(ensemble, 0, row);
  }
  return slopes;
}

Slopes slopes_of_two(const Ensemble& ensemble) {
  Slopes slopes{std::vector<double>(ensemble.rows()), std::vector<double>(ensemble.rows())};
  for (std::size_t row = 0; row < ensemble.rows(); ++row) {
    const double share = 1 / (1 + std::exp(-score_of(ensemble, 0, row)));
    slopes.gradient[row] = ensemble.examples.classes[row] - share;
    slopes.curvature[row] = share * (1 - share);
  }
  return slopes;
}

/// A softmax for all; Friedman's algorithm 6 takes the curvature's diagonal times classes / (classes - 1).
std::vector<Slopes> slopes_of_several(const Ensemble& ensemble) {
  const std::size_t outputs = ensemble.words.size();
  std::vector<Slopes> slopes(outputs, {std::vector<double>(ensemble.rows()), std::vector<double>(ensemble.rows())});
  const double correction = static_cast<double>(outputs) / static_cast<double>(outputs - 1);
  std::vector<double> shares(outputs);
  for (std::size_t row = 0; row < ensemble.rows(); ++row) {
    std::int32_t most = ensemble.words[0][row];
    for (std::size_t k = 1; k < outputs; ++k) most = std::max(most, ensemble.words[k][row]);
    double sum = 0;
    for (std::size_t k = 0; k < outputs; ++k) {
      sum += shares[k] = std::exp(std::ldexp(ensemble.words[k][row] - most, -ensemble.model.fraction_bits));
    }
    for (std::size_t k = 0; k < outputs; ++k) {
      const double share = shares[k] / sum;
      const double truth = static_cast<std::size_t>(ensemble.examples.classes[row]) == k ? 1 : 0;
      slopes[k].gradient[row] = truth - share;
      slopes[k].curvature[row] = share * (1 - share) * correction;
    }
  }
  return slopes;
}

/// As many rows as asked for, without repetition, in their order.
std::vector<std::uint32_t> draw_rows(const Ensemble& ensemble, std::size_t round) {
  std::vector<std::uint32_t> rows(ensemble.rows());
  std::iota(rows.begin(), rows.end(), 0U);
  if (ensemble.parameters.subsample >= 1) return rows;
  const auto wanted = static_cast<std::size_t>(ensemble.parameters.subsample * static_cast<double>(rows.size()));
  Random random(ensemble.parameters.seed, round);
  for (std::size_t i = 0; i < std::max<std::size_t>(1, wanted); ++i) {
    std::swap(rows[i], rows[i + random.below(rows.size() - i)]);
  }
  rows.resize(std::max<std::size_t>(1, wanted));
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// A Newton step, as much of it as is taken, in score words.
std::int32_t step_of(const Ensemble& ensemble, const Slopes& slopes, const NodeRows& node) {
  double gradient = 0;
  double curvature = 0;
  for (const std::uint32_t row : node.rows) {
    gradient += ensemble.weights[row] * slopes.gradient[row];
    curvature += ensemble.weights[row] * slopes.curvature[row];
  }
  constexpr double kSmallest = 1e-150;
  const double step = curvature < kSmallest ? 0 : ensemble.parameters.learning_rate * gradient / curvature;
  const double word = std::nearbyint(std::ldexp(step, ensemble.model.fraction_bits));
  return static_cast<std::int32_t>(std::clamp(word, -ensemble.most_step, ensemble.most_step));
}

/// Adds what a tree answers to all rows' scores, those that it did not learn from included.
void add_tree(Ensemble& ensemble, const Tree& tree) {
  std::vector<std::int32_t>& words = ensemble.words[static_cast<std::size_t>(tree.output)];
  const CodeMatrix& codes = *ensemble.data.codes;
  for (std::size_t row = 0; row < words.size(); ++row) {
    const TreeNode* node = &tree.nodes[0];
    while (node->feature >= 0) {
      const bool left = codes(static_cast<Eigen::Index>(row), node->feature) <= node->threshold;
      node = &tree.nodes[static_cast<std::size_t>(left ? node->left : node->right)];
    }
    words[row] += node->answer;
  }
}

Tree grow_tree(Ensemble& ensemble, TreeGrower& grower, const Slopes& slopes, const std::vector<std::uint32_t>& rows,
               Random random) {
  Targets targets;
  targets.values = slopes.gradient.data();
  const auto answer = [&](const NodeRows& of, Tree&, TreeNode& node) { node.answer = step_of(ensemble, slopes, of); };
  Tree tree = grower.grow(targets, rows, ensemble.weights, answer, random);
  const double alpha = ensemble.parameters.ccp_alpha;
  return alpha > 0 ? pruned(tree, pruned_from(tree), alpha) : tree;
}

/// A round's trees all learn from the same scores; each adds to its own.
void add_round(Ensemble& ensemble, std::vector<TreeGrower>& growers, std::size_t round) {
  const std::size_t outputs = ensemble.words.size();
  const std::vector<std::uint32_t> rows = draw_rows(ensemble, round);
  std::vector<Slopes> slopes;
  if (outputs > 1) {
    slopes = slopes_of_several(ensemble);
  } else {
    slopes.push_back(ensemble.model.classifies ? slopes_of_two(ensemble) : slopes_of_values(ensemble));
  }
  parallel_for(outputs, [&](std::size_t k) {
    const Random random(ensemble.parameters.seed, (k + 1) << 32 | round);
    Tree tree = grow_tree(ensemble, growers[k], slopes[k], rows, random);
    tree.output = static_cast<std::int32_t>(k);
    add_tree(ensemble, tree);
    ensemble.model.trees[k * ensemble.parameters.rounds + round] = std::move(tree);
  });
}

}  // namespace

ForestModel boosting(const Examples& examples, const Parameters& parameters) {
  Ensemble ensemble{examples, parameters, bin_features(examples), {}, {}, {}, {}, kMostValue};
  for (std::size_t row = 0; row < ensemble.rows(); ++row) ensemble.weights.push_back(examples.weight(row));
  ensemble.limits.max_depth = static_cast<std::int64_t>(parameters.max_depth);
  ensemble.limits.min_samples_leaf = least_weight(examples, parameters);
  ensemble.limits.max_features = parameters.max_features.of(ensemble.data.features.size(), examples.classifies());
  ensemble.most_step = std::min(kMostValue, std::floor(kMostScore / static_cast<double>(parameters.rounds)));
  examples.classifies() ? start_classes(ensemble) : start_values(ensemble);
  const std::size_t outputs = ensemble.model.bias.size();
  if (parameters.rounds * outputs > kMostTrees) {
    throw std::runtime_error(
        fmt::format("boosting: {} rounds of {} classes make {} trees; a model has at most {}, so "
                    "--rounds {}",
                    parameters.rounds, outputs, parameters.rounds * outputs, kMostTrees, kMostTrees / outputs));
  }
  ensemble.model.trees.resize(parameters.rounds * outputs);
  for (const std::int32_t bias : ensemble.model.bias) ensemble.words.emplace_back(ensemble.rows(), bias);
  std::vector<TreeGrower> growers(outputs, TreeGrower(ensemble.data, ensemble.limits));
  for (std::size_t round = 0; round < parameters.rounds; ++round) {
    add_round(ensemble, growers, round);
    if (examples.progress) examples.progress(round + 1, parameters.rounds);
  }
  return std::move(ensemble.model);
}

}  // namespace nuthatch::learn
