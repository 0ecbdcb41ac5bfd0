#include "learn/forest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "learn/families.hpp"
#include "learn/parallel.hpp"
#include "learn/tree_grower.hpp"

namespace nuthatch::learn {
namespace {

/// A class's share of a leaf is written with this many bits; where many trees share the vote, with so few that many
/// leaves say the same and need to be stored once: trees differ by more.
constexpr int kShareBits = 14;
constexpr int kShareBitsOfMany = 4;
constexpr std::size_t kManyTrees = 8;
constexpr std::int32_t kMostValue = 32767;
/// Half of a score word is left as headroom.
constexpr double kMostScore = 1073741824.0;

/// How answers are written in units of the score word.
struct AnswerFormat {
  bool classifies = false;
  bool hard = false;
  std::int32_t class_count = 0;
  int fraction_bits = 0;
  double center = 0;  ///< values: what the bias holds
  double share = 1;   ///< values: of one tree in the score

  std::int32_t one_vote() const { return 1 << fraction_bits; }
};

/// Values: the most fraction bits with which a leaf fits int16 and a score 2^30.
AnswerFormat format_values(const Examples& examples, std::size_t trees) {
  const auto [low, high] = std::minmax_element(examples.values.begin(), examples.values.end());
  AnswerFormat format;
  format.share = 1 / static_cast<double>(trees);
  format.center = *low + (*high - *low) / 2;
  const double half = (*high - *low) / 2 * format.share;
  const double score = std::max(std::abs(*low), std::abs(*high));
  double bits = 24;
  if (score > 0) bits = std::floor(std::log2(kMostScore / score));
  if (half > 0) bits = std::min(bits, std::floor(std::log2(kMostValue / half)));
  format.fraction_bits = static_cast<int>(std::clamp(bits, -64.0, 64.0));
  return format;
}

AnswerFormat format_classes(const Examples& examples, std::size_t trees, bool hard) {
  AnswerFormat format;
  format.classifies = true;
  format.hard = hard;
  format.class_count = examples.class_count;
  format.fraction_bits = trees < kManyTrees ? kShareBits : kShareBitsOfMany;
  return format;
}

/// Two classes: p1 - p0, of which the sign is never rounded away. Hard: one vote for the likelier, class 0 among
/// equals.
std::int32_t difference(double ones, double weight, const AnswerFormat& format) {
  const double exact = (2 * ones - weight) / weight;
  if (format.hard) return exact > 0 ? format.one_vote() : -format.one_vote();
  const auto rounded = static_cast<std::int32_t>(std::lround(std::ldexp(exact, format.fraction_bits)));
  if (rounded != 0 || exact == 0) return rounded;
  return exact > 0 ? 1 : -1;
}

/// The classes' shares of a vote, those that round to 0 left out; the likeliest stays the likeliest.
void add_votes(const NodeRows& rows, const AnswerFormat& format, Tree& tree, TreeNode& node) {
  const double* const end = rows.sums + format.class_count;
  const auto best = static_cast<std::int32_t>(std::max_element(rows.sums, end) - rows.sums);
  const auto share_of = [&](std::int32_t k) {
    return static_cast<std::int32_t>(std::lround(rows.sums[k] / rows.weight * format.one_vote()));
  };
  node.answer = static_cast<std::int32_t>(tree.votes.size());
  std::int32_t most = format.hard ? format.one_vote() : std::max(1, share_of(best));
  for (std::int32_t k = 0; k < best && !format.hard; ++k) {
    if (rows.sums[k] < rows.sums[best] && share_of(k) == most) ++most;
  }
  for (std::int32_t k = 0; k < format.class_count; ++k) {
    const std::int32_t share = k == best ? most : format.hard ? 0 : share_of(k);
    if (share == 0) continue;
    tree.votes.push_back({static_cast<std::uint16_t>(k), static_cast<std::uint16_t>(share)});
    ++node.vote_count;
  }
}

void answer(const NodeRows& rows, const AnswerFormat& format, Tree& tree, TreeNode& node) {
  if (!format.classifies) {
    const double mean = rows.sums[0] / rows.weight;  // of the values less the center
    const double word = std::nearbyint(std::ldexp(mean * format.share, format.fraction_bits));
    node.answer = static_cast<std::int32_t>(std::clamp<double>(word, -kMostValue, kMostValue));
  } else if (format.class_count == 2) {
    node.answer = difference(rows.sums[0], rows.weight, format);
  } else {
    add_votes(rows, format, tree, node);
  }
}

/// The values to learn: less their center for regression, 0 and 1 for two classes.
std::vector<double> values_of(const Examples& examples, const AnswerFormat& format) {
  if (examples.class_count == 2) return {examples.classes.begin(), examples.classes.end()};
  std::vector<double> values = examples.values;
  for (double& value : values) value -= format.center;
  return values;
}

struct ForestPlan {
  std::size_t trees = 1;
  bool bootstrap = false;
  GrowLimits limits;
};

/// How often each row is drawn, of as many draws as there are rows, or each once; times its weight.
std::vector<double> draw_rows(const Examples& examples, std::size_t count, bool bootstrap, Random& random) {
  std::vector<double> weights(count, bootstrap ? 0 : 1);
  for (std::size_t i = 0; bootstrap && i < count; ++i) ++weights[random.below(count)];
  for (std::size_t row = 0; row < count; ++row) weights[row] *= examples.weight(row);
  return weights;
}

ForestModel grow_forest(const Examples& examples, const Parameters& parameters, const ForestPlan& plan) {
  const AnswerFormat format = examples.classifies() ? format_classes(examples, plan.trees, parameters.voting == "hard")
                                                    : format_values(examples, plan.trees);
  const BinnedFeatures data = bin_features(examples);
  const bool several = examples.class_count > 2;
  const std::vector<double> values = several ? std::vector<double>() : values_of(examples, format);
  Targets targets;
  targets.classes = examples.classes.data();
  targets.values = values.data();
  targets.class_count = several ? examples.class_count : 0;
  targets.impurity_scale = examples.class_count == 2 ? 2 : 1;
  ForestModel model;
  model.trees.resize(plan.trees);
  const auto grow = [&](std::size_t index) {
    Random random(parameters.seed, index);
    const std::vector<double> weights = draw_rows(examples, data.rows, plan.bootstrap, random);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < data.rows; ++row) {
      if (weights[row] > 0) rows.push_back(row);
    }
    const auto answers = [&](const NodeRows& of, Tree& tree, TreeNode& node) { answer(of, format, tree, node); };
    Tree tree = TreeGrower(data, plan.limits).grow(targets, std::move(rows), weights, answers, random);
    if (parameters.ccp_alpha > 0) tree = pruned(tree, pruned_from(tree), parameters.ccp_alpha);
    model.trees[index] = std::move(tree);
  };
  parallel_for(plan.trees, grow, [&](std::size_t done) {
    if (examples.progress) examples.progress(done, plan.trees);
  });
  model.outputs = several ? examples.class_count : 1;
  model.votes = several;
  model.classifies = examples.classifies();
  model.fraction_bits = format.fraction_bits;
  model.bias.assign(static_cast<std::size_t>(model.outputs), 0);
  if (!model.classifies) {
    model.bias[0] = static_cast<std::int32_t>(std::lround(std::ldexp(format.center, format.fraction_bits)));
  }
  return model;
}

}  // namespace

