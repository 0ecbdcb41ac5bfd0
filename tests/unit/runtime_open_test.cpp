// Every refusal of `open`, reached by one deliberate change of a good model; I1 to I19 are SPEC.md's invariants.
// What is accepted at a limit is opened, and what is past it refused.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "unit/runtime_raw_model.hpp"
#include "unit/runtime_reference.hpp"

namespace nuthatch::test {

using flatbuffers::Table;
using flatbuffers::voffset_t;
using Root = schema::Model;

namespace {

constexpr std::size_t kSeal = sizeof(schema::Seal);

/// The status after `change`, which is given a model that opens.
Status status_after(const Recipe& recipe, const std::function<void(RawModel&)>& change) {
  RawModel model = raw_of(recipe);
  REQUIRE(open_status(model) == Status::kOk);
  change(model);
  return open_status(model);
}

Status status_after(const std::function<void(RawModel&)>& change) { return status_after({}, change); }

void put32(Bytes& bytes, std::size_t position, std::uint32_t word) {
  std::memcpy(bytes.data() + position, &word, sizeof word);
}

std::uint32_t get32(const Bytes& bytes, std::size_t position) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + position, sizeof word);
  return word;
}

/// The status with one word changed and the seal made good again.
Status status_with(Bytes bytes, std::size_t position, std::uint32_t word) {
  put32(bytes, position, word);
  reseal(bytes);
  return open_status(bytes);
}

Bytes good_bytes() { return make_model({}); }

Status open_at(const std::uint8_t* data, std::size_t size) {
  Model model;
  return EveryPart::open({data, size}, model);
}

/// As many classes as asked, with weights and requantization to fit.
RawModel with_classes(std::size_t classes, std::uint16_t outputs) {
  RawModel model = plain(1);
  model.task = 1;
  model.outputs = outputs;
  model.classes.emplace(classes, "c");
  model.weights_int8.emplace(std::size_t{outputs} * model.stride, 0);
  model.requantization.emplace(outputs, schema::Requantization(1, 0, 1));
  model.set_budget();
  return model;
}

}  // namespace

TEST_CASE("I1 the base is a multiple of 8") {
  const Bytes good = good_bytes();
  Buffer<std::uint8_t> room(good.size() + 16);
  for (std::size_t shift = 0; shift <= 16; ++shift) {
    CAPTURE(shift);
    std::memcpy(room.data() + shift, good.data(), good.size());
    CHECK(open_at(room.data() + shift, good.size()) == (shift % 8 == 0 ? Status::kOk : Status::kUnaligned));
  }
}

TEST_CASE("I2 null, and sizes that no model has") {
  const Buffer<std::uint8_t> bytes(good_bytes());
  CHECK(open_at(nullptr, bytes.size()) == Status::kNull);
  CHECK(open_at(nullptr, 0) == Status::kNull);
  CHECK(open_at(bytes.data(), 0) == Status::kTruncated);
  for (std::size_t size = 0; size < kSeal + 12; ++size) {
    CAPTURE(size);
    CHECK(open_at(bytes.data(), size) == Status::kTruncated);
  }
  const Buffer<std::uint8_t> smallest((kSeal + 12 + 7) / 8 * 8);  // of zeros: not too few, but no model
  CHECK(open_at(smallest.data(), smallest.size()) == Status::kNotAModel);
  for (std::size_t less = 1; less < 8; ++less) CHECK(open_at(bytes.data(), bytes.size() - less) == Status::kTruncated);
  // Refused by size alone, before a byte past the buffer is looked at.
  for (const std::size_t size : {std::size_t{0x80000000}, std::size_t{0xFFFFFFF8}, ~std::size_t{7}}) {
    CHECK(open_at(bytes.data(), size) == Status::kTruncated);
  }
}

TEST_CASE("I2 every truncation is refused, and so is every addition") {
  const Bytes good = good_bytes();
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(open_status(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))) != Status::kOk);
  }
  Bytes longer = good;
  for (int more = 0; more < 16; ++more) {
    longer.push_back(0);
    CHECK(open_status(longer) != Status::kOk);
  }
}

TEST_CASE("I2 the seal's sizes are the file's") {
  RawModel model = raw_of(Recipe{});
  model.tail = 16;
  const Bytes good = model.bytes();
  const std::size_t seal = good.size() - kSeal;
  REQUIRE(get32(good, seal + 16) == seal);
  const auto room = static_cast<std::uint32_t>(seal);
  const auto file = static_cast<std::uint32_t>(good.size());
  for (const std::uint32_t wrong : {0u, file - 8, file - 1, file + 1, file + 8, 0xFFFFFFFFu}) {
    CHECK(status_with(good, seal + 12, wrong) == Status::kTruncated);
  }
  for (const std::uint32_t fits : {room, room - 1, room - 7}) CHECK(status_with(good, seal + 16, fits) == Status::kOk);
  for (const std::uint32_t wrong : {0u, room - 8, room + 1, 0xFFFFFFFFu}) {
    CHECK(status_with(good, seal + 16, wrong) == Status::kTruncated);
  }
}

TEST_CASE("I3 the identifier is NHM1") {
  const Bytes good = good_bytes();
  REQUIRE(std::memcmp(good.data() + 4, "NHM1", 4) == 0);
  for (std::size_t i = 4; i < 8; ++i) {
    Bytes bytes = good;
    bytes[i] ^= 0x20;
    reseal(bytes);
    CHECK(open_status(bytes) == Status::kNotAModel);
  }
}

TEST_CASE("I4 the seal's magic and size") {
  const Bytes good = good_bytes();
  const std::size_t seal = good.size() - kSeal;
  for (std::size_t i = 0; i < 8; ++i) {
    Bytes bytes = good;
    bytes[seal + i] ^= 1;
    reseal(bytes);
    CHECK(open_status(bytes) == Status::kSealBroken);
  }
  for (const std::uint32_t size : {0u, 128u, 135u, 137u, 144u}) {
    CHECK(status_with(good, seal + 8, size) == Status::kSealBroken);
  }
}

