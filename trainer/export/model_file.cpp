#include "export/model_file.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "learn/blend.hpp"
#include "model_generated.h"
#include "nuthatch/crc32.hpp"
#include "nuthatch/nuthatch.hpp"

namespace nuthatch::exporting {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using quantize::FeatureEncoding;
using quantize::Precision;
using quantize::QuantizedBayes;
using quantize::QuantizedBlend;
using quantize::QuantizedForest;
using quantize::QuantizedLinear;
using quantize::QuantizedNetwork;
using quantize::QuantizedSvm;

schema::Precision to_schema(Precision precision) {
  switch (precision) {
    case Precision::kInt8: return schema::Precision::int8;
    case Precision::kInt16: return schema::Precision::int16;
    default: return schema::Precision::float32;
  }
}

schema::Requantization to_schema(const quantize::Requantization& how) { return {how.multiplier, how.bias, how.shift}; }

Offset<flatbuffers::Vector<const schema::Requantization*>> write_requantization(
    FlatBufferBuilder& builder, const std::vector<quantize::Requantization>& requantization) {
  if (requantization.empty()) return 0;
  std::vector<schema::Requantization> structs;
  structs.reserve(requantization.size());
  for (const quantize::Requantization& how : requantization) structs.push_back(to_schema(how));
  return builder.CreateVectorOfStructs(structs);
}

/// A vector, or none where it is empty.
template <class Element>
Offset<flatbuffers::Vector<Element>> write_vector(FlatBufferBuilder& builder, const std::vector<Element>& elements) {
  return elements.empty() ? 0 : builder.CreateVector(elements);
}

Offset<void> write_predictor(FlatBufferBuilder& builder, const QuantizedLinear& linear) {
  Offset<flatbuffers::Vector<std::int8_t>> int8;
  Offset<flatbuffers::Vector<std::int16_t>> int16;
  Offset<flatbuffers::Vector<float>> float32;
  Offset<flatbuffers::Vector<float>> bias;
  if (linear.precision == Precision::kInt8) {
    int8 = builder.CreateVector(std::vector<std::int8_t>(linear.weights.begin(), linear.weights.end()));
  } else if (linear.precision == Precision::kInt16) {
    int16 = builder.CreateVector(linear.weights);
  } else {
    float32 = builder.CreateVector(linear.weights_float32);
    bias = builder.CreateVector(linear.bias_float32);
  }
  const auto requantization = write_requantization(builder, linear.requantization);
  return schema::CreateLinear(builder, to_schema(linear.precision), linear.stride, int8, int16, float32, requantization,
                              bias, linear.sum_shift)
      .Union();
}

Offset<void> write_predictor(FlatBufferBuilder& builder, const QuantizedSvm& svm) {
  const schema::Requantization scale = to_schema(svm.kernel_scale);
  const auto vectors = builder.CreateVector(svm.vectors);
  const auto shifts = builder.CreateVector(svm.vector_shifts);
  const auto norms = builder.CreateVector(svm.norms);
  const auto class_vectors = write_vector(builder, svm.class_vectors);
  const auto coefficients = builder.CreateVector(svm.coefficients);
  const auto bias = builder.CreateVector(svm.bias);
  const auto count = static_cast<std::uint32_t>(svm.vectors.size() / svm.stride);
  return schema::CreateSvm(builder, to_schema(svm.precision), static_cast<schema::Kernel>(svm.kernel), svm.degree,
                           count, svm.stride, vectors, shifts, norms, &scale, class_vectors, coefficients, bias,
                           svm.sum_shift)
      .Union();
}

Offset<void> write_predictor(FlatBufferBuilder& builder, const QuantizedBayes& bayes) {
  std::vector<std::uint32_t> words;
  for (const std::int64_t constant : bayes.constants) {
    words.push_back(static_cast<std::uint32_t>(constant));
    words.push_back(static_cast<std::uint32_t>(constant >> 32));
  }
  const auto terms = builder.CreateVector(bayes.terms);
  const auto constants = builder.CreateVector(words);
  return schema::CreateBayes(builder, to_schema(bayes.precision), bayes.stride, terms, constants, bayes.shift).Union();
}

Offset<void> write_predictor(FlatBufferBuilder& builder, const QuantizedForest& forest) {
  std::vector<schema::TreeGroup> groups;
  for (const quantize::TreeGroup& group : forest.groups) groups.emplace_back(group.slot, group.trees, group.output);
  const auto tree_groups = builder.CreateVectorOfStructs(groups);
  const auto slots = builder.CreateVector(forest.slots);
  const auto votes = write_vector(builder, forest.votes);
  const auto bias = builder.CreateVector(forest.bias);
  return schema::CreateForest(builder, to_schema(forest.precision), forest.feature_bits, tree_groups,
                              forest.votes_leaf ? schema::Leaf::votes : schema::Leaf::value, slots, votes, bias)
      .Union();
}

Offset<void> write_predictor(FlatBufferBuilder& builder, const QuantizedNetwork& network) {
  std::vector<schema::Layer> layers;
  for (const quantize::QuantizedLayer& layer : network.layers) {
    layers.emplace_back(layer.outputs, static_cast<schema::Activation>(layer.activation), layer.low, layer.high);
  }
  const auto shapes = builder.CreateVectorOfStructs(layers);
  const auto weights = builder.CreateVector(network.weights);
  const auto bias = builder.CreateVector(network.bias);
  const auto multipliers = builder.CreateVector(network.multipliers);
  const auto shifts = builder.CreateVector(network.shifts);
  return schema::CreateNetwork(builder, to_schema(network.precision), shapes, weights, bias, multipliers, shifts)
      .Union();
}

static_assert(learn::kMostMembers == detail::kMostMembers, "what blends learn, devices open");

/// In the order of quantize::QuantizedMember's alternatives.
constexpr schema::Predictor kMemberKinds[] = {schema::Predictor::Linear, schema::Predictor::Svm,
                                              schema::Predictor::Forest, schema::Predictor::Network};
static_assert(std::size(kMemberKinds) == std::variant_size_v<quantize::QuantizedMember>);

Offset<void> write_predictor(FlatBufferBuilder& builder, const QuantizedBlend& blend) {
  std::vector<Offset<schema::Member>> members;
  for (const quantize::BlendMember& member : blend.members) {
    const auto predictor =
        std::visit([&](const auto& kind) { return write_predictor(builder, kind); }, member.predictor);
    const schema::Requantization scale = to_schema(member.scale);
    members.push_back(schema::CreateMember(builder, kMemberKinds[member.predictor.index()], predictor, &scale));
  }
  return schema::CreateBlend(builder, to_schema(blend.precision), builder.CreateVector(members)).Union();
}

/// In the order of quantize::Predictor's alternatives.
constexpr schema::Predictor kKinds[] = {schema::Predictor::Linear,  schema::Predictor::Svm,
                                        schema::Predictor::Bayes,   schema::Predictor::Forest,
                                        schema::Predictor::Network, schema::Predictor::Blend};
static_assert(std::size(kKinds) == std::variant_size_v<quantize::Predictor>);

Offset<schema::Golden> write_golden(FlatBufferBuilder& builder, const Golden& golden, quantize::Input input) {
  const bool raw = input == quantize::Input::kInt16;
  const auto int16 = raw ? builder.CreateVector(golden.features_int16) : 0;
  const auto float32 = raw ? 0 : builder.CreateVector(golden.features_float32);
  return schema::CreateGolden(builder, golden.rows, float32, int16, builder.CreateVector(golden.scores));
}

Offset<schema::Lineage> write_lineage(FlatBufferBuilder& builder, const Lineage& lineage) {
  const HeldOut held_out = lineage.held_out.value_or(HeldOut{});
  // One after another, the last field first: within a call the compiler would choose the order, and so the bytes.
  const auto split = write_vector(builder, held_out.split_sha256);
  const auto parent = write_vector(builder, lineage.parent_sha256);
  const auto data = builder.CreateVector(lineage.data_sha256);
  const auto parameters = builder.CreateString(lineage.parameters);
  const auto target = builder.CreateString(lineage.target);
  const auto model = builder.CreateString(lineage.model);
  const auto version = builder.CreateString(lineage.trainer_version);
  return schema::CreateLineage(builder, version, model, target, parameters, data, lineage.training_rows, lineage.seed,
                               parent, split, held_out.rows, held_out.score, held_out.low, held_out.high);
}

Lineage read_lineage(const schema::Lineage& table) {
  const auto text = [](const flatbuffers::String* string) { return string == nullptr ? "" : string->str(); };
  const auto bytes = [](const flatbuffers::Vector<std::uint8_t>* vector) {
    return vector == nullptr ? std::vector<std::uint8_t>() : std::vector<std::uint8_t>(vector->begin(), vector->end());
  };
  Lineage lineage = {
      text(table.trainer_version()), text(table.model()),   text(table.target()), text(table.parameters()),
      bytes(table.data_sha256()),    table.training_rows(), table.seed(),         bytes(table.parent_sha256())};
  if (table.test_rows() != 0) {
    lineage.held_out = {bytes(table.split_sha256()), table.test_rows(), table.score(), table.score_low(),
                        table.score_high()};
  }
  return lineage;
}

Offset<schema::Baseline> write_baseline(FlatBufferBuilder& builder, const ModelContents& contents) {
  std::vector<schema::CodeRange> ranges;
  for (const FeatureEncoding& feature : contents.inputs().features) {
    ranges.emplace_back(feature.low, feature.high);
  }
  const quantize::Watch& watch = contents.watch;
  std::vector<schema::Histogram> histograms;
  std::vector<std::uint8_t> cell_bins;
  std::vector<std::uint32_t> bin_rows;
  std::vector<std::uint16_t> constant_shares;
  for (const quantize::Histogram& histogram : watch.histograms) {
    histograms.emplace_back(histogram.feature, histogram.low, histogram.last, histogram.scale);
    cell_bins.insert(cell_bins.end(), histogram.cell_bins.begin(), histogram.cell_bins.end());
    bin_rows.insert(bin_rows.end(), histogram.rows.begin(), histogram.rows.end());
    constant_shares.push_back(histogram.constant_share);
  }
  const auto range_vector = builder.CreateVectorOfStructs(ranges);
  const auto histogram_vector = histograms.empty() ? 0 : builder.CreateVectorOfStructs(histograms);
  const auto bins = write_vector(builder, cell_bins);
  const auto rows = write_vector(builder, bin_rows);
  const auto shares = write_vector(builder, constant_shares);
  const auto edges = write_vector(builder, watch.output_edges);
  const auto output_rows = write_vector(builder, watch.output_rows);
  const auto output_right = write_vector(builder, watch.output_right);
  const auto ranks = write_vector(builder, watch.ranks);
  std::vector<schema::DriftTest> tests;
  std::vector<std::uint16_t> reciprocals;
  for (const quantize::DriftTest& test : watch.tests) {
    tests.emplace_back(test.statistical, test.material, test.sum, test.limit, test.slack, test.shift);
  }
  for (const auto& test : watch.reciprocals) reciprocals.insert(reciprocals.end(), test.begin(), test.end());
  const auto test_vector = tests.empty() ? 0 : builder.CreateVectorOfStructs(tests);
  const auto reciprocal_vector = write_vector(builder, reciprocals);
  const auto class_bins = write_vector(builder, watch.class_bins);
  const auto class_rows = write_vector(builder, watch.class_rows);
  const auto importance = write_vector(builder, watch.importance);
  const auto memory = write_vector(builder, watch.memory);
  return schema::CreateBaseline(builder, contents.baseline_rows, range_vector, histogram_vector, bins, rows, shares,
                                edges, output_rows, output_right, watch.latency_buckets, ranks, test_vector,
                                reciprocal_vector, class_bins, class_rows, watch.confident_bin, importance, memory);
}

/// Fields at their defaults take no bytes, so a file without it is what it was before there was any.
Offset<schema::Explanation> write_explanation(FlatBufferBuilder& builder,
                                              const std::optional<quantize::Explanation>& explanation) {
  if (!explanation) return 0;
  const auto means = write_vector(builder, explanation->means);
  const auto values = write_vector(builder, explanation->node_values);
  const auto shares = write_vector(builder, explanation->node_shares);
  return schema::CreateExplanation(builder, means, values, shares, explanation->leaf_shift, explanation->node_shift);
}

void read_tests(const schema::Baseline& baseline, quantize::Watch& watch) {
  const std::uint32_t tests = baseline.tests() == nullptr ? 0 : baseline.tests()->size();
  const std::uint32_t reciprocals = baseline.reciprocals() == nullptr ? 0 : baseline.reciprocals()->size();
  if (reciprocals != quantize::kMostBins * tests || (tests != 0 && tests != watch.histograms.size() + 2) ||
      (tests != 0 && watch.ranks.size() != watch.histograms.size())) {
    throw ModelError("the model's drift tests are inconsistent");
  }
  for (std::uint32_t i = 0; i < tests; ++i) {
    const schema::DriftTest& from = *baseline.tests()->Get(i);
    watch.tests.push_back({from.statistical(), from.material(), from.sum(), from.limit(), from.slack(), from.shift()});
    auto& to = watch.reciprocals.emplace_back();
    for (std::uint32_t k = 0; k < to.size(); ++k) {
      to[k] = baseline.reciprocals()->Get(static_cast<std::uint32_t>(i * to.size() + k));
    }
  }
}

/// Host tools may ask for all of it; the device's part is proven where a monitor is attached.
quantize::Watch read_watch(const schema::Baseline& baseline) {
  quantize::Watch watch;
  const auto count = [](const auto* vector) { return vector == nullptr ? 0U : vector->size(); };
  const std::uint32_t histograms = count(baseline.histograms());
  const std::uint32_t output_bins = count(baseline.output_edges()) == 0 ? 0 : count(baseline.output_edges()) + 1;
  if (count(baseline.cell_bins()) != quantize::kMostCells * histograms ||
      count(baseline.bin_rows()) != quantize::kMostBins * histograms ||
      count(baseline.constant_shares()) != histograms || count(baseline.output_rows()) != output_bins ||
      (count(baseline.output_right()) != output_bins && count(baseline.output_right()) != 0)) {
    throw ModelError("the model's baseline is inconsistent");
  }
  for (std::uint32_t i = 0; i < histograms; ++i) {
    const schema::Histogram& from = *baseline.histograms()->Get(i);
    quantize::Histogram histogram{from.feature(), from.low(), from.last(), from.scale(), {}, {}, {}};
    const auto copy = [i](const auto& vector, auto& to) {
      for (std::size_t k = 0; k < to.size(); ++k) to[k] = vector->Get(static_cast<std::uint32_t>(i * to.size() + k));
    };
    copy(baseline.cell_bins(), histogram.cell_bins);
    copy(baseline.bin_rows(), histogram.rows);
    histogram.constant_share = baseline.constant_shares()->Get(i);
    const bool sound = histogram.feature < baseline.ranges()->size() && histogram.scale != 0 &&
                       histogram.cells() <= quantize::kMostCells &&
                       *std::max_element(histogram.cell_bins.begin(), histogram.cell_bins.end()) < quantize::kMostBins;
    if (!sound) throw ModelError("the model's baseline is inconsistent");
    watch.histograms.push_back(histogram);
  }
  const auto append = [](const auto* vector, auto& to) {
    if (vector != nullptr) to.assign(vector->begin(), vector->end());
  };
  append(baseline.output_edges(), watch.output_edges);
  append(baseline.output_rows(), watch.output_rows);
  append(baseline.output_right(), watch.output_right);
  append(baseline.ranks(), watch.ranks);
  append(baseline.class_bins(), watch.class_bins);
  append(baseline.class_rows(), watch.class_rows);
  append(baseline.importance(), watch.importance);
  append(baseline.memory(), watch.memory);
  watch.latency_buckets = baseline.latency_buckets();
  watch.confident_bin = baseline.confident_bin();
  read_tests(baseline, watch);
  return watch;
}

Offset<schema::Budget> write_budget(FlatBufferBuilder& builder, const ModelContents& contents) {
  const std::size_t monitor_words =
      quantize::monitor_words(contents.feature_names.size(), contents.classes.size(), contents.watch);
  const auto scratch = static_cast<std::uint32_t>(scratch_words(contents));
  return schema::CreateBudget(builder, scratch, static_cast<std::uint32_t>(monitor_words),
                              multiply_accumulates(contents));
}

struct EncodingVectors {
  Offset<flatbuffers::Vector<const schema::FloatEncoding*>> float32;
  Offset<flatbuffers::Vector<const schema::RawEncoding*>> int16;
  Offset<flatbuffers::Vector<std::int16_t>> imputation;
  Offset<flatbuffers::Vector<std::int8_t>> exponents;
};

EncodingVectors write_encoding(FlatBufferBuilder& builder, const quantize::Encoding& encoding) {
  std::vector<schema::FloatEncoding> float32;
  std::vector<schema::RawEncoding> int16;
  std::vector<std::int16_t> imputation;
  std::vector<std::int8_t> exponents;
  for (const FeatureEncoding& feature : encoding.features) {
    float32.emplace_back(feature.offset, feature.scale);
    int16.emplace_back(feature.center, feature.multiplier, feature.shift);
    imputation.push_back(feature.imputation);
    exponents.push_back(static_cast<std::int8_t>(feature.exponent));
  }
  EncodingVectors vectors;
  vectors.imputation = builder.CreateVector(imputation);
  if (encoding.input == quantize::Input::kFloat32) {
    vectors.float32 = builder.CreateVectorOfStructs(float32);
    return vectors;
  }
  if (!encoding.counts) vectors.int16 = builder.CreateVectorOfStructs(int16);
  const bool scaled = std::any_of(exponents.begin(), exponents.end(), [](std::int8_t e) { return e != 0; });
  if (scaled) vectors.exponents = builder.CreateVector(exponents);
  return vectors;
}

Offset<schema::Projection> write_projection(FlatBufferBuilder& builder, const ModelContents& contents) {
  const auto& projection = contents.preparation->projection;
  if (!projection) return 0;
  std::vector<schema::Component> components;
  std::vector<std::int16_t> weights;
  for (const quantize::Component& component : projection->components) {
    components.emplace_back(component.bias, component.shift);
    weights.insert(weights.end(), component.weights.begin(), component.weights.end());
  }
  const auto weight_vector = builder.CreateVector(weights);
  const auto component_vector = builder.CreateVectorOfStructs(components);
  return schema::CreateProjection(builder, projection->code_limit, component_vector, weight_vector);
}

/// Fields at their defaults take no bytes, so a file without it is what it was before there was any.
Offset<schema::Preparation> write_preparation(FlatBufferBuilder& builder, const ModelContents& contents) {
  if (!contents.preparation) return 0;
  std::vector<schema::PreparationStep> steps;
  for (const auto* part : {&contents.preparation->steps, &contents.preparation->known}) {
    for (const quantize::PreparationStep& step : *part) {
      steps.emplace_back(static_cast<schema::Preparing>(step.operation), step.shift, step.feature, step.low, step.high,
                         step.argument);
    }
  }
  const auto step_vector = builder.CreateVectorOfStructs(steps);
  const auto knots = write_vector(builder, contents.preparation->knots);
  const auto& projection = contents.preparation->projection;
  const std::int16_t limit = projection ? projection->column_limit : contents.common().encoding.code_limit;
  return schema::CreatePreparation(builder, limit, step_vector, knots, write_projection(builder, contents));
}

Offset<flatbuffers::Vector<Offset<schema::Categories>>> write_categories(FlatBufferBuilder& builder,
                                                                         const ModelContents& contents) {
  std::vector<Offset<schema::Categories>> all;
  for (std::size_t i = 0; i < contents.categories.size(); ++i) {
    if (contents.categories[i].empty()) continue;
    const auto names = builder.CreateVectorOfStrings(contents.categories[i]);
    all.push_back(schema::CreateCategories(builder, static_cast<std::uint16_t>(i), names));
  }
  return write_vector(builder, all);
}

std::vector<std::uint8_t> seal(std::span<const std::uint8_t> model) {
  const std::size_t padded = (model.size() + 7) / 8 * 8;
  std::vector<std::uint8_t> file(model.begin(), model.end());
  file.resize(padded + sizeof(schema::Seal));
  const Sha256 digest = sha256_of(model);
  constexpr std::array<std::uint8_t, 8> kMagic = {'N', 'H', 'S', 'E', 'A', 'L', '0', '1'};
  constexpr std::array<std::uint8_t, 3> kReserved = {};
  constexpr std::array<std::uint8_t, 64> kUnsigned = {};
  const schema::Seal seal(flatbuffers::make_span(kMagic), sizeof(schema::Seal), static_cast<std::uint32_t>(file.size()),
                          static_cast<std::uint32_t>(model.size()), 0, 0, 0, flatbuffers::make_span(kReserved),
                          flatbuffers::make_span(digest), flatbuffers::make_span(kUnsigned), 0, 0);
  std::memcpy(file.data() + padded, &seal, sizeof seal);
  const std::uint32_t crc = crc32(file.data(), file.size() - sizeof seal.crc32());
  std::memcpy(file.data() + file.size() - sizeof crc, &crc, sizeof crc);
  return file;
}

/// Of bytes that `open` has proven.
schema::Seal seal_of(std::span<const std::uint8_t> bytes) {
  schema::Seal seal;
  std::memcpy(&seal, bytes.data() + bytes.size() - sizeof seal, sizeof seal);
  return seal;
}

/// The root, once the runtime has opened it, and names, lineage and digest are proven too.
const schema::Model& proven(std::span<const std::uint8_t> bytes) {
  // The runtime proves sizes before the identifier; a person who gave the wrong file wants to hear that first.
  constexpr std::string_view kIdentifier = "NHM1";
  const bool ours = bytes.size() >= 8 && std::memcmp(bytes.data() + 4, kIdentifier.data(), kIdentifier.size()) == 0;
  if (!ours) throw ModelError("this is no Nuthatch model (.nhm)");
  Model opened;
  const Status status = EveryPart::open({bytes.data(), bytes.size()}, opened);
  if (status == Status::kTruncated || status == Status::kSealBroken) {
    throw ModelError(fmt::format("{}: the file is incomplete, or has grown; copy it again", status_text(status)));
  }
  if (status != Status::kOk) throw ModelError(status_text(status));
  const schema::Seal seal = seal_of(bytes);
  const auto model = bytes.first(seal.model_bytes());
  flatbuffers::Verifier verifier(model.data(), model.size(), 8, 64);
  if (!schema::VerifyModelBuffer(verifier)) throw ModelError("the model's structure is broken");
  const Sha256 digest = sha256_of(model);
  if (!std::equal(digest.begin(), digest.end(), seal.sha256()->begin())) {
    throw ModelError("the SHA-256 does not match: the bytes changed after the model was sealed");
  }
  return *schema::GetModel(model.data());
}

template <class Element>
std::vector<Element> copy(const flatbuffers::Vector<Element>* vector) {
  return vector == nullptr ? std::vector<Element>() : std::vector<Element>(vector->begin(), vector->end());
}

/// The texts of a vector. `room`: what is left of the file's size, as texts that alias one another could fill the
/// memory.
std::vector<std::string> copy(const flatbuffers::Vector<Offset<flatbuffers::String>>* vector, std::size_t& room) {
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; vector != nullptr && i < vector->size(); ++i) {
    const flatbuffers::String& string = *vector->Get(i);
    if (string.size() > room) throw ModelError("the model's names are longer than the file: it is not the trainer's");
    room -= string.size();
    texts.push_back(string.str());
  }
  return texts;
}

