#include "export/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "learn/learned.hpp"
#include "quantize/forest_slot.hpp"

namespace nuthatch::exporting {
namespace {

using Codes = Eigen::VectorXd;
using quantize::FeatureEncoding;

double power_of_two(int exponent) { return std::ldexp(1.0, exponent); }

/// A feature as a code that was not rounded; nothing where the device refuses the row.
std::optional<double> real_code(const quantize::Encoding& encoding, std::size_t index, float value) {
  const FeatureEncoding& feature = encoding.features[index];
  if (std::isnan(value)) {
    return feature.imputation == INT16_MIN ? std::nullopt : std::optional<double>(feature.imputation);
  }
  double code = 0;
  if (encoding.input == quantize::Input::kFloat32) {
    if (std::isinf(value)) return std::nullopt;
    code = (static_cast<double>(value) - feature.offset) * feature.scale;
    if (feature.is_octaves()) {
      // A code is rounded down, a real one is to be rounded to the nearest.
      code = prepare::order_of(value) * power_of_two(-feature.octave_shift()) - feature.octave_base() - 0.5;
    }
  } else {
    const double raw = std::clamp(static_cast<double>(value) * power_of_two(feature.exponent), -32767.0, 32767.0);
    code = encoding.counts ? raw : (raw - feature.center) * feature.multiplier * power_of_two(-feature.shift);
  }
  const double limit = encoding.code_limit;
  return std::clamp(code, -limit, limit);
}

/// A column's code that was not rounded, of the features' codes. The table's knots are what the file has.
double real_column(const quantize::Preparation& preparation, std::size_t column, double code, bool missing) {
  const quantize::PreparationStep& step = preparation.steps[column];
  const double limited = std::clamp<double>(code, step.low, step.high);
  switch (step.operation) {
    case quantize::Operation::kCopy: return limited;
    case quantize::Operation::kTable:
    case quantize::Operation::kOctaves: {
      const double whole = std::floor(limited);
      const quantize::TableLine line = quantize::line_of(step, static_cast<int>(whole) - step.low);
      const auto knot = preparation.knots.begin() + step.argument + line.index;
      return knot[0] + (line.rest + limited - whole) * power_of_two(-line.width) * (knot[1] - knot[0]);
    }
    // An index is a whole number, unless a program passes something else.
    case quantize::Operation::kEquals: return std::nearbyint(code) == step.argument ? step.high : step.low;
    case quantize::Operation::kMissing:
    case quantize::Operation::kKnown: break;
  }
  return missing ? step.high : step.low;
}

/// Components that were not rounded: without the half that rounds.
Codes project(const quantize::Projection& projection, const Codes& columns) {
  Codes components(std::ssize(projection.components));
  for (Eigen::Index k = 0; k < components.size(); ++k) {
    const quantize::Component& how = projection.components[static_cast<std::size_t>(k)];
    double sum = how.bias - ((1 << how.shift) >> 1);
    for (Eigen::Index i = 0; i < columns.size(); ++i) sum += how.weights[static_cast<std::size_t>(i)] * columns[i];
    const double limit = projection.code_limit;
    components[k] = std::clamp(sum * power_of_two(-how.shift), -limit, limit);
  }
  return components;
}

Codes columns_of(const ModelContents& contents, const Codes& codes, const data::Dataset& rows, std::size_t row) {
  if (!contents.preparation) return codes;
  Codes columns(std::ssize(contents.preparation->steps));
  for (Eigen::Index i = 0; i < columns.size(); ++i) {
    const auto column = static_cast<std::size_t>(i);
    const std::size_t feature = contents.preparation->steps[column].feature;
    const bool missing = std::isnan(rows.columns[feature][row]);
    columns[i] = real_column(*contents.preparation, column, codes[static_cast<Eigen::Index>(feature)], missing);
  }
  return contents.preparation->projection ? project(*contents.preparation->projection, columns) : columns;
}

/// Whether the device refuses the row for a category that it does not know.
bool is_unknown(const ModelContents& contents, const Codes& codes) {
  if (!contents.preparation) return false;
  const std::vector<quantize::PreparationStep>& known = contents.preparation->known;
  return std::any_of(known.begin(), known.end(), [&](const quantize::PreparationStep& step) {
    const double code = std::nearbyint(codes[static_cast<Eigen::Index>(step.feature)]);
    return code < step.low || code > step.high;
  });
}

double real_of(const quantize::Requantization& requantization) {
  return requantization.multiplier * power_of_two(-requantization.shift);
}

// The kinds: score words, not rounded, from codes.

Eigen::VectorXd score_words(const quantize::QuantizedLinear& model, const Codes& codes) {
  Eigen::VectorXd words(model.outputs);
  for (std::uint32_t k = 0; k < model.outputs; ++k) {
    double sum = 0;
    const bool in_float = model.precision == quantize::Precision::kFloat32;
    for (Eigen::Index i = 0; i < codes.size(); ++i) {
      const auto at = k * model.stride + static_cast<std::size_t>(i);
      sum += codes[i] * (in_float ? static_cast<double>(model.weights_float32[at]) : model.weights[at]);
    }
    words[k] = in_float ? (sum + model.bias_float32[k]) * power_of_two(model.fraction_bits)
                        : model.requantization[k].bias +
                              sum * power_of_two(-model.sum_shift) * real_of(model.requantization[k]);
  }
  return words;
}

/// What the network's and the sigmoid kernel's argument of 1 is in their integers.
const double kTanhUnit = 2 * std::numbers::log2e * 4096;

double activated(const quantize::QuantizedLayer& layer, double value) {
  if (layer.activation == quantize::Activation::kTanh) return layer.high * std::tanh(value / kTanhUnit);
  if (layer.low == 0 && layer.high == 0) return value;
  return std::clamp<double>(value, layer.low, layer.high);
}

Eigen::VectorXd score_words(const quantize::QuantizedNetwork& model, const Codes& codes) {
  Eigen::VectorXd values = codes;
  std::size_t unit = 0;
  std::size_t weight = 0;
  for (const quantize::QuantizedLayer& layer : model.layers) {
    Eigen::VectorXd next(layer.outputs);
    const std::size_t stride = (static_cast<std::size_t>(values.size()) + 3) / 4 * 4;
    for (Eigen::Index k = 0; k < next.size(); ++k, ++unit, weight += stride) {
      double sum = model.bias[unit];
      for (Eigen::Index i = 0; i < values.size(); ++i) {
        sum += model.weights[weight + static_cast<std::size_t>(i)] * values[i];
      }
      next[k] = activated(layer, sum * model.multipliers[unit] * power_of_two(model.shifts[unit] - 31));
    }
    values = std::move(next);
  }
  return values;
}

double kernel_of(const quantize::QuantizedSvm& model, double product, double norm, double squared_length) {
  const quantize::Requantization& scale = model.kernel_scale;
  switch (model.kernel) {
    case quantize::Kernel::kRbf: {
      const double distance = squared_length + norm - 2 * product;
      const double exponent = distance * power_of_two(scale.shift) * scale.multiplier * power_of_two(-48);
      return power_of_two(27) * std::exp2(-exponent);
    }
    case quantize::Kernel::kLinear: return product + norm;
    case quantize::Kernel::kPolynomial: {
      const double argument = scale.bias + (product + norm) * real_of(scale);
      return power_of_two(30) * std::pow(argument * power_of_two(-30), model.degree);
    }
    case quantize::Kernel::kSigmoid: break;
  }
  const double argument = scale.bias + (product + norm) * real_of(scale);
  return 32767 * std::tanh(argument / kTanhUnit);
}

Eigen::VectorXd kernels_of(const quantize::QuantizedSvm& model, const Codes& codes) {
  Eigen::VectorXd kernels(std::ssize(model.vector_shifts));
  for (Eigen::Index v = 0; v < kernels.size(); ++v) {
    const auto vector = static_cast<std::size_t>(v);
    double product = 0;
    for (Eigen::Index i = 0; i < codes.size(); ++i) {
      product += model.vectors[vector * model.stride + static_cast<std::size_t>(i)] * codes[i];
    }
    product *= power_of_two(model.vector_shifts[vector]);
    kernels[v] = kernel_of(model, product, model.norms[vector], codes.squaredNorm());
  }
  return kernels;
}

/// A row of coefficients over the vectors of [first, last).
double weighted_sum(const quantize::QuantizedSvm& model, const Eigen::VectorXd& kernels, std::size_t row,
                    std::size_t first, std::size_t last) {
  double sum = 0;
  for (std::size_t v = first; v < last; ++v) {
    sum += model.coefficients[row * model.vector_shifts.size() + v] * kernels[static_cast<Eigen::Index>(v)];
  }
  return sum;
}

/// Several classes: votes, and the sum of decisions where they are as many.
Eigen::VectorXd vote(const quantize::QuantizedSvm& model, const Eigen::VectorXd& kernels) {
  const std::size_t classes = model.class_vectors.size();
  std::vector<std::size_t> first = {0};
  for (const std::uint32_t count : model.class_vectors) first.push_back(first.back() + count);
  Eigen::VectorXd votes = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(classes));
  Eigen::VectorXd sums = votes;
  std::size_t pair = 0;
  for (std::size_t i = 0; i < classes; ++i) {
    for (std::size_t j = i + 1; j < classes; ++j, ++pair) {
      const double sum = weighted_sum(model, kernels, j - 1, first[i], first[i + 1]) +
                         weighted_sum(model, kernels, i, first[j], first[j + 1]);
      const double decision = (model.bias[pair] + sum * power_of_two(-model.sum_shift)) * power_of_two(-15);
      votes[static_cast<Eigen::Index>(decision > 0 ? i : j)] += 1;
      sums[static_cast<Eigen::Index>(i)] += decision;
      sums[static_cast<Eigen::Index>(j)] -= decision;
    }
  }
  return power_of_two(model.fraction_bits) * (votes.array() + sums.array() / (3 * (sums.array().abs() + 1))).matrix();
}

Eigen::VectorXd score_words(const quantize::QuantizedSvm& model, const Codes& codes) {
  const Eigen::VectorXd kernels = kernels_of(model, codes);
  if (model.class_vectors.size() > 2) return vote(model, kernels);
  const double sum = weighted_sum(model, kernels, 0, 0, model.vector_shifts.size());
  return Eigen::VectorXd::Constant(1, model.bias[0] + sum * power_of_two(-model.sum_shift));
}

Eigen::VectorXd score_words(const quantize::QuantizedBayes& model, const Codes& codes) {
  Eigen::VectorXd sums(model.outputs);
  for (std::uint32_t k = 0; k < model.outputs; ++k) {
    double sum = static_cast<double>(model.constants[k]);
    for (Eigen::Index i = 0; i < codes.size(); ++i) {
      const std::size_t at = 2 * (k * model.stride + static_cast<std::size_t>(i));
      sum += (model.terms[at] * codes[i] + model.terms[at + 1]) * codes[i];
    }
    sums[k] = sum;
  }
  if (model.outputs > 1) sums.array() -= sums.maxCoeff();
  return (sums * power_of_two(-model.shift)).cwiseMax(-power_of_two(30)).cwiseMin(power_of_two(30));
}

void add_leaf(const quantize::QuantizedForest& model, const quantize::ForestSlot& leaf, std::size_t output,
              Eigen::VectorXd& words) {
  if (!model.votes_leaf) {
    words[static_cast<Eigen::Index>(output)] += leaf.value;
    return;
  }
  for (std::size_t at = leaf.payload;; ++at) {
    const std::int32_t vote = model.votes[at];
    const std::int32_t weight = vote >> 16;
    words[vote & 0xffff] += std::abs(weight);
    if (vote < 0) return;
  }
}

Eigen::VectorXd score_words(const quantize::QuantizedForest& model, const Codes& codes) {
  Eigen::VectorXd words(model.outputs);
  for (std::uint32_t k = 0; k < model.outputs; ++k) words[k] = model.bias[k];
  for (const quantize::TreeGroup& group : model.groups) {
    for (std::uint32_t tree = 0; tree < group.trees; ++tree) {
      quantize::ForestSlot slot = quantize::decode_slot(model, group.slot + tree);
      while (slot.child != 0) {
        // A threshold lies between two codes.
        const bool left = codes[static_cast<Eigen::Index>(slot.feature)] <= slot.value + 0.5;
        slot = quantize::decode_slot(model, group.slot + slot.child + (left ? 0 : 1));
      }
      add_leaf(model, slot, group.output, words);
    }
  }
  return words;
}

Eigen::VectorXd score_words(const quantize::QuantizedBlend& model, const Codes& codes) {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(1);
  for (const quantize::BlendMember& member : model.members) {
    const Eigen::VectorXd words =
        std::visit([&](const auto& kind) -> Eigen::VectorXd { return score_words(kind, codes); }, member.predictor);
    sum += words * member.scale.multiplier * power_of_two(-member.scale.shift);
    sum.array() += member.scale.bias;
  }
  return sum;
}

void add_classes(const LoadedModel& model, Reference& reference) {
  if (!model.contents().classifies) return;
  for (Eigen::Index row = 0; row < reference.scores.rows(); ++row) {
    reference.classes.push_back(learn::class_of(reference.scores, row, model.value_of(model.model().threshold())));
  }
}

}  // namespace

