#include "quantize/steps.hpp"

#include <algorithm>
#include <string_view>
#include <type_traits>

#include "quantize/forest_slot.hpp"

namespace nuthatch::quantize {
namespace {

/// All that a prediction can be made of: each has a cost in report/cost_table.cpp (tests/unit).
constexpr const char* kNames[] = {
    "linear call", "svm call", "bayes call", "forest call", "network call", "blend call",
    // The input, a feature each.
    "float32 feature", "int16 feature", "count",
    // From features to columns, a column each.
    "preparation call", "copied column", "column of a table", "column of a category", "column of what is missing",
    "column of octaves", "known category", "component", "product of a component",
    // The int8 matrix kernel.
    "int8 column of 4 rows", "int8 column of 2 rows", "int8 column of 1 row", "int8 rows",
    // The kinds.
    "linear score", "int16 product", "linear score of int16", "float32 product of a feature",
    "float32 product of a code", "linear score of float32", "bayes column of 2 classes", "bayes column of 1 class",
    "bayes score", "forest score", "group of trees", "tree of votes", "tree of values", "comparison", "wide comparison",
    "vote", "tile of units", "unit", "tanh unit", "square", "rbf value", "linear value", "polynomial value", "power",
    "sigmoid value", "weighted value", "tile of vectors", "weighted sum", "pair of classes", "svm score",
    // A blend's members, beside what their kinds do.
    "linear member", "svm member", "forest member", "network member"};

/// A name that is in the list: another does not compile.
struct Name {
  const char* text;
  consteval Name(const char* name) : text(name) {  // NOLINT(google-explicit-constructor): a literal is to become one
    if (std::find(std::begin(kNames), std::end(kNames), std::string_view(name)) == std::end(kNames)) {
      throw "a step that kNames lacks";
    }
  }
};

/// Steps in the order they are taken.
class Steps {
 public:
  void add(Name name, std::uint64_t count) { all_.push_back({name.text, count}); }
  std::vector<Step> merged() const;