quantize::Encoding read_encoding(const schema::Model& root) {
  quantize::Encoding encoding;
  encoding.input = root.input() == schema::Input::int16 ? quantize::Input::kInt16 : quantize::Input::kFloat32;
  encoding.code_limit = root.code_limit();
  encoding.counts = encoding.input == quantize::Input::kInt16 && root.raw_encoding() == nullptr;
  encoding.features.resize(root.feature_names()->size());
  for (std::uint32_t i = 0; i < encoding.features.size(); ++i) {
    FeatureEncoding& feature = encoding.features[i];
    feature.imputation = root.imputation()->Get(i);
    feature.low = root.baseline()->ranges()->Get(i)->low();
    feature.high = root.baseline()->ranges()->Get(i)->high();
    if (encoding.input == quantize::Input::kFloat32) {
      feature.offset = root.float_encoding()->Get(i)->offset();
      feature.scale = root.float_encoding()->Get(i)->scale();
      continue;
    }
    const auto* exponents = root.raw_exponents();
    feature.exponent = exponents != nullptr && i < exponents->size() ? exponents->Get(i) : 0;
    if (encoding.counts) {
      feature.multiplier = 2;  // of 2^1: the code is the raw count
    } else {
      feature.center = root.raw_encoding()->Get(i)->center();
      feature.multiplier = root.raw_encoding()->Get(i)->multiplier();
      feature.shift = root.raw_encoding()->Get(i)->shift();
    }
  }
  return encoding;
}

