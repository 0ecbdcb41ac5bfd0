#ifndef NUTHATCH_TRAINER_QUANTIZE_PREPARATION_HPP
#define NUTHATCH_TRAINER_QUANTIZE_PREPARATION_HPP

#include <cstdint>
#include <vector>

#include "prepare/preparation.hpp"
#include "quantize/encoding.hpp"

namespace nuthatch::quantize {

/// schema::Preparing.
enum class Operation : std::uint8_t { kCopy, kTable, kEquals, kMissing, kOctaves };

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

/// A preparation in the device's arithmetic: the features' encoding, and a step a column of the predictor's own.
struct Preparation {
  Encoding inputs;
  std::vector<PreparationStep> steps;
  std::vector<std::int16_t> knots;
};

/// columns: the encoding that the predictor's columns have. Numbers that are only copied are encoded as their column
/// is; others as finely as the input gives.
Preparation fold(const prepare::Preparation& preparation, const Encoding& columns);

/// The code of a column, as SPEC.md defines it; the runtime's arithmetic, written a second time.
std::int16_t column_code(const Preparation& preparation, std::size_t column, std::int16_t code, bool missing);

/// rows x columns, of the features' codes and of what is missing in `rows`.
learn::CodeMatrix column_codes(const Preparation& preparation, const learn::CodeMatrix& codes,
                               const data::Dataset& rows);

}  // namespace nuthatch::quantize

#endif
