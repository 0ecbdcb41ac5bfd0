// Probability against SPEC.md's formula in long double, and what it refuses: I80 to I85.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "unit/runtime_raw_model.hpp"
#include "unit/runtime_reference.hpp"

namespace nuthatch::test {

using Root = schema::Model;

namespace {

constexpr std::int32_t kLow = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kHigh = std::numeric_limits<std::int32_t>::max();
constexpr std::uint8_t kLogistic = 1;
constexpr std::uint8_t kProportion = 2;

using Words = std::vector<std::int32_t>;
using Scale = std::vector<schema::Requantization>;

/// A classifier of one feature and weights of 0; what it predicts is no matter here.
RawModel with_classes(std::size_t classes) {
  RawModel model = plain(1);
  model.task = 1;
  model.outputs = static_cast<std::uint16_t>(classes == 2 ? 1 : classes);
  model.classes.emplace(classes, "c");
  model.weights_int8.emplace(std::size_t{model.outputs} * model.stride, 0);
  model.requantization.emplace(model.outputs, schema::Requantization(1, 0, 1));
  model.set_budget();
  return model;
}

RawModel logistic(std::size_t classes, const Scale& scale) {
  RawModel model = with_classes(classes);
  model.link = kLogistic;
  model.link_scale = scale;
  return model;
}

RawModel proportion(std::size_t classes, std::uint32_t total) {
  RawModel model = with_classes(classes);
  model.link = kProportion;
  model.link_total = total;
  return model;
}

std::int64_t exponent(std::int32_t score, const schema::Requantization& how) {
  const std::int64_t scaled = divide_rounding_half_up(std::int64_t{score} * how.multiplier(), how.shift());
  return std::clamp<std::int64_t>(scaled + how.bias(), kLow, kHigh);
}

/// The formula of SPEC.md, "Probabilities", in real numbers.
std::vector<long double> exact(const RawModel& model, const Words& scores) {
  std::vector<long double> weights;
  const std::size_t classes = model.classes->size();
  if (model.link == kLogistic) {
    std::vector<std::int64_t> exponents(classes, 0);
    for (std::size_t k = 0; k < scores.size(); ++k) {
      const Scale& scale = *model.link_scale;
      exponents[scores.size() == 1 ? 1 : k] = exponent(scores[k], scale[scale.size() == 1 ? 0 : k]);
    }
    const std::int64_t largest = *std::max_element(exponents.begin(), exponents.end());
    for (const std::int64_t e : exponents) weights.push_back(std::exp2(static_cast<long double>(e - largest) / 65536));
  } else if (scores.size() == 1) {
    const long double total = model.link_total;
    const long double within = std::clamp<long double>(scores[0], -total, total);
    weights = {total - within, total + within};
  } else {
    for (const std::int32_t score : scores) weights.push_back(std::max(score, 0));
    if (*std::max_element(weights.begin(), weights.end()) == 0) weights.assign(classes, 1);
  }
  long double sum = 0;
  for (const long double weight : weights) sum += weight;
  for (long double& weight : weights) weight /= sum;
  return weights;
}

struct Attached {
  explicit Attached(const RawModel& raw) : opened(raw.bytes()), status(probability.attach(opened.model)) {}

  Words of(const Words& scores) const {
    const Buffer<std::int32_t> outputs(scores);
    const Buffer<std::int32_t> words(opened.model.footprint().classes);
    REQUIRE(probability.of({outputs.data(), outputs.size()}, {words.data(), words.size()}) == Status::kOk);
    return {words.begin(), words.end()};
  }

