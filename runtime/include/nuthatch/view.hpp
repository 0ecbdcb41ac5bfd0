#ifndef NUTHATCH_VIEW_HPP
#define NUTHATCH_VIEW_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/span.hpp"
#include "nuthatch/status.hpp"

/// What `open` found in the bytes, as plain pointers into them. Users need `Model`, not this; it is public only so that
/// `Model` can hold it without a heap.
namespace nuthatch::detail {

enum class Input : std::uint8_t { kFloat32 = 0, kInt16 = 1 };
enum class Task : std::uint8_t { kRegression = 0, kClassification = 1 };
enum class Precision : std::uint8_t { kInt8 = 0, kInt16 = 1, kFloat32 = 2 };

/// The structs of schema/model.fbs, byte for byte (asserted in open.cpp).
struct FloatEncoding {
  float offset;
  float scale;
};
struct RawEncoding {
  std::int16_t center;
  std::int16_t multiplier;
  std::uint8_t shift;
  std::uint8_t padding;
};
struct Requantization {
  std::int32_t multiplier;
  std::int32_t bias;
  std::uint8_t shift;
  std::uint8_t padding[3];
};
struct CodeRange {
  std::int16_t low;
  std::int16_t high;
};

/// `imputation` of a feature that may not be missing; and a missing raw int16 value.
constexpr std::int16_t kMissing = -32768;

struct LinearView {
  const void* weights;                   // int8, int16 or float by precision; outputs x stride
  const Requantization* requantization;  // int8, int16: outputs
  const float* bias;                     // float32: outputs
  std::uint32_t stride;
  Precision precision;
  std::uint8_t sum_shift;
};

struct SvmView {
  const std::int8_t* vectors;          // vectors x stride
  const std::uint8_t* vector_shifts;   // vectors
  const std::int32_t* norms;           // vectors
  const std::uint32_t* class_vectors;  // classification: classes; null: regression
  const std::int16_t* coefficients;    // classes - 1, or 1, x vectors
  const std::int32_t* bias;            // one a pair of classes, or 1
  Requantization kernel_scale;
  std::uint32_t vector_count;
  std::uint32_t stride;
  std::uint8_t kernel;
  std::uint8_t degree;
  std::uint8_t sum_shift;
};

struct BayesView {
  const std::int32_t* terms;       // outputs x stride pairs: square, linear
  const std::uint32_t* constants;  // outputs pairs: low word, high word
  std::uint32_t stride;
  std::uint8_t shift;
};

struct TreeGroup {
  std::uint32_t slot;
  std::uint16_t trees;
  std::uint16_t output;
};

struct ForestView {
  const TreeGroup* groups;
  const std::uint32_t* slots;
  const std::int32_t* votes;  // null: leaves are values
  const std::int32_t* bias;   // outputs
  std::uint32_t group_count;
  std::uint32_t slot_count;
  std::uint32_t vote_count;
  std::uint8_t feature_bits;
};

struct Layer {
  std::uint16_t outputs;
  std::uint8_t activation;
  std::uint8_t padding;
  std::int16_t low;
  std::int16_t high;
};

/// Sums over all layers: `units` outputs, `weight_count` weights with their padding.
struct NetworkView {
  const Layer* layers;
  const std::int8_t* weights;
  const std::int32_t* bias;         // units
  const std::int32_t* multipliers;  // units
  const std::int8_t* shifts;        // units
  std::uint32_t layer_count;
  std::uint32_t unit_count;
  std::uint32_t weight_count;
};

struct Part;

/// A predictor of a blend: where its table is, which each prediction reads anew, for views of all of them would make
/// every `Model` larger.
struct BlendMember {
  const Part* kind;     // null: no more members
  std::uint32_t table;  // schema::Member; bytes from the file's first
  std::uint32_t scratch_words;
};
constexpr std::size_t kMostMembers = 4;

struct BlendView {
  BlendMember members[kMostMembers];
};

/// How a column is made of a feature, or which rows are refused: schema::PreparationStep, byte for byte (asserted in
/// open.cpp).
struct PreparationStep {
  std::uint8_t operation;  // schema::Preparing
  std::uint8_t shift;
  std::uint16_t feature;
  std::int16_t low;
  std::int16_t high;
  std::int32_t argument;
};

/// How a component is made of the columns: schema::Component, byte for byte.
struct Component {
  std::int32_t bias;
  std::uint8_t shift;
  std::uint8_t padding[3];
};

/// Of a model whose kind works on columns that are made of the features; `kind` is theirs.
struct PreparationView {
  const Part* kind;
  const Part* input;             // that encodes, where some rows are refused thereafter
  const PreparationStep* steps;  // one a column, then those that refuse rows
  const std::int16_t* knots;
  const Component* components;  // null: the kind works on the columns that steps make
  const std::int16_t* weights;  // components x made
  std::uint16_t made;           // columns that steps make
  std::uint16_t refusing;       // steps behind them
};

/// How a feature's codes are counted in bins.
struct Histogram {
  std::uint16_t feature;
  std::int16_t low;
  std::uint16_t last;
  std::uint16_t scale;
};

/// When a window of rows differs from training. Chi-square in steps of 2^-10; CUSUM of (sum of codes - sum) >> shift.
struct DriftTest {
  std::uint32_t statistical;  // chi-square above this is more than chance
  std::uint32_t material;     // above this it is an effect that matters
  std::int32_t sum;           // of a window's codes, as expected
  std::uint16_t limit;        // of CUSUM
  std::uint16_t slack;        // half a deviation; 0: no CUSUM
  std::uint8_t shift;
  std::uint8_t padding[3];
};

/// What the monitor counts beyond ranges, if the model asks for it.
struct WatchView {
  const Histogram* histograms;
  const std::uint8_t* cell_bins;         // 64 a histogram
  const std::uint16_t* ranks;            // one a histogram: 0 is the most important
  const std::uint16_t* constant_shares;  // one a histogram
  const DriftTest* tests;                // one a histogram, then the output's, then the classes'
  const std::uint16_t* reciprocals;      // 16 a test: 1 / share of a bin in steps of 2^-10
  const std::int32_t* output_edges;      // one less than the output's bins
  const std::uint8_t* class_bins;        // one a class; null: not watched
  std::uint16_t histogram_count;
  std::uint16_t chosen;       // histograms that are counted: those of rank below it
  std::uint16_t output_bins;  // 0, or 2 to 16
  std::uint8_t latency_buckets;
  std::uint8_t confident_bin;  // output bins from this one on are confident
  std::uint32_t waiting;       // the monitor's word where the rows that wait begin
};

struct ModelView {
  const Part* input;
  const Part* kind;  // null: not open; the preparation's, where there is one
  // Small fields first: a Cortex-M0 reaches those of a byte or two only near the beginning.
  std::uint16_t features;
  std::uint16_t columns;     // what the kind works on: the features, or columns or components made of them
  std::uint16_t columns_at;  // how many codes lie before them in the scratch
  std::uint16_t outputs;
  std::uint16_t classes;      // 0 for regression
  std::int16_t code_limit;    // of the features' codes
  std::int16_t column_limit;  // of the columns
  std::int8_t fraction_bits;
  Task task;
  Input input_type;
  std::int32_t threshold;  // of two classes: a greater score word is class 1; else 0
  const void* home;        // the Model that this was opened or assigned into; parts are attached to no other
  std::uint32_t opening;   // of that Model, counted: see Model::opening
  Span<const std::uint8_t> bytes;
  const std::uint8_t* identity;  // 32 bytes of SHA-256
  const void* encoding;          // FloatEncoding or RawEncoding, one a feature; null: codes are the raw counts
  const std::int16_t* imputation;
  const CodeRange* ranges;
  const void* golden_features;  // float or int16
  const std::int32_t* golden_scores;
  std::uint32_t encoding_count;  // proven to be `features` by the input that reads them
  std::uint32_t golden_rows;
  std::uint32_t scratch_words;
  std::uint32_t work;           // steps that a row takes at most (SPEC.md, "Work")
  std::uint32_t monitor_words;  // as the file says; proven where one with histograms is attached
  union {
    LinearView linear;
    SvmView svm;
    BayesView bayes;
    ForestView forest;
    NetworkView network;
    BlendView blend;
  };
  PreparationView preparation;
};

struct Structure;  // open.cpp's own view of the FlatBuffer

/// A piece of the runtime that firmware names to have it linked: an input (`encode`), a kind or the preparation
/// (`read`, `prove`, `score`).
struct Part {
  enum class Role : std::uint8_t { kInput, kKind, kPreparation };
  Role role;
  std::uint8_t id;          // schema::Input, or schema::Predictor
  std::uint8_t precisions;  // kind: bit p set if it serves schema::Precision p
  /// Input: features -> codes in [-code_limit, code_limit]; kOk, kNotFinite, kMissing or kUnknownCategory.
  Status (*encode)(const ModelView& view, const void* features, std::int16_t* codes);
  /// Kind: finds its table's fields (structure only) and sets scratch_words; kOk, kStructure or kShape.
  Status (*read)(const Structure& structure, ModelView& view);
  /// Kind: proves its numbers; kOk, kShape, kNumber or kOverflow.
  Status (*prove)(ModelView& view);
  /// Kind: columns' codes -> score words. Cannot fail on a proven view. It may use the scratch that lies behind the
  /// codes, but they stay, for the monitor. `features` is null where a preparation made the columns.
  void (*score)(const ModelView& view, const void* features, std::int16_t* codes, std::int32_t* scores);
};

}  // namespace nuthatch::detail

#endif