 private:
  std::vector<Step> all_;
};

/// The int8 matrix kernel takes four rows at a time, then two, then one.
void add_matrix(Steps& steps, std::uint64_t rows, std::uint64_t columns, std::uint64_t times = 1) {
  const std::uint64_t fours = rows / 4, twos = rows % 4 / 2, ones = rows % 2;
  steps.add("int8 column of 4 rows", times * fours * columns);
  steps.add("int8 column of 2 rows", times * twos * columns);
  steps.add("int8 column of 1 row", times * ones * columns);
  steps.add("int8 rows", times * (fours + twos + ones));
}

void add_input(Steps& steps, const Encoding& encoding) {
  const Name raw = encoding.counts ? Name("count") : Name("int16 feature");
  steps.add(encoding.input == Input::kFloat32 ? Name("float32 feature") : raw, encoding.features.size());
  // Encoded as any other first; their own codes cost less than that.
  const auto octaves = std::count_if(encoding.features.begin(), encoding.features.end(),
                                     [](const FeatureEncoding& feature) { return feature.is_octaves(); });
  if (octaves > 0) steps.add("float32 feature", static_cast<std::uint64_t>(octaves));
}

void add_preparation(Steps& steps, const Preparation& preparation) {
  constexpr Name kColumns[] = {"copied column", "column of a table", "column of a category",
                               "column of what is missing", "column of octaves"};
  steps.add("preparation call", 1);
  for (const PreparationStep& step : preparation.steps) steps.add(kColumns[static_cast<int>(step.operation)], 1);
  steps.add("known category", preparation.known.size());
  if (preparation.projection) steps.add("component", preparation.columns());
  steps.add("product of a component", preparation.products());
}

void add_kind(Steps& steps, const QuantizedLinear& linear, bool prepared) {
  const std::uint64_t columns = linear.encoding.features.size();
  const std::uint64_t outputs = linear.outputs;
  if (linear.precision == Precision::kInt8) {
    add_matrix(steps, outputs, columns);
    steps.add("linear score", outputs);
  } else if (linear.precision == Precision::kInt16) {
    steps.add("int16 product", outputs * columns);
    steps.add("linear score of int16", outputs);
  } else {
    const bool raw = prepared || linear.encoding.input == Input::kInt16;
    steps.add(raw ? Name("float32 product of a code") : Name("float32 product of a feature"), outputs * columns);
    steps.add("linear score of float32", outputs);
  }
}

void add_kind(Steps& steps, const QuantizedBayes& bayes, bool /*prepared*/) {
  const std::uint64_t columns = bayes.encoding.features.size();
  steps.add("bayes column of 2 classes", bayes.outputs / 2 * columns);
  steps.add("bayes column of 1 class", bayes.outputs % 2 * columns);
  steps.add("bayes score", bayes.outputs);
}

void add_forest(Steps& steps, const QuantizedForest& forest, const ForestWork& work) {
  steps.add("forest score", forest.outputs);
  steps.add("group of trees", forest.groups.size());
  steps.add(forest.votes_leaf ? Name("tree of votes") : Name("tree of values"), work.trees);
  steps.add(forest.feature_bits == 0 ? Name("wide comparison") : Name("comparison"), work.comparisons);
  steps.add("vote", work.votes);
}

void add_kind(Steps& steps, const QuantizedForest& forest, bool /*prepared*/) {
  add_forest(steps, forest, work_of_trees(forest));
}

void add_kind(Steps& steps, const QuantizedNetwork& network, bool /*prepared*/) {
  constexpr std::uint64_t kTile = 16;  // hidden units whose sums wait at a time
  std::uint64_t columns = network.encoding.features.size();
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const QuantizedLayer& layer = network.layers[i];
    const bool last = i + 1 == network.layers.size();
    const std::uint64_t tile = last ? layer.outputs : kTile;
    add_matrix(steps, tile, columns, layer.outputs / tile);
    add_matrix(steps, layer.outputs % tile, columns);
    steps.add("tile of units", (layer.outputs + tile - 1) / tile);
    steps.add(layer.activation == Activation::kTanh ? Name("tanh unit") : Name("unit"), layer.outputs);
    columns = layer.outputs;
  }
}

void add_values(Steps& steps, const QuantizedSvm& svm, std::uint64_t vectors) {
  if (svm.kernel == Kernel::kRbf) steps.add("rbf value", vectors);
  if (svm.kernel == Kernel::kLinear) steps.add("linear value", vectors);
  if (svm.kernel == Kernel::kSigmoid) steps.add("sigmoid value", vectors);
  if (svm.kernel != Kernel::kPolynomial) return;
  steps.add("polynomial value", vectors);
  steps.add("power", vectors * svm.degree);
}

void add_kind(Steps& steps, const QuantizedSvm& svm, bool /*prepared*/) {
  constexpr std::uint64_t kTile = 32;  // vectors whose kernel values wait at a time
  const std::uint64_t columns = svm.encoding.features.size();
  const std::uint64_t vectors = svm.vectors.size() / svm.stride;
  const std::uint64_t others = svm.coefficients.size() / vectors;
  if (svm.kernel == Kernel::kRbf) steps.add("square", columns);
  std::uint64_t tiles = 0;
  std::vector<std::uint32_t> lists = svm.class_vectors;
  if (lists.empty()) lists.push_back(static_cast<std::uint32_t>(vectors));
  for (const std::uint32_t list : lists) {
    add_matrix(steps, kTile, columns, list / kTile);
    add_matrix(steps, list % kTile, columns);
    tiles += (list + kTile - 1) / kTile;
  }
  add_values(steps, svm, vectors);
  steps.add("weighted value", svm.coefficients.size());
  steps.add("tile of vectors", tiles);
  steps.add("weighted sum", tiles * others);
  steps.add("pair of classes", svm.bias.size());
  steps.add("svm score", svm.outputs);
}

/// Entries of a leaf's list; those that are not there count nothing.
std::uint64_t votes_from(const QuantizedForest& forest, std::size_t index) {
  std::uint64_t count = 0;
  while (index < forest.votes.size()) {
    ++count;
    if (forest.votes[index++] < 0) break;
  }
  return count;
}

/// Adds what one tree does of a row.
void walk(const QuantizedForest& forest, const TreeGroup& group, std::size_t tree, const learn::CodeMatrix& codes,
          Eigen::Index row, ForestWork& work) {
  ForestSlot slot = decode_slot(forest, group.slot + tree);
  for (; slot.child != 0; ++work.comparisons) {
    const bool left = codes(row, static_cast<Eigen::Index>(slot.feature)) <= slot.value;
    slot = decode_slot(forest, group.slot + slot.child + (left ? 0 : 1));
  }
  if (forest.votes_leaf) work.votes += votes_from(forest, slot.payload);
}

constexpr Name kMembers[] = {"linear member", "svm member", "forest member", "network member"};

void add_kind(Steps& steps, const QuantizedBlend& blend, bool prepared) {
  for (const BlendMember& member : blend.members) {
    steps.add(kMembers[member.predictor.index()], 1);
    std::visit([&](const auto& kind) { add_kind(steps, kind, prepared); }, member.predictor);
  }
}

/// What all kinds do before their own work.
Steps call_steps(const Predictor& predictor, const Preparation* preparation) {
  constexpr Name kCalls[] = {"linear call", "svm call", "bayes call", "forest call", "network call", "blend call"};
  Steps steps;
  steps.add(kCalls[predictor.index()], 1);
  add_input(steps, preparation == nullptr ? common(predictor).encoding : preparation->inputs);
  if (preparation != nullptr) add_preparation(steps, *preparation);
  return steps;
}

/// Like ones together, in the order they came; none of count 0.
std::vector<Step> Steps::merged() const {
  std::vector<Step> sums;
  for (const Step& step : all_) {
    const auto same = std::find_if(sums.begin(), sums.end(), [&](const Step& sum) { return sum.name == step.name; });
    if (same != sums.end()) {
      same->count += step.count;
    } else if (step.count > 0) {
      sums.push_back(step);
    }
  }
  return sums;
}

/// What a kind does of usual rows: only forests do more of one row than of another.
template <class Kinds>
void add_usual(Steps& steps, const Kinds& kinds, const learn::CodeMatrix& codes, bool prepared) {
  std::visit(
      [&](const auto& kind) {
        using Kind = std::decay_t<decltype(kind)>;
        if constexpr (std::is_same_v<Kind, QuantizedForest>) {
          add_forest(steps, kind, usual_work_of_trees(kind, codes));
        } else if constexpr (std::is_same_v<Kind, QuantizedBlend>) {
          for (const BlendMember& member : kind.members) {
            steps.add(kMembers[member.predictor.index()], 1);
            add_usual(steps, member.predictor, codes, prepared);
          }
        } else {
          add_kind(steps, kind, prepared);
        }
      },
      kinds);
}

}  // namespace