  Opened opened;
  Probability probability;
  Status status;
};

/// The stated bounds: each word, and all of them together.
void check(const RawModel& model, const Attached& attached, const Words& scores) {
  const Words words = attached.of(scores);
  const std::vector<long double> expected = exact(model, scores);
  const auto classes = static_cast<long double>(words.size());
  const long double bound = 0x1p-14L + classes * 0x1p-27L;
  long double worst = 0;
  long double sum = 0;
  std::int32_t least = kHigh;
  std::int32_t most = kLow;
  for (std::size_t k = 0; k < words.size(); ++k) {
    worst = std::max(worst, std::abs(words[k] * 0x1p-16L - expected[k]));
    sum += words[k];
    least = std::min(least, words[k]);
    most = std::max(most, words[k]);
  }
  CHECK(worst <= bound);
  CHECK(least >= 0);
  CHECK(most <= Probability::kOne);
  CHECK(std::abs(sum - Probability::kOne) <= classes / 2 + 4);
}

void check(const RawModel& model, const std::vector<Words>& rows) {
  const Attached attached(model);
  REQUIRE(attached.opened.status == Status::kOk);
  REQUIRE(attached.status == Status::kOk);
  for (const Words& row : rows) {
    CAPTURE(row);
    check(model, attached, row);
  }
}

/// Scores of every magnitude, some equal, some at the limits.
Words random_scores(std::mt19937& random, std::size_t count) {
  Words scores;
  const unsigned bits = random() % 32;
  for (std::size_t k = 0; k < count; ++k) {
    const auto any = static_cast<std::int32_t>(random());
    const std::int32_t narrow = any >> bits;
    const Words choices = {narrow, narrow, narrow, narrow, kLow, kHigh, 0, scores.empty() ? 1 : scores.back()};
    scores.push_back(choices[random() % (bits == 0 ? 8 : 4)]);
  }
  return scores;
}

Status attach_status(const RawModel& model) {
  const Attached attached(model);
  REQUIRE(attached.opened.status == Status::kOk);
  return attached.status;
}

const schema::Requantization kSame(1 << 20, 0, 20);  // exponents are the scores

}  // namespace

TEST_CASE("probability: exponents that are the scores, over the range that matters") {
  std::vector<Words> rows;
  for (std::int32_t score = -20 * 65536; score <= 20 * 65536; score += 997) rows.push_back({score});
  check(logistic(2, {kSame}), rows);
  std::vector<Words> triples;
  for (std::int32_t score = -20 * 65536; score <= 20 * 65536; score += 9973) {
    for (const std::int32_t other : {-65536, 0, 12345, 10 * 65536}) triples.push_back({score, other, 0});
  }
  check(logistic(3, {kSame}), triples);
}

TEST_CASE("probability: any requantization, any scores") {
  std::mt19937 random(1);
  for (int model = 0; model < 400; ++model) {
    const std::size_t classes = 2 + random() % 30;
    const std::size_t outputs = classes == 2 ? 1 : classes;
    Scale scale;
    const std::size_t scales = random() % 2 == 0 ? 1 : outputs;
    for (std::size_t k = 0; k < scales; ++k) {
      scale.emplace_back(static_cast<std::int32_t>(random()), static_cast<std::int32_t>(random()) >> random() % 32,
                         static_cast<std::uint8_t>(1 + random() % 62));
    }
    std::vector<Words> rows;
    for (int row = 0; row < 20; ++row) rows.push_back(random_scores(random, outputs));
    check(logistic(classes, scale), rows);
    check(proportion(classes, static_cast<std::uint32_t>(1 + random() % kHigh)), rows);
  }
}

TEST_CASE("probability: exponents saturate at both ends of 32 bits") {
  for (const std::int32_t bias : {kLow, 0, kHigh}) {
    const Scale steep(3, schema::Requantization(kHigh, bias, 1));
    const Scale falling(3, schema::Requantization(kLow, bias, 1));
    const std::vector<Words> rows = {{kLow, kHigh, 0}, {kHigh, kHigh, kLow}, {kLow, kLow, kLow}, {0, 1, -1}};
    check(logistic(3, steep), rows);
    check(logistic(3, falling), rows);
  }
  // Both saturate, so they are equal; in real numbers they would not be.
  const Attached attached(logistic(3, {schema::Requantization(kHigh, 0, 1)}));
  CHECK(attached.of({kHigh, kHigh - 1, kLow}) == Words{32768, 32768, 0});
}

TEST_CASE("probability: equal scores share alike, and what is beyond 28 powers of two is nothing") {
  const Attached three(logistic(3, {kSame}));
  CHECK(three.of({5, 5, 5}) == Words{21845, 21845, 21845});
  CHECK(three.of({28 * 65536, 0, 0}) == Words{65536, 0, 0});
  const Attached two(logistic(2, {kSame}));
  CHECK(two.of({0}) == Words{32768, 32768});
  CHECK(two.of({65536}) == Words{21845, 43691});
  CHECK(two.of({-65536}) == Words{43691, 21845});
  CHECK(two.of({kHigh}) == Words{0, 65536});
  CHECK(two.of({kLow}) == Words{65536, 0});
}

TEST_CASE("probability: 65,535 classes, the most there are") {
  constexpr std::size_t kMost = 65535;
  Words rising(kMost);
  for (std::size_t k = 0; k < kMost; ++k) rising[k] = static_cast<std::int32_t>(20 * k);
  Words one(kMost, 0);
  one[kMost - 1] = 27 * 65536 + 60000;  // the others add up to as much as the bound's second term
  const std::vector<Words> rows = {Words(kMost, kHigh), Words(kMost, kLow), Words(kMost, 0), rising, one};
  check(logistic(kMost, {kSame}), rows);
  check(logistic(kMost, Scale(kMost, kSame)), rows);
  check(proportion(kMost, 0), rows);
}

TEST_CASE("probability: shares of few votes, of many, and of none") {
  const Attached four(proportion(4, 0));
  CHECK(four.of({0, 0, 0, 0}) == Words{16384, 16384, 16384, 16384});
  CHECK(four.of({-5, kLow, -1, 0}) == Words{16384, 16384, 16384, 16384});
  CHECK(four.of({0, 0, 1, -7}) == Words{0, 0, 65536, 0});
  CHECK(four.of({1, 1, 0, 2}) == Words{16384, 16384, 0, 32768});
  check(proportion(4, 0),
        {{kHigh, kHigh, kHigh, kHigh}, {kHigh, 1, 0, 0}, {1, 2, 3, 4}, {32767, 1, 0, 0}, {7, 0, 0, 3}});
}

TEST_CASE("probability: one score is a share of the total, and no more than all of it") {
  const Attached two(proportion(2, 100));
  CHECK(two.of({100}) == Words{0, 65536});
  CHECK(two.of({-100}) == Words{65536, 0});
  CHECK(two.of({0}) == Words{32768, 32768});
  CHECK(two.of({50}) == Words{16384, 49152});
  CHECK(two.of({kHigh}) == Words{0, 65536});
  CHECK(two.of({kLow}) == Words{65536, 0});
  for (const std::uint32_t total : {1U, 2U, 3U, 32767U, 32768U, 65535U, 65536U, 0x7FFFFFFFU}) {
    std::vector<Words> rows = {{kLow}, {-kHigh}, {-1}, {0}, {1}, {kHigh}};
    for (std::int32_t score = 1; score < kHigh / 3; score *= 3) rows.insert(rows.end(), {{score}, {-score}});
    check(proportion(2, total), rows);
  }
}

TEST_CASE("probability: a higher score never has a lower probability") {
  const Attached two(logistic(2, {kSame}));
  std::int32_t last = 0;
  for (std::int32_t score = -30 * 65536; score <= 30 * 65536; score += 331) {
    const std::int32_t word = two.of({score})[1];
    CHECK(word >= last);
    last = word;
  }
}

TEST_CASE("probability: the words may take the scores' place") {
  for (const std::size_t classes : {std::size_t{2}, std::size_t{5}}) {
    for (const RawModel& model : {logistic(classes, {kSame}), proportion(classes, 100000)}) {
      const Attached attached(model);
      Words scores(classes);
      for (std::size_t k = 0; k < classes; ++k) scores[k] = static_cast<std::int32_t>(30000 * k) - 20000;
      const Words apart = attached.of({scores.begin(), scores.begin() + model.outputs});
      REQUIRE(attached.probability.of(scores, scores) == Status::kOk);
      CHECK(scores == apart);
    }
  }
}

TEST_CASE("probability: short outputs, short words, null, and never attached") {
  const Attached attached(logistic(3, {kSame}));
  std::int32_t words[3] = {7, 7, 7};
  const std::int32_t scores[3] = {1, 2, 3};
  const Probability& probability = attached.probability;
  CHECK(probability.of({scores, 2}, {words, 3}) == Status::kOutputCount);
  CHECK(probability.of({scores, 3}, {words, 2}) == Status::kOutputCount);
  CHECK(probability.of({nullptr, 3}, {words, 3}) == Status::kOutputCount);
  CHECK(probability.of({scores, 3}, {nullptr, 3}) == Status::kOutputCount);
  CHECK(Probability().of({scores, 3}, {words, 3}) == Status::kNotAttached);
  CHECK(Words(words, words + 3) == Words{7, 7, 7});
  Probability closed;
  CHECK(closed.attach(Model()) == Status::kNotOpen);
  CHECK(closed.of({scores, 3}, {words, 3}) == Status::kNotAttached);
}

TEST_CASE("probability: another file in the same model detaches, a refused attachment too") {
  Attached attached(logistic(3, {kSame}));
  const Buffer<std::uint8_t> other(logistic(3, {schema::Requantization(5, 5, 5)}).bytes());
  std::int32_t words[3] = {1, 2, 3};
  REQUIRE(EveryPart::open({other.data(), other.size()}, attached.opened.model) == Status::kOk);
  CHECK(attached.probability.of({words, 3}, {words, 3}) == Status::kNotAttached);
  CHECK(attached.probability.attach(attached.opened.model) == Status::kOk);
  CHECK(attached.probability.of({words, 3}, {words, 3}) == Status::kOk);
  const Buffer<std::uint8_t> none(with_classes(3).bytes());
  REQUIRE(EveryPart::open({none.data(), none.size()}, attached.opened.model) == Status::kOk);
  CHECK(attached.probability.attach(attached.opened.model) == Status::kNoProbability);
  CHECK(attached.probability.of({words, 3}, {words, 3}) == Status::kNotAttached);
}

TEST_CASE("I80 the link is one that is known") {
  CHECK(attach_status(with_classes(3)) == Status::kNoProbability);
  RawModel model = logistic(3, {kSame});
  CHECK(attach_status(model) == Status::kOk);
  for (const std::uint8_t link : {std::uint8_t{3}, std::uint8_t{255}}) {
    model.link = link;
    CHECK(attach_status(model) == Status::kNumber);
  }
}

TEST_CASE("I81 a regression has no classes to give probabilities to") {
  RawModel model = plain(1);
  CHECK(attach_status(model) == Status::kNoProbability);
  model.link = kLogistic;
  model.link_scale = Scale{kSame};
  CHECK(attach_status(model) == Status::kShape);
  model.link = kProportion;
  model.link_total = 1;
  CHECK(attach_status(model) == Status::kShape);
}

TEST_CASE("I82 logistic: one requantization, or one an output") {
  for (const std::size_t count : {1U, 4U}) CHECK(attach_status(logistic(4, Scale(count, kSame))) == Status::kOk);
  for (const std::size_t count : {0U, 2U, 3U, 5U})
    CHECK(attach_status(logistic(4, Scale(count, kSame))) == Status::kShape);
  CHECK(attach_status(logistic(2, Scale(2, kSame))) == Status::kShape);
  RawModel absent = logistic(4, {});
  absent.link_scale.reset();
  CHECK(attach_status(absent) == Status::kShape);
}

TEST_CASE("I83 logistic: each shift is 1 to 62") {
  for (const std::size_t at : {0U, 2U}) {
    for (const int shift : {0, 1, 62, 63, 64, 255}) {
      Scale scale(3, kSame);
      scale[at] = schema::Requantization(kHigh, kHigh, static_cast<std::uint8_t>(shift));
      CHECK(attach_status(logistic(3, scale)) == (shift >= 1 && shift <= 62 ? Status::kOk : Status::kNumber));
    }
  }
}

TEST_CASE("I84 proportion of one score: the total is 1 to 2^31 - 1; of several it is not looked at") {
  CHECK(attach_status(proportion(2, 0)) == Status::kNumber);
  CHECK(attach_status(proportion(2, 1)) == Status::kOk);
  CHECK(attach_status(proportion(2, 0x7FFFFFFF)) == Status::kOk);
  CHECK(attach_status(proportion(2, 0x80000000)) == Status::kNumber);
  CHECK(attach_status(proportion(3, 0)) == Status::kOk);
  CHECK(attach_status(proportion(3, 0xFFFFFFFF)) == Status::kOk);
}

TEST_CASE("I85 the link's fields lie inside the FlatBuffer") {
  const Bytes good = logistic(3, {kSame}).bytes();
  const schema::Model* root = schema::GetModel(good.data());
  const auto* field = reinterpret_cast<const flatbuffers::Table*>(root)->GetAddressOf(Root::VT_LINK_SCALE);
  REQUIRE(field != nullptr);
  const auto at = static_cast<std::size_t>(field - good.data());
  for (const std::uint32_t offset : {0U, 0x7FFFFFFFU, 0xFFFFFFFFU, static_cast<std::uint32_t>(good.size()) & ~3U}) {
    Bytes bytes = good;
    std::memcpy(bytes.data() + at, &offset, sizeof offset);
    reseal(bytes);
    Opened opened(bytes);
    REQUIRE(opened.status == Status::kOk);
    Probability probability;
    CHECK(probability.attach(opened.model) == Status::kStructure);
  }
  // The vector's length: one more than there is room for.
  Bytes bytes = good;
  const std::uint32_t count = 0x10000000;
  const auto length = reinterpret_cast<const std::uint8_t*>(root->link_scale()) - good.data();
  std::memcpy(bytes.data() + length, &count, sizeof count);
  reseal(bytes);
  Opened opened(bytes);
  REQUIRE(opened.status == Status::kOk);
  Probability probability;
  CHECK(probability.attach(opened.model) == Status::kStructure);
}

}  // namespace nuthatch::test
