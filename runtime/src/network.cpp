#include "network.hpp"

#include "kernels/linear.hpp"
#include "kernels/network.hpp"
#include "nuthatch/model.hpp"
#include "tanh.hpp"

namespace nuthatch {
namespace {

using detail::Layer;
using detail::ModelView;
using detail::NetworkView;
using kernels::MatrixShape;
using kernels::UnitScales;

/// Sums at a time: they wait on the stack between the kernels, so that the scratch holds values only.
constexpr std::uint32_t kTile = 16;

std::int32_t clamp(std::int32_t value, const Layer& layer) {
  if (value < layer.low) return layer.low;
  return value > layer.high ? layer.high : value;
}

void activate(const Layer& layer, std::uint32_t count, const std::int32_t* sums, std::int16_t* values) {
  if (layer.activation == detail::kTanh) {
    for (std::uint32_t k = 0; k < count; ++k) values[k] = detail::tanh_of(sums[k], layer.high);
  } else {
    for (std::uint32_t k = 0; k < count; ++k) values[k] = static_cast<std::int16_t>(clamp(sums[k], layer));
  }
}

/// Where a walk over the layers has come to.
struct Position {
  const std::int8_t* weights;
  UnitScales scales;
};

/// `count` rows from `at` on: their sums, requantized.
void multiply_rows(std::uint32_t count, std::uint32_t columns, Position& at, const std::int16_t* inputs,
                   std::int32_t* sums) {
  const MatrixShape shape = {count, columns, detail::padded(columns)};
  kernels::multiply_int8(shape, at.weights, inputs, sums);
  kernels::requantize(count, at.scales, sums);
  at.weights += std::size_t{count} * shape.stride;
  at.scales = {at.scales.bias + count, at.scales.multipliers + count, at.scales.shifts + count};
}

void hidden_layer(const Layer& layer, std::uint32_t columns, Position& at, const std::int16_t* inputs,
                  std::int16_t* values) {
  std::int32_t sums[kTile];
  for (std::uint32_t done = 0; done < layer.outputs; done += kTile) {
    const std::uint32_t count = layer.outputs - done < kTile ? layer.outputs - done : kTile;
    multiply_rows(count, columns, at, inputs, sums);
    activate(layer, count, sums, values + done);
  }
}

/// Hidden values lie alternately right behind the codes and at the end of the scratch.
void score(const ModelView& view, const void* /*features*/, std::int16_t* codes, std::int32_t* scores) {
  const NetworkView& network = view.network;
  std::int16_t* const front = codes + detail::padded(view.columns);
  std::int16_t* const end = codes + 2 * std::size_t{view.scratch_words} - view.columns_at;
  Position at = {network.weights, {network.bias, network.multipliers, network.shifts}};
  const std::int16_t* inputs = codes;
  std::uint32_t columns = view.columns;
  const Layer* const last = network.layers + network.layer_count - 1;
  bool in_front = true;
  for (const Layer* layer = network.layers; layer != last; ++layer, in_front = !in_front) {
    std::int16_t* const values = in_front ? front : end - detail::padded(layer->outputs);
    hidden_layer(*layer, columns, at, inputs, values);
    inputs = values;
    columns = layer->outputs;
  }
  multiply_rows(view.outputs, columns, at, inputs, scores);
  if (last->low == last->high) return;
  for (std::uint32_t k = 0; k < view.outputs; ++k) scores[k] = clamp(scores[k], *last);
}

}  // namespace

const detail::Part Network::part = {detail::Part::Role::kKind,
                                    detail::kNetworkKind,
                                    1U << static_cast<unsigned>(detail::Precision::kInt8),
                                    nullptr,
                                    detail::read_network,
                                    detail::prove_network,
                                    score};

}  // namespace nuthatch