std::optional<quantize::Projection> read_projection(const schema::Preparation& preparation, std::size_t columns) {
  const schema::Projection* table = preparation.projection();
  if (table == nullptr) return {};
  quantize::Projection projection{preparation.code_limit(), table->code_limit(), {}};
  const std::int16_t* weight = table->weights()->data();
  for (const schema::Component* component : *table->components()) {
    const std::int16_t* const next = weight + columns;
    projection.components.push_back({component->bias(), component->shift(), {weight, next}});
    weight = next;
  }
  return projection;
}

/// Of bytes that `open` has proven; the predictor's columns have no encoding but their limit and their number.
std::optional<quantize::Preparation> read_preparation(const schema::Model& root, quantize::Encoding& columns) {
  const schema::Preparation* table = root.preparation();
  if (table == nullptr) return {};
  quantize::Preparation preparation{columns, {}, copy(table->knots()), {}, {}};
  for (const schema::PreparationStep* step : *table->steps()) {
    const auto operation = static_cast<quantize::Operation>(step->operation());
    auto& steps = operation == quantize::Operation::kKnown ? preparation.known : preparation.steps;
    steps.push_back({operation, step->shift(), step->feature(), step->low(), step->high(), step->argument()});
  }
  preparation.projection = read_projection(*table, preparation.steps.size());
  columns.code_limit = preparation.projection ? preparation.projection->code_limit : table->code_limit();
  columns.features.assign(preparation.columns(), {});
  return preparation;
}

