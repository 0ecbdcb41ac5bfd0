#include "quantize/steps.hpp"

#include <algorithm>

namespace nuthatch::quantize {
namespace {

using Steps = std::vector<Step>;

/// The int8 matrix kernel takes four rows at a time, then two, then one.
void add_matrix(Steps& steps, std::uint64_t rows, std::uint64_t columns, std::uint64_t times = 1) {
  const std::uint64_t fours = rows / 4, twos = rows % 4 / 2, ones = rows % 2;
  steps.push_back({"int8 column of 4 rows", times * fours * columns});
  steps.push_back({"int8 column of 2 rows", times * twos * columns});
  steps.push_back({"int8 column of 1 row", times * ones * columns});
  steps.push_back({"int8 rows", times * (fours + twos + ones)});
}

void add_input(Steps& steps, const Encoding& encoding) {
  const char* name = encoding.counts ? "count" : "int16 feature";
  steps.push_back({encoding.input == Input::kFloat32 ? "float32 feature" : name, encoding.features.size()});
}

void add_kind(Steps& steps, const QuantizedLinear& linear) {
  const std::uint64_t columns = linear.encoding.features.size();
  const std::uint64_t outputs = linear.outputs;
  if (linear.precision == Precision::kInt8) {
    add_matrix(steps, outputs, columns);
    steps.push_back({"linear score", outputs});
  } else if (linear.precision == Precision::kInt16) {
    steps.push_back({"int16 product", outputs * columns});
    steps.push_back({"linear score of int16", outputs});
  } else {
    const bool raw = linear.encoding.input == Input::kInt16;
    steps.push_back({raw ? "float32 product of a code" : "float32 product of a feature", outputs * columns});
    steps.push_back({"linear score of float32", outputs});
  }
}

void add_kind(Steps& steps, const QuantizedBayes& bayes) {
  const std::uint64_t columns = bayes.encoding.features.size();
  steps.push_back({"bayes column of 2 classes", bayes.outputs / 2 * columns});
  steps.push_back({"bayes column of 1 class", bayes.outputs % 2 * columns});
  steps.push_back({"bayes score", bayes.outputs});
}

void add_kind(Steps& steps, const QuantizedForest& forest) {
  const ForestWork work = work_of_trees(forest);
  steps.push_back({"forest score", forest.outputs});
  steps.push_back({"group of trees", forest.groups.size()});
  steps.push_back({forest.votes_leaf ? "tree of votes" : "tree of values", work.trees});
  steps.push_back({forest.feature_bits == 0 ? "wide comparison" : "comparison", work.comparisons});
  steps.push_back({"vote", work.votes});
}

void add_kind(Steps& steps, const QuantizedNetwork& network) {
  constexpr std::uint64_t kTile = 16;  // hidden units whose sums wait at a time
  std::uint64_t columns = network.encoding.features.size();
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const QuantizedLayer& layer = network.layers[i];
    const bool last = i + 1 == network.layers.size();
    const std::uint64_t tile = last ? layer.outputs : kTile;
    add_matrix(steps, tile, columns, layer.outputs / tile);
    add_matrix(steps, layer.outputs % tile, columns);
    steps.push_back({"tile of units", (layer.outputs + tile - 1) / tile});
    steps.push_back({layer.activation == Activation::kTanh ? "tanh unit" : "unit", layer.outputs});
    columns = layer.outputs;
  }
}

void add_values(Steps& steps, const QuantizedSvm& svm, std::uint64_t vectors) {
  if (svm.kernel == Kernel::kRbf) steps.push_back({"rbf value", vectors});
  if (svm.kernel == Kernel::kLinear) steps.push_back({"linear value", vectors});
  if (svm.kernel == Kernel::kSigmoid) steps.push_back({"sigmoid value", vectors});
  if (svm.kernel != Kernel::kPolynomial) return;
  steps.push_back({"polynomial value", vectors});
  steps.push_back({"power", vectors * svm.degree});
}

void add_kind(Steps& steps, const QuantizedSvm& svm) {
  constexpr std::uint64_t kTile = 32;  // vectors whose kernel values wait at a time
  const std::uint64_t columns = svm.encoding.features.size();
  const std::uint64_t vectors = svm.vectors.size() / svm.stride;
  const std::uint64_t others = svm.coefficients.size() / vectors;
  if (svm.kernel == Kernel::kRbf) steps.push_back({"square", columns});
  std::uint64_t tiles = 0;
  std::vector<std::uint32_t> lists = svm.class_vectors;
  if (lists.empty()) lists.push_back(static_cast<std::uint32_t>(vectors));
  for (const std::uint32_t list : lists) {
    add_matrix(steps, kTile, columns, list / kTile);
    add_matrix(steps, list % kTile, columns);
    tiles += (list + kTile - 1) / kTile;
  }
  add_values(steps, svm, vectors);
  steps.push_back({"weighted value", svm.coefficients.size()});
  steps.push_back({"tile of vectors", tiles});
  steps.push_back({"weighted sum", tiles * others});
  steps.push_back({"pair of classes", svm.bias.size()});
  steps.push_back({"svm score", svm.outputs});
}

/// Like ones together, in the order they came; none of count 0.
Steps merged(const Steps& steps) {
  Steps sums;
  for (const Step& step : steps) {
    const auto same = std::find_if(sums.begin(), sums.end(), [&](const Step& sum) { return sum.name == step.name; });
    if (same != sums.end()) {
      same->count += step.count;
    } else if (step.count > 0) {
      sums.push_back(step);
    }
  }
  return sums;
}

}  // namespace

