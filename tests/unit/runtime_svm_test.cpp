// The svm kind: its arithmetic against SPEC.md's, written a second time, and what `open` proves of it (I70 to I78).

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "unit/make_model.hpp"
#include "unit/make_svm.hpp"

namespace nuthatch::test {

using exporting::ModelContents;
using quantize::Kernel;
using quantize::QuantizedSvm;

namespace {

using Random = std::mt19937;
constexpr std::int32_t kMost = 0x7FFFFFFF;
constexpr std::int32_t kReach = 28 * 65536;
constexpr std::int32_t kOne = 1 << 30;  // a polynomial's

/// In [low, high]; the standard's distributions differ from library to library.
std::int64_t between(Random& random, std::int64_t low, std::int64_t high) {
  const std::uint64_t wide = (std::uint64_t{random()} << 32) | random();
  return low + static_cast<std::int64_t>(wide % static_cast<std::uint64_t>(high - low + 1));
}

template <class Element>
std::vector<Element> many(Random& random, std::size_t count, std::int64_t low, std::int64_t high) {
  std::vector<Element> elements(count);
  for (Element& element : elements) element = static_cast<Element>(between(random, low, high));
  return elements;
}

struct Shape {
  std::size_t features = 3;
  std::vector<std::uint32_t> class_vectors;  ///< one number: regression
  Kernel kernel = Kernel::kRbf;
};

/// Codes within +-100; distances whose exponents are of all sizes, decisions about 1.
PlainSvm random_svm(Random& random, const Shape& shape) {
  PlainSvm svm;
  std::size_t count = 0;
  for (const std::uint32_t vectors : shape.class_vectors) count += vectors;
  const bool regression = shape.class_vectors.size() == 1;
  svm.features = shape.features;
  svm.kernel = shape.kernel;
  svm.degree = static_cast<std::uint8_t>(between(random, 1, 5));
  svm.vectors = many<std::int8_t>(random, count * shape.features, -25, 25);
  svm.shifts = many<std::uint8_t>(random, count, 0, 2);
  svm.code_limit = 100;
  const auto far = static_cast<double>(shape.features) * 20000;
  if (shape.kernel == Kernel::kRbf) {
    set_squares(svm);
    svm.scale = {static_cast<std::int32_t>(std::ldexp(10 * 65536 / far, 25)), 0, 7};
    svm.scale.bias = static_cast<std::int32_t>(std::min(far, std::ldexp(kReach, 25) / svm.scale.multiplier));
  } else {
    svm.norms = many<std::int32_t>(random, count, -500, 500);
    const double size = shape.kernel == Kernel::kSigmoid ? 30000 : kOne;
    svm.scale = {1 << 30, static_cast<std::int32_t>(between(random, -1000, 1000)),
                 static_cast<std::uint8_t>(std::lround(std::log2(std::ldexp(1, 30) * far / 10 / size)))};
  }
  svm.sum_shift = shape.kernel == Kernel::kRbf ? 27 : shape.kernel == Kernel::kPolynomial ? 20 : 15;
  if (!regression) svm.class_vectors = shape.class_vectors;
  const std::size_t others = regression ? 1 : shape.class_vectors.size() - 1;
  svm.coefficients = many<std::int16_t>(random, others * count, -32768, 32767);
  svm.bias = many<std::int32_t>(random, others * (others + 1) / 2, -30000, 30000);
  return svm;
}

void check_rows(const PlainSvm& svm, Random& random, quantize::Input input = quantize::Input::kFloat32) {
  const ModelContents contents = svm_contents(svm, input);
  Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  CHECK(opened.scratch.size() == quantize::scratch_words(contents.predictor));
  for (int row = 0; row < 5; ++row) {
    const auto codes = many<std::int16_t>(random, svm.features, -svm.code_limit, svm.code_limit);
    if (input == quantize::Input::kInt16) {
      REQUIRE(opened.predict(codes) == Status::kOk);
    } else {
      REQUIRE(opened.predict(std::vector<float>(codes.begin(), codes.end())) == Status::kOk);
    }
    CHECK(std::vector<std::int32_t>(opened.outputs.begin(), opened.outputs.end()) == spec_scores(svm, codes));
    CHECK(opened.codes() == codes);
  }
}

/// One feature, one vector at 0, value 2^12 * kernel (rbf: of 2^27).
PlainSvm one_vector(Kernel kernel) {
  PlainSvm svm;
  svm.kernel = kernel;
  svm.vectors = {static_cast<std::int8_t>(kernel == Kernel::kRbf ? 0 : 1)};
  svm.shifts = {0};
  svm.norms = {0};
  svm.scale = {1 << 30, kernel == Kernel::kRbf ? 1 : 0, static_cast<std::uint8_t>(kernel == Kernel::kRbf ? 0 : 30)};
  svm.coefficients = {1};
  svm.bias = {0};
  return svm;
}

std::int32_t score_of(const PlainSvm& svm, const std::vector<float>& row) {
  Opened opened(exporting::write_model(svm_contents(svm)));
  REQUIRE(opened.status == Status::kOk);
  REQUIRE(opened.predict(row) == Status::kOk);
  return opened.outputs[0];
}

/// 3 features, 3 classes of 2, 3 and 4 vectors.
ModelContents good_contents(Kernel kernel = Kernel::kRbf) {
  Random random(1);
  return svm_contents(random_svm(random, {3, {2, 3, 4}, kernel}));
}

Status status_of(const ModelContents& contents) { return Opened(exporting::write_model(contents)).status; }

Status status_after(const std::function<void(QuantizedSvm&)>& change, Kernel kernel = Kernel::kRbf) {
  ModelContents contents = good_contents(kernel);
  REQUIRE(status_of(contents) == Status::kOk);
  change(svm_of(contents));
  return status_of(contents);
}

}  // namespace

TEST_CASE("svm: scores are SPEC.md's for random shapes and every kernel") {
  Random random(3);
  for (int round = 0; round < 400; ++round) {
    Shape shape;
    shape.features = static_cast<std::size_t>(between(random, 1, 40));
    shape.kernel = static_cast<Kernel>(round % 4);
    constexpr std::size_t kClasses[] = {1, 2, 3, 4, 10};
    shape.class_vectors = many<std::uint32_t>(random, kClasses[between(random, 0, 4)], 0, 40);
    shape.class_vectors[static_cast<std::size_t>(between(random, 0, std::ssize(shape.class_vectors) - 1))] = 7;
    CAPTURE(round);
    check_rows(random_svm(random, shape), random,
               between(random, 0, 1) == 1 ? quantize::Input::kInt16 : quantize::Input::kFloat32);
  }
}

TEST_CASE("svm: as many vectors of a class as a tile holds, one less and one more") {
  Random random(5);
  for (const std::uint32_t count : {1U, 3U, 4U, 31U, 32U, 33U, 63U, 64U, 65U, 97U}) {
    CAPTURE(count);
    check_rows(random_svm(random, {6, {count}}), random);
    check_rows(random_svm(random, {6, {count, 0}}), random);
    check_rows(random_svm(random, {6, {0, count, 2, 0, count}}), random);
  }
}

TEST_CASE("svm: the rbf kernel is near the exponential, at every distance") {
  // Distance 1 is an exponent of 37.5 units.
  PlainSvm svm = one_vector(Kernel::kRbf);
  svm.scale = {static_cast<std::int32_t>(std::ldexp(37.5, 24)), 0, 8};
  svm.scale.bias = static_cast<std::int32_t>(kReach / 37.5);
  Opened opened(exporting::write_model(svm_contents(svm)));
  REQUIRE(opened.status == Status::kOk);
  double worst = 0;
  for (std::int32_t x = 0; x <= 230; ++x) {
    REQUIRE(opened.predict(std::vector<float>{static_cast<float>(x)}) == Status::kOk);
    const double exact = std::ldexp(std::exp2(-37.5 / 65536 * x * x), 27);
    const double error = std::abs(opened.outputs[0] - exact);
    CHECK(error <= exact * 0x1p-14 + 1);
    worst = std::max(worst, (error - 1) / exact);
  }
  CHECK(worst > 1e-6);
  MESSAGE("rbf off by at most ", worst * 16384, " * 2^-14 of its value");
}

TEST_CASE("svm: votes are near scikit-learn's decision_function") {
  // Three classes; decisions that only the biases make.
  Random random(7);
  PlainSvm svm = one_vector(Kernel::kLinear);
  svm.class_vectors = {1, 0, 0};
  svm.coefficients = {0, 0};
  for (int round = 0; round < 200; ++round) {
    const std::int64_t size = std::int64_t{1} << between(random, 0, 21);
    svm.bias = many<std::int32_t>(random, 3, -size, size);
    Opened opened(exporting::write_model(svm_contents(svm)));
    REQUIRE(opened.predict(std::vector<float>{0}) == Status::kOk);
    const double d[3] = {svm.bias[0] / 32768.0, svm.bias[1] / 32768.0, svm.bias[2] / 32768.0};
    const double sums[3] = {d[0] + d[1], d[2] - d[0], -d[1] - d[2]};
    const int votes[3] = {(d[0] > 0) + (d[1] > 0), !(d[0] > 0) + (d[2] > 0), !(d[1] > 0) + !(d[2] > 0)};
    for (std::size_t k = 0; k < 3; ++k) {
      const double expected = votes[k] + sums[k] / (3 * (std::abs(sums[k]) + 1));
      CHECK(std::abs(opened.outputs[k] / 65536.0 - expected) <= 0x1p-15);
    }
  }
}

TEST_CASE("svm: the ends of sums and scores") {
  // Kernel values of nearly 2^31 and coefficients that add up to nearly 2^30, in both classes.
  PlainSvm svm = one_vector(Kernel::kLinear);
  constexpr std::uint32_t kVectors = 32768;
  svm.class_vectors = {kVectors, kVectors};
  svm.vectors.assign(2 * kVectors, 64);
  svm.shifts.assign(2 * kVectors, 9);
  svm.norms.assign(2 * kVectors, kMost - 64 * 32767 * 512);
  svm.coefficients.assign(2 * kVectors, 16383);
  for (const std::uint8_t shift : {std::uint8_t{0}, std::uint8_t{31}, std::uint8_t{62}}) {
    svm.sum_shift = shift;
    for (const float code : {32767.0F, -32767.0F}) {
      for (const std::int32_t bias : {0, kMost, -kMost - 1}) {
        svm.bias = {bias};
        CHECK(score_of(svm, {code}) == spec_scores(svm, {static_cast<std::int16_t>(code)})[0]);
      }
    }
  }
}

TEST_CASE("svm: arguments beyond the largest are the largest") {
  for (const Kernel kernel : {Kernel::kPolynomial, Kernel::kSigmoid}) {
    PlainSvm svm = one_vector(kernel);
    svm.scale = {kMost, 0, 1};
    for (const std::int32_t bias : {0, kMost, -kMost - 1}) {
      svm.scale.bias = bias;
      for (const float code : {32767.0F, 1.0F, 0.0F, -1.0F, -32767.0F}) {
        CHECK(score_of(svm, {code}) == spec_scores(svm, {static_cast<std::int16_t>(code)})[0]);
      }
    }
  }
}

TEST_CASE("svm: the scratch is the codes, two words a pair, and a word a class of several") {
  Random random(5);
  const auto words = [&](const Shape& shape) {
    return Opened(exporting::write_model(svm_contents(random_svm(random, shape)))).model.footprint().scratch_words;
  };
  CHECK(words({5, {3}}) == 4 + 2);
  CHECK(words({4, {3, 3}}) == 2 + 2);
  CHECK(words({4, {3, 3, 3}}) == 2 + 6 + 3);
  CHECK(words({9, {1, 1, 1, 1}}) == 6 + 12 + 4);
}

TEST_CASE("I70 the vectors are what the counts say") {
  CHECK(status_after([](QuantizedSvm& s) { s.vectors.push_back(0); }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.vector_shifts.pop_back(); }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.norms.push_back(0); }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.coefficients.pop_back(); }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.bias.pop_back(); }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.bias.push_back(0); }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.class_vectors = {2, 7}; }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.class_vectors = {2, 3, 3}; }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.class_vectors = {2, 3, 5}; }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.class_vectors = {9, 0xFFFFFFFF, 1}; }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.class_vectors = {0, 0, 9}; }) == Status::kOk);
  // 9 vectors of 4 elements are not 12 of 3, nor is a row of 2 enough for 3 features.
  CHECK(status_after([](QuantizedSvm& s) { s.stride = 3; }) == Status::kShape);
  CHECK(status_after([](QuantizedSvm& s) { s.stride = 12; }) == Status::kShape);
  PlainSvm none = one_vector(Kernel::kRbf);
  none.vectors.clear();
  none.shifts.clear();
  none.norms.clear();
  none.coefficients.clear();
  CHECK(status_of(svm_contents(none)) == Status::kShape);
}

