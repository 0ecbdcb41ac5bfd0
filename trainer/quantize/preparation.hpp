#ifndef NUTHATCH_TRAINER_QUANTIZE_PREPARATION_HPP
#define NUTHATCH_TRAINER_QUANTIZE_PREPARATION_HPP

#include <cstdint>
#include <optional>
#include <vector>

#include "prepare/preparation.hpp"
#include "quantize/encoding.hpp"

namespace nuthatch::quantize {

/// schema::Preparing.
enum class Operation : std::uint8_t { kCopy, kTable, kEquals, kMissing, kOctaves, kKnown };

/// How a column's code is made of a feature's (SPEC.md, "Preparation").
struct PreparationStep {
  Operation operation = Operation::kCopy;
  std::uint8_t shift = 0;
  std::uint16_t feature = 0;
  std::int16_t low = 0;
  std::int16_t high = 0;
  std::int32_t argument = 0;
};

/// The line of a table that a distance from `low` lies on: its first knot, and how far along it, of 2^width codes.
struct TableLine {
  int index = 0;
  int rest = 0;
  int width = 0;
};
TableLine line_of(const PreparationStep& step, int distance);

/// How a component's code is made of all columns': (bias + the sum of weight * code) >> shift, saturated.
struct Component {
  std::int32_t bias = 0;
  std::uint8_t shift = 0;
  std::vector<std::int16_t> weights;
};

/// From the columns that steps make to the components that the predictor works on.
struct Projection {
  std::int16_t column_limit = INT16_MAX;  ///< of the columns' codes
  std::int16_t code_limit = INT16_MAX;    ///< of the components': the predictor's
  std::vector<Component> components;
};

/// A preparation in the device's arithmetic: the features' encoding, and a step a column: of the predictor's own, where
/// there is no projection.
struct Preparation {
  Encoding inputs;
  std::vector<PreparationStep> steps;
  std::vector<std::int16_t> knots;
  std::vector<PreparationStep> known = {};  ///< of kKnown: what refuses a row
  std::optional<Projection> projection = {};

  /// How many numbers the predictor works on.
  std::size_t columns() const { return projection ? projection->components.size() : steps.size(); }
  /// Multiplications of a row on the way there.
  std::uint64_t products() const { return projection ? columns() * steps.size() : 0; }
};

/// columns: the encoding of what the predictor works on, columns or components. Numbers that are only copied are
/// encoded as their column is; others as finely as the input gives.
Preparation fold(const prepare::Preparation& preparation, const Encoding& columns);

/// The code of a step's column, as SPEC.md defines it; the runtime's arithmetic, written a second time.
std::int16_t column_code(const Preparation& preparation, std::size_t column, std::int16_t code, bool missing);

/// rows x columns or components, of the features' codes and of what is missing in `rows`.
learn::CodeMatrix column_codes(const Preparation& preparation, const learn::CodeMatrix& codes,
                               const data::Dataset& rows);

}  // namespace nuthatch::quantize

#endif