std::vector<std::vector<std::string>> read_categories(const schema::Model& root, std::size_t& room) {
  std::vector<std::vector<std::string>> categories;
  if (root.categories() == nullptr) return categories;
  categories.resize(root.feature_names()->size());
  for (const schema::Categories* each : *root.categories()) {
    if (each->feature() >= categories.size() || !categories[each->feature()].empty()) {
      throw ModelError("the model's categories are of no feature, or of one twice");
    }
    categories[each->feature()] = copy(each->names(), room);
  }
  return categories;
}

quantize::Requantization from_schema(const schema::Requantization& how) {
  return {how.multiplier(), how.bias(), how.shift()};
}

std::vector<quantize::Requantization> read_requantization(
    const flatbuffers::Vector<const schema::Requantization*>* vector) {
  std::vector<quantize::Requantization> requantization;
  for (std::uint32_t k = 0; vector != nullptr && k < vector->size(); ++k) {
    requantization.push_back(from_schema(*vector->Get(k)));
  }
  return requantization;
}

QuantizedLinear read_kind(const schema::Linear& table) {
  QuantizedLinear linear;
  linear.precision = static_cast<Precision>(table.precision());
  linear.stride = table.stride();
  linear.sum_shift = table.sum_shift();
  if (linear.precision == Precision::kInt8) {
    for (const std::int8_t weight : copy(table.weights_int8())) linear.weights.push_back(std::int16_t{weight});
  }
  if (linear.precision == Precision::kInt16) linear.weights = copy(table.weights_int16());
  linear.weights_float32 = copy(table.weights_float32());
  linear.bias_float32 = copy(table.bias_float32());
  linear.requantization = read_requantization(table.requantization());
  return linear;
}

