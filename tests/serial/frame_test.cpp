// Frames: whatever the wire does to them, no other frame comes out than one that went in.

#include <doctest/doctest.h>

#include <random>

#include "serial/wire.hpp"

namespace nuthatch::test {
namespace {

constexpr std::uint8_t kType = 2, kSequence = 77;

/// Payloads of every length around the runs of 254, with few zeros, many, and nothing else.
std::vector<Bytes> payloads() {
  std::mt19937 random(1);
  std::vector<Bytes> all;
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 2, 7, 244, 245, 246, 247, 248, 249, 250, 251,
                                                                   252, 253, 254, 255, 256, 600}) {
    for (const unsigned zeros : {0U, 1U, 8U, 16U}) {
      Bytes payload(size);
      for (std::uint8_t& byte : payload) {
        byte = random() % 16 < zeros ? std::uint8_t{0} : static_cast<std::uint8_t>(1 + random() % 255);
      }
      all.push_back(payload);
    }
  }
  return all;
}

/// A reader in memory of its own, and what came out of it.
struct Reading {
  explicit Reading(std::size_t room = 1024) : memory(room) { reader.start({memory.data(), memory.size()}); }

  void take(const Bytes& bytes) {
    for (const std::uint8_t byte : bytes) {
      if (!reader.take(byte)) continue;
      ++frames;
      const auto payload = reader.payload();
      last.assign(payload.begin(), payload.end());
      if (reader.head().type != kType || reader.head().sequence != kSequence) last = {1, 2, 3, 4, 5};
    }
  }

  Buffer<std::uint8_t> memory;
  serial::Reader reader;
  std::size_t frames = 0;
  Bytes last;
};

/// Nothing but `payload` came out; a good frame still does, at the latest the second (the first may be swallowed by
/// what the fault left).
void check_only(Reading& reading, const Bytes& payload, const Bytes& good) {
  if (reading.frames > 0) REQUIRE(reading.last == payload);
  reading.take(good);
  reading.take(good);
  REQUIRE(reading.frames > 0);
  REQUIRE(reading.last == payload);
}

TEST_CASE("a frame comes out as it went in, and holds no zero on the wire") {
  for (const Bytes& payload : payloads()) {
    const Bytes wire = stuffed(kType, kSequence, payload);
    CHECK(std::count(wire.begin(), wire.end(), 0) == 2);
    Reading reading;
    reading.take(wire);
    reading.take(wire);
    CHECK(reading.frames == 2);
    CHECK(reading.last == payload);
    CHECK(reading.reader.broken() == 0);
  }
}

TEST_CASE("every byte of a frame changed in turn to every other value: no other frame comes out") {
  std::size_t changes = 0;
  for (const Bytes& payload : payloads()) {
    if (payload.size() > 300) continue;
    const Bytes good = stuffed(kType, kSequence, payload);
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (unsigned value = 0; value < 256; ++value) {
        if (value == good[at]) continue;
        Bytes bad = good;
        bad[at] = static_cast<std::uint8_t>(value);
        Reading reading;
        reading.take(bad);
        REQUIRE(reading.frames == 0);
        if (value < 2) check_only(reading, payload, good);
        ++changes;
      }
    }
  }
  CHECK(changes > 3000000);
}

TEST_CASE("a frame cut off, shortened or lengthened by a byte, or behind garbage: no other frame comes out") {
  std::mt19937 random(2);
  for (const Bytes& payload : payloads()) {
    const Bytes good = stuffed(kType, kSequence, payload);
    for (std::size_t at = 0; at < good.size(); ++at) {
      Reading cut;
      cut.take(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(at)));
      CHECK(cut.frames == 0);
      check_only(cut, payload, good);
      Reading shorter;
      Bytes bytes = good;
      bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
      shorter.take(bytes);
      check_only(shorter, payload, good);
      Reading longer;
      bytes = good;
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random()));
      longer.take(bytes);
      check_only(longer, payload, good);
    }
    Reading behind;
    Bytes garbage(random() % 40);
    for (std::uint8_t& byte : garbage) byte = static_cast<std::uint8_t>(random());
    behind.take(garbage);
    CHECK(behind.frames == 0);
    check_only(behind, payload, good);
  }
}

TEST_CASE("a frame larger than the reader's memory is passed over, and counted") {
  const Bytes payload(100, 7);
  Reading reading(serial::frame_bytes(99));
  reading.take(stuffed(kType, kSequence, payload));
  CHECK(reading.frames == 0);
  CHECK(reading.reader.broken() == 1);
  reading.take(stuffed(kType, kSequence, Bytes(99, 7)));
  CHECK(reading.last == Bytes(99, 7));
}

}  // namespace
}  // namespace nuthatch::test
