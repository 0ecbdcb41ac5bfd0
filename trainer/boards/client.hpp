#ifndef NUTHATCH_TRAINER_BOARDS_CLIENT_HPP
#define NUTHATCH_TRAINER_BOARDS_CLIENT_HPP

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "boards/link.hpp"
#include "nuthatch/monitor.hpp"
#include "serial/messages.hpp"

namespace nuthatch::boards {

/// The host's side of the wire (ports/serial): asks, waits, asks again. Every call throws std::runtime_error that says
/// what the board did not answer, or what it answered.
class Client {
 public:
  /// `patience`: for one answer, beside the time its bytes take.
  explicit Client(Link& link, Milliseconds patience = Milliseconds(1000));

  serial::Hello hello();
  /// Counters and decisions of the monitor begin anew.
  void restart();
  /// Whole rows, at most hello().rows of them. Their answers: a status and score words each. `counted`: rows since
  /// restart(), these included.
  std::vector<std::uint8_t> predict(std::span<const std::uint8_t> rows, std::uint32_t& counted);
  /// As the board made it.
  std::vector<std::uint8_t> snapshot(const SnapshotContext& context);
  Status self_test();

  /// Requests that went out more than once.
  unsigned repeated() const { return repeated_; }

 private:
  std::vector<std::uint8_t> ask(serial::Request request, std::span<const std::uint8_t> payload);
  bool wait_for_answer(serial::Head asked, Milliseconds patience, std::vector<std::uint8_t>& payload);
  bool is_answer(serial::Head asked, std::vector<std::uint8_t>& payload) const;
  [[noreturn]] void wrong(const char* what) const;

  Link& link_;
  Milliseconds patience_;
  std::vector<std::uint8_t> frame_;
  std::vector<std::uint8_t> memory_;
  serial::Reader reader_;
  std::vector<std::uint8_t> came_;                   // bytes that were read, but not yet taken
  std::size_t most_answer_ = sizeof(serial::Hello);  // bytes
  std::uint8_t sequence_;
  unsigned repeated_ = 0;
};

}  // namespace nuthatch::boards

#endif
