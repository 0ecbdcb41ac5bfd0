// Whatever the bytes: `open` refuses them, or every call stays in bounds (evil/exercise.hpp). The first byte says what
// is made good before: bit 0 the CRC-32; bit 1 the seal's magic and sizes too; bit 2 a size that is a multiple of 8.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "evil/exercise.hpp"
#include "nuthatch/crc32.hpp"
#include "unit/runtime_buffer.hpp"

namespace {

using nuthatch::test::Buffer;

constexpr std::size_t kSeal = 136;  // bytes of schema::Seal

void put_sizes(const Buffer<std::uint8_t>& bytes) {
  const auto file = static_cast<std::uint32_t>(bytes.size());
  const std::uint32_t sizes[] = {kSeal, file, file - static_cast<std::uint32_t>(kSeal)};
  std::uint8_t* seal = bytes.end() - kSeal;
  std::memcpy(bytes.data() + 4, "NHM1", 4);
  std::memcpy(seal, "NHSEAL01", 8);
  std::memcpy(seal + 8, sizes, sizeof sizes);
}

void make_good(const Buffer<std::uint8_t>& bytes, unsigned choice) {
  if (bytes.size() < kSeal + 8) return;
  if ((choice & 2) != 0) put_sizes(bytes);
  if ((choice & 3) == 0) return;
  const std::uint32_t crc = nuthatch::crc32(bytes.data(), bytes.size() - 4);
  std::memcpy(bytes.end() - 4, &crc, sizeof crc);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  if (size == 0) return 0;
  --size;
  if ((input[0] & 4) != 0) size = size / 8 * 8;
  const Buffer<std::uint8_t> bytes(size);
  std::copy_n(input + 1, size, bytes.data());
  make_good(bytes, input[0]);
  const nuthatch::test::Outcome outcome = nuthatch::test::exercise(bytes.data(), size);
  if (outcome.failure != nullptr) {
    std::fprintf(stderr, "broken: %s\n", outcome.failure);
    std::abort();
  }
  return 0;
}
