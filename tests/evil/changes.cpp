#include "evil/changes.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

#include <cstring>
#include <vector>

namespace nuthatch::test {
namespace {

constexpr std::size_t kSealBytes = 136;

void put_crc(const ModelBytes& bytes) {
  const auto crc = static_cast<std::uint32_t>(::crc32(0, bytes.data(), static_cast<uInt>(bytes.size() - 4)));
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, sizeof crc);
}

std::vector<std::uint8_t> first_of(const ModelBytes& bytes, std::size_t size) {
  return {bytes.data(), bytes.data() + size};
}

}  // namespace

void Tally::add(const Outcome& outcome, const std::string& what) {
  ++statuses[outcome.status];
  if (outcome.failure == nullptr) return;
  ++broken;
  if (first.empty()) first = what + ": " + outcome.failure;
}

std::size_t Tally::opened() const { return statuses.count(Status::kOk) == 0 ? 0 : statuses.at(Status::kOk); }

std::size_t Tally::total() const {
  std::size_t sum = 0;
  for (const auto& [status, count] : statuses) sum += count;
  return sum;
}

std::string Tally::text() const {
  std::string text = fmt::format("{} models:", total());
  for (const auto& [status, count] : statuses) text += fmt::format(" status {}: {};", static_cast<int>(status), count);
  return text;
}

void change_every_byte(const ModelBytes& bytes, bool sealed, Tally& tally) {
  for (std::size_t at = 0; at + (sealed ? 4 : 0) < bytes.size(); ++at) {
    const std::uint8_t before = bytes[at];
    for (int change = 1; change < 256; ++change) {
      bytes[at] = static_cast<std::uint8_t>(before ^ change);
      if (sealed) put_crc(bytes);
      tally.add(exercise(bytes.data(), bytes.size()), fmt::format("byte {} ^ {}", at, change));
    }
    bytes[at] = before;
  }
  if (sealed) put_crc(bytes);
}

void change_good_model(const ModelBytes& bytes, Tally& tally) {
  REQUIRE(exercise(bytes.data(), bytes.size()).status == Status::kOk);
  change_every_byte(bytes, true, tally);
}

void check_tally(const Tally& tally, std::size_t opened, std::size_t refused) {
  CHECK(tally.opened() > opened);
  CHECK(tally.total() - tally.opened() > refused);
  CHECK_MESSAGE(tally.broken == 0, tally.first);
}

void cut_everywhere(const ModelBytes& bytes, Tally& tally) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const ModelBytes shorter(first_of(bytes, size));
    tally.add(exercise(shorter.data(), shorter.size()), fmt::format("{} bytes", size));
  }
}

void cut_and_seal_everywhere(const ModelBytes& bytes, Tally& tally) {
  for (std::size_t size = 0; size + kSealBytes <= bytes.size(); size += 8) {
    std::vector<std::uint8_t> cut = first_of(bytes, size);
    cut.insert(cut.end(), bytes.end() - kSealBytes, bytes.end());
    const std::uint32_t sizes[] = {static_cast<std::uint32_t>(cut.size()), static_cast<std::uint32_t>(size)};
    std::memcpy(cut.data() + size + 12, sizes, sizeof sizes);
    const ModelBytes exact(cut);
    put_crc(exact);
    tally.add(exercise(exact.data(), exact.size()), fmt::format("{} bytes, sealed", size));
  }
}

}  // namespace nuthatch::test