QuantizedSvm read_kind(const schema::Svm& table) {
  QuantizedSvm svm;
  svm.kernel = static_cast<quantize::Kernel>(table.kernel());
  svm.degree = table.degree();
  svm.stride = table.stride();
  svm.vectors = copy(table.vectors_int8());
  svm.vector_shifts = copy(table.vector_shifts());
  svm.norms = copy(table.norms());
  svm.kernel_scale = from_schema(*table.kernel_scale());
  svm.class_vectors = copy(table.class_vectors());
  svm.coefficients = copy(table.coefficients());
  svm.bias = copy(table.bias());
  svm.sum_shift = table.sum_shift();
  return svm;
}

QuantizedBayes read_kind(const schema::Bayes& table) {
  QuantizedBayes bayes;
  bayes.precision = static_cast<Precision>(table.precision());
  bayes.stride = table.stride();
  bayes.terms = copy(table.terms());
  const std::vector<std::uint32_t> words = copy(table.constants());
  for (std::size_t k = 0; k + 1 < words.size(); k += 2) {
    bayes.constants.push_back(static_cast<std::int64_t>(std::uint64_t{words[k + 1]} << 32 | words[k]));
  }
  bayes.shift = table.shift();
  return bayes;
}

QuantizedForest read_kind(const schema::Forest& table) {
  QuantizedForest forest;
  forest.precision = static_cast<Precision>(table.precision());
  forest.feature_bits = table.feature_bits();
  forest.votes_leaf = table.leaf() == schema::Leaf::votes;
  for (std::uint32_t i = 0; table.groups() != nullptr && i < table.groups()->size(); ++i) {
    const schema::TreeGroup& group = *table.groups()->Get(i);
    forest.groups.push_back({group.slot(), group.trees(), group.output()});
  }
  forest.slots = copy(table.slots());
  forest.votes = copy(table.votes());
  forest.bias = copy(table.bias());
  return forest;
}

