#ifndef NUTHATCH_TESTS_SERIAL_WIRE_HPP
#define NUTHATCH_TESTS_SERIAL_WIRE_HPP

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "boards/link.hpp"
#include "serial/device.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {

/// The board's side with its model and memory.
struct Board {
  explicit Board(const Bytes& model_bytes, std::size_t ram = 65536);

  Buffer<std::uint8_t> model;
  std::vector<std::uint64_t> memory;
  serial::Device device;
};

/// A wire to a board in this process. What is lost is known at once, so no test waits.
class Wire final : public boards::Link {
 public:
  enum class Way { kToBoard, kFromBoard };
  /// May change a byte; false: it is lost. `index`: of all bytes that went this way.
  using Fault = std::function<bool(Way way, std::size_t index, std::uint8_t& byte)>;

  explicit Wire(Board& board) : board_(board) {}

  const std::string& name() const override { return name_; }
  void write(std::span<const std::uint8_t> bytes) override;
  std::size_t read(std::span<std::uint8_t> bytes, boards::Milliseconds) override;
  boards::Milliseconds time_of(std::size_t) const override { return boards::Milliseconds(0); }

  Fault fault;
  std::size_t sent = 0;      ///< bytes to the board
  std::size_t answered = 0;  ///< bytes from it

 private:
  void answer(std::uint8_t byte);

  Board& board_;
  std::string name_ = "the test's wire";
  std::deque<std::uint8_t> coming_;
};

/// A frame's bytes on the wire.
Bytes stuffed(std::uint8_t type, std::uint8_t sequence, const Bytes& payload);

/// Rows of a model's features, of mixed values.
Bytes make_rows(const Model& model, std::size_t count, std::uint32_t seed = 1);
/// What the runtime answers to them, in the format of the wire.
Bytes results_of(const Model& model, const Bytes& rows);

}  // namespace nuthatch::test

#endif