TEST_CASE("I5 the CRC-32 sees every bit") {
  const Bytes good = good_bytes();
  std::size_t checksum = 0;
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1u << bit % 8));
    const Status status = open_status(bytes);
    CHECK(status != Status::kOk);
    checksum += status == Status::kChecksum;
  }
  // Identifier, magic and the three sizes speak first.
  CHECK(checksum == 8 * (good.size() - 4 - 8 - 12));
}

TEST_CASE("I21 a seal that promises an epoch, a key or a signature is refused, and its reserved bytes are 0") {
  const Bytes good = good_bytes();
  const std::size_t seal = good.size() - kSeal;
  for (std::size_t at = 20; at < 32; ++at) {
    for (const std::uint8_t value : {std::uint8_t{1}, std::uint8_t{128}, std::uint8_t{255}}) {
      Bytes bytes = good;
      bytes[seal + at] = value;
      reseal(bytes);
      CHECK(open_status(bytes) == Status::kPromise);
    }
  }
}

TEST_CASE("I6 a newer version is refused") {
  CHECK(status_after([](RawModel& m) { m.version = 2; }) == Status::kVersion);
  CHECK(status_after([](RawModel& m) { m.version = 0xFFFF; }) == Status::kVersion);
  // Before anything that a newer version could have changed.
  CHECK(status_after([](RawModel& m) { m.version = 2, m.budget = false, m.input = 9; }) == Status::kVersion);
  Bytes absent = good_bytes();  // the trainer leaves the default out
  CHECK(schema::GetModel(absent.data())->version() == 1);
  CHECK(open_status(absent) == Status::kOk);
}

// I7: offsets, lengths and table layouts, each one changed in the bytes.

namespace {

struct Place {
  std::string name;
  std::size_t at;       ///< of the offset
  std::size_t element;  ///< bytes; 0: a table
};

/// Where things are in a good model's bytes.
class Plan {
 public:
  explicit Plan(const Bytes& bytes) : bytes_(bytes) {}

  std::size_t position(const void* thing) const {
    return static_cast<std::size_t>(static_cast<const std::uint8_t*>(thing) - bytes_.data());
  }
  const Table* root() const { return flatbuffers::GetRoot<Table>(bytes_.data()); }
  const Table* child(voffset_t field) const { return root()->GetPointer<const Table*>(field); }
  std::size_t entry(const Table* table, voffset_t field) const { return position(table->GetVTable()) + field; }
  void add(const char* name, const Table* table, voffset_t field, std::size_t element) {
    const voffset_t offset = table->GetOptionalFieldOffset(field);
    if (offset != 0) places.push_back({name, position(table) + offset, element});
  }

  std::vector<Place> places;

 private:
  const Bytes& bytes_;
};

/// Every offset that `open` follows.
std::vector<Place> followed(const Bytes& bytes) {
  using schema::Linear;
  Plan plan(bytes);
  const Table* linear = plan.child(Root::VT_PREDICTOR);
  const Table* golden = plan.child(Root::VT_GOLDEN);
  plan.places.push_back({"root", 0, 0});
  plan.add("feature_names", plan.root(), Root::VT_FEATURE_NAMES, 4);
  plan.add("float_encoding", plan.root(), Root::VT_FLOAT_ENCODING, 8);
  plan.add("raw_encoding", plan.root(), Root::VT_RAW_ENCODING, 6);
  plan.add("imputation", plan.root(), Root::VT_IMPUTATION, 2);
  plan.add("classes", plan.root(), Root::VT_CLASSES, 4);
  plan.add("predictor", plan.root(), Root::VT_PREDICTOR, 0);
  plan.add("baseline", plan.root(), Root::VT_BASELINE, 0);
  plan.add("golden", plan.root(), Root::VT_GOLDEN, 0);
  plan.add("budget", plan.root(), Root::VT_BUDGET, 0);
  plan.add("weights_int8", linear, Linear::VT_WEIGHTS_INT8, 1);
  plan.add("weights_int16", linear, Linear::VT_WEIGHTS_INT16, 2);
  plan.add("weights_float32", linear, Linear::VT_WEIGHTS_FLOAT32, 4);
  plan.add("requantization", linear, Linear::VT_REQUANTIZATION, 12);
  plan.add("bias_float32", linear, Linear::VT_BIAS_FLOAT32, 4);
  plan.add("ranges", plan.child(Root::VT_BASELINE), schema::Baseline::VT_RANGES, 4);
  plan.add("features_float32", golden, schema::Golden::VT_FEATURES_FLOAT32, 4);
  plan.add("features_int16", golden, schema::Golden::VT_FEATURES_INT16, 2);
  plan.add("scores", golden, schema::Golden::VT_SCORES, 4);
  return plan.places;
}

void check_offset(const Bytes& good, const Place& place) {
  const std::uint32_t offset = get32(good, place.at);
  const auto size = static_cast<std::uint32_t>(good.size() - kSeal);
  const auto to_end = static_cast<std::uint32_t>(size - place.at);
  for (const std::uint32_t wrong : {0u, offset + 1, offset + 2, offset - 1, to_end, to_end - 1, to_end + 4, 0x7FFFFFFCu,
                                    0x80000000u + offset, 0xFFFFFFFCu}) {
    CAPTURE(wrong);
    CHECK(status_with(good, place.at, wrong) == Status::kStructure);
  }
}

void check_length(const Bytes& good, const Place& place) {
  const std::size_t length = place.at + get32(good, place.at);
  const std::size_t room = good.size() - kSeal - length - 4;
  const auto most = static_cast<std::uint32_t>(room / place.element);
  // In bounds, but not as many as there are features, outputs or rows.
  CHECK(status_with(good, length, most) == Status::kShape);
  for (const std::uint32_t wrong : {most + 1, 0x07FFFFFFu, 0x08000000u, 0x40000001u, 0x80000001u, 0xFFFFFFFFu}) {
    CAPTURE(wrong);
    CHECK(status_with(good, length, wrong) == Status::kStructure);
  }
}

void check_table(const Bytes& good, const Place& place) {
  const std::size_t table = place.at + get32(good, place.at);
  const std::uint32_t back = get32(good, table);
  const std::size_t vtable = table - back;
  for (const std::uint32_t wrong : {back + 1, static_cast<std::uint32_t>(table) + 2, 0x80000000u, 0x7FFFFFFEu,
                                    0u - static_cast<std::uint32_t>(good.size())}) {
    CAPTURE(wrong);
    CHECK(status_with(good, table, wrong) == Status::kStructure);
  }
  for (const std::uint32_t wrong : {1u, 5u, 0xFFFEu, 0xFFFFu}) {  // the layout's own size: odd, or past the end
    CAPTURE(wrong);
    CHECK(status_with(good, vtable, (get32(good, vtable) & 0xFFFF0000u) | wrong) == Status::kStructure);
  }
}

}  // namespace

