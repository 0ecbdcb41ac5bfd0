// Whatever the bytes, at whatever address: `read_snapshot` refuses them, or every word it names lies in them. Bit 0 of
// the first byte makes the CRC-32 good before.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "nuthatch/crc32.hpp"
#include "nuthatch/nuthatch.hpp"
#include "unit/runtime_buffer.hpp"

namespace {

void require(bool condition, const char* promise) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", promise);
  std::abort();
}

/// The words of a baseline, as SPEC.md counts them.
std::size_t watched(const nuthatch::Snapshot& snapshot) {
  if (snapshot.histograms == 0 && snapshot.output_bins == 0) return 0;
  return 4 + snapshot.output_bins + snapshot.features + 21 * std::size_t{snapshot.histograms};
}

/// Reads all that the snapshot names; `end`: of its bytes.
void check(const nuthatch::Snapshot& snapshot, const std::uint8_t* begin, const std::uint8_t* end) {
  const std::size_t counters =
      2 + snapshot.classes + 2 * snapshot.features + snapshot.latency_buckets + watched(snapshot);
  require(snapshot.word_count == counters, "the words are as many as the counters");
  require(snapshot.words + 4 * snapshot.word_count + 4 == end, "the words end where the CRC-32 begins");
  require(snapshot.model > begin && snapshot.model + 8 <= snapshot.words, "the model's identity lies before them");
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < snapshot.word_count; ++i) sum += snapshot.word(i);
  for (std::size_t i = 0; i < 8; ++i) sum += snapshot.model[i];
  require(sum <= 0xFFFFFFFFULL * (snapshot.word_count + 8), "they can be read");
  require(snapshot.word(snapshot.word_count) == 0 && snapshot.word(~std::size_t{0}) == 0, "0 past the end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  if (size == 0) return 0;
  --size;
  const nuthatch::test::Buffer<std::uint8_t> bytes(size);
  std::copy_n(input + 1, size, bytes.data());
  if ((input[0] & 1) != 0 && size >= 4) {
    const std::uint32_t crc = nuthatch::crc32(bytes.data(), size - 4);
    std::memcpy(bytes.end() - 4, &crc, sizeof crc);
  }
  nuthatch::Snapshot snapshot;
  const nuthatch::Status status = nuthatch::read_snapshot({bytes.data(), size}, snapshot);
  if (status == nuthatch::Status::kOk) check(snapshot, bytes.data(), bytes.end());
  return 0;
}
