// The one file of the runtime that sees FlatBuffers. It proves the structure of what the device follows, field by
// field, and nothing else: names and lineage are proven when they are asked for, and the kinds' own numbers by their
// parts.

#include <cstring>

#include "bayes.hpp"
#include "blend.hpp"
#include "encode_counts.hpp"
#include "explain.hpp"
#include "forest.hpp"
#include "layout.hpp"
#include "linear.hpp"
#include "link.hpp"
#include "model_generated.h"
#include "network.hpp"
#include "nuthatch/crc32.hpp"
#include "nuthatch/model.hpp"
#include "preparation.hpp"
#include "snapshot_generated.h"
#include "svm.hpp"
#include "watch.hpp"
#include "work.hpp"

namespace nuthatch {
namespace {

using detail::ModelView;
using flatbuffers::Table;
using flatbuffers::Verifier;
using flatbuffers::voffset_t;
using schema::Seal;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file is used where it lies: little-endian only");
static_assert(sizeof(detail::FloatEncoding) == sizeof(schema::FloatEncoding), "schema");
static_assert(sizeof(detail::RawEncoding) == sizeof(schema::RawEncoding), "schema");
static_assert(sizeof(detail::Requantization) == sizeof(schema::Requantization), "schema");
static_assert(sizeof(detail::CodeRange) == sizeof(schema::CodeRange), "schema");
static_assert(sizeof(detail::SnapshotHeader) == sizeof(schema::SnapshotHeader), "schema");
static_assert(sizeof(detail::ContributionHeader) == sizeof(schema::ContributionHeader), "schema");
static_assert(sizeof(detail::Histogram) == sizeof(schema::Histogram), "schema");
static_assert(sizeof(detail::DriftTest) == sizeof(schema::DriftTest), "schema");
static_assert(sizeof(detail::TreeGroup) == sizeof(schema::TreeGroup), "schema");
static_assert(sizeof(detail::PreparationStep) == sizeof(schema::PreparationStep), "schema");
static_assert(detail::kKnownStep == static_cast<int>(schema::Preparing::MAX), "schema");
static_assert(sizeof(detail::Component) == sizeof(schema::Component), "schema");
static_assert(sizeof(detail::Layer) == sizeof(schema::Layer), "schema");
static_assert(detail::kLinearKind == static_cast<int>(schema::Predictor::Linear), "schema");
static_assert(detail::kSvmKind == static_cast<int>(schema::Predictor::Svm), "schema");
static_assert(detail::kBayesKind == static_cast<int>(schema::Predictor::Bayes), "schema");
static_assert(detail::kForestKind == static_cast<int>(schema::Predictor::Forest), "schema");
static_assert(detail::kNetworkKind == static_cast<int>(schema::Predictor::Network), "schema");
static_assert(detail::kBlendKind == static_cast<int>(schema::Predictor::Blend), "schema");
static_assert(static_cast<int>(detail::Link::kProportion) == static_cast<int>(schema::Link::MAX), "schema");
static_assert(static_cast<int>(Input::kInt16) == static_cast<int>(schema::Input::int16), "schema");
static_assert(static_cast<int>(Task::kClassification) == static_cast<int>(schema::Task::classification), "schema");
static_assert(static_cast<int>(detail::Precision::kFloat32) == static_cast<int>(schema::Precision::float32), "schema");

constexpr std::uint16_t kVersion = 1;
constexpr std::uint32_t kMaxTables = 16;
constexpr std::size_t kSmallestBuffer = 12;                        // root offset, identifier, an empty table
constexpr std::uint32_t kIdentifier = 0x314D484E;                  // "NHM1"
constexpr std::uint32_t kSealMagic[2] = {0x4553484E, 0x31304C41};  // "NHSEAL01"

/// A vector's elements in the file; null data where the field is absent.
struct Elements {
  const void* data;
  std::uint32_t count;
};

}  // namespace

/// Checked access to the FlatBuffer. `good` turns false at the first thing out of bounds and stays so.
struct detail::Structure {
  mutable Verifier verifier;
  const std::uint8_t* bytes;
  const Table* root = nullptr;
  Span<const Part* const> parts;             // only while a model is opened
  mutable const Table* predictor = nullptr;  // the kind's own table: the model's, or that of a blend's member
  mutable bool good = true;

  Structure(const std::uint8_t* data, std::size_t size, std::uint32_t tables = kMaxTables)
      : verifier(data, size, 8, tables), bytes(data) {}

  bool fail() const {
    good = false;
    return false;
  }

  /// True if `size` bytes at `position` lie in the buffer, and are aligned as `alignment` (a power of two) asks.
  bool holds(const std::uint8_t* position, std::size_t size, std::size_t alignment) const {
    const auto at = static_cast<std::size_t>(position - bytes);
    return ((at & (alignment - 1)) == 0 && verifier.Verify(at, size)) || fail();
  }

  /// The position of an offset's target, proven inside the buffer; null where it is not.
  const std::uint8_t* target(const std::uint8_t* position) const {
    const flatbuffers::uoffset_t offset = verifier.VerifyOffset(static_cast<std::size_t>(position - bytes));
    if (offset == 0) fail();
    return offset == 0 ? nullptr : position + offset;
  }