double least_weight(const Examples& examples, const Parameters& parameters) {
  double lightest = 1;
  if (!examples.class_weights.empty()) {
    lightest = *std::min_element(examples.class_weights.begin(), examples.class_weights.end());
  }
  return lightest * static_cast<double>(parameters.min_samples_leaf);
}

namespace {

ForestPlan plan_of(const Examples& examples, const Parameters& parameters) {
  ForestPlan plan;
  plan.trees = parameters.trees;
  plan.limits.max_depth = static_cast<std::int64_t>(parameters.max_depth);
  plan.limits.min_samples_leaf = least_weight(examples, parameters);
  const auto features = static_cast<std::size_t>(examples.codes == nullptr ? 0 : examples.codes->cols());
  plan.limits.max_features = parameters.max_features.of(features, examples.classifies());
  return plan;
}

}  // namespace

ForestModel decision_tree(const Examples& examples, const Parameters& parameters) {
  ForestPlan plan = plan_of(examples, parameters);
  plan.trees = 1;
  return grow_forest(examples, parameters, plan);
}

ForestModel random_forest(const Examples& examples, const Parameters& parameters) {
  ForestPlan plan = plan_of(examples, parameters);
  plan.bootstrap = true;
  return grow_forest(examples, parameters, plan);
}

ForestModel extra_trees(const Examples& examples, const Parameters& parameters) {
  ForestPlan plan = plan_of(examples, parameters);
  plan.limits.random_thresholds = true;
  return grow_forest(examples, parameters, plan);
}

