#include "unit/runtime_raw_model.hpp"

#include <algorithm>
#include <cstring>

namespace nuthatch::test {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using flatbuffers::Vector;

template <class Element>
Offset<Vector<Element>> write(FlatBufferBuilder& builder, const Field<Element>& field) {
  return field ? builder.CreateVector(*field) : Offset<Vector<Element>>();
}

template <class Struct>
Offset<Vector<const Struct*>> write_structs(FlatBufferBuilder& builder, const Field<Struct>& field) {
  return field ? builder.CreateVectorOfStructs(*field) : Offset<Vector<const Struct*>>();
}

Offset<Vector<Offset<flatbuffers::String>>> write_texts(FlatBufferBuilder& builder, const Field<std::string>& field) {
  return field ? builder.CreateVectorOfStrings(*field) : Offset<Vector<Offset<flatbuffers::String>>>();
}

Offset<schema::Linear> write_linear(FlatBufferBuilder& builder, const RawModel& model) {
  const auto int8 = write(builder, model.weights_int8);
  const auto int16 = write(builder, model.weights_int16);
  const auto float32 = write(builder, model.weights_float32);
  const auto bias = write(builder, model.bias_float32);
  const auto requantization = write_structs(builder, model.requantization);
  return schema::CreateLinear(builder, schema::Precision(model.precision), model.stride, int8, int16, float32,
                              requantization, bias, model.sum_shift);
}

Offset<schema::Baseline> write_baseline(FlatBufferBuilder& builder, const RawModel& model) {
  const auto ranges = write_structs(builder, model.ranges);
  schema::BaselineBuilder baseline(builder);
  baseline.add_rows(100);
  baseline.add_ranges(ranges);
  return Offset<schema::Baseline>(builder.EndTable(baseline.start_));  // Finish() would insist on `ranges`
}

Offset<schema::Golden> write_golden(FlatBufferBuilder& builder, const RawModel& model) {
  const auto float32 = write(builder, model.golden_float32);
  const auto int16 = write(builder, model.golden_int16);
  const auto scores = write(builder, model.golden_scores);
  schema::GoldenBuilder golden(builder);
  golden.add_rows(model.golden_rows);
  golden.add_features_float32(float32);
  golden.add_features_int16(int16);
  golden.add_scores(scores);
  return Offset<schema::Golden>(builder.EndTable(golden.start_));
}

void add_scalars(schema::ModelBuilder& root, const RawModel& model) {
  root.add_version(model.version);
  root.add_input(schema::Input(model.input));
  root.add_task(schema::Task(model.task));
  root.add_code_limit(model.code_limit);
  root.add_fraction_bits(model.fraction_bits);
  root.add_outputs(model.outputs);
  root.add_link(schema::Link(model.link));
  root.add_link_total(model.link_total);
}

template <class Element>
Field<Element> if_any(const std::vector<Element>& elements) {
  return elements.empty() ? Field<Element>() : Field<Element>(elements);
}

void copy_encoding(const quantize::Encoding& encoding, RawModel& raw) {
  std::vector<schema::FloatEncoding> float32;
  std::vector<schema::RawEncoding> int16;
  raw.imputation.emplace();
  raw.ranges.emplace();
  for (const quantize::FeatureEncoding& feature : encoding.features) {
    float32.emplace_back(feature.offset, feature.scale);
    int16.emplace_back(feature.center, feature.multiplier, feature.shift);
    raw.imputation->push_back(feature.imputation);
    raw.ranges->emplace_back(feature.low, feature.high);
  }
  if (encoding.input == quantize::Input::kFloat32) raw.float_encoding = float32;
  if (encoding.input == quantize::Input::kInt16) raw.raw_encoding = int16;
}

void copy_linear(const quantize::QuantizedLinear& linear, RawModel& raw) {
  raw.precision = static_cast<std::uint8_t>(linear.precision);
  raw.stride = linear.stride;
  raw.sum_shift = linear.sum_shift;
  if (linear.precision == quantize::Precision::kInt8)
    raw.weights_int8.emplace(linear.weights.begin(), linear.weights.end());
  if (linear.precision == quantize::Precision::kInt16) raw.weights_int16 = linear.weights;
  raw.weights_float32 = if_any(linear.weights_float32);
  raw.bias_float32 = if_any(linear.bias_float32);
  if (linear.precision == quantize::Precision::kFloat32) return;
  raw.requantization.emplace();
  for (const quantize::Requantization& how : linear.requantization) {
    raw.requantization->emplace_back(how.multiplier, how.bias, how.shift);
  }
}

}  // namespace

