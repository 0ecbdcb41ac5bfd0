// The flash ring: power that fails at every byte of every program and erase, drivers that lie, and wear.

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "unit/survival_flash.hpp"

namespace nuthatch::test {
namespace {

/// Geometries with records of one piece, of several, and of a sector.
struct Setup {
  FlashGeometry geometry;
  std::size_t most;  // the longest record
};
const std::vector<Setup> kSetups = {{{256, 4, 4}, 100}, {{384, 2, 8}, 140}, {{128, 3, 16}, 30}, {{512, 2, 1}, 150},
                                    {{256, 3, 64}, 90}, {{192, 2, 2}, 176}, {{256, 2, 32}, 40}};

/// A record that tells which one it is, by every byte and its length.
std::vector<std::uint8_t> record_of(std::uint32_t number, std::size_t most) {
  std::vector<std::uint8_t> record(most - number * 7 % (most / 2));
  for (std::size_t i = 0; i < record.size(); ++i) {
    record[i] = static_cast<std::uint8_t>((number * 2654435761U >> 13) + i * 37);
  }
  std::memcpy(record.data(), &number, sizeof number);
  return record;
}

/// The number of the newest record; 0 if there is none, -1 if it is no record that was ever written.
std::int64_t newest(const FlashRing& ring, std::size_t most) {
  std::vector<std::uint8_t> bytes(most);
  std::size_t size = 0;
  const Status status = ring.newest(bytes, size);
  if (status == Status::kNoRecord) return 0;
  if (status != Status::kOk || size < sizeof(std::uint32_t)) return -1;
  bytes.resize(size);
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number != 0 && number < 100000 && bytes == record_of(number, most) ? std::int64_t{number} : -1;
}

/// A device that appends records, boots now and then, and loses power.
struct Device {
  Device(const Setup& of, std::uint32_t seed) : setup(of), flash(of.geometry, seed) { boot(); }

  /// Starts anew; true if the newest record is one it may be.
  bool boot() {
    ring = FlashRing();
    if (ring.begin(flash.port()) != Status::kOk) return false;
    const std::int64_t found = newest(ring, setup.most);
    const bool right = found == kept || (tried && found == number);
    if (found > kept) kept = found;
    tried = false;
    return right;
  }

  /// True if it was written, and is the newest then.
  bool append() {
    tried = true;
    const std::vector<std::uint8_t> record = record_of(++number, setup.most);
    if (ring.append(record) != Status::kOk) return false;
    tried = false;
    kept = number;
    return newest(ring, setup.most) == kept;
  }

