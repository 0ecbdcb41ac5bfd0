#include "serial/wire.hpp"

#include <cstring>
#include <random>

#include "port.h"

// The board's clock stands still.
extern "C" {
void port_tick_start(void) {}
void port_tick_stop(void) {}
std::uint64_t port_ticks(void) { return 0; }
}

namespace nuthatch::test {

Board::Board(const Bytes& model_bytes, std::size_t ram) : model(model_bytes), memory(ram / sizeof(std::uint64_t)) {
  device.start({model.size() == 0 ? nullptr : model.data(), model.size()},
               {reinterpret_cast<std::uint8_t*>(memory.data()), ram}, "test");
}

void Wire::write(std::span<const std::uint8_t> bytes) {
  for (std::uint8_t byte : bytes) {
    if (fault && !fault(Way::kToBoard, sent++, byte)) continue;
    if (!board_.device.take(byte)) continue;
    serial::stuff(board_.device.answer(), [this](std::uint8_t out) { answer(out); });
  }
}

void Wire::answer(std::uint8_t byte) {
  if (fault && !fault(Way::kFromBoard, answered++, byte)) return;
  coming_.push_back(byte);
}

/// In pieces of odd lengths, as serial ports give them.
std::size_t Wire::read(std::span<std::uint8_t> bytes, boards::Milliseconds) {
  constexpr std::size_t kPiece = 7;
  const std::size_t count = std::min({bytes.size(), coming_.size(), kPiece});
  std::copy_n(coming_.begin(), count, bytes.begin());
  coming_.erase(coming_.begin(), coming_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

Bytes stuffed(std::uint8_t type, std::uint8_t sequence, const Bytes& payload) {
  Bytes frame(serial::frame_bytes(payload.size()));
  std::copy(payload.begin(), payload.end(), frame.begin() + serial::kHeadBytes);
  Bytes bytes;
  serial::stuff(serial::seal(frame, {type, sequence}, payload.size()),
                [&](std::uint8_t byte) { bytes.push_back(byte); });
  return bytes;
}

Bytes make_rows(const Model& model, std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  Bytes rows;
  const auto append = [&](const auto& value) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
    rows.insert(rows.end(), bytes, bytes + sizeof value);
  };
  for (std::size_t i = 0; i < count * model.footprint().features; ++i) {
    const int value = static_cast<int>(random() % 200) - 100;
    if (model.input() == nuthatch::Input::kFloat32) {
      append(static_cast<float>(value) / 16);
    } else {
      append(static_cast<std::int16_t>(value * 300));
    }
  }
  return rows;
}

Bytes results_of(const Model& model, const Bytes& rows) {
  const Footprint need = model.footprint();
  const bool real = model.input() == nuthatch::Input::kFloat32;
  const std::size_t width = need.features * (real ? 4 : 2);
  Buffer<std::uint32_t> scratch(need.scratch_words);
  Bytes results;
  for (std::size_t at = 0; at < rows.size(); at += width) {
    std::vector<std::int32_t> outputs(need.outputs);
    const std::uint8_t* row = rows.data() + at;
    const Status status =
        real ? model.predict({reinterpret_cast<const float*>(row), need.features}, outputs, scratch)
             : model.predict({reinterpret_cast<const std::int16_t*>(row), need.features}, outputs, scratch);
    std::vector<std::uint32_t> words = {static_cast<std::uint32_t>(status)};
    for (const std::int32_t word : outputs)
      words.push_back(status == Status::kOk ? static_cast<std::uint32_t>(word) : 0);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(words.data());
    results.insert(results.end(), bytes, bytes + 4 * words.size());
  }
  return results;
}

}  // namespace nuthatch::test