QuantizedNetwork read_kind(const schema::Network& table) {
  QuantizedNetwork network;
  for (const schema::Layer* layer : *table.layers()) {
    network.layers.push_back(
        {layer->outputs(), static_cast<quantize::Activation>(layer->activation()), layer->low(), layer->high()});
  }
  network.weights = copy(table.weights());
  network.bias = copy(table.bias());
  network.multipliers = copy(table.multipliers());
  network.shifts = copy(table.shifts());
  return network;
}

quantize::QuantizedMember read_member(const schema::Member& member) {
  switch (member.predictor_type()) {
    case schema::Predictor::Svm: return read_kind(*member.predictor_as_Svm());
    case schema::Predictor::Forest: return read_kind(*member.predictor_as_Forest());
    case schema::Predictor::Network: return read_kind(*member.predictor_as_Network());
    default: return read_kind(*member.predictor_as_Linear());
  }
}

QuantizedBlend read_kind(const schema::Blend& table) {
  QuantizedBlend blend;
  for (const schema::Member* member : *table.members()) {
    blend.members.push_back({read_member(*member), from_schema(*member->scale())});
  }
  return blend;
}

/// Members work on the columns that the blend works on.
void share_with_members(quantize::Predictor& predictor) {
  auto* blend = std::get_if<QuantizedBlend>(&predictor);
  if (blend == nullptr) return;
  for (quantize::BlendMember& member : blend->members) {
    quantize::Quantized& own = quantize::common(member.predictor);
    own.encoding = blend->encoding;
    own.outputs = blend->outputs;
  }
}

/// Of a file that `open` has proven, so its kind is one of these.
quantize::Predictor read_table(const schema::Model& root) {
  switch (root.predictor_type()) {
    case schema::Predictor::Svm: return read_kind(*root.predictor_as_Svm());
    case schema::Predictor::Bayes: return read_kind(*root.predictor_as_Bayes());
    case schema::Predictor::Forest: return read_kind(*root.predictor_as_Forest());
    case schema::Predictor::Network: return read_kind(*root.predictor_as_Network());
    case schema::Predictor::Blend: return read_kind(*root.predictor_as_Blend());
    default: return read_kind(*root.predictor_as_Linear());
  }
}

quantize::Predictor read_predictor(const schema::Model& root) {
  quantize::Predictor predictor = read_table(root);
  quantize::Quantized& common = quantize::common(predictor);
  common.encoding = read_encoding(root);
  common.fraction_bits = static_cast<int>(root.fraction_bits());
  common.outputs = root.outputs();
  common.link = {static_cast<quantize::LinkKind>(root.link()), read_requantization(root.link_scale()),
                 root.link_total()};
  return predictor;
}

}  // namespace

const char* kind_of(const quantize::Predictor& predictor) {
  constexpr const char* kNames[] = {"linear", "svm", "bayes", "forest", "network", "blend"};
  return kNames[predictor.index()];
}

