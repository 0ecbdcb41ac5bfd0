#include "preparation.hpp"

#include "layout.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::ModelView;
using detail::PreparationStep;

std::int32_t limited(std::int32_t code, const PreparationStep& step) {
  if (code < step.low) return step.low;
  return code > step.high ? step.high : code;
}

/// Straight lines between knots; `open` has proven that they are there, and that no product leaves 32 bits.
std::int32_t interpolate(const PreparationStep& step, const std::int16_t* knots, std::int32_t code) {
  const detail::Line line = detail::line_of(step, static_cast<std::uint32_t>(limited(code, step) - step.low));
  const std::int32_t half = (std::int32_t{1} << line.width) >> 1;
  const std::int16_t* knot = knots + step.argument + line.index;
  return knot[0] + (((knot[1] - knot[0]) * static_cast<std::int32_t>(line.rest) + half) >> line.width);
}

/// Looked up in the features again, so that the loops that encode them stay as they are.
bool is_missing(const ModelView& view, const void* features, std::size_t index) {
  if (view.input_type == Input::kInt16) return static_cast<const std::int16_t*>(features)[index] == detail::kMissing;
  return (detail::bits_of(static_cast<const float*>(features)[index]) & detail::kMagnitude) > detail::kInfinity;
}

std::int32_t column_of(const ModelView& view, const PreparationStep& step, const void* features, std::int32_t code) {
  switch (step.operation) {
    case detail::kCopyStep: return limited(code, step);
    case detail::kEqualsStep: return code == step.argument ? step.high : step.low;
    case detail::kMissingStep: return is_missing(view, features, step.feature) ? step.high : step.low;
    default: return interpolate(step, view.preparation.knots, code);
  }
}

/// Columns to components; `open` has proven that no sum leaves 32 bits.
void project(const ModelView& view, const std::int16_t* columns, std::int16_t* components) {
  const std::int16_t* weight = view.preparation.weights;
  const std::size_t made = view.preparation.made;
  const std::int32_t limit = view.column_limit;
  for (std::size_t k = 0; k < view.columns; ++k, weight += made) {
    const detail::Component& how = view.preparation.components[k];
    std::int32_t sum = how.bias;
    for (std::size_t i = 0; i < made; ++i) sum += weight[i] * columns[i];
    sum >>= how.shift;
    if (sum > limit) sum = limit;
    components[k] = static_cast<std::int16_t>(sum < -limit ? -limit : sum);
  }
}

/// Makes the columns behind the features' codes, and has the kind work on them or on what is made of them.
void score(const ModelView& view, const void* features, std::int16_t* codes, std::int32_t* scores) {
  std::int16_t* const made = codes + detail::padded(view.features);
  const PreparationStep* step = view.preparation.steps;
  const std::size_t count = view.preparation.made;
  for (std::size_t i = 0; i < count; ++i, ++step) {
    made[i] = static_cast<std::int16_t>(column_of(view, *step, features, codes[step->feature]));
  }
  std::int16_t* const columns = codes + view.columns_at;
  if (view.preparation.components != nullptr) project(view, made, columns);
  view.preparation.kind->score(view, nullptr, columns, scores);
}

/// What is not known refuses the row, as what is missing does.
Status encode_known(const ModelView& view, const void* features, std::int16_t* codes) {
  const Status status = view.preparation.input->encode(view, features, codes);
  if (status != Status::kOk) return status;
  const PreparationStep* step = view.preparation.steps + view.preparation.made;
  for (std::size_t left = view.preparation.refusing; left > 0; --left, ++step) {
    const std::int16_t code = codes[step->feature];
    if (code < step->low || code > step->high) return detail::refuse(step->feature, Status::kUnknownCategory, codes);
  }
  return Status::kOk;
}

const detail::Part known_input = {detail::Part::Role::kInput, 0, 0, encode_known, nullptr, nullptr, nullptr};

/// The features' codes and the steps' columns lie before all that the kind needs.
Status prove(ModelView& view) {
  const Status status = view.preparation.kind->prove(view);
  view.scratch_words += view.columns_at / 2U;
  if (view.preparation.refusing != 0) {
    view.preparation.input = view.input;
    view.input = &known_input;
  }
  return status;
}

}  // namespace

const detail::Part Preparation::part = {detail::Part::Role::kPreparation, 0,     0,    nullptr,
                                        detail::read_preparation,         prove, score};

}  // namespace nuthatch
