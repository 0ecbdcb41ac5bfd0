// Every change of a single byte of small forests, with the seal made good again: refused with a reason or used in
// bounds.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

#include <cstring>

#include "evil/exercise.hpp"
#include "unit/make_forest.hpp"
#include "unit/runtime_buffer.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of a forest, sealed again, is refused or used in bounds") {
  std::size_t opened = 0;
  std::size_t refused = 0;
  std::mt19937 random(2);
  for (const std::uint8_t bits : {6, 8, 0}) {
    for (const bool votes : {false, true}) {
      const ForestShape shape = {bits, votes, 3, votes || bits == 8 ? 3U : 1U, 2, 9};
      const auto input = votes == (bits == 8) ? quantize::Input::kInt16 : quantize::Input::kFloat32;
      const auto contents = forest_contents(3, random_forest(random, shape), input, shape.outputs > 1);
      const Buffer<std::uint8_t> bytes(exporting::write_model(contents));
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