TEST_CASE("I7 every offset and length that is followed lies in the buffer") {
  std::size_t seen = 0;
  for (Recipe recipe : all_arithmetic()) {
    recipe.classes = 3;
    RawModel model = raw_of(recipe);
    model.tail = 16;  // room for a length that stays in bounds
    const Bytes good = model.bytes();
    REQUIRE(open_status(good) == Status::kOk);
    for (const Place& place : followed(good)) {
      CAPTURE(text_of(recipe));
      CAPTURE(place.name);
      check_offset(good, place);
      if (place.element != 0) check_length(good, place);
      if (place.element == 0) check_table(good, place);
      ++seen;
    }
  }
  CHECK(seen == 6 * 14);
}

TEST_CASE("I7 a vector may end where the buffer ends, and not a byte later") {
  for (const Recipe& recipe : all_arithmetic()) {
    // The writer puts the weights last, and nothing behind them.
    Bytes bytes = make_model(recipe);
    const std::size_t seal = bytes.size() - kSeal;
    CHECK(open_status(bytes) == Status::kOk);
    CHECK(status_with(bytes, seal + 16, static_cast<std::uint32_t>(seal - 1)) == Status::kStructure);
  }
}

namespace {

struct Scalar {
  const char* name;
  std::size_t entry;
  std::size_t size;
};

std::vector<Scalar> scalars(const Bytes& bytes) {
  const Plan plan(bytes);
  const Table* linear = plan.child(Root::VT_PREDICTOR);
  const Table* budget = plan.child(Root::VT_BUDGET);
  return {{"version", plan.entry(plan.root(), Root::VT_VERSION), 2},
          {"input", plan.entry(plan.root(), Root::VT_INPUT), 1},
          {"task", plan.entry(plan.root(), Root::VT_TASK), 1},
          {"code_limit", plan.entry(plan.root(), Root::VT_CODE_LIMIT), 2},
          {"fraction_bits", plan.entry(plan.root(), Root::VT_FRACTION_BITS), 1},
          {"outputs", plan.entry(plan.root(), Root::VT_OUTPUTS), 2},
          {"predictor_type", plan.entry(plan.root(), Root::VT_PREDICTOR_TYPE), 1},
          {"precision", plan.entry(linear, schema::Linear::VT_PRECISION), 1},
          {"stride", plan.entry(linear, schema::Linear::VT_STRIDE), 4},
          {"sum_shift", plan.entry(linear, schema::Linear::VT_SUM_SHIFT), 1},
          {"rows", plan.entry(plan.child(Root::VT_GOLDEN), schema::Golden::VT_ROWS), 4},
          {"scratch_words", plan.entry(budget, schema::Budget::VT_SCRATCH_WORDS), 4},
          {"monitor_words", plan.entry(budget, schema::Budget::VT_MONITOR_WORDS), 4}};
}

}  // namespace

TEST_CASE("I7 every scalar that is read lies in the buffer, aligned") {
  const Bytes good = raw_of(Recipe{}).bytes();
  for (const Scalar& scalar : scalars(good)) {
    CAPTURE(scalar.name);
    const std::uint32_t word = get32(good, scalar.entry);
    REQUIRE((word & 0xFFFF) != 0);
    for (const std::uint32_t past : {0xFFFCu, 0xFFF0u, 0x8000u}) {
      CHECK(status_with(good, scalar.entry, (word & 0xFFFF0000u) | past) == Status::kStructure);
    }
    if (scalar.size > 1) CHECK(status_with(good, scalar.entry, word + 1) == Status::kStructure);
  }
}

TEST_CASE("I7 required tables") {
  CHECK(status_after([](RawModel& m) { m.predictor = false; }) == Status::kStructure);
  CHECK(status_after([](RawModel& m) { m.baseline = false; }) == Status::kStructure);
  CHECK(status_after([](RawModel& m) { m.golden = false; }) == Status::kStructure);
  CHECK(status_after([](RawModel& m) { m.budget = false; }) == Status::kStructure);
}

