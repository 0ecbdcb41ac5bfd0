#ifndef NUTHATCH_TRAINER_EXPORT_MODEL_FILE_HPP
#define NUTHATCH_TRAINER_EXPORT_MODEL_FILE_HPP

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "nuthatch/model.hpp"
#include "quantize/explain.hpp"
#include "quantize/predictor.hpp"
#include "quantize/preparation.hpp"
#include "quantize/watch.hpp"

/// The .nhm file, written and read back. model_file.cpp is the one file of the trainer that sees FlatBuffers.
namespace nuthatch::exporting {

using Sha256 = std::array<std::uint8_t, 32>;

/// A file that is no model, or not one of ours. what() is the whole sentence but the file's name.
struct ModelError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Golden {
  std::uint32_t rows = 0;
  std::vector<float> features_float32;
  std::vector<std::int16_t> features_int16;
  std::vector<std::int32_t> scores;
};

/// What the model scores on rows that it was not learned from.
struct HeldOut {
  std::vector<std::uint8_t> split_sha256;  ///< of which rows these were (SPEC.md); empty where it is not known
  std::uint32_t rows = 0;
  float score = 0;  ///< accuracy or R2
  float low = 0;    ///< of its 95 % interval; NaN where it has none
  float high = 0;
};

struct Lineage {
  std::string trainer_version;
  std::string model;
  std::string target;
  std::string parameters;
  std::vector<std::uint8_t> data_sha256;
  std::uint64_t training_rows = 0;
  std::uint64_t seed = 0;
  std::vector<std::uint8_t> parent_sha256;
  std::optional<HeldOut> held_out = {};  ///< nothing where no rows were
};

/// All that a file says, but its bytes.
struct ModelContents {
  bool classifies = false;
  std::vector<std::string> feature_names;
  /// One a feature, in the order of the index that it is; none of a feature of numbers. Empty where all are numbers.
  std::vector<std::vector<std::string>> categories;
  /// One a feature, empty where the CSV had none beside its values; empty where no feature has one.
  std::vector<std::string> units;
  std::vector<std::string> classes;
  /// Where there is one, the predictor's encoding is that of its columns, of which the file has no more than the
  /// number.
  std::optional<quantize::Preparation> preparation;
  quantize::Predictor predictor;
  std::int32_t threshold = 0;  ///< of two classes: a greater score word is class 1
  std::uint64_t baseline_rows = 0;
  quantize::Watch watch;
  std::optional<quantize::Explanation> explanation;
  Golden golden;
  Lineage lineage;

  /// What all kinds have: precision, encoding, the scores' format.
  const quantize::Quantized& common() const { return quantize::common(predictor); }
  quantize::Quantized& common() { return quantize::common(predictor); }
  /// How the features become codes.
  const quantize::Encoding& inputs() const { return preparation ? preparation->inputs : common().encoding; }
  /// Null where the predictor works on the features' codes.
  const quantize::Preparation* prepared() const { return preparation ? &*preparation : nullptr; }
  /// The predictor of a model that is of the linear kind; throws std::bad_variant_access of any other.
  const quantize::QuantizedLinear& linear() const { return std::get<quantize::QuantizedLinear>(predictor); }
  quantize::QuantizedLinear& linear() { return std::get<quantize::QuantizedLinear>(predictor); }
};

/// The name of a predictor's kind: linear, svm, bayes, forest, network, blend.
const char* kind_of(const quantize::Predictor& predictor);
const char* kind_of(const quantize::QuantizedMember& member);

/// A blend's: the kinds of its members, each once, in the order above; else none.
std::vector<std::string> member_kinds(const quantize::Predictor& predictor);

/// What firmware must link for it, as tables of sizes call it: the kind, linear-float32, or blend-forest-network.
std::string part_of(const ModelContents& contents);

/// What the file's bytes go to; sums to `total`.
struct BytesByPart {
  std::size_t weights = 0;
  std::size_t encoding = 0;
  std::size_t preparation = 0;
  std::size_t baseline = 0;
  std::size_t explanation = 0;
  std::size_t golden = 0;
  std::size_t names = 0;
  std::size_t lineage = 0;
  std::size_t seal = 0;
  std::size_t structure = 0;
  std::size_t total = 0;
};

struct SealContents {
  Sha256 sha256{};
  std::uint32_t crc32 = 0;
  std::uint32_t security_epoch = 0;
  std::uint32_t key_id = 0;
  bool is_signed = false;
};

/// Words of scratch a prediction needs: the features' codes, where they are prepared, the columns that are projected,
/// and what the predictor needs.
std::size_t scratch_words(const ModelContents& contents);

/// Of a row: a projection's and the predictor's.
std::uint64_t multiply_accumulates(const ModelContents& contents);

/// A column that a step of the preparation makes, or a feature, in words: the feature's name, "colour=red", "age is
/// missing".
std::string column_name(const ModelContents& contents, std::size_t column);

/// The file's bytes, sealed. The same contents give the same bytes.
std::vector<std::uint8_t> write_model(const ModelContents& contents);

/// The whole file proven (structure and SHA-256, names and lineage included) and read. Throws ModelError.
ModelContents read_model(std::span<const std::uint8_t> bytes);
SealContents read_seal(std::span<const std::uint8_t> bytes);
BytesByPart count_bytes(std::span<const std::uint8_t> bytes);

Sha256 sha256_of(std::span<const std::uint8_t> bytes);
std::string hex(std::span<const std::uint8_t> bytes);

}  // namespace nuthatch::exporting

#endif