TEST_CASE("I70 at most 1,024 classes") {
  const auto status = [](std::size_t classes) {
    PlainSvm svm = one_vector(Kernel::kLinear);
    svm.class_vectors.assign(classes, 0);
    svm.class_vectors[0] = 1;
    svm.coefficients.assign(classes - 1, 1);
    svm.bias.assign(classes * (classes - 1) / 2, 0);
    return status_of(svm_contents(svm));
  };
  CHECK(status(1024) == Status::kOk);
  CHECK(status(1025) == Status::kShape);
}

TEST_CASE("I71 the padding of every vector is 0") {
  for (std::size_t v = 0; v < 9; ++v) {
    CHECK(status_after([&](QuantizedSvm& s) { s.vectors.at(4 * v + 3) = -1; }) == Status::kNumber);
    CHECK(status_after([&](QuantizedSvm& s) { s.vectors.at(4 * v + 3) = 1; }, Kernel::kLinear) == Status::kNumber);
  }
}

TEST_CASE("I72 kernel, multiplier, shifts and degree are known") {
  CHECK(status_after([](QuantizedSvm& s) { s.kernel = Kernel(4); }) == Status::kNumber);
  CHECK(status_after([](QuantizedSvm& s) { s.kernel_scale.multiplier = -1; }) == Status::kNumber);
  CHECK(status_after([](QuantizedSvm& s) { s.kernel_scale.multiplier = -1; }, Kernel::kSigmoid) == Status::kNumber);
  CHECK(status_after([](QuantizedSvm& s) { s.sum_shift = 62; }) == Status::kOk);
  CHECK(status_after([](QuantizedSvm& s) { s.sum_shift = 63; }) == Status::kNumber);
  for (const Kernel kernel : {Kernel::kLinear, Kernel::kRbf}) {
    PlainSvm svm = one_vector(kernel);
    svm.vectors = {0};
    svm.shifts = {15};
    CHECK(status_of(svm_contents(svm)) == Status::kOk);
    svm.shifts = {16};
    CHECK(status_of(svm_contents(svm)) == Status::kNumber);
  }
  CHECK(status_after([](QuantizedSvm& s) { s.degree = 0; }, Kernel::kPolynomial) == Status::kNumber);
  CHECK(status_after([](QuantizedSvm& s) { s.degree = 255; }, Kernel::kPolynomial) == Status::kOk);
  CHECK(status_after([](QuantizedSvm& s) { s.degree = 0; }, Kernel::kSigmoid) == Status::kOk);
}