  /// The position of a field; null where it is absent.
  static const std::uint8_t* field_at(const Table* table, voffset_t field) {
    const voffset_t at = table->GetOptionalFieldOffset(field);
    return at == 0 ? nullptr : reinterpret_cast<const std::uint8_t*>(table) + at;
  }

  const Table* table_at(const std::uint8_t* position) const {
    if (position == nullptr || !verifier.VerifyTableStart(position)) {
      fail();
      return nullptr;
    }
    verifier.EndTable();
    return reinterpret_cast<const Table*>(position);
  }

  /// A required table.
  const Table* table(const Table* parent, voffset_t field) const {
    const std::uint8_t* position = field_at(parent, field);
    return table_at(position == nullptr ? nullptr : target(position));
  }

  /// A vector of plain elements of `size` bytes each (at most 31). FlatBuffers aligns a vector's elements to 4 with its
  /// length, and no element of ours needs more.
  Elements vector(const Table* table, voffset_t field, std::uint32_t size) const {
    constexpr std::uint32_t kMost = 0x07FFFFFF;  // times 31, still fits 32 bits, which are all that a device has
    const std::uint8_t* position = field_at(table, field);
    if (position != nullptr) position = target(position);
    if (position == nullptr || !holds(position, 4, 4)) return {nullptr, 0};
    const auto count = flatbuffers::ReadScalar<std::uint32_t>(position);
    if (count > kMost || !holds(position, 4 + size * count, 4)) {
      fail();
      return {nullptr, 0};
    }
    return {position + 4, count};
  }

