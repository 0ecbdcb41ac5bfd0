#ifndef NUTHATCH_TESTS_UNIT_RUNTIME_REFERENCE_HPP
#define NUTHATCH_TESTS_UNIT_RUNTIME_REFERENCE_HPP

#include <cstdint>
#include <optional>
#include <vector>

#include "export/model_file.hpp"
#include "nuthatch/status.hpp"

/// What the schema says a prediction is, written a second time: exact integers (128 bits) and long double rounded at
/// each step, and none of the runtime's or the trainer's code.
namespace nuthatch::test {

struct Answer {
  Status status = Status::kOk;
  std::vector<std::int16_t> codes;   ///< of the features before the one that was refused, if one was
  std::vector<std::int32_t> scores;  ///< empty if the row was refused
  bool fits = true;                  ///< every sum and score fits its integer
};

Answer reference(const exporting::ModelContents& contents, const std::vector<float>& row);
Answer reference(const exporting::ModelContents& contents, const std::vector<std::int16_t>& row);

/// The class by the scores: the first of the highest; of two classes the second where the one score is positive.
std::size_t reference_class(const exporting::ModelContents& contents, const std::vector<std::int32_t>& scores);

/// The exact sum of |weight| * code_limit: the largest that codes can give.
std::int64_t largest_sum(const exporting::ModelContents& contents, std::size_t output);

/// floor(dividend / 2^shift + 1/2), exactly; shift 0 to 62.
std::int64_t divide_rounding_half_up(std::int64_t dividend, unsigned shift);

/// Nearest float32, ties to even, infinite from 2^128 - 2^103 on.
float to_float32(long double value);

}  // namespace nuthatch::test

#endif