TEST_CASE("I73 rbf: the farthest distance that counts has an exponent") {
  const auto status = [](std::int32_t multiplier, std::int32_t reach, int shift) {
    PlainSvm svm = one_vector(Kernel::kRbf);
    svm.scale = {multiplier, reach, static_cast<std::uint8_t>(shift)};
    return status_of(svm_contents(svm));
  };
  CHECK(status(0, 1, 0) == Status::kOk);
  CHECK(status(0, 0, 0) == Status::kNumber);
  CHECK(status(0, -1, 0) == Status::kNumber);
  CHECK(status(0, kMost, 0) == Status::kOk);
  CHECK(status(0, kMost, 1) == Status::kOk);
  CHECK(status(0, kMost, 2) == Status::kNumber);
  CHECK(status(0, 2, 31) == Status::kOk);
  CHECK(status(0, 3, 31) == Status::kNumber);
  CHECK(status(kMost, 1, 31) == Status::kOk);
  CHECK(status(kMost, 1, 32) == Status::kNumber);
  CHECK(status(1 << 30, 4 * kReach, 0) == Status::kOk);
  CHECK(status(1 << 30, 4 * kReach + 1, 0) == Status::kNumber);
  CHECK(status(1 << 30, kReach / 2, 3) == Status::kOk);
  CHECK(status(1 << 30, kReach / 2 + 1, 3) == Status::kNumber);
}