Reference float_reference(const LoadedModel& model, const data::Dataset& given) {
  const ModelContents& contents = model.contents();
  const quantize::Encoding& encoding = contents.inputs();
  const data::Dataset dataset = model.with_categories(given);
  const auto rows = static_cast<Eigen::Index>(dataset.rows());
  Reference reference{"the file's parameters in double precision",
                      std::vector<bool>(dataset.rows(), true),
                      Eigen::MatrixXd::Zero(rows, contents.common().outputs),
                      {}};
  Codes codes(std::ssize(dataset.columns));
  for (Eigen::Index row = 0; row < rows; ++row) {
    const auto index = static_cast<std::size_t>(row);
    for (std::size_t i = 0; i < dataset.columns.size() && reference.answered[index]; ++i) {
      const std::optional<double> code = real_code(encoding, i, dataset.columns[i][index]);
      reference.answered[index] = code.has_value();
      if (code) codes[static_cast<Eigen::Index>(i)] = *code;
    }
    if (is_unknown(contents, codes)) reference.answered[index] = false;
    if (!reference.answered[index]) continue;
    const Codes columns = columns_of(contents, codes, dataset, index);
    reference.scores.row(row) =
        std::visit([&](const auto& kind) -> Eigen::VectorXd { return score_words(kind, columns); },
                   contents.predictor) *
        power_of_two(-contents.common().fraction_bits);
  }
  add_classes(model, reference);
  return reference;
}