std::vector<Step> steps_of(const Predictor& predictor, const Preparation* preparation) {
  Steps steps = call_steps(predictor, preparation);
  std::visit([&](const auto& kind) { add_kind(steps, kind, preparation != nullptr); }, predictor);
  return steps.merged();
}

std::vector<Step> usual_steps(const Predictor& predictor, const learn::CodeMatrix& codes,
                              const Preparation* preparation) {
  Steps steps = call_steps(predictor, preparation);
  add_usual(steps, predictor, codes, preparation != nullptr);
  return steps.merged();
}

ForestWork usual_work_of_trees(const QuantizedForest& forest, const learn::CodeMatrix& codes) {
  constexpr Eigen::Index kMostRows = 1000;
  const Eigen::Index rows = std::min(codes.rows(), kMostRows);
  ForestWork sums;
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (const TreeGroup& group : forest.groups) {
      for (std::size_t tree = 0; tree < group.trees; ++tree) {
        ++sums.trees;
        walk(forest, group, tree, codes, i * codes.rows() / rows, sums);
      }
    }
  }
  const auto mean = [&](std::uint64_t sum) {
    const auto count = static_cast<std::uint64_t>(std::max<Eigen::Index>(rows, 1));
    return (sum + count / 2) / count;
  };
  return {mean(sums.trees), mean(sums.comparisons), mean(sums.votes)};
}

const std::vector<std::string>& step_names() {
  static const std::vector<std::string> all(std::begin(kNames), std::end(kNames));
  return all;
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
        longest[i].votes = forest.votes_leaf ? votes_from(forest, slot >> child_bits) : 0;
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
