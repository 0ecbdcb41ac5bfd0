#include "preparation.hpp"

#include "bits.hpp"
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

/// Makes the columns behind the features' codes, and has the kind work on them.
void score(const ModelView& view, const void* features, std::int16_t* codes, std::int32_t* scores) {
  std::int16_t* const columns = codes + view.columns_at;
  const PreparationStep* step = view.preparation.steps;
  const std::size_t count = view.columns;
  for (std::size_t i = 0; i < count; ++i, ++step) {
    columns[i] = static_cast<std::int16_t>(column_of(view, *step, features, codes[step->feature]));
  }
  view.preparation.kind->score(view, nullptr, columns, scores);
}

/// The features' codes lie before all that the kind needs.
Status prove(ModelView& view) {
  const Status status = view.preparation.kind->prove(view);
  view.scratch_words += view.columns_at / 2U;
  return status;
}

}  // namespace

const detail::Part Preparation::part = {detail::Part::Role::kPreparation, 0,     0,    nullptr,
                                        detail::read_preparation,         prove, score};

}  // namespace nuthatch