std::vector<std::string> score_columns(const std::vector<std::string>& classes, std::size_t outputs) {
  std::vector<std::string> names;
  if (classes.empty()) return names;
  if (outputs == 1) return {"score_" + classes[1]};
  for (const std::string& name : classes) names.push_back("score_" + name);
  return names;
}

Reference read_reference(const std::string& path, const LoadedModel& model, std::size_t rows) {
  data::CsvOptions options;
  options.features = score_columns(model.contents().classes, model.contents().common().outputs);
  // A regression's score is its prediction.
  if (options.features->empty()) options.features = {"prediction"};
  const data::Dataset dataset = data::read_csv(path, options);
  if (dataset.rows() != rows) {
    throw data::DataError(
        fmt::format("{}: has {} rows where the data have {}; write it with `train "
                    "--float-predictions` and these data as --test",
                    path, dataset.rows(), rows));
  }
  Reference reference{path,
                      std::vector<bool>(rows, true),
                      Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(rows), std::ssize(dataset.columns)),
                      {}};
  for (std::size_t k = 0; k < dataset.columns.size(); ++k) {
    for (std::size_t row = 0; row < rows; ++row) {
      const float value = dataset.columns[k][row];
      if (!std::isfinite(value))
        reference.answered[row] = false;
      else
        reference.scores(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(k)) = value;
    }
  }
  add_classes(model, reference);
  return reference;
}

}  // namespace nuthatch::exporting