  /// An unsigned number of `size` bytes, 0 where it is absent; sign is the caller's to restore.
  std::uint32_t scalar(const Table* table, voffset_t field, std::size_t size) const {
    const std::uint8_t* position = field_at(table, field);
    if (position == nullptr || !holds(position, size, size)) return 0;
    if (size == 1) return *position;
    return size == 2 ? flatbuffers::ReadScalar<std::uint16_t>(position)
                     : flatbuffers::ReadScalar<std::uint32_t>(position);
  }
};

namespace {

using detail::Structure;
using Root = schema::Model;

/// Of bytes whose size is a multiple of 8, as check_seal proves; so the seal is aligned as it must be.
const Seal& seal_of(Span<const std::uint8_t> bytes) {
  return *reinterpret_cast<const Seal*>(bytes.data() + bytes.size() - sizeof(Seal));
}

std::uint32_t word_at(const std::uint8_t* aligned) { return *reinterpret_cast<const std::uint32_t*>(aligned); }

Status check_seal(Span<const std::uint8_t> bytes) {
  if (bytes.data() == nullptr) return Status::kNull;
  if ((reinterpret_cast<std::uintptr_t>(bytes.data()) & 7) != 0) return Status::kUnaligned;
  if (bytes.size() < sizeof(Seal) + kSmallestBuffer || bytes.size() > 0x7FFFFFF8 || (bytes.size() & 7) != 0) {
    return Status::kTruncated;
  }
  if (word_at(bytes.data() + 4) != kIdentifier) return Status::kNotAModel;
  const Seal& seal = seal_of(bytes);
  const std::uint8_t* magic = seal.magic()->data();
  if (word_at(magic) != kSealMagic[0] || word_at(magic + 4) != kSealMagic[1] || seal.seal_bytes() != sizeof(Seal)) {
    return Status::kSealBroken;
  }
  const std::size_t room = bytes.size() - sizeof(Seal);
  if (seal.file_bytes() != bytes.size() || seal.model_bytes() > room || room - seal.model_bytes() > 7) {
    return Status::kTruncated;
  }
  const std::uint32_t crc = crc32(bytes.data(), bytes.size() - sizeof seal.crc32());
  if (crc != seal.crc32()) return Status::kChecksum;
  // Refused until they are kept; the signature's kind is the first byte of its word, the reserved ones are the others.
  const std::uint32_t promises = seal.security_epoch() | seal.key_id() | word_at(seal.reserved()->data() - 1);
  return promises == 0 ? Status::kOk : Status::kPromise;
}

std::size_t model_bytes(Span<const std::uint8_t> bytes) { return seal_of(bytes).model_bytes(); }

bool read_root(Structure& structure) {
  structure.root = structure.table_at(structure.target(structure.bytes));
  return structure.good;
}

const detail::Part* find(Span<const detail::Part* const> parts, detail::Part::Role role, std::uint8_t id,
                         std::uint8_t precision_bit) {
  for (const detail::Part* part : parts) {
    if (part == nullptr || part->role != role || part->id != id) continue;
    if (role != detail::Part::Role::kKind || (part->precisions & precision_bit) != 0) return part;
  }
  return nullptr;
}

/// Scalars and counts of the root.
Status read_shape(const Structure& file, ModelView& view) {
  const Table* root = file.root;
  const auto input = file.scalar(root, Root::VT_INPUT, 1);
  const auto task = file.scalar(root, Root::VT_TASK, 1);
  view.code_limit = static_cast<std::int16_t>(file.scalar(root, Root::VT_CODE_LIMIT, 2));
  view.fraction_bits = static_cast<std::int8_t>(file.scalar(root, Root::VT_FRACTION_BITS, 1));
  view.outputs = static_cast<std::uint16_t>(file.scalar(root, Root::VT_OUTPUTS, 2));
  view.threshold = static_cast<std::int32_t>(file.scalar(root, Root::VT_THRESHOLD, 4));
  const std::uint32_t features = file.vector(root, Root::VT_FEATURE_NAMES, sizeof(flatbuffers::uoffset_t)).count;
  const std::uint32_t classes = file.vector(root, Root::VT_CLASSES, sizeof(flatbuffers::uoffset_t)).count;
  if (!file.good) return Status::kStructure;
  if (input > 1 || task > 1 || view.code_limit < 1 || view.fraction_bits < -64 || view.fraction_bits > 64) {
    return Status::kNumber;
  }
  view.input_type = static_cast<Input>(input);
  view.task = static_cast<Task>(task);
  if (features == 0 || features > 0xFFFF) return Status::kShape;  // of classes there are as many as outputs, below
  view.features = view.columns = static_cast<std::uint16_t>(features);
  view.columns_at = 0;
  view.work = features;  // to be encoded
  view.column_limit = view.code_limit;
  view.classes = static_cast<std::uint16_t>(classes);
  const bool regression = view.task == Task::kRegression;
  const std::uint32_t outputs = regression || classes == 2 ? 1 : classes;
  if (view.outputs != outputs || (regression ? classes != 0 : classes < 2)) return Status::kShape;
  return view.threshold == 0 || classes == 2 ? Status::kOk : Status::kNumber;
}

/// The vectors that encode a row and that the monitor compares it with.
Status read_encoding(const Structure& file, ModelView& view) {
  const Table* root = file.root;
  const bool raw = view.input_type == Input::kInt16;
  const Elements encoding = raw ? file.vector(root, Root::VT_RAW_ENCODING, sizeof(detail::RawEncoding))
                                : file.vector(root, Root::VT_FLOAT_ENCODING, sizeof(detail::FloatEncoding));
  const Elements imputation = file.vector(root, Root::VT_IMPUTATION, sizeof(std::int16_t));
  const Table* baseline = file.table(root, Root::VT_BASELINE);
  if (baseline == nullptr) return Status::kStructure;
  const Elements ranges = file.vector(baseline, schema::Baseline::VT_RANGES, sizeof(detail::CodeRange));
  if (!file.good) return Status::kStructure;
  const std::uint32_t features = view.features;
  if (imputation.count != features || ranges.count != features) return Status::kShape;
  view.encoding = encoding.data;
  view.encoding_count = encoding.count;
  view.imputation = static_cast<const std::int16_t*>(imputation.data);
  view.ranges = static_cast<const detail::CodeRange*>(ranges.data);
  for (std::uint32_t i = 0; i < features; ++i) {
    const std::int32_t code = view.imputation[i];
    if (code != detail::kMissing && (code < -view.code_limit || code > view.code_limit)) return Status::kNumber;
  }
  return Status::kOk;
}

Status read_golden(const Structure& file, ModelView& view) {
  const Table* golden = file.table(file.root, Root::VT_GOLDEN);
  if (golden == nullptr) return Status::kStructure;
  const bool raw = view.input_type == Input::kInt16;
  const std::uint32_t rows = file.scalar(golden, schema::Golden::VT_ROWS, 4);
  const Elements features = raw ? file.vector(golden, schema::Golden::VT_FEATURES_INT16, sizeof(std::int16_t))
                                : file.vector(golden, schema::Golden::VT_FEATURES_FLOAT32, sizeof(float));
  const Elements scores = file.vector(golden, schema::Golden::VT_SCORES, sizeof(std::int32_t));
  if (!file.good) return Status::kStructure;
  // Products of 6 and 16 bits.
  if (rows > kMostGoldenRows || rows * view.features != features.count || rows * view.outputs != scores.count) {
    return Status::kShape;
  }
  view.golden_rows = rows;
  view.golden_features = features.data;
  view.golden_scores = static_cast<const std::int32_t*>(scores.data);
  return Status::kOk;
}

Status check_budget(const Structure& file, ModelView& view) {
  const Table* budget = file.table(file.root, Root::VT_BUDGET);
  if (budget == nullptr) return Status::kStructure;
  const auto scratch = file.scalar(budget, schema::Budget::VT_SCRATCH_WORDS, 4);
  view.monitor_words = file.scalar(budget, schema::Budget::VT_MONITOR_WORDS, 4);
  if (!file.good) return Status::kStructure;
  // How many words a monitor needs is proven where one is attached; here, that no caller reserves more than any could.
  const bool fits = view.monitor_words <= detail::most_monitor_words(view);
  return fits && scratch == view.scratch_words ? Status::kOk : Status::kBudget;
}

/// Sets `file.predictor` to what `type` and `field` of a table name, and finds its part. Inline: firmware without
/// blends calls it once.
[[gnu::always_inline]] inline Status find_kind(const Structure& file, const Table* table, voffset_t type,
                                               voffset_t field, const detail::Part*& part) {
  const auto kind = static_cast<std::uint8_t>(file.scalar(table, type, 1));
  file.predictor = file.table(table, field);
  if (file.predictor == nullptr) return Status::kStructure;
  // Every kind's table has its precision first.
  const auto precision = file.scalar(file.predictor, schema::Linear::VT_PRECISION, 1);
  if (!file.good) return Status::kStructure;
  if (precision > 2) return Status::kNumber;
  part = find(file.parts, detail::Part::Role::kKind, kind, static_cast<std::uint8_t>(1U << precision));
  return part == nullptr ? Status::kKindNotLinked : Status::kOk;
}

Status read_predictor(const Structure& file, ModelView& view, const detail::Part*& part) {
  view.input = find(file.parts, detail::Part::Role::kInput, static_cast<std::uint8_t>(view.input_type), 0);
  if (view.input == nullptr) return Status::kInputNotLinked;
  Status status = find_kind(file, file.root, Root::VT_PREDICTOR_TYPE, Root::VT_PREDICTOR, part);
  if (status != Status::kOk) return status;
  if (Structure::field_at(file.root, Root::VT_PREPARATION) != nullptr) {
    view.preparation.kind = part;
    part = find(file.parts, detail::Part::Role::kPreparation, 0, 0);
    if (part == nullptr) return Status::kPreparationNotLinked;
  }
  status = part->read(file, view);
  if (status == Status::kOk) status = view.input->prove(view);
  if (status == Status::kOk) status = part->prove(view);
  return status;
}

Status read_model(const Structure& file, ModelView& view, const detail::Part*& kind) {
  Status status = read_shape(file, view);
  if (status == Status::kOk) status = read_encoding(file, view);
  if (status == Status::kOk) status = read_predictor(file, view, kind);
  if (status == Status::kOk) status = read_golden(file, view);
  if (status == Status::kOk) status = check_budget(file, view);
  return status;
}

}  // namespace

Status detail::read_linear(const Structure& file, ModelView& view) {
  using schema::Linear;
  const Table* linear = file.predictor;
  LinearView& out = view.linear;
  out.precision = static_cast<Precision>(file.scalar(linear, Linear::VT_PRECISION, 1));
  out.stride = file.scalar(linear, Linear::VT_STRIDE, 4);
  out.sum_shift = static_cast<std::uint8_t>(file.scalar(linear, Linear::VT_SUM_SHIFT, 1));
  constexpr voffset_t kFields[3] = {Linear::VT_WEIGHTS_INT8, Linear::VT_WEIGHTS_INT16, Linear::VT_WEIGHTS_FLOAT32};
  constexpr std::uint8_t kSizes[3] = {1, 2, 4};
  const auto precision = static_cast<std::size_t>(out.precision);
  const Elements weights = file.vector(linear, kFields[precision], kSizes[precision]);
  const Elements requantization = file.vector(linear, Linear::VT_REQUANTIZATION, sizeof(Requantization));
  const Elements bias = file.vector(linear, Linear::VT_BIAS_FLOAT32, sizeof(float));
  if (!file.good) return Status::kStructure;
  const bool exact = out.precision == Precision::kFloat32;
  if (out.stride < view.columns || (out.stride & 3) != 0 || out.stride > 0x10000 ||
      out.stride * view.outputs != weights.count ||  // of 17 and 16 bits, below 2^32
      (exact ? bias : requantization).count != view.outputs) {
    return Status::kShape;
  }
  out.weights = weights.data;
  out.requantization = static_cast<const Requantization*>(requantization.data);
  out.bias = static_cast<const float*>(bias.data);
  view.work += weights.count;
  view.scratch_words = out.stride / 2;  // the codes, two a word
  return Status::kOk;
}

namespace {

/// Words of scratch for the codes: two a word, rounded up to what kernels load at a time.
std::uint32_t code_words(const ModelView& view) { return (view.columns + 3U) / 4 * 2; }

/// A required field of `count` elements.
template <class Element>
const Element* elements(const Structure& file, const Table* table, voffset_t field, std::uint64_t count, bool& fits) {
  const Elements found = file.vector(table, field, sizeof(Element));
  fits = fits && found.data != nullptr && found.count == count;
  return static_cast<const Element*>(found.data);
}

}  // namespace

Status detail::read_svm(const Structure& file, ModelView& view) {
  using schema::Svm;
  const Table* svm = file.predictor;
  SvmView& out = view.svm;
  out.kernel = static_cast<std::uint8_t>(file.scalar(svm, Svm::VT_KERNEL, 1));
  out.degree = static_cast<std::uint8_t>(file.scalar(svm, Svm::VT_DEGREE, 1));
  out.vector_count = file.scalar(svm, Svm::VT_VECTORS, 4);
  out.stride = file.scalar(svm, Svm::VT_STRIDE, 4);
  const std::uint8_t* scale = Structure::field_at(svm, Svm::VT_KERNEL_SCALE);
  if (scale == nullptr || !file.holds(scale, sizeof(Requantization), 4)) return Status::kStructure;
  out.kernel_scale = *reinterpret_cast<const Requantization*>(scale);
  const std::uint64_t vectors = out.vector_count;
  const std::uint64_t classes = view.classes;
  const bool regression = view.task == Task::kRegression;
  const std::uint64_t pairs = regression ? 1 : classes * (classes - 1) / 2;
  bool fits = true;
  out.vectors = elements<std::int8_t>(file, svm, Svm::VT_VECTORS_INT8, vectors * out.stride, fits);
  out.vector_shifts = elements<std::uint8_t>(file, svm, Svm::VT_VECTOR_SHIFTS, vectors, fits);
  out.norms = elements<std::int32_t>(file, svm, Svm::VT_NORMS, vectors, fits);
  out.class_vectors = regression ? nullptr : elements<std::uint32_t>(file, svm, Svm::VT_CLASS_VECTORS, classes, fits);
  out.coefficients =
      elements<std::int16_t>(file, svm, Svm::VT_COEFFICIENTS, (regression ? 1 : classes - 1) * vectors, fits);
  out.bias = elements<std::int32_t>(file, svm, Svm::VT_BIAS, pairs, fits);
  out.sum_shift = static_cast<std::uint8_t>(file.scalar(svm, Svm::VT_SUM_SHIFT, 1));
  if (!file.good) return Status::kStructure;
  const std::uint64_t a_kernel = out.kernel == kPolynomialKernel ? out.degree : 1U;
  add_work(view, vectors * (out.stride + a_kernel + (regression ? 1 : classes - 1)) + pairs);
  // Behind the codes a sum of 64 bits a pair, and the votes.
  view.scratch_words =
      code_words(view) + static_cast<std::uint32_t>(2 * pairs) + (view.outputs == 1 ? 0U : view.outputs);
  return fits ? Status::kOk : Status::kShape;
}

Status detail::read_bayes(const Structure& file, ModelView& view) {
  using schema::Bayes;
  const Table* bayes = file.predictor;
  BayesView& out = view.bayes;
  out.stride = file.scalar(bayes, Bayes::VT_STRIDE, 4);
  out.shift = static_cast<std::uint8_t>(file.scalar(bayes, Bayes::VT_SHIFT, 1));
  const std::uint64_t pairs = std::uint64_t{view.outputs} * out.stride;
  bool fits = view.task == Task::kClassification && out.stride >= view.columns && (out.stride & 3) == 0 &&
              out.stride <= 0x10000;
  out.terms = elements<std::int32_t>(file, bayes, Bayes::VT_TERMS, 2 * pairs, fits);
  out.constants = elements<std::uint32_t>(file, bayes, Bayes::VT_CONSTANTS, std::uint64_t{2U * view.outputs}, fits);
  if (!file.good) return Status::kStructure;
  accept_counts(view);
  add_work(view, pairs);
  view.scratch_words = code_words(view) + 2U * view.outputs;  // behind the codes a sum of 64 bits an output
  return fits ? Status::kOk : Status::kShape;
}

Status detail::read_forest(const Structure& file, ModelView& view) {
  using schema::Forest;
  const Table* forest = file.predictor;
  ForestView& out = view.forest;
  out.feature_bits = static_cast<std::uint8_t>(file.scalar(forest, Forest::VT_FEATURE_BITS, 1));
  const auto leaf = file.scalar(forest, Forest::VT_LEAF, 1);
  const Elements groups = file.vector(forest, Forest::VT_GROUPS, sizeof(TreeGroup));
  const Elements slots = file.vector(forest, Forest::VT_SLOTS, 4);
  const Elements votes = file.vector(forest, Forest::VT_VOTES, 4);
  bool fits = out.feature_bits != 0 || slots.count % 2 == 0;
  out.bias = elements<std::int32_t>(file, forest, Forest::VT_BIAS, view.outputs, fits);
  if (!file.good) return Status::kStructure;
  if (leaf > 1) return Status::kNumber;
  if (!fits || (leaf == 1) != (votes.data != nullptr)) return Status::kShape;
  out.groups = static_cast<const TreeGroup*>(groups.data);
  out.group_count = groups.count;
  out.slots = static_cast<const std::uint32_t*>(slots.data);
  out.slot_count = out.feature_bits == 0 ? slots.count / 2 : slots.count;
  out.votes = static_cast<const std::int32_t*>(votes.data);
  out.vote_count = votes.count;
  accept_counts(view);
  view.scratch_words = code_words(view);
  return Status::kOk;
}

Status detail::read_network(const Structure& file, ModelView& view) {
  using schema::Network;
  const Table* network = file.predictor;
  NetworkView& out = view.network;
  const Elements layers = file.vector(network, Network::VT_LAYERS, sizeof(Layer));
  const Elements weights = file.vector(network, Network::VT_WEIGHTS, 1);
  const Elements bias = file.vector(network, Network::VT_BIAS, 4);
  bool fits = layers.data != nullptr && weights.data != nullptr;
  out.multipliers = elements<std::int32_t>(file, network, Network::VT_MULTIPLIERS, bias.count, fits);
  out.shifts = elements<std::int8_t>(file, network, Network::VT_SHIFTS, bias.count, fits);
  if (!file.good) return Status::kStructure;
  out.layers = static_cast<const Layer*>(layers.data);
  out.layer_count = layers.count;
  out.weights = static_cast<const std::int8_t*>(weights.data);
  out.weight_count = weights.count;
  out.bias = static_cast<const std::int32_t*>(bias.data);
  out.unit_count = bias.count;
  add_work(view, weights.count);
  view.scratch_words = code_words(view);
  return fits ? Status::kOk : Status::kShape;
}

namespace {

/// The element `index` of a table's vector of offsets, as a position; null where it is not there.
const std::uint8_t* element(const Table* table, const Structure& file, voffset_t field, std::size_t index) {
  const Elements offsets = file.vector(table, field, sizeof(flatbuffers::uoffset_t));
  if (offsets.data == nullptr || index >= offsets.count) return nullptr;
  const std::uint8_t* at = static_cast<const std::uint8_t*>(offsets.data) + sizeof(flatbuffers::uoffset_t) * index;
  return file.target(at);
}

/// A member looks at nothing but the codes, so its weights are integers; and no blend is in a blend.
Status prove_member(const Structure& file, const Table* table, ModelView& view, detail::BlendMember& member,
                    std::uint64_t& most) {
  using schema::Member;
  if (table == nullptr) return Status::kStructure;
  Status status = find_kind(file, table, Member::VT_PREDICTOR_TYPE, Member::VT_PREDICTOR, member.kind);
  if (status != Status::kOk) return status;
  constexpr unsigned kFloat32Only = 1U << static_cast<unsigned>(detail::Precision::kFloat32);
  const std::uint8_t kind = member.kind->id;
  if (kind == detail::kBlendKind || member.kind->precisions == kFloat32Only) return Status::kNumber;
  const std::uint8_t* scale = Structure::field_at(table, Member::VT_SCALE);
  if (scale == nullptr || !file.holds(scale, sizeof(detail::Requantization), 4)) return Status::kStructure;
  status = detail::prove_scale(*reinterpret_cast<const detail::Requantization*>(scale), most);
  if (status != Status::kOk) return status;
  ModelView alone = view;
  status = member.kind->read(file, alone);
  if (status == Status::kOk) status = member.kind->prove(alone);
  view.work = alone.work;
  member.table = static_cast<std::uint32_t>(reinterpret_cast<const std::uint8_t*>(table) - file.bytes);
  member.scratch_words = alone.scratch_words;
  return status;
}

}  // namespace

Status detail::read_blend(const Structure& file, ModelView& view) {
  using schema::Blend;
  const Table* blend = file.predictor;
  const std::uint32_t count = file.vector(blend, Blend::VT_MEMBERS, sizeof(flatbuffers::uoffset_t)).count;
  if (!file.good) return Status::kStructure;
  if (view.task != Task::kRegression || count < 2 || count > kMostMembers) return Status::kShape;
  BlendView members = {};
  std::uint64_t most = 0;
  view.scratch_words = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    BlendMember& member = members.members[i];
    const Status status =
        prove_member(file, file.table_at(element(blend, file, Blend::VT_MEMBERS, i)), view, member, most);
    if (status != Status::kOk) return status;
    if (member.scratch_words > view.scratch_words) view.scratch_words = member.scratch_words;
  }
  view.blend = members;
  if (most > INT32_MAX) return Status::kOverflow;
  return check_work(view);  // of all, for members may be made of the same bytes
}