Eigen::MatrixXd scores(const ForestModel& model, const Eigen::MatrixXd& features) {
  const double unit = std::ldexp(1.0, -model.fraction_bits);
  Eigen::MatrixXd scores(features.rows(), model.outputs);
  for (Eigen::Index k = 0; k < model.outputs; ++k) scores.col(k).setConstant(model.bias[static_cast<std::size_t>(k)]);
  for (const Tree& tree : model.trees) {
    for (Eigen::Index row = 0; row < features.rows(); ++row) {
      const TreeNode* node = &tree.nodes[0];
      while (node->feature >= 0) {
        const bool left = features(row, node->feature) <= node->threshold_in_z;
        node = &tree.nodes[static_cast<std::size_t>(left ? node->left : node->right)];
      }
      if (!model.votes) scores(row, tree.output) += node->answer;
      for (std::int32_t i = 0; i < node->vote_count; ++i) {
        const Vote& vote = tree.votes[static_cast<std::size_t>(node->answer + i)];
        scores(row, vote.class_index) += vote.weight;
      }
    }
  }
  return scores * unit;
}

std::vector<Family> forest_families() {
  const std::vector<std::string> precisions = {"int16"};
  const Flag depth = {"max-depth", "0", "most comparisons on the way to a leaf; 0: no limit"};
  const Flag leaf = {"min-samples-leaf", "1", "fewest training rows in a leaf"};
  const Flag features = {"max-features", "auto",
                         "features a split chooses from: sqrt, log2, all, a share like 0.5, a count like 5; auto: sqrt "
                         "for classes, all for values"};
  const Flag alpha = {"ccp-alpha", "0", "prunes what takes less than this from the impurity, a leaf"};
  const Flag bytes = {"max-bytes", "0",
                      "prunes until the trees take no more bytes (the file adds names, ranges, lineage); 0: no limit"};
  const Flag voting = {"voting", "soft", "soft: trees give each class its share of the leaf; hard: one vote"};
  const Flag trees = {"trees", "100", "number of trees"};
  const Flag all = {features.name, "all", features.help};
  const Flag some = {depth.name, "8", depth.help};
  const Flag shallow = {depth.name, "3", depth.help};
  return {
      {"tree",
       true,
       true,
       "decision tree",
       {some, leaf, all, alpha, bytes},
       precisions,
       true,
       [](const Examples& examples, const Parameters& parameters) -> Learned {
         return decision_tree(examples, parameters);
       }},
      {"forest",
       true,
       true,
       "random forest",
       {trees, depth, leaf, features, alpha, bytes, voting},
       precisions,
       true,
       [](const Examples& examples, const Parameters& parameters) -> Learned {
         return random_forest(examples, parameters);
       }},
      {"extra-trees",
       true,
       true,
       "extremely randomized trees",
       {trees, depth, leaf, features, alpha, bytes, voting},
       precisions,
       true,
       [](const Examples& examples, const Parameters& parameters) -> Learned {
         return extra_trees(examples, parameters);
       }},
      {"boosting",
       true,
       true,
       "gradient boosting of small trees",
       {{"rounds", "100", "number of steps, a tree each; of more than two classes, a tree a class"},
        {"learning-rate", "0.1", "share of each step that is taken"},
        {"subsample", "1", "share of the rows that a step learns from"},
        shallow,
        leaf,
        all,
        alpha,
        bytes},
       precisions,
       true,
       [](const Examples& examples, const Parameters& parameters) -> Learned {
         return boosting(examples, parameters);
       }},
  };
}

}  // namespace nuthatch::learn
