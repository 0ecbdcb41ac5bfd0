// Every change of a single byte of small support vector machines, with the seal made good again: refused with a reason
// or used in bounds.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

#include <cstring>

#include "evil/exercise.hpp"
#include "unit/make_svm.hpp"
#include "unit/runtime_buffer.hpp"

namespace nuthatch::test {
namespace {

using quantize::Kernel;

/// Two features; `class_vectors` of one number: regression.
Buffer<std::uint8_t> small_svm(Kernel kernel, const std::vector<std::uint32_t>& class_vectors, quantize::Input input) {
  PlainSvm svm;
  svm.features = 2;
  svm.kernel = kernel;
  svm.code_limit = 3000;
  std::size_t count = 0;
  for (const std::uint32_t vectors : class_vectors) count += vectors;
  for (std::size_t at = 0; at < 2 * count; ++at) {
    svm.vectors.push_back(static_cast<std::int8_t>(static_cast<int>(at) * 37 % 255 - 127));
  }
  for (std::size_t v = 0; v < count; ++v) svm.shifts.push_back(static_cast<std::uint8_t>(v % 5));
  set_squares(svm);
  svm.scale = {300000000, kernel == Kernel::kRbf ? 20000000 : 12345,
               static_cast<std::uint8_t>(kernel == Kernel::kRbf ? 0 : 20)};
  const std::size_t others = class_vectors.size() == 1 ? 1 : class_vectors.size() - 1;
  if (class_vectors.size() > 1) svm.class_vectors = class_vectors;
  for (std::size_t at = 0; at < others * count; ++at) {
    svm.coefficients.push_back(static_cast<std::int16_t>(static_cast<int>(at) * 7919 % 65535 - 32767));
  }
  svm.bias.assign(others * (others + 1) / 2, -3000);
  svm.sum_shift = 27;
  return Buffer<std::uint8_t>(exporting::write_model(svm_contents(svm, input)));
}

}  // namespace

TEST_CASE("evil: every change of a byte of a support vector machine, sealed again, is refused or used in bounds") {
  std::size_t opened = 0;
  std::size_t refused = 0;
  for (const Kernel kernel : {Kernel::kRbf, Kernel::kLinear, Kernel::kPolynomial, Kernel::kSigmoid}) {
    const auto input = kernel == Kernel::kRbf ? quantize::Input::kInt16 : quantize::Input::kFloat32;
    for (const std::vector<std::uint32_t>& classes : {std::vector<std::uint32_t>{3, 1, 2}, {5}}) {
      const Buffer<std::uint8_t> bytes = small_svm(kernel, classes, input);
      REQUIRE(exercise(bytes.data(), bytes.size()).status == Status::kOk);
      for (std::size_t at = 0; at + 4 < bytes.size(); ++at) {
        const std::uint8_t before = bytes[at];
        for (int change = 1; change < 256; ++change) {
          bytes[at] = static_cast<std::uint8_t>(before ^ change);
          const auto crc = static_cast<std::uint32_t>(::crc32(0, bytes.data(), static_cast<uInt>(bytes.size() - 4)));
          std::memcpy(bytes.data() + bytes.size() - 4, &crc, sizeof crc);
          const Outcome outcome = exercise(bytes.data(), bytes.size());
          ++(outcome.status == Status::kOk ? opened : refused);
          if (outcome.failure != nullptr) FAIL_CHECK(fmt::format("byte {} ^ {}: {}", at, change, outcome.failure));
        }
        bytes[at] = before;
      }
    }
  }
  CHECK(opened > 100000);
  CHECK(refused > 100000);
}

}  // namespace nuthatch::test
