#ifndef NUTHATCH_SERIAL_DEVICE_HPP
#define NUTHATCH_SERIAL_DEVICE_HPP

/// The board's side of the wire: takes bytes, gives answers. One Device is one model with its monitor, in memory that
/// the caller lends; no heap. Time comes from port.h's ticks.

#include <cstddef>
#include <cstdint>

#include "memory.hpp"
#include "nuthatch/nuthatch.hpp"
#include "serial/frame.hpp"
#include "serial/messages.hpp"

namespace nuthatch::serial {

class Device {
 public:
  /// Opens the model (null: there is none), tests it, and starts its monitor; once. `memory`: at a multiple of 8, at
  /// least plan_for({}, ...).ram_bytes. Where it is too little for the model, hello says so.
  void start(Span<const std::uint8_t> model, Span<std::uint8_t> memory, const char* board);

  /// Takes a byte from the wire. True: answer() is to be sent, before the next byte is taken.
  bool take(std::uint8_t byte);
  /// A whole frame, not yet stuffed.
  Span<const std::uint8_t> answer() const { return answer_; }

  /// What the next hello tells.
  void note_stack(std::size_t used) { hello_.stack_used = static_cast<std::uint32_t>(used); }

 private:
  void open_model(Span<const std::uint8_t> bytes);
  void carve();
  void self_test();
  void attach();
  bool is_repeated() const;
  void serve();
  std::size_t say_hello();
  std::size_t predict();
  std::size_t snapshot();
  std::size_t test();
  std::size_t restart();
  std::size_t refuse(Why why, Status status = Status::kOk);
  bool is_ready() const {
    return hello_.open_status == 0 && hello_.self_test_status == 0 && plan_.ram_bytes <= memory_.size();
  }
  void run_row(const std::uint8_t* row, std::uint8_t* result);
  /// Writes a value at `at` of the answer's payload.
  template <class T>
  std::size_t put(std::size_t at, const T& value);

  Model model_;
  Monitor monitor_;
  Memory memory_;
  Plan plan_;
  Hello hello_ = {};
  Reader reader_;
  Span<std::uint32_t> scratch_;
  Span<std::int32_t> outputs_;
  Span<std::uint32_t> counters_;     // empty: the model's monitor is off
  Span<std::uint8_t> frame_;         // the answer is made in it
  Span<const std::uint8_t> answer_;  // empty: nothing was answered yet
  std::uint8_t type_ = 0;            // of the answer
  Head answered_;                    // of the last request
  std::uint32_t answered_crc_ = 0;
  std::uint32_t counted_ = 0;  // rows since the counters began
};

}  // namespace nuthatch::serial

#endif
