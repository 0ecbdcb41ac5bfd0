#ifndef NUTHATCH_TESTS_UNIT_MAKE_MODEL_HPP
#define NUTHATCH_TESTS_UNIT_MAKE_MODEL_HPP

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "export/model_file.hpp"
#include "nuthatch/nuthatch.hpp"
#include "unit/runtime_buffer.hpp"

/// Small models in memory, made by the trainer's own quantization and writer.
namespace nuthatch::test {

using quantize::Input;  // not the runtime's: what a model is made of
using quantize::Precision;
using Bytes = std::vector<std::uint8_t>;

struct Recipe {
  quantize::Precision precision = quantize::Precision::kInt8;
  quantize::Input input = quantize::Input::kFloat32;
  std::size_t features = 3;
  std::size_t classes = 0;  ///< 0: regression; 2: one score; else one score a class
  std::uint32_t golden_rows = 2;
  std::uint32_t seed = 1;
};

std::size_t outputs_of(const Recipe& recipe);
std::string text_of(const Recipe& recipe);  ///< for messages: "int8 float32 3x1"

/// Random weights and statistics, quantized by `quantize_linear`. Features 0, 2, 4 ... may be missing, the others not.
/// Golden rows have the scores of runtime_reference.hpp. Change what the test needs, then `write_model`.
exporting::ModelContents make_contents(const Recipe& recipe);
Bytes make_model(const Recipe& recipe);

/// Weights and requantization set by hand, in place of the trainer's (outputs x features, row after row).
void set_weights(exporting::ModelContents& contents, const std::vector<std::int16_t>& weights);

/// The columns that contents are of, each made of the feature of its place: copied, by a table, a category, what is
/// missing, by octaves, and again. For contents without golden rows.
void add_preparation(exporting::ModelContents& contents);
/// The same, and as many components of these columns as contents have features; rows are refused where the code of the
/// first feature is above half of the limit.
void add_projection(exporting::ModelContents& contents);

/// Some codes of a feature, as those it is trained on: wide, of few values, of one, with heavy tails.
std::vector<std::int16_t> codes_of(std::size_t feature, std::mt19937& random);
/// Of a model that watches `histograms` of its features, and its output; without golden rows.
exporting::ModelContents watched_contents(std::size_t classes, std::size_t features, std::size_t histograms);

/// Every pair of precision and input.
std::vector<Recipe> all_arithmetic();
/// all_arithmetic() for regression, two classes and `classes` classes.
std::vector<Recipe> all_tasks(std::size_t classes);

/// SHA-256 and CRC-32 made right again after a deliberate change, so that what lies past the checksum is reached.
void reseal(Bytes& bytes);

/// A model's bytes with the runtime's view of them, opened with every part; and memory for one caller.
class Opened {
 public:
  explicit Opened(const Bytes& bytes);

  Buffer<std::uint8_t> bytes;
  Model model;
  Status status;
  Buffer<std::int32_t> outputs;
  Buffer<std::uint32_t> scratch;

  template <class Feature>
  Status predict(const std::vector<Feature>& row) {
    return model.predict(Span<const Feature>(row.data(), row.size()), outputs, scratch);
  }
  /// The codes that the last prediction left in the scratch.
  std::vector<std::int16_t> codes() const;
};

}  // namespace nuthatch::test

#endif