const char* kind_of(const quantize::QuantizedMember& member) {
  constexpr const char* kNames[] = {"linear", "svm", "forest", "network"};
  return kNames[member.index()];
}

std::vector<std::string> member_kinds(const quantize::Predictor& predictor) {
  std::map<std::size_t, std::string> kinds;
  if (const auto* blend = std::get_if<QuantizedBlend>(&predictor)) {
    for (const quantize::BlendMember& member : blend->members) {
      kinds.emplace(member.predictor.index(), kind_of(member.predictor));
    }
  }
  std::vector<std::string> names;
  names.reserve(kinds.size());
  for (const auto& [index, kind] : kinds) names.push_back(kind);
  return names;
}

std::string part_of(const ModelContents& contents) {
  const bool exact = contents.common().precision == Precision::kFloat32;
  std::string part = kind_of(contents.predictor);
  for (const std::string& kind : member_kinds(contents.predictor)) part += "-" + kind;
  return part + (exact ? "-float32" : "");
}

Sha256 sha256_of(std::span<const std::uint8_t> bytes) {
  Sha256 digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 failed in libcrypto");
  }
  return digest;
}

std::size_t scratch_words(const ModelContents& contents) {
  const auto words = [](std::size_t codes) { return (codes + 3) / 4 * 2; };
  std::size_t codes = contents.preparation ? words(contents.feature_names.size()) : 0;
  if (contents.preparation && contents.preparation->projection) codes += words(contents.preparation->steps.size());
  return codes + quantize::scratch_words(contents.predictor);
}

std::uint64_t multiply_accumulates(const ModelContents& contents) {
  return quantize::multiply_accumulates(contents.predictor) +
         (contents.preparation ? contents.preparation->products() : 0);
}

std::string column_name(const ModelContents& contents, std::size_t column) {
  if (!contents.preparation) return contents.feature_names[column];
  const quantize::PreparationStep& step = contents.preparation->steps[column];
  const std::string& feature = contents.feature_names[step.feature];
  if (step.operation == quantize::Operation::kMissing) return feature + " is missing";
  if (step.operation != quantize::Operation::kEquals) return feature;
  const bool named = step.feature < contents.categories.size() && step.argument >= 0 &&
                     static_cast<std::size_t>(step.argument) < contents.categories[step.feature].size();
  return fmt::format("{}={}", feature,
                     named ? contents.categories[step.feature][static_cast<std::size_t>(step.argument)]
                           : fmt::format("{}", step.argument));
}

std::string hex(std::span<const std::uint8_t> bytes) { return fmt::format("{:02x}", fmt::join(bytes, "")); }

std::vector<std::uint8_t> write_model(const ModelContents& contents) {
  const quantize::Quantized& common = contents.common();
  FlatBufferBuilder builder(4096);
  const auto predictor =
      std::visit([&](const auto& kind) { return write_predictor(builder, kind); }, contents.predictor);
  const quantize::Encoding& inputs = contents.inputs();
  const EncodingVectors encoding = write_encoding(builder, inputs);
  const auto link_scale = write_requantization(builder, common.link.scale);
  const auto names = builder.CreateVectorOfStrings(contents.feature_names);
  const auto classes = contents.classes.empty() ? 0 : builder.CreateVectorOfStrings(contents.classes);
  const auto golden = write_golden(builder, contents.golden, inputs.input);
  const auto baseline = write_baseline(builder, contents);
  const auto explanation = write_explanation(builder, contents.explanation);
  const auto preparation = write_preparation(builder, contents);
  const auto categories = write_categories(builder, contents);
  const auto units = contents.units.empty() ? 0 : builder.CreateVectorOfStrings(contents.units);
  const auto budget = write_budget(builder, contents);
  const auto lineage = write_lineage(builder, contents.lineage);
  schema::ModelBuilder model(builder);
  model.add_input(inputs.input == quantize::Input::kInt16 ? schema::Input::int16 : schema::Input::float32);
  model.add_task(contents.classifies ? schema::Task::classification : schema::Task::regression);
  model.add_code_limit(inputs.code_limit);
  model.add_fraction_bits(static_cast<std::int8_t>(common.fraction_bits));
  model.add_outputs(static_cast<std::uint16_t>(common.outputs));
  model.add_feature_names(names);
  model.add_float_encoding(encoding.float32);
  model.add_raw_encoding(encoding.int16);
  model.add_imputation(encoding.imputation);
  model.add_raw_exponents(encoding.exponents);
  model.add_classes(classes);
  model.add_predictor_type(kKinds[contents.predictor.index()]);
  model.add_predictor(predictor);
  model.add_baseline(baseline);
  model.add_golden(golden);
  model.add_budget(budget);
  model.add_lineage(lineage);
  model.add_link(static_cast<schema::Link>(common.link.kind));
  model.add_link_scale(link_scale);
  model.add_link_total(common.link.total);
  model.add_explanation(explanation);
  model.add_preparation(preparation);
  model.add_categories(categories);
  model.add_feature_units(units);
  model.add_threshold(contents.threshold);
  schema::FinishModelBuffer(builder, model.Finish());
  return seal({builder.GetBufferPointer(), builder.GetSize()});
}

namespace {

/// A column's name has its feature's in it: a long one of many columns would fill the memory of who prints them.
void check_columns(const ModelContents& contents) {
  constexpr std::size_t kMost = std::size_t{1} << 26;  // bytes; a column of a thousand has 64 KB
  std::size_t bytes = 0;
  for (std::size_t i = 0; contents.preparation && i < contents.preparation->steps.size(); ++i) {
    bytes += column_name(contents, i).size();
    if (bytes > kMost) throw ModelError("the names of the model's columns are too long: it is not the trainer's");
  }
}

}  // namespace