TEST_CASE("I74 the other kernels' argument is shifted by 1 to 62") {
  for (const Kernel kernel : {Kernel::kLinear, Kernel::kPolynomial, Kernel::kSigmoid}) {
    for (const int shift : {0, 1, 62, 63, 255}) {
      CAPTURE(shift);
      const Status expected = shift >= 1 && shift <= 62 ? Status::kOk : Status::kNumber;
      CHECK(status_after([&](QuantizedSvm& s) { s.kernel_scale.shift = static_cast<std::uint8_t>(shift); }, kernel) ==
            expected);
    }
  }
}

TEST_CASE("I75 rbf: norms are squared lengths, distances fit 31 bits") {
  for (std::size_t v = 0; v < 9; ++v) {
    CHECK(status_after([&](QuantizedSvm& s) { s.norms.at(v) += 1; }) == Status::kNumber);
    CHECK(status_after([&](QuantizedSvm& s) { s.norms.at(v) -= 1; }) == Status::kNumber);
  }
  const auto status = [](std::int8_t element, std::uint8_t shift, std::int16_t limit, std::size_t features) {
    PlainSvm svm = one_vector(Kernel::kRbf);
    svm.features = features;
    svm.vectors.assign(features, element);
    svm.shifts = {shift};
    svm.code_limit = limit;
    set_squares(svm);
    return status_of(svm_contents(svm));
  };
  // (L + 127 * 2^7)^2 < 2^31 up to L = 30084.
  CHECK(status(127, 7, 30084, 1) == Status::kOk);
  CHECK(status(127, 7, 30085, 1) == Status::kOverflow);
  CHECK(status(-127, 7, 30084, 1) == Status::kOk);
  CHECK(status(-127, 7, 30085, 1) == Status::kOverflow);
  CHECK(status(0, 0, 32767, 2) == Status::kOk);
  CHECK(status(0, 0, 32767, 3) == Status::kOverflow);
}