  Setup setup;
  SimulatedFlash flash;
  FlashRing ring;
  std::uint32_t number = 0;  // of the record that was tried last
  std::int64_t kept = 0;     // that is known to be whole
  bool tried = false;        // without an answer
};

struct Failure {
  Torn torn;
  bool has_ecc;
};
constexpr Failure kFailures[] = {{Torn::kPrefix, false},    {Torn::kBits, false},  {Torn::kBits, true},
                                 {Torn::kInvisible, false}, {Torn::kWhole, false}, {Torn::kWhole, true}};

constexpr std::uint32_t kRecords = 11;

/// Appends and boots; ends where power fails.
void live(Device& device, int& wrong) {
  for (std::uint32_t i = 0; i < kRecords; ++i) {
    if (i % 4 == 3 && !device.boot()) ++wrong;
    const bool written = device.append();
    if (device.flash.is_dead()) return;
    if (!written) ++wrong;
  }
}

/// After power failed: the last record or the one before; and then it goes on.
void recover(Device& device, int& wrong, std::uint32_t by_header, int& naive) {
  device.flash.revive();
  if (!device.boot()) ++wrong;
  if (by_header != device.ring.sequence()) ++naive;
  for (int i = 0; i < 3; ++i) {
    if (!device.append()) ++wrong;
  }
  if (!device.boot()) ++wrong;
  wrong += device.flash.violations;
}

std::string text_of(const Setup& setup) {
  return std::to_string(setup.geometry.sectors) + "x" + std::to_string(setup.geometry.sector_bytes) + ", unit " +
         std::to_string(setup.geometry.program_bytes);
}

/// Whoever takes the highest sequence for the newest record, without a CRC.
std::uint32_t newest_by_header(const SimulatedFlash& flash, const FlashGeometry& geometry) {
  std::uint32_t found = 0;
  for (std::size_t at = 0; at + 20 <= flash.bytes.size(); at += detail::record_unit(geometry)) {
    std::uint32_t fields[5];
    std::memcpy(fields, flash.bytes.data() + at, sizeof fields);
    if (fields[0] == 0x3152484E && fields[1] > found) found = fields[1];
  }
  return found;
}

}  // namespace

TEST_CASE("flash ring: power that fails at every byte costs the last record at most") {
  int naive = 0;
  for (const Setup& setup : kSetups) {
    CAPTURE(text_of(setup));
    int wrong = 0;
    Device whole(setup, 1);
    live(whole, wrong);
    CHECK(wrong == 0);
    CHECK(whole.flash.violations == 0);
    const std::int64_t all = whole.flash.bytes_done;
    for (const auto& [torn, has_ecc] : kFailures) {
      for (std::int64_t left = 1; left <= all; ++left) {
        Device device(setup, static_cast<std::uint32_t>(left));
        device.flash.torn = torn;
        device.flash.has_ecc = has_ecc;
        device.flash.revive(left);
        live(device, wrong);
        if (!device.flash.is_dead()) ++wrong;
        const std::uint32_t by_header = newest_by_header(device.flash, setup.geometry);
        recover(device, wrong, by_header, naive);
      }
    }
    CHECK(wrong == 0);
  }
  CHECK(naive > 0);  // the simulation does make records that only a CRC refuses
}

TEST_CASE("flash ring: power that fails again and again") {
  std::mt19937 random(3);
  for (const Setup& setup : kSetups) {
    CAPTURE(text_of(setup));
    int wrong = 0;
    for (std::uint32_t life = 0; life < 20; ++life) {
      Device device(setup, life);
      device.flash.has_ecc = life % 2 == 1;
      for (int failure = 0; failure < 200; ++failure) {
        device.flash.torn = static_cast<Torn>(random() % 4);
        device.flash.revive(1 + static_cast<std::int64_t>(random() % (2 * setup.geometry.sector_bytes)));
        while (!device.flash.is_dead()) {
          if (!device.append() && !device.flash.is_dead()) ++wrong;
          if (random() % 5 == 0 && !device.flash.is_dead() && !device.boot()) ++wrong;
        }
        device.flash.revive();
        if (!device.boot()) ++wrong;
      }
      wrong += device.flash.violations;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("flash ring: sectors wear alike, with boots and without") {
  for (const Setup& setup : kSetups) {
    for (const std::uint32_t records_a_boot : {0U, 1U, 3U}) {
      Device device(setup, 1);
      for (std::uint32_t i = 0; i < 500; ++i) {
        if (records_a_boot != 0 && i % records_a_boot == 0) REQUIRE(device.boot());
        REQUIRE(device.append());
      }
      const auto [least, most] = std::minmax_element(device.flash.erases.begin(), device.flash.erases.end());
      CHECK(*most - *least <= 1);
      CHECK(device.flash.violations == 0);
    }
  }
}

TEST_CASE("flash ring: the lifetime is the simulated one") {
  for (const Setup& setup : kSetups) {
    for (const std::uint32_t endurance : {1U, 7U}) {
      for (const std::uint32_t records_a_boot : {0U, 1U, 2U, 3U, 5U, 8U, 1000U}) {
        CAPTURE(text_of(setup));
        CAPTURE(records_a_boot);
        SimulatedFlash flash(setup.geometry, 1);
        FlashRing ring;
        REQUIRE(ring.begin(flash.port()) == Status::kOk);
        const std::vector<std::uint8_t> record(setup.most - 3, 1);
        std::uint64_t records = 0;
        while (true) {
          if (records_a_boot != 0 && records % records_a_boot == 0) REQUIRE(ring.begin(flash.port()) == Status::kOk);
          REQUIRE(ring.append(record) == Status::kOk);
          if (*std::max_element(flash.erases.begin(), flash.erases.end()) > endurance) break;
          ++records;
        }
        CHECK(flash_ring_total(setup.geometry, record.size(), endurance, records_a_boot) == records);
        CHECK(flash_ring_lifetime(setup.geometry, record.size(), endurance, 86400, records_a_boot) == records);
        CHECK(flash_ring_lifetime(setup.geometry, record.size(), endurance, 3600, records_a_boot) == records / 24);
      }
    }
  }
}

TEST_CASE("flash ring: the lifetime is a constant, and does not wrap") {
  constexpr FlashGeometry kGeometry = {1024, 4, 4};
  static_assert(flash_ring_slot(kGeometry, 500) == 516, "16 + 500");
  static_assert(flash_ring_records(kGeometry, 500) == 1, "");
  static_assert(flash_ring_records(kGeometry, 496) == 2, "");
  static_assert(flash_ring_records(kGeometry, 1008) == 1, "");
  static_assert(flash_ring_records(kGeometry, 1009) == 0, "");
  static_assert(flash_ring_lifetime(kGeometry, 496, 10000, 3600) == 80000 / 24, "");
  static_assert(flash_ring_lifetime(kGeometry, 496, 10000, 3600, 1) == 40000 / 24, "");
  static_assert(flash_ring_lifetime(kGeometry, 2000, 10000, 3600) == 0, "");
  constexpr FlashGeometry kLarge = {1U << 16, 1U << 16, 1};
  static_assert(flash_ring_lifetime(kLarge, 1, UINT32_MAX, UINT32_MAX) == UINT64_MAX / 86400, "");
  CHECK(flash_ring_slot({1024, 4, 64}, 49) == 128);
  CHECK(flash_ring_slot({1024, 4, 1}, SIZE_MAX) == 0);
}

TEST_CASE("flash ring: geometries and records that cannot be are refused") {
  SimulatedFlash flash({256, 4, 4}, 1);
  FlashRing ring;
  std::size_t size = 0;
  std::vector<std::uint8_t> bytes(300, 5);
  CHECK(ring.append(bytes) == Status::kNotBegun);
  CHECK(ring.newest(bytes, size) == Status::kNotBegun);
  for (const FlashGeometry& geometry : std::vector<FlashGeometry>{{256, 1, 4},
                                                                  {256, 4, 0},
                                                                  {256, 4, 3},
                                                                  {256, 4, 128},
                                                                  {16, 4, 4},
                                                                  {0, 4, 4},
                                                                  {258, 4, 1},
                                                                  {264, 4, 16},
                                                                  {1U << 20, 1U << 13, 4}}) {
    Flash port = flash.port();
    port.geometry = geometry;
    CHECK(ring.begin(port) == Status::kFlashGeometry);
    CHECK(flash_ring_records(geometry, 1) == 0);
  }
  Flash port = flash.port();
  port.erase = nullptr;
  CHECK(ring.begin(port) == Status::kNull);
  CHECK(ring.append(bytes) == Status::kNotBegun);
  REQUIRE(ring.begin(flash.port()) == Status::kOk);
  CHECK(ring.newest(bytes, size) == Status::kNoRecord);
  CHECK(ring.append({bytes.data(), 0}) == Status::kRecordSize);
  CHECK(ring.append({bytes.data(), 241}) == Status::kRecordSize);
  CHECK(ring.append({nullptr, 1}) == Status::kNull);
  CHECK(ring.append({bytes.data(), 240}) == Status::kOk);
  CHECK(ring.newest({bytes.data(), 239}, size) == Status::kRecordSize);
  CHECK(size == 240);
  CHECK(ring.newest(bytes, size) == Status::kOk);
  // A bit that goes bad later is seen.
  flash.bytes[100] ^= 1;
  CHECK(ring.newest(bytes, size) == Status::kFlash);
}

TEST_CASE("flash ring: a driver that fails or lies costs the record, and no other") {
  for (const Setup& setup : kSetups) {
    CAPTURE(text_of(setup));
    for (bool SimulatedFlash::*fault : {&SimulatedFlash::program_fails, &SimulatedFlash::program_lies,
                                        &SimulatedFlash::erase_fails, &SimulatedFlash::read_fails}) {
      Device device(setup, 1);
      for (int i = 0; i < 4; ++i) REQUIRE(device.append());
      for (int i = 0; i < 12; ++i) {
        device.flash.*fault = true;
        const bool written = device.append();
        device.flash.*fault = false;
        if (written) CHECK(fault == &SimulatedFlash::erase_fails);
        if (written) break;  // the sector had room, and nothing was to be erased
        CHECK(newest(device.ring, setup.most) == device.kept);
        // What is written next is found.
        if (i % 3 != 2) continue;
        CHECK(device.append());
        CHECK(device.boot());
        CHECK(device.append());
      }
      CHECK(device.boot());
      CHECK(device.flash.violations == 0);
    }
    // The simulation sees what is programmed twice.
    Device device(setup, 1);
    device.flash.erase_lies = true;
    (void)device.append();
    CHECK(device.flash.violations > 0);
  }
}

}  // namespace nuthatch::test
