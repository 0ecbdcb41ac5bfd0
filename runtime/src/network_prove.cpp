// What `open` proves of a network's numbers. A file of its own because it runs once at boot: small, not fast.
#include "network.hpp"

namespace nuthatch::detail {
namespace {

constexpr std::int64_t kMost = 0x7FFFFFFF;

/// The layers are what the vectors hold, and end in the model's outputs; no vector is longer than 2^27.
Status prove_shape(const ModelView& view) {
  const NetworkView& network = view.network;
  if (network.layer_count == 0) return Status::kShape;
  std::uint32_t inputs = view.columns;
  std::uint64_t weights = 0;
  std::uint64_t units = 0;
  for (std::uint32_t i = 0; i < network.layer_count; ++i) {
    const std::uint32_t outputs = network.layers[i].outputs;
    if (outputs == 0) return Status::kShape;
    weights += std::uint64_t{padded(inputs)} * outputs;
    units += outputs;
    inputs = outputs;
  }
  const bool fits = weights == network.weight_count && units == network.unit_count && inputs == view.outputs;
  return fits ? Status::kOk : Status::kShape;
}

/// The words behind the codes: the two vectors of values that neighbouring hidden layers need at once.
std::uint32_t value_words(const NetworkView& network) {
  std::uint32_t most = 0;
  for (std::uint32_t i = 0; i + 1 < network.layer_count; ++i) {
    const std::uint32_t before = i == 0 ? 0 : padded(network.layers[i - 1].outputs);
    const std::uint32_t both = before + padded(network.layers[i].outputs);
    if (both > most) most = both;
  }
  return most / 2;
}

/// Limits; tanh is symmetric; scores are clamped where low < high, and as they come where both are 0.
bool good_limits(const Layer& layer, bool is_last) {
  if (layer.activation > kTanh) return false;
  if (layer.activation == kTanh) return !is_last && layer.high >= 1 && layer.low == -layer.high;
  if (is_last && layer.low == layer.high) return layer.low == 0;
  return layer.low <= layer.high;
}

std::int64_t size_of(std::int32_t value) { return value < 0 ? -std::int64_t{value} : value; }

/// One unit: inputs of at most `range` cannot take its sum out of 32 bits, nor what the shift to the left makes of it.
Status prove_unit(const std::int8_t* row, std::uint32_t columns, std::int32_t range, const NetworkView& network,
                  std::uint32_t unit) {
  std::int64_t total = 0;
  for (std::uint32_t i = 0; i < columns; ++i) total += row[i] < 0 ? -row[i] : row[i];
  for (std::uint32_t i = columns; i < padded(columns); ++i) {
    if (row[i] != 0) return Status::kNumber;
  }
  const std::int32_t shift = network.shifts[unit];
  if (network.multipliers[unit] < 0 || shift < -31 || shift > 30) return Status::kNumber;
  const std::int64_t sum = total * range + size_of(network.bias[unit]);
  return sum <= (shift > 0 ? kMost >> shift : kMost) ? Status::kOk : Status::kOverflow;
}

}  // namespace

Status prove_network(ModelView& view) {
  const NetworkView& network = view.network;
  const Status shape = prove_shape(view);
  if (shape != Status::kOk) return shape;
  const std::int8_t* row = network.weights;
  std::uint32_t unit = 0;
  std::uint32_t columns = view.columns;
  std::int32_t range = view.column_limit;
  for (std::uint32_t i = 0; i < network.layer_count; ++i) {
    const Layer& layer = network.layers[i];
    if (!good_limits(layer, i + 1 == network.layer_count)) return Status::kNumber;
    for (std::uint32_t k = 0; k < layer.outputs; ++k, ++unit, row += padded(columns)) {
      const Status status = prove_unit(row, columns, range, network, unit);
      if (status != Status::kOk) return status;
    }
    columns = layer.outputs;
    range = -layer.low > layer.high ? -layer.low : layer.high;
  }
  view.scratch_words = padded(view.columns) / 2 + value_words(network);
  return Status::kOk;
}

}  // namespace nuthatch::detail