namespace {

/// The status of the text `index` of `field` once the bytes have been changed where its offset, length or end is.
struct TextStatuses {
  Status feature;
  Status name;
};

TextStatuses text_statuses(Bytes bytes) {
  reseal(bytes);
  const Opened opened(bytes);
  REQUIRE(opened.status == Status::kOk);
  Text text = {nullptr, 0};
  return {opened.model.feature_name(1, text), opened.model.class_name(1, text)};
}

/// Where the offset of text 1 of a vector of texts is.
std::size_t text_offset(const Bytes& bytes, voffset_t field) {
  const Plan plan(bytes);
  return plan.position(plan.root()->GetPointer<const std::uint8_t*>(field)) + 8;
}

void check_text(const Bytes& good, voffset_t field, Status TextStatuses::*status) {
  const std::size_t offset = text_offset(good, field);
  const std::size_t length = offset + get32(good, offset);
  const auto past = static_cast<std::uint32_t>(good.size());
  CHECK(text_statuses(good).*status == Status::kOk);
  const auto changed = [&](std::size_t position, std::uint32_t word) {
    Bytes bytes = good;
    put32(bytes, position, word);
    return text_statuses(bytes).*status;
  };
  for (const std::uint32_t wrong : {0u, past, 0x80000000u, 0xFFFFFFFFu}) {
    CHECK(changed(offset, wrong) == Status::kStructure);
  }
  for (const std::uint32_t wrong : {past, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    CHECK(changed(length, wrong) == Status::kStructure);
  }
  // "f1" without its terminator.
  CHECK(changed(length + 4, get32(good, length + 4) | 0x00010000u) == Status::kStructure);
}

}  // namespace

TEST_CASE("I7 names are proven when they are asked for") {
  Recipe recipe;
  recipe.classes = 3;
  const Bytes good = make_model(recipe);
  check_text(good, Root::VT_FEATURE_NAMES, &TextStatuses::feature);
  check_text(good, Root::VT_CLASSES, &TextStatuses::name);
}

TEST_CASE("I7 exponents are proven when they are asked for") {
  RawModel raw = plain(5, Precision::kInt16, Input::kInt16);
  raw.raw_exponents = {-3, 127, -128, 1};  // one fewer than features: the last is 0
  const Bytes good = raw.bytes();
  const auto exponent_of = [](const Bytes& bytes, std::size_t index, int& exponent) {
    const Opened opened(bytes);
    REQUIRE(opened.status == Status::kOk);
    return opened.model.raw_exponent(index, exponent);
  };
  int exponent = 99;
  const int expected[] = {-3, 127, -128, 1, 0};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(exponent_of(good, i, exponent) == Status::kOk);
    CHECK(exponent == expected[i]);
  }
  CHECK(exponent_of(good, 5, exponent) == Status::kIndex);
  Plan plan(good);
  plan.add("raw_exponents", plan.root(), Root::VT_RAW_EXPONENTS, 1);
  for (const std::uint32_t wrong : {0u, 0x7FFFFFF0u, 0xFFFFFFFFu}) {
    Bytes bytes = good;
    put32(bytes, plan.places.at(0).at, wrong);
    reseal(bytes);
    CHECK(exponent_of(bytes, 0, exponent) == Status::kStructure);
  }
}

TEST_CASE("I8 enumerations, the code limit and the fraction bits are in range") {
  CHECK(status_after([](RawModel& m) { m.input = 2; }) == Status::kNumber);
  CHECK(status_after([](RawModel& m) { m.task = 2; }) == Status::kNumber);
  CHECK(status_after([](RawModel& m) { m.precision = 3; }) == Status::kNumber);
  CHECK(status_after([](RawModel& m) { m.precision = 255; }) == Status::kNumber);
  const auto with_limit = [](int limit) {
    RawModel model = plain(1);
    model.code_limit = static_cast<std::int16_t>(limit);
    return open_status(model);
  };
  for (const int limit : {1, 2, 32767}) CHECK(with_limit(limit) == Status::kOk);
  for (const int limit : {0, -1, -32768}) CHECK(with_limit(limit) == Status::kNumber);
  const auto with_bits = [](int bits) {
    return status_after([bits](RawModel& m) { m.fraction_bits = static_cast<std::int8_t>(bits); });
  };
  for (const int bits : {-64, 0, 64}) CHECK(with_bits(bits) == Status::kOk);
  for (const int bits : {-128, -65, 65, 127}) CHECK(with_bits(bits) == Status::kNumber);
}

TEST_CASE("I8 a kind or an input that is not linked is refused") {
  const Buffer<std::uint8_t> int8(make_model({}));
  const Span<const std::uint8_t> bytes(int8.data(), int8.size());
  Model model;
  CHECK(open<Float32Input, Linear>(bytes, model) == Status::kOk);
  CHECK(open<Linear, Float32Input>(bytes, model) == Status::kOk);
  CHECK(open<Int16Input, Linear>(bytes, model) == Status::kInputNotLinked);
  CHECK(open<Linear>(bytes, model) == Status::kInputNotLinked);
  CHECK(open<Float32Input>(bytes, model) == Status::kKindNotLinked);
  CHECK(open<Float32Input, LinearFloat32>(bytes, model) == Status::kKindNotLinked);
  const detail::Part* const holed[] = {nullptr, &Linear::part, nullptr, &Float32Input::part};
  CHECK(open(bytes, Span<const detail::Part* const>(holed), model) == Status::kOk);
  CHECK(open(bytes, Span<const detail::Part* const>(), model) == Status::kInputNotLinked);
  for (const int type : {0, 7, 255}) {
    CHECK(status_after([type](RawModel& m) { m.predictor_type = static_cast<std::uint8_t>(type); }) ==
          Status::kKindNotLinked);
  }
}

TEST_CASE("I8 each precision asks for its own part") {
  for (const Recipe& recipe : all_arithmetic()) {
    CAPTURE(text_of(recipe));
    const Buffer<std::uint8_t> file(make_model(recipe));
    const Span<const std::uint8_t> bytes(file.data(), file.size());
    const bool exact = recipe.precision == Precision::kFloat32;
    Model model;
    CHECK(open<Float32Input, Int16Input, Linear>(bytes, model) == (exact ? Status::kKindNotLinked : Status::kOk));
    CHECK(open<Float32Input, Int16Input, LinearFloat32>(bytes, model) ==
          (exact ? Status::kOk : Status::kKindNotLinked));
  }
}

TEST_CASE("I9 1 to 65535 features") {
  CHECK(open_status(plain(1)) == Status::kOk);
  CHECK(open_status(plain(65535)) == Status::kOk);
  CHECK(open_status(plain(65536)) == Status::kShape);
  CHECK(open_status(plain(0)) == Status::kShape);
  CHECK(status_after([](RawModel& m) { m.feature_names.reset(); }) == Status::kShape);
  // One feature in 16 bits, and a model of one feature in all else.
  RawModel model = plain(1);
  model.feature_names.emplace(65537, "f");
  CHECK(open_status(model) == Status::kShape);
}

