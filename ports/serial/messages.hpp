#ifndef NUTHATCH_SERIAL_MESSAGES_HPP
#define NUTHATCH_SERIAL_MESSAGES_HPP

/// What requests and answers say, and the memory that a board needs for them: shared by boards and the host. All
/// little-endian. README.md has the table.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "nuthatch/model.hpp"
#include "serial/frame.hpp"

namespace nuthatch::serial {

constexpr std::uint32_t kProtocol = 1;

/// Types of frames.
enum class Request : std::uint8_t { kHello = 1, kPredict = 2, kSnapshot = 3, kSelfTest = 4, kRestart = 5 };
constexpr std::uint8_t kAnswer = 0x80;   ///< added to the request's type
constexpr std::uint8_t kSaid = 0xFE;     ///< a text that nobody asked for, sequence 0: a fault
constexpr std::uint8_t kRefused = 0xFF;  ///< in the place of an answer: a Refusal

enum class Why : std::uint32_t {
  kUnknownRequest = 1,
  kLength = 2,   ///< the payload is not as long as the request needs, or has more rows than the board takes
  kNoModel = 3,  ///< no model is open; hello says why
  kMonitor = 4,  ///< the monitor refused; `status` says why
};

struct Refusal {
  std::uint32_t why;     ///< a Why
  std::uint32_t status;  ///< of the runtime, or 0
};

/// The answer to hello.
struct Hello {
  std::uint32_t protocol;
  std::uint32_t open_status;       ///< of the model; if not 0, no row is predicted
  std::uint32_t self_test_status;  ///< of its golden rows at boot
  std::uint8_t identity[8];        ///< the first bytes of the model's SHA-256
  std::uint32_t input;             ///< 0: float32, 1: int16
  std::uint32_t features;
  std::uint32_t outputs;
  std::uint32_t scratch_words;
  std::uint32_t monitor_words;
  std::uint32_t snapshot_bytes;
  std::uint32_t rows;           ///< that a request may hold
  std::uint32_t model_ram;      ///< bytes that this model needs for all of that
  std::uint32_t free_ram;       ///< bytes there are for it; less than model_ram: no row is predicted
  std::uint32_t stack_used;     ///< bytes, the most since the start; 0: not measured
  std::uint32_t broken_frames;  ///< that came in since the start
  char board[16];               ///< its name, zeros behind it
};
static_assert(sizeof(Hello) == 80);

/// The request for a snapshot: who speaks in it.
struct Speaker {
  std::uint64_t device_id;
  std::uint64_t firmware_id;
  std::uint32_t boot_count;
  std::uint32_t epoch;
  std::uint32_t sequence;
  std::uint32_t zero;
};
static_assert(sizeof(Speaker) == 32);

/// The answer to predict: the rows counted since the counters began, then for each row its status and its score words
/// (zeros where it was refused).
constexpr std::size_t result_bytes(std::size_t outputs) { return 4 + 4 * outputs; }

/// What a board keeps for a model beside Model and Monitor themselves. All zeros: what it needs to say hello.
struct Plan {
  std::size_t row_bytes = 0;
  std::size_t rows = 0;           ///< of a request
  std::size_t request_bytes = 0;  ///< the largest payloads
  std::size_t answer_bytes = 0;
  std::size_t ram_bytes = 0;  ///< of all: scratch, outputs, counters, one frame in and one frame out
};

constexpr std::size_t in_eights(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

constexpr Plan plan_for(const Footprint& need, Input input) {
  constexpr std::size_t kRowsBytes = 256;  // of a request: several small rows at once, a large one alone
  Plan plan;
  plan.row_bytes = need.features * (input == Input::kFloat32 ? sizeof(float) : sizeof(std::int16_t));
  plan.rows = plan.row_bytes == 0 ? 0 : std::max<std::size_t>(1, kRowsBytes / plan.row_bytes);
  plan.request_bytes = std::max(plan.rows * plan.row_bytes, sizeof(Speaker));
  plan.answer_bytes = std::max({sizeof(Hello), 4 + plan.rows * result_bytes(need.outputs), need.snapshot_bytes});
  plan.ram_bytes = in_eights(4 * need.scratch_words) + in_eights(4 * need.outputs) + in_eights(4 * need.monitor_words) +
                   in_eights(frame_bytes(plan.request_bytes)) + in_eights(frame_bytes(plan.answer_bytes));
  return plan;
}

}  // namespace nuthatch::serial

#endif
