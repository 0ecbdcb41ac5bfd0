#ifndef NUTHATCH_TESTS_UNIT_RUNTIME_RAW_MODEL_HPP
#define NUTHATCH_TESTS_UNIT_RUNTIME_RAW_MODEL_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model_generated.h"
#include "unit/make_model.hpp"

namespace nuthatch::test {

template <class Element>
using Field = std::optional<std::vector<Element>>;

/// A model file with every field free of every other, so that one can be made to disagree. Absent fields are not
/// written; every scalar is, default or not.
struct RawModel {
  std::uint16_t version = 1;
  std::uint8_t input = 0;
  std::uint8_t task = 0;
  std::int16_t code_limit = 0;
  std::int8_t fraction_bits = 0;
  std::uint16_t outputs = 0;
  Field<std::string> feature_names;
  Field<schema::FloatEncoding> float_encoding;
  Field<schema::RawEncoding> raw_encoding;
  Field<std::int16_t> imputation;
  Field<std::string> classes;
  Field<std::int8_t> raw_exponents;
  std::uint8_t link = 0;
  Field<schema::Requantization> link_scale;
  std::uint32_t link_total = 0;

  std::uint8_t predictor_type = 1;
  bool predictor = true;
  std::uint8_t precision = 0;
  std::uint32_t stride = 0;
  std::uint8_t sum_shift = 0;
  Field<std::int8_t> weights_int8;
  Field<std::int16_t> weights_int16;
  Field<float> weights_float32;
  Field<schema::Requantization> requantization;
  Field<float> bias_float32;

  bool baseline = true;
  Field<schema::CodeRange> ranges;
  bool golden = true;
  std::uint32_t golden_rows = 0;
  Field<float> golden_float32;
  Field<std::int16_t> golden_int16;
  Field<std::int32_t> golden_scores;
  bool budget = true;
  std::uint32_t scratch_words = 0;
  std::uint32_t monitor_words = 0;

  /// Bytes at the end of the FlatBuffer that nothing points to; a multiple of 8.
  std::size_t tail = 0;

  /// `features` and `outputs` as the fields say; recomputes the budget.
  void set_budget();
  /// Sealed.
  Bytes bytes() const;
};

RawModel raw_of(const exporting::ModelContents& contents);
RawModel raw_of(const Recipe& recipe);

/// A regression whose vectors are as long as `features` asks: codes as they are (center or offset 0, scale 1), weights
/// and bias 0, no golden rows.
RawModel plain(std::size_t features, quantize::Precision precision = quantize::Precision::kInt8,
               quantize::Input input = quantize::Input::kFloat32);

/// `open` with every part; the bytes are copied to a buffer of exactly their size.
Status open_status(const Bytes& bytes);
Status open_status(const RawModel& model);

/// FlatBuffer and seal, joined and sealed.
Bytes seal(const std::uint8_t* model, std::size_t size);

}  // namespace nuthatch::test

#endif