TEST_CASE("I9 outputs and classes agree with the task") {
  for (std::uint16_t outputs = 0; outputs < 6; ++outputs) {
    for (std::size_t classes = 0; classes < 6; ++classes) {
      CAPTURE(outputs);
      CAPTURE(classes);
      RawModel model = with_classes(classes, outputs);
      const bool classification = classes >= 2 && outputs == (classes == 2 ? 1 : classes);
      CHECK(open_status(model) == (classification ? Status::kOk : Status::kShape));
      model.task = 0;
      CHECK(open_status(model) == (classes == 0 && outputs == 1 ? Status::kOk : Status::kShape));
    }
  }
  CHECK(open_status(with_classes(65535, 65535)) == Status::kOk);
  CHECK(open_status(with_classes(65536, 65535)) == Status::kShape);
  CHECK(open_status(with_classes(65536, 0)) == Status::kShape);
  RawModel three = with_classes(3, 3);
  three.classes.emplace(65539, "c");  // three in 16 bits
  CHECK(open_status(three) == Status::kShape);
}

namespace {

/// The status with one element more, one fewer and none at all.
template <class Element>
void check_one_a_feature(const Recipe& recipe, Field<Element> RawModel::*field) {
  CHECK(status_after(recipe, [&](RawModel& m) { (m.*field)->push_back((m.*field)->back()); }) == Status::kShape);
  CHECK(status_after(recipe, [&](RawModel& m) { (m.*field)->erase((m.*field)->begin()); }) == Status::kShape);
  CHECK(status_after(recipe, [&](RawModel& m) { (m.*field).reset(); }) == Status::kShape);
}

Recipe int16_recipe() { return {Precision::kInt16, Input::kInt16}; }
Recipe float32_recipe() { return {Precision::kFloat32, Input::kFloat32}; }

}  // namespace

TEST_CASE("I10 vectors a feature have one element a feature") {
  check_one_a_feature({}, &RawModel::float_encoding);
  check_one_a_feature(int16_recipe(), &RawModel::raw_encoding);
  check_one_a_feature({}, &RawModel::imputation);
  check_one_a_feature({}, &RawModel::ranges);
  // The other input's encoding does not stand in.
  CHECK(status_after([](RawModel& m) { m.input = 1; }) == Status::kShape);
  CHECK(status_after(int16_recipe(), [](RawModel& m) { m.input = 0; }) == Status::kShape);
}

TEST_CASE("I11 imputation codes are within the limit, or missing") {
  for (const std::size_t index : {std::size_t{0}, std::size_t{2}}) {
    for (const int limit : {1, 1000, 32767}) {
      const auto imputed = [&](int code) {
        RawModel model = plain(3);
        model.code_limit = static_cast<std::int16_t>(limit);
        model.imputation->at(index) = static_cast<std::int16_t>(code);
        return open_status(model);
      };
      for (const int code : {0, limit, -limit, -32768}) CHECK(imputed(code) == Status::kOk);
      if (limit == 32767) continue;
      for (const int code : {limit + 1, -limit - 1, 32767, -32767}) CHECK(imputed(code) == Status::kNumber);
    }
  }
}