std::vector<Step> steps_of(const Predictor& predictor) {
  constexpr const char* kCalls[] = {"linear call", "svm call", "bayes call", "forest call", "network call"};
  Steps steps = {{kCalls[predictor.index()], 1}};
  add_input(steps, common(predictor).encoding);
  std::visit([&](const auto& kind) { add_kind(steps, kind); }, predictor);
  return merged(steps);
}

/// Children lie behind their parents, so one walk from the last slot to the first knows them first. Slots and votes
/// that are not there count nothing, for files are also written to be refused.
ForestWork work_of_trees(const QuantizedForest& forest) {
  struct Longest {
    std::uint64_t path = 0;
    std::uint64_t votes = 0;
  };
  const std::size_t words = forest.feature_bits == 0 ? 2 : 1;
  const unsigned child_bits = forest.feature_bits == 0 || forest.feature_bits > 16 ? 0 : 16U - forest.feature_bits;
  const std::uint32_t child_mask = (1U << child_bits) - 1;
  const auto votes_from = [&](std::size_t index) {
    std::uint64_t count = 0;
    while (index < forest.votes.size()) {
      ++count;
      if (forest.votes[index++] < 0) break;
    }
    return count;
  };
  std::vector<Longest> longest(forest.slots.size() / words);
  const auto at = [&](std::size_t slot) { return slot < longest.size() ? longest[slot] : Longest{}; };
  ForestWork work;
  std::size_t end = longest.size();
  for (std::size_t g = forest.groups.size(); g-- > 0;) {
    const TreeGroup& group = forest.groups[g];
    for (std::size_t i = end; i-- > group.slot;) {
      const std::uint32_t slot = forest.slots[words * i];
      const std::uint32_t child = words == 2 ? forest.slots[2 * i + 1] : slot & child_mask;
      if (child == 0) {
        longest[i].votes = forest.votes_leaf ? votes_from(slot >> child_bits) : 0;
        continue;
      }
      const std::size_t first = std::size_t{group.slot} + child;
      const Longest left = at(first), right = at(first + 1);
      longest[i] = {1 + std::max(left.path, right.path), std::max(left.votes, right.votes)};
    }
    for (std::size_t i = 0; i < group.trees; ++i) {
      work.comparisons += at(group.slot + i).path;
      work.votes += at(group.slot + i).votes;
    }
    work.trees += group.trees;
    end = std::min<std::size_t>(end, group.slot);
  }
  return work;
}

}  // namespace nuthatch::quantize