void RawModel::set_budget() {
  scratch_words = stride / 2;
  const std::size_t counters = 2 + (classes ? classes->size() : 0) + 2 * feature_names->size() + 64;
  monitor_words = static_cast<std::uint32_t>(counters);
}

Bytes RawModel::bytes() const {
  FlatBufferBuilder builder;
  builder.ForceDefaults(true);
  if (tail != 0) builder.CreateVector(std::vector<std::uint8_t>(tail));
  const auto linear = predictor ? write_linear(builder, *this).Union() : Offset<void>();
  const auto names = write_texts(builder, feature_names);
  const auto float32 = write_structs(builder, float_encoding);
  const auto int16 = write_structs(builder, raw_encoding);
  const auto imputed = write(builder, imputation);
  const auto class_names = write_texts(builder, classes);
  const auto exponents = write(builder, raw_exponents);
  const auto scale = write_structs(builder, link_scale);
  const auto base = baseline ? write_baseline(builder, *this) : Offset<schema::Baseline>();
  const auto rows = golden ? write_golden(builder, *this) : Offset<schema::Golden>();
  const auto needs = budget ? schema::CreateBudget(builder, scratch_words, monitor_words, 0) : Offset<schema::Budget>();
  schema::ModelBuilder root(builder);
  add_scalars(root, *this);
  root.add_feature_names(names);
  root.add_float_encoding(float32);
  root.add_raw_encoding(int16);
  root.add_imputation(imputed);
  root.add_classes(class_names);
  root.add_predictor_type(schema::Predictor(predictor_type));
  root.add_predictor(linear);
  root.add_baseline(base);
  root.add_golden(rows);
  root.add_budget(needs);
  root.add_raw_exponents(exponents);
  root.add_link_scale(scale);
  builder.Finish(Offset<schema::Model>(builder.EndTable(root.start_)), schema::ModelIdentifier());
  return seal(builder.GetBufferPointer(), builder.GetSize());
}

Bytes seal(const std::uint8_t* model, std::size_t size) {
  const std::size_t room = (size + 7) / 8 * 8;
  Bytes bytes(model, model + size);
  bytes.resize(room + sizeof(schema::Seal));
  const std::uint32_t sizes[] = {sizeof(schema::Seal), static_cast<std::uint32_t>(bytes.size()),
                                 static_cast<std::uint32_t>(size)};
  std::memcpy(bytes.data() + room, "NHSEAL01", 8);
  std::memcpy(bytes.data() + room + 8, sizes, sizeof sizes);
  reseal(bytes);
  return bytes;
}

RawModel raw_of(const exporting::ModelContents& contents) {
  RawModel raw;
  raw.input = static_cast<std::uint8_t>(contents.common().encoding.input);
  raw.task = contents.classifies ? 1 : 0;
  raw.code_limit = contents.common().encoding.code_limit;
  raw.fraction_bits = static_cast<std::int8_t>(contents.common().fraction_bits);
  raw.outputs = static_cast<std::uint16_t>(contents.common().outputs);
  raw.feature_names = contents.feature_names;
  raw.classes = if_any(contents.classes);
  copy_encoding(contents.common().encoding, raw);
  copy_linear(contents.linear(), raw);
  raw.golden_rows = contents.golden.rows;
  raw.golden_float32 = if_any(contents.golden.features_float32);
  raw.golden_int16 = if_any(contents.golden.features_int16);
  raw.golden_scores = contents.golden.scores;
  raw.set_budget();
  return raw;
}

RawModel raw_of(const Recipe& recipe) { return raw_of(make_contents(recipe)); }

RawModel plain(std::size_t features, quantize::Precision precision, quantize::Input input) {
  exporting::ModelContents contents;
  quantize::QuantizedLinear& linear = contents.linear();
  contents.feature_names.assign(features, "f");
  linear.precision = precision;
  linear.encoding = {input, 32767, std::vector<quantize::FeatureEncoding>(features)};
  linear.outputs = 1;
  linear.stride = static_cast<std::uint32_t>((features + 3) / 4 * 4);
  linear.requantization.assign(1, {1, 0, 1});
  if (precision == quantize::Precision::kFloat32) {
    linear.weights_float32.assign(linear.stride, 0);
    linear.bias_float32.assign(1, 0);
  } else {
    linear.weights.assign(linear.stride, 0);
  }
  return raw_of(contents);
}

Status open_status(const Bytes& bytes) { return Opened(bytes).status; }
Status open_status(const RawModel& model) { return open_status(model.bytes()); }

}  // namespace nuthatch::test