const detail::Requantization& detail::read_member(const BlendMember& member, ModelView& view) {
  using schema::Member;
  const auto* table = reinterpret_cast<const Table*>(view.bytes.data() + member.table);
  Structure file(view.bytes.data(), model_bytes(view.bytes));
  file.predictor = file.table(table, Member::VT_PREDICTOR);
  (void)member.kind->read(file, view);
  view.scratch_words = member.scratch_words;
  return *reinterpret_cast<const Requantization*>(Structure::field_at(table, Member::VT_SCALE));
}

namespace {

/// Behind the columns that steps make come the components; none where there is no projection.
Status read_projection(const Structure& file, const Table* preparation, ModelView& view) {
  using schema::Projection;
  view.preparation.components = nullptr;
  if (Structure::field_at(preparation, schema::Preparation::VT_PROJECTION) == nullptr) return Status::kOk;
  const Table* projection = file.table(preparation, schema::Preparation::VT_PROJECTION);
  if (projection == nullptr) return Status::kStructure;
  const auto limit = file.scalar(projection, Projection::VT_CODE_LIMIT, 2);
  const Elements components = file.vector(projection, Projection::VT_COMPONENTS, sizeof(detail::Component));
  const Elements weights = file.vector(projection, Projection::VT_WEIGHTS, 2);
  if (!file.good) return Status::kStructure;
  if (limit < 1 || limit > INT16_MAX) return Status::kNumber;
  const std::uint32_t before = view.columns_at + detail::padded(view.columns);
  const bool fits = components.count != 0 && components.count <= 0xFFFF && before <= detail::kMostCodesBefore &&
                    std::uint64_t{components.count} * view.columns == weights.count;
  if (!fits) return Status::kShape;
  view.preparation.components = static_cast<const detail::Component*>(components.data);
  view.preparation.weights = static_cast<const std::int16_t*>(weights.data);
  detail::add_work(view, weights.count);
  const Status status = detail::prove_projection(view, components.count);
  view.columns_at = static_cast<std::uint16_t>(before);
  view.columns = static_cast<std::uint16_t>(components.count);
  view.column_limit = static_cast<std::int16_t>(limit);
  return status;
}

}  // namespace