TEST_CASE("I12 float encoding: a finite offset and a positive normal scale") {
  using Limits = std::numeric_limits<float>;
  const auto encoded = [](std::size_t index, float offset, float scale) {
    RawModel model = plain(3);
    model.float_encoding->at(index) = schema::FloatEncoding(offset, scale);
    return open_status(model);
  };
  const float largest_denormal = std::nextafter(Limits::min(), 0.0F);
  for (const std::size_t index : {std::size_t{0}, std::size_t{2}}) {
    for (const float offset : {0.0F, -0.0F, Limits::max(), -Limits::max(), Limits::denorm_min()}) {
      CHECK(encoded(index, offset, 1) == Status::kOk);
    }
    for (const float offset : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
      CHECK(encoded(index, offset, 1) == Status::kNumber);
    }
    for (const float scale : {Limits::min(), 1.0F, Limits::max()}) CHECK(encoded(index, 0, scale) == Status::kOk);
    for (const float scale : {0.0F, -0.0F, -1.0F, -Limits::min(), -Limits::max(), largest_denormal,
                              Limits::denorm_min(), Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
      CHECK(encoded(index, 0, scale) == Status::kNumber);
    }
  }
}

TEST_CASE("I12 float encoding: codes of octaves have a scale of -2^-1 to -2^-31, and no float32 weights") {
  const auto encoded = [](Precision precision, float offset, float scale) {
    RawModel model = plain(3, precision);
    model.float_encoding->at(1) = schema::FloatEncoding(offset, scale);
    return open_status(model);
  };
  for (int shift = -2; shift <= 40; ++shift) {
    CAPTURE(shift);
    const float scale = -std::ldexp(1.0F, -shift);
    const bool good = shift >= 1 && shift <= 31;
    CHECK(encoded(Precision::kInt8, 3, scale) == (good ? Status::kOk : Status::kNumber));
    CHECK(encoded(Precision::kInt8, 3, std::nextafter(scale, 0.0F)) == Status::kNumber);
    CHECK(encoded(Precision::kFloat32, 3, scale) == Status::kNumber);
  }
  CHECK(encoded(Precision::kInt8, std::numeric_limits<float>::infinity(), -0.5F) == Status::kNumber);
}

TEST_CASE("I13 raw encoding: a positive multiplier and a shift of 1 to 31") {
  const auto encoded = [](std::size_t index, int center, int multiplier, int shift) {
    RawModel model = plain(3, Precision::kInt16, Input::kInt16);
    model.raw_encoding->at(index) = schema::RawEncoding(
        static_cast<std::int16_t>(center), static_cast<std::int16_t>(multiplier), static_cast<std::uint8_t>(shift));
    return open_status(model);
  };
  for (const std::size_t index : {std::size_t{0}, std::size_t{2}}) {
    for (const int center : {-32768, 0, 32767}) {
      for (const int good : {1, 32767}) CHECK(encoded(index, center, good, 1) == Status::kOk);
      for (const int wrong : {0, -1, -32768}) CHECK(encoded(index, center, wrong, 1) == Status::kNumber);
      for (const int good : {1, 31}) CHECK(encoded(index, center, 32767, good) == Status::kOk);
      for (const int wrong : {0, 32, 255}) CHECK(encoded(index, center, 1, wrong) == Status::kNumber);
    }
  }
  // Whatever the center, the farthest product and its rounding bit fit 32 bits: nothing is left to refuse.
  static_assert(65535LL * 32767 + 1 <= std::numeric_limits<std::int32_t>::max());
}

TEST_CASE("I14 the stride") {
  const auto with_stride = [](std::size_t features, std::uint32_t stride) {
    RawModel model = plain(features);
    model.stride = stride;
    model.weights_int8.emplace(stride, 0);
    model.set_budget();
    return open_status(model);
  };
  for (std::uint32_t stride = 0; stride <= 16; ++stride) {
    CAPTURE(stride);
    CHECK(with_stride(5, stride) == (stride == 8 || stride == 12 || stride == 16 ? Status::kOk : Status::kShape));
  }
  CHECK(with_stride(8, 8) == Status::kOk);
  CHECK(with_stride(9, 8) == Status::kShape);
  CHECK(with_stride(1, 65536) == Status::kOk);
  CHECK(with_stride(1, 65540) == Status::kShape);
}

TEST_CASE("I14 the padding behind each row of weights is zero") {
  // 2 features and 3 outputs: padding at 2, 3, 6, 7, 10 and 11 of 12.
  Recipe recipe{Precision::kInt8, Input::kFloat32, 2, 3};
  for (std::size_t at = 0; at < 12; ++at) {
    CAPTURE(at);
    const Status expected = at % 4 < 2 ? Status::kOk : Status::kNumber;
    recipe.precision = Precision::kInt8;
    CHECK(status_after(recipe, [&](RawModel& m) { m.weights_int8->at(at) = 1; }) == expected);
    recipe.precision = Precision::kInt16;
    for (const int weight : {1, -1, 256}) {
      CHECK(status_after(recipe, [&](RawModel& m) { m.weights_int16->at(at) = static_cast<std::int16_t>(weight); }) ==
            expected);
    }
    recipe.precision = Precision::kFloat32;
    for (const float weight : {1e-45F, 1.0F, -0.0F}) {
      CHECK(status_after(recipe, [&](RawModel& m) { m.weights_float32->at(at) = weight; }) == expected);
    }
  }
}

TEST_CASE("I14 weights, requantization and bias are as long as outputs and stride say") {
  Recipe int8;
  int8.classes = 3;
  check_one_a_feature(int8, &RawModel::weights_int8);
  check_one_a_feature(int8, &RawModel::requantization);
  Recipe int16 = int16_recipe();
  int16.classes = 3;
  check_one_a_feature(int16, &RawModel::weights_int16);
  check_one_a_feature(int16, &RawModel::requantization);
  Recipe float32 = float32_recipe();
  float32.classes = 3;
  check_one_a_feature(float32, &RawModel::weights_float32);
  check_one_a_feature(float32, &RawModel::bias_float32);
  // Weights of another precision do not stand in. 2^30 * 4 elements would wrap 32 bits to none.
  CHECK(status_after(int8, [](RawModel& m) { m.precision = 1; }) == Status::kShape);
  CHECK(status_after(int8, [](RawModel& m) { m.stride = 0x40000000; }) == Status::kShape);
}

namespace {

/// One output whose |weights| add up to `total`, with the sign of each weight alternating.
template <class Element>
std::vector<Element> weights_of(std::int64_t total, std::int64_t most) {
  std::vector<Element> weights;
  for (; total > 0; total -= most) {
    const std::int64_t weight = total < most ? total : most;
    weights.push_back(static_cast<Element>(weights.size() % 2 == 0 ? weight : -weight));
  }
  return weights;
}

/// The model's status if the weights add up to `total` at this limit of codes.
Status int8_sum(std::int64_t total, std::int16_t limit) {
  auto weights = weights_of<std::int8_t>(total, 127);
  RawModel model = plain(weights.size());
  weights.resize(model.stride);
  model.weights_int8 = weights;
  model.code_limit = limit;
  model.requantization->at(0) = schema::Requantization(1, 0, 62);
  return open_status(model);
}

Status int16_sum(std::int64_t total, std::int16_t limit, std::uint8_t sum_shift) {
  auto weights = weights_of<std::int16_t>(total, 32767);
  RawModel model = plain(weights.size(), Precision::kInt16);
  weights.resize(model.stride);
  model.weights_int16 = weights;
  model.code_limit = limit;
  model.sum_shift = sum_shift;
  model.requantization->at(0) = schema::Requantization(1, 0, 62);
  return open_status(model);
}

}  // namespace

TEST_CASE("I15 sums of int8 weights fit 32 bits") {
  static_assert(92349LL * 23254 == 2147483646);  // one of it is for the rounding that int16 has
  CHECK(int8_sum(92349, 23254) == Status::kOk);
  CHECK(int8_sum(92350, 23254) == Status::kOverflow);
  static_assert(131072LL * 16384 == 2147483648);
  CHECK(int8_sum(131072, 16384) == Status::kOverflow);
  CHECK(int8_sum(131071, 16384) == Status::kOk);
  CHECK(status_after([](RawModel& m) { m.sum_shift = 1; }) == Status::kNumber);
}

TEST_CASE("I15 sums of int16 weights fit 32 bits after the shift") {
  static_assert(92349LL * 23254 == 2147483646 && 464773LL * 9241 == 2 * 2147483646LL + 1);
  CHECK(int16_sum(92349, 23254, 0) == Status::kOk);
  CHECK(int16_sum(92350, 23254, 0) == Status::kOverflow);
  CHECK(int16_sum(464773, 9241, 1) == Status::kOk);  // halved and rounded up: 2^31 - 1
  CHECK(int16_sum(464774, 9241, 1) == Status::kOverflow);
  static_assert(196611LL * 21845 == 2 * 2147483647LL + 1);
  CHECK(int16_sum(196611, 21845, 1) == Status::kOverflow);  // halved and rounded up: 2^31
  // 65535 features of the largest weights and codes need 15 bits of shift.
  CHECK(int16_sum(65535LL * 32767, 32767, 15) == Status::kOk);
  CHECK(int16_sum(65535LL * 32767, 32767, 14) == Status::kOverflow);
  CHECK(int16_sum(1, 1, 31) == Status::kOk);
  CHECK(int16_sum(1, 1, 32) == Status::kNumber);
  CHECK(int16_sum(1, 1, 255) == Status::kNumber);
}

TEST_CASE("I15 a weight of -128 or -32768 counts whole") {
  RawModel model = plain(1);
  model.code_limit = 16384;
  model.weights_int8->at(0) = -128;
  model.requantization->at(0) = schema::Requantization(2047, 0, 1);  // (2^21 + 1) * 2047 / 2 + 1 < 2^31
  CHECK(open_status(model) == Status::kOk);
  model.requantization->at(0) = schema::Requantization(2048, 0, 1);
  CHECK(open_status(model) == Status::kOverflow);
  model = plain(2, Precision::kInt16);
  model.weights_int16->at(0) = model.weights_int16->at(1) = -32768;
  model.requantization->at(0) = schema::Requantization(0, 0, 1);
  model.code_limit = 32767;
  CHECK(open_status(model) == Status::kOk);  // 2^16 * 32767
  model = plain(3, Precision::kInt16);
  model.weights_int16->assign(3, -32768);
  model.weights_int16->push_back(0);
  CHECK(open_status(model) == Status::kOverflow);
}

namespace {

/// Weight 1 and code limit 1: the largest sum is 1, and 2 with the rounding.
Status requantized(std::int32_t multiplier, std::int32_t bias, int shift) {
  RawModel model = plain(1);
  model.code_limit = 1;
  model.weights_int8->at(0) = 1;
  model.requantization->at(0) = schema::Requantization(multiplier, bias, static_cast<std::uint8_t>(shift));
  return open_status(model);
}

}  // namespace

TEST_CASE("I16 requantization: multiplier and shift") {
  for (const std::int32_t multiplier : {0, 1, 0x7FFFFFFF}) CHECK(requantized(multiplier, 0, 31) == Status::kOk);
  for (const std::int32_t multiplier : {-1, INT32_MIN}) CHECK(requantized(multiplier, 0, 31) == Status::kNumber);
  for (const int shift : {1, 62}) CHECK(requantized(1, 0, shift) == Status::kOk);
  for (const int shift : {0, 63, 255}) CHECK(requantized(1, 0, shift) == Status::kNumber);
}

TEST_CASE("I16 every score fits 32 bits") {
  // (2 * multiplier >> 1) + 1 + |bias| is at most 2^31 - 1.
  constexpr std::int32_t kMost = 0x7FFFFFFF;
  CHECK(requantized(kMost - 1, 0, 1) == Status::kOk);
  CHECK(requantized(kMost, 0, 1) == Status::kOverflow);
  CHECK(requantized(kMost - 1, 1, 1) == Status::kOverflow);
  CHECK(requantized(kMost - 1, -1, 1) == Status::kOverflow);
  for (const std::int32_t sign : {1, -1}) {
    CHECK(requantized(1000, sign * (kMost - 1001), 1) == Status::kOk);
    CHECK(requantized(1000, sign * (kMost - 1000), 1) == Status::kOverflow);
    CHECK(requantized(0, sign * (kMost - 1), 1) == Status::kOk);
    CHECK(requantized(0, sign * kMost, 1) == Status::kOverflow);
  }
  CHECK(requantized(0, INT32_MIN, 1) == Status::kOverflow);
}

TEST_CASE("I16 and I17 are asked of every output") {
  RawModel integers = with_classes(6, 6);
  integers.requantization->back() = schema::Requantization(-1, 0, 1);
  CHECK(open_status(integers) == Status::kNumber);
  integers.requantization->back() = schema::Requantization(0, INT32_MIN, 1);
  CHECK(open_status(integers) == Status::kOverflow);
  Recipe recipe = float32_recipe();
  recipe.classes = 6;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(status_after(recipe, [&](RawModel& m) { m.bias_float32->back() = nan; }) == Status::kNumber);
  // The last weight that is used.
  CHECK(status_after(recipe, [&](RawModel& m) { m.weights_float32->at(5 * 4 + 2) = nan; }) == Status::kNumber);
}

TEST_CASE("I17 float32 weights and bias: finite, and at most 2^64") {
  const float most = std::ldexp(1.0F, 64);
  const float past = std::nextafter(most, std::numeric_limits<float>::max());
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto with_weight = [](std::size_t index, float value) {
    return status_after(float32_recipe(), [&](RawModel& m) { m.weights_float32->at(index) = value; });
  };
  const auto with_bias = [](float value) {
    return status_after(float32_recipe(), [&](RawModel& m) { m.bias_float32->at(0) = value; });
  };
  for (const float good : {0.0F, -0.0F, 1e-45F, most, -most}) {
    CHECK(with_bias(good) == Status::kOk);
    for (const std::size_t index : {std::size_t{0}, std::size_t{2}}) CHECK(with_weight(index, good) == Status::kOk);
  }
  for (const float wrong : {past, -past, std::numeric_limits<float>::max(), infinity, -infinity, nan, -nan}) {
    CHECK(with_bias(wrong) == Status::kNumber);
    for (const std::size_t index : {std::size_t{0}, std::size_t{2}}) {
      CHECK(with_weight(index, wrong) == Status::kNumber);
    }
  }
  CHECK(open_status(plain(1, Precision::kFloat32, Input::kInt16)) == Status::kOk);
}

TEST_CASE("I18 golden rows are as long as they say") {
  for (const Recipe& recipe : all_arithmetic()) {
    CAPTURE(text_of(recipe));
    CHECK(status_after(recipe, [](RawModel& m) { ++m.golden_rows; }) == Status::kShape);
    CHECK(status_after(recipe, [](RawModel& m) { --m.golden_rows; }) == Status::kShape);
    CHECK(status_after(recipe, [](RawModel& m) { m.golden_scores->push_back(0); }) == Status::kShape);
    CHECK(status_after(recipe, [](RawModel& m) { m.golden_scores->pop_back(); }) == Status::kShape);
    if (recipe.input == Input::kInt16) check_one_a_feature(recipe, &RawModel::golden_int16);
    if (recipe.input == Input::kFloat32) check_one_a_feature(recipe, &RawModel::golden_float32);
    CHECK(status_after(recipe, [](RawModel& m) {
            m.golden_rows = 0;
            m.golden_float32.reset();
            m.golden_int16.reset();
            m.golden_scores.reset();
          }) == Status::kOk);
  }
}

TEST_CASE("I18 at most 64 golden rows") {
  const auto with_rows = [](std::uint32_t rows, std::size_t written) {
    RawModel model = plain(1);
    model.golden_rows = rows;
    model.golden_float32.emplace(written, 0.0F);
    model.golden_scores.emplace(written, 0);
    return open_status(model);
  };
  CHECK(with_rows(64, 64) == Status::kOk);
  CHECK(with_rows(65, 65) == Status::kShape);
  CHECK(with_rows(0xFFFFFFFF, 0) == Status::kShape);
}

TEST_CASE("I19 the budget is what is computed") {
  for (Recipe recipe : all_tasks(4)) {
    CAPTURE(text_of(recipe));
    CHECK(status_after(recipe, [](RawModel& m) { ++m.scratch_words; }) == Status::kBudget);
    CHECK(status_after(recipe, [](RawModel& m) { --m.scratch_words; }) == Status::kBudget);
    const std::size_t most = 36 * recipe.features + 2 * recipe.classes + 128;
    CHECK(status_after(recipe, [&](RawModel& m) { m.monitor_words = static_cast<std::uint32_t>(most); }) ==
          Status::kOk);
    CHECK(status_after(recipe, [&](RawModel& m) { m.monitor_words = static_cast<std::uint32_t>(most) + 1; }) ==
          Status::kBudget);
  }
}

TEST_CASE("open: a refused model is closed, even if it was open before") {
  Opened opened(good_bytes());
  REQUIRE(opened.status == Status::kOk);
  REQUIRE(opened.model.footprint().features == 3);
  const Buffer<std::uint8_t> bad(raw_of(Recipe{}).bytes());
  bad[bad.size() - 1] ^= 1;
  CHECK(EveryPart::open({bad.data(), bad.size()}, opened.model) == Status::kChecksum);
  CHECK_FALSE(opened.model.is_open());
  const Footprint footprint = opened.model.footprint();
  CHECK(footprint.features + footprint.outputs + footprint.classes + footprint.scratch_words == 0);
  CHECK(footprint.monitor_words + footprint.snapshot_bytes == 0);
  CHECK(opened.model.identity() == nullptr);
  CHECK(opened.model.fraction_bits() == 0);
}

TEST_CASE("open: what it says of a model is what was written") {
  for (const Recipe& recipe : all_tasks(4)) {
    CAPTURE(text_of(recipe));
    const auto contents = make_contents(recipe);
    const Opened opened(exporting::write_model(contents));
    REQUIRE(opened.status == Status::kOk);
    const Footprint footprint = opened.model.footprint();
    CHECK(footprint.features == recipe.features);
    CHECK(footprint.outputs == outputs_of(recipe));
    CHECK(footprint.classes == recipe.classes);
    CHECK(footprint.scratch_words * 2 >= recipe.features);
    CHECK(footprint.monitor_words == 2 + recipe.classes + 2 * recipe.features + 64);
    CHECK(footprint.snapshot_bytes == 96 + 4 * footprint.monitor_words + 4);
    CHECK(opened.model.fraction_bits() == contents.common().fraction_bits);
    CHECK((opened.model.input() == nuthatch::Input::kInt16) == (recipe.input == Input::kInt16));
    CHECK((opened.model.task() == Task::kClassification) == contents.classifies);
    const auto seal = exporting::read_seal({opened.bytes.data(), opened.bytes.size()});
    CHECK(std::memcmp(opened.model.identity(), seal.sha256.data(), 32) == 0);
  }
}

TEST_CASE("open: names and exponents are those that were written") {
  Recipe recipe = int16_recipe();
  recipe.classes = 4;
  const auto contents = make_contents(recipe);
  const Opened opened(exporting::write_model(contents));
  Text text = {nullptr, 0};
  int exponent = 99;
  for (std::size_t i = 0; i < recipe.features; ++i) {
    REQUIRE(opened.model.feature_name(i, text) == Status::kOk);
    CHECK(std::string(text.data, text.size) == contents.feature_names[i]);
    CHECK(opened.model.raw_exponent(i, exponent) == Status::kOk);
    CHECK(exponent == contents.common().encoding.features[i].exponent);
  }
  for (std::size_t k = 0; k < recipe.classes; ++k) {
    REQUIRE(opened.model.class_name(k, text) == Status::kOk);
    CHECK(std::string(text.data, text.size) == contents.classes[k]);
  }
}

}  // namespace nuthatch::test