ModelContents read_model(std::span<const std::uint8_t> bytes) {
  const schema::Model& root = proven(bytes);
  ModelContents contents;
  contents.classifies = root.task() == schema::Task::classification;
  std::size_t room = bytes.size();
  contents.feature_names = copy(root.feature_names(), room);
  contents.classes = copy(root.classes(), room);
  contents.predictor = read_predictor(root);
  contents.preparation = read_preparation(root, contents.common().encoding);
  share_with_members(contents.predictor);
  contents.categories = read_categories(root, room);
  check_columns(contents);
  contents.units = copy(root.feature_units(), room);
  contents.threshold = root.threshold();
  contents.baseline_rows = root.baseline()->rows();
  contents.watch = read_watch(*root.baseline());
  const auto none_or = [](std::size_t size, std::size_t expected) { return size == 0 || size == expected; };
  if (!none_or(contents.units.size(), contents.feature_names.size())) {
    throw ModelError("the model's units are not one per feature");
  }
  if (!none_or(contents.watch.importance.size(), contents.feature_names.size()) ||
      !none_or(contents.watch.class_rows.size(), contents.classes.size()) ||
      !none_or(contents.watch.class_bins.size(), contents.classes.size()) ||
      !none_or(contents.watch.memory.size(),
               contents.feature_names.size() + (contents.watch.class_bins.empty() ? 0 : 1))) {
    throw ModelError("the model's baseline is inconsistent");
  }
  if (root.budget()->monitor_words() == 0) {
    contents.watch.level = quantize::Level::kOff;
  } else if (!contents.watch.histograms.empty() || !contents.watch.output_edges.empty()) {
    contents.watch.level = quantize::Level::kFull;
  }
  if (const auto* table = root.explanation()) {
    contents.explanation = {copy(table->means()), copy(table->node_values()), copy(table->node_shares()),
                            table->leaf_shift(), table->node_shift()};
  }
  const schema::Golden& golden = *root.golden();
  contents.golden = {golden.rows(), copy(golden.features_float32()), copy(golden.features_int16()),
                     copy(golden.scores())};
  contents.lineage = read_lineage(*root.lineage());
  return contents;
}

SealContents read_seal(std::span<const std::uint8_t> bytes) {
  const schema::Seal seal = seal_of(bytes);
  SealContents contents;
  std::copy(seal.sha256()->begin(), seal.sha256()->end(), contents.sha256.begin());
  contents.crc32 = seal.crc32();
  contents.security_epoch = seal.security_epoch();
  contents.key_id = seal.key_id();
  contents.is_signed = seal.signature_kind() != 0;
  return contents;
}

BytesByPart count_bytes(std::span<const std::uint8_t> bytes) {
  const ModelContents contents = read_model(bytes);
  const auto texts = [](const std::vector<std::string>& names) {
    std::size_t size = 0;
    for (const std::string& name : names) size += 4 + 4 + name.size() + 1;  // offset, length, text, terminator
    return size;
  };
  const std::size_t features = contents.feature_names.size();
  BytesByPart parts;
  parts.weights = quantize::weight_bytes(contents.predictor);
  const bool raw = contents.inputs().input == quantize::Input::kInt16;
  const std::size_t encoding = raw ? sizeof(schema::RawEncoding) : sizeof(schema::FloatEncoding);
  parts.encoding = features * ((contents.inputs().counts ? 0 : encoding) + sizeof(std::int16_t));
  if (const auto& preparation = contents.preparation) {
    const std::size_t steps = preparation->steps.size() + preparation->known.size();
    parts.preparation = sizeof(schema::PreparationStep) * steps + 2 * preparation->knots.size();
    if (preparation->projection) {
      parts.preparation += sizeof(schema::Component) * preparation->columns() + 2 * preparation->products();
    }
  }
  const quantize::Watch& watch = contents.watch;
  const std::size_t histogram = sizeof(schema::Histogram) + quantize::kMostCells + 4 * quantize::kMostBins + 2;
  parts.baseline = features * sizeof(schema::CodeRange) + watch.histograms.size() * histogram +
                   watch.tests.size() * (sizeof(schema::DriftTest) + 2 * quantize::kMostBins) +
                   4 * (watch.output_edges.size() + watch.output_rows.size() + watch.output_right.size()) +
                   2 * (watch.ranks.size() + watch.importance.size() + watch.memory.size()) + watch.class_bins.size() +
                   4 * watch.class_rows.size();
  if (contents.explanation) parts.explanation = quantize::bytes_of(*contents.explanation);
  const Golden& golden = contents.golden;
  parts.golden = 4 * golden.features_float32.size() + 2 * golden.features_int16.size() + 4 * golden.scores.size();
  parts.names = texts(contents.feature_names) + texts(contents.classes) + texts(contents.units);
  for (const std::vector<std::string>& names : contents.categories) parts.names += texts(names);
  const Lineage& lineage = contents.lineage;
  parts.lineage = texts({lineage.trainer_version, lineage.model, lineage.target, lineage.parameters}) +
                  lineage.data_sha256.size() + lineage.parent_sha256.size();
  if (lineage.held_out) parts.lineage += lineage.held_out->split_sha256.size() + 4 * sizeof(float);
  parts.seal = sizeof(schema::Seal);
  parts.total = bytes.size();
  parts.structure = parts.total - parts.weights - parts.encoding - parts.preparation - parts.baseline -
                    parts.explanation - parts.golden - parts.names - parts.lineage - parts.seal;
  return parts;
}

}  // namespace nuthatch::exporting