Status detail::read_preparation(const Structure& file, ModelView& view) {
  using schema::Preparation;
  const Table* preparation = file.table(file.root, Root::VT_PREPARATION);
  if (preparation == nullptr) return Status::kStructure;
  const auto limit = file.scalar(preparation, Preparation::VT_CODE_LIMIT, 2);
  const Elements steps = file.vector(preparation, Preparation::VT_STEPS, sizeof(PreparationStep));
  // Where no step has a table there are no knots.
  const bool has_knots = Structure::field_at(preparation, Preparation::VT_KNOTS) != nullptr;
  const Elements knots = has_knots ? file.vector(preparation, Preparation::VT_KNOTS, 2) : Elements{nullptr, 0};
  if (!file.good) return Status::kStructure;
  if (limit < 1 || limit > INT16_MAX) return Status::kNumber;
  if (steps.count > 0xFFFF) return Status::kShape;
  view.column_limit = static_cast<std::int16_t>(limit);
  view.preparation.steps = static_cast<const PreparationStep*>(steps.data);
  view.preparation.knots = static_cast<const std::int16_t*>(knots.data);
  Status status = prove_steps(view, steps.count, knots.count);
  if (status != Status::kOk) return status;
  add_work(view, steps.count);
  view.columns = view.preparation.made;
  view.columns_at = static_cast<std::uint16_t>(padded(view.features));
  status = read_projection(file, preparation, view);
  return status == Status::kOk ? view.preparation.kind->read(file, view) : status;
}