TEST_CASE("I76 the other kernels' products fit 31 bits") {
  const auto status = [](Kernel kernel, std::int8_t element, std::uint8_t shift, std::int32_t norm) {
    PlainSvm svm = one_vector(kernel);
    svm.vectors = {element};
    svm.shifts = {shift};
    svm.norms = {norm};
    return status_of(svm_contents(svm));
  };
  for (const Kernel kernel : {Kernel::kLinear, Kernel::kPolynomial, Kernel::kSigmoid}) {
    constexpr std::int32_t kRoom = kMost - 127 * 32767 * 256;
    for (const std::int8_t element : {std::int8_t{127}, std::int8_t{-127}}) {
      CHECK(status(kernel, element, 8, kRoom) == Status::kOk);
      CHECK(status(kernel, element, 8, kRoom + 1) == Status::kOverflow);
      CHECK(status(kernel, element, 8, -kRoom) == Status::kOk);
      CHECK(status(kernel, element, 8, -kRoom - 1) == Status::kOverflow);
      CHECK(status(kernel, element, 10, 0) == Status::kOverflow);
    }
    CHECK(status(kernel, 0, 0, -kMost) == Status::kOk);
    CHECK(status(kernel, 0, 0, -kMost - 1) == Status::kOverflow);
  }
}

TEST_CASE("I77 a row of coefficients adds up to less than 2^30") {
  const auto status = [](std::int16_t extra) {
    PlainSvm svm = one_vector(Kernel::kLinear);
    constexpr std::uint32_t kVectors = 32768;
    svm.class_vectors = {0, 0, kVectors + 1};
    svm.vectors.assign(kVectors + 1, 0);
    svm.shifts.assign(kVectors + 1, 0);
    svm.norms.assign(kVectors + 1, 0);
    svm.coefficients.assign(2 * (kVectors + 1), -32767);
    svm.coefficients[kVectors] = 0;
    svm.coefficients[2 * kVectors + 1] = extra;
    svm.bias = {0, 0, 0};
    return status_of(svm_contents(svm));
  };
  CHECK(status(32767) == Status::kOk);  // 32769 * 32767 = 2^30 - 1
  CHECK(status(-32767) == Status::kOk);
  CHECK(status(-32768) == Status::kOverflow);
}

TEST_CASE("I78 vectors are int8") {
  CHECK(status_after([](QuantizedSvm& s) { s.precision = Precision::kInt16; }) == Status::kKindNotLinked);
  CHECK(status_after([](QuantizedSvm& s) { s.precision = Precision::kFloat32; }) == Status::kKindNotLinked);
}

TEST_CASE("svm: firmware that did not name it refuses it") {
  const Buffer<std::uint8_t> bytes(exporting::write_model(good_contents()));
  Model model;
  CHECK(open<Float32Input, Int16Input, Linear, LinearFloat32, Network>({bytes.data(), bytes.size()}, model) ==
        Status::kKindNotLinked);
  CHECK(open<Float32Input, Svm>({bytes.data(), bytes.size()}, model) == Status::kOk);
  CHECK(open<Int16Input, Svm>({bytes.data(), bytes.size()}, model) == Status::kInputNotLinked);
}

}  // namespace nuthatch::test