Status open(Span<const std::uint8_t> bytes, Span<const detail::Part* const> parts, Model& model) {
  // Closed until all is proven: `kind` comes last. What is attached belongs to another opening from here on.
  ModelView& view = model.view_;
  view.kind = nullptr;
  view.bytes = bytes;
  model.settle(view.opening);
  Status status = check_seal(bytes);
  if (status != Status::kOk) return status;
  Structure file(bytes.data(), model_bytes(bytes));
  file.parts = parts;
  if (!read_root(file)) return Status::kStructure;
  const auto version = file.scalar(file.root, Root::VT_VERSION, 2);  // absent: the first
  if (!file.good) return Status::kStructure;
  if (version > kVersion) return Status::kVersion;
  const detail::Part* kind = nullptr;
  status = read_model(file, view, kind);
  if (status != Status::kOk) return status;
  view.identity = seal_of(bytes).sha256()->data();
  view.kind = kind;
  return Status::kOk;
}

Status open(Span<const std::uint8_t> bytes, Span<const detail::Part* const> parts, Model& model,
            std::uint32_t most_work) {
  const Status status = open(bytes, parts, model);
  if (status != Status::kOk || model.view_.work <= most_work) return status;
  model.view_.kind = nullptr;
  return Status::kWork;
}

namespace {

Status read_text(const Structure& file, const std::uint8_t* position, Text& text) {
  if (position == nullptr) return Status::kStructure;
  const auto* string = reinterpret_cast<const flatbuffers::String*>(position);
  if (!file.verifier.VerifyString(string)) return Status::kStructure;
  text = {string->c_str(), string->size()};
  return Status::kOk;
}

}  // namespace

Status detail::read_link(const ModelView& view, LinkView& link) {
  Structure file(view.bytes.data(), model_bytes(view.bytes));
  if (!read_root(file)) return Status::kStructure;
  const auto number = file.scalar(file.root, Root::VT_LINK, 1);
  const Elements scale = file.vector(file.root, Root::VT_LINK_SCALE, sizeof(Requantization));
  link.total = file.scalar(file.root, Root::VT_LINK_TOTAL, 4);
  if (!file.good) return Status::kStructure;
  link.scale = static_cast<const Requantization*>(scale.data);
  link.scale_count = scale.count;
  link.link = static_cast<Link>(number);
  return number <= static_cast<unsigned>(schema::Link::MAX) ? Status::kOk : Status::kNumber;
}

namespace {

/// The baseline of a model that is open.
const Table* baseline_of(Structure& file) {
  return read_root(file) ? file.table(file.root, Root::VT_BASELINE) : nullptr;
}

template <class Element>
const Element* elements(const Structure& file, const Table* table, voffset_t field, std::uint32_t& count) {
  const Elements found = file.vector(table, field, sizeof(Element));
  count = found.count;
  return static_cast<const Element*>(found.data);
}

}  // namespace

Status detail::read_explanation(const ModelView& view, ExplanationView& explanation) {
  using schema::Explanation;
  Structure file(view.bytes.data(), model_bytes(view.bytes));
  if (!read_root(file)) return Status::kStructure;
  if (Structure::field_at(file.root, Root::VT_EXPLANATION) == nullptr) return Status::kNoExplanation;
  const Table* table = file.table(file.root, Root::VT_EXPLANATION);
  if (table == nullptr) return Status::kStructure;
  // What is absent keeps a count of 0; a table without a vector in it is for a kind to judge.
  const auto read = [&](voffset_t field, std::uint32_t size, std::uint32_t& count) {
    if (Structure::field_at(table, field) == nullptr) return Elements{nullptr, count = 0};
    const Elements found = file.vector(table, field, size);
    count = found.count;
    return found;
  };
  explanation.means = static_cast<const std::int16_t*>(read(Explanation::VT_MEANS, 2, explanation.mean_count).data);
  explanation.node_values =
      static_cast<const std::int16_t*>(read(Explanation::VT_NODE_VALUES, 2, explanation.value_count).data);
  explanation.node_shares =
      static_cast<const std::uint8_t*>(read(Explanation::VT_NODE_SHARES, 1, explanation.share_count).data);
  explanation.leaf_shift = static_cast<std::uint8_t>(file.scalar(table, Explanation::VT_LEAF_SHIFT, 1));
  explanation.node_shift = static_cast<std::uint8_t>(file.scalar(table, Explanation::VT_NODE_SHIFT, 1));
  return file.good ? Status::kOk : Status::kStructure;
}

Status detail::read_latency(const ModelView& view, WatchView& watch) {
  using schema::Baseline;
  Structure file(view.bytes.data(), model_bytes(view.bytes));
  const Table* baseline = baseline_of(file);
  if (!file.good) return Status::kStructure;
  const bool says = Structure::field_at(baseline, Baseline::VT_LATENCY_BUCKETS) != nullptr;
  const auto buckets = says ? file.scalar(baseline, Baseline::VT_LATENCY_BUCKETS, 1) : kLatencyBuckets;
  if (!file.good) return Status::kStructure;
  watch.latency_buckets = static_cast<std::uint8_t>(buckets);
  return buckets <= kLatencyBuckets ? Status::kOk : Status::kNumber;
}

Status detail::read_watch(const ModelView& view, WatchView& watch) {
  using schema::Baseline;
  Structure file(view.bytes.data(), model_bytes(view.bytes));
  const Table* baseline = baseline_of(file);
  std::uint32_t histograms = 0;
  std::uint32_t bins = 0;
  std::uint32_t ranks = 0;
  std::uint32_t shares = 0;
  std::uint32_t tests = 0;
  std::uint32_t reciprocals = 0;
  std::uint32_t edges = 0;
  std::uint32_t classes = 0;
  watch.histograms = elements<Histogram>(file, baseline, Baseline::VT_HISTOGRAMS, histograms);
  watch.cell_bins = elements<std::uint8_t>(file, baseline, Baseline::VT_CELL_BINS, bins);
  watch.ranks = elements<std::uint16_t>(file, baseline, Baseline::VT_RANKS, ranks);
  watch.constant_shares = elements<std::uint16_t>(file, baseline, Baseline::VT_CONSTANT_SHARES, shares);
  watch.tests = elements<DriftTest>(file, baseline, Baseline::VT_TESTS, tests);
  watch.reciprocals = elements<std::uint16_t>(file, baseline, Baseline::VT_RECIPROCALS, reciprocals);
  watch.output_edges = elements<std::int32_t>(file, baseline, Baseline::VT_OUTPUT_EDGES, edges);
  watch.class_bins = elements<std::uint8_t>(file, baseline, Baseline::VT_CLASS_BINS, classes);
  watch.confident_bin = static_cast<std::uint8_t>(file.scalar(baseline, Baseline::VT_CONFIDENT_BIN, 1));
  if (!file.good) return Status::kStructure;
  if (histograms > view.features || edges >= kBins) return Status::kShape;
  watch.histogram_count = static_cast<std::uint16_t>(histograms);
  watch.output_bins = static_cast<std::uint16_t>(edges == 0 ? 0 : edges + 1);
  if (!is_on(watch)) return Status::kOk;
  const bool whole = bins == kCells * histograms && ranks == histograms && shares == histograms &&
                     tests == histograms + 2 && reciprocals == kBins * tests &&
                     (classes == 0 || (classes == view.classes && classes <= kMostWatchedClasses));
  return whole ? Status::kOk : Status::kShape;
}

Status Model::class_name(std::size_t index, Text& name) const {
  if (!is_open()) return Status::kNotOpen;
  if (index >= view_.classes) return Status::kIndex;
  Structure file(view_.bytes.data(), model_bytes(view_.bytes));
  if (!read_root(file)) return Status::kStructure;
  return read_text(file, element(file.root, file, Root::VT_CLASSES, index), name);
}

Status Model::feature_name(std::size_t index, Text& name) const {
  if (!is_open()) return Status::kNotOpen;
  if (index >= view_.features) return Status::kIndex;
  Structure file(view_.bytes.data(), model_bytes(view_.bytes));
  if (!read_root(file)) return Status::kStructure;
  return read_text(file, element(file.root, file, Root::VT_FEATURE_NAMES, index), name);
}

Status Model::category_name(std::size_t feature, std::size_t index, Text& name) const {
  if (!is_open()) return Status::kNotOpen;
  // A table a feature that is text, beside the root.
  Structure file(view_.bytes.data(), model_bytes(view_.bytes), kMaxTables + view_.features);
  if (!read_root(file)) return Status::kStructure;
  for (std::size_t i = 0;; ++i) {
    const std::uint8_t* position = element(file.root, file, Root::VT_CATEGORIES, i);
    if (position == nullptr) return file.good ? Status::kIndex : Status::kStructure;
    const Table* categories = file.table_at(position);
    if (categories == nullptr) return Status::kStructure;
    if (file.scalar(categories, schema::Categories::VT_FEATURE, 2) != feature) continue;
    const std::uint8_t* text = element(categories, file, schema::Categories::VT_NAMES, index);
    if (text == nullptr) return file.good ? Status::kIndex : Status::kStructure;
    return read_text(file, text, name);
  }
}

Status Model::raw_exponent(std::size_t index, int& exponent) const {
  if (!is_open()) return Status::kNotOpen;
  if (index >= view_.features) return Status::kIndex;
  Structure file(view_.bytes.data(), model_bytes(view_.bytes));
  if (!read_root(file)) return Status::kStructure;
  const Elements exponents = file.vector(file.root, Root::VT_RAW_EXPONENTS, 1);
  if (!file.good) return Status::kStructure;
  exponent = index < exponents.count ? static_cast<const std::int8_t*>(exponents.data)[index] : 0;
  return Status::kOk;
}

}  // namespace nuthatch
