#include "serial/device.hpp"

#include <algorithm>
#include <cstring>

#include "port.h"

namespace nuthatch::serial {
namespace {

std::uint32_t clamp(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX));
}

}  // namespace

void Device::start(Span<const std::uint8_t> model, Span<std::uint8_t> memory, const char* board) {
  hello_.protocol = kProtocol;
  for (std::size_t i = 0; i + 1 < sizeof hello_.board && board[i] != '\0'; ++i) hello_.board[i] = board[i];
  memory_.start(memory.data(), memory.size());
  hello_.free_ram = clamp(memory.size());
  open_model(model);
  carve();
  if (is_ready()) attach();
}

void Device::open_model(Span<const std::uint8_t> bytes) {
  const Status status = EveryPart::open(bytes, model_);
  hello_.open_status = static_cast<std::uint32_t>(status);
  if (status != Status::kOk) return;
  const Footprint need = model_.footprint();
  std::memcpy(hello_.identity, model_.identity(), sizeof hello_.identity);
  hello_.input = static_cast<std::uint32_t>(model_.input());
  hello_.features = clamp(need.features);
  hello_.outputs = clamp(need.outputs);
  hello_.scratch_words = clamp(need.scratch_words);
  hello_.monitor_words = clamp(need.monitor_words);
  hello_.snapshot_bytes = clamp(need.snapshot_bytes);
}

/// Without a model, or with one that is too large, what hello needs.
void Device::carve() {
  Footprint need = model_.footprint();
  plan_ = plan_for(need, model_.input());
  hello_.rows = clamp(plan_.rows);
  hello_.model_ram = clamp(plan_.ram_bytes);
  Plan frames = plan_;
  if (!is_ready()) {
    need = Footprint();
    frames = plan_for(need, Input::kFloat32);
  }
  scratch_ = {memory_.carve<std::uint32_t>(4 * need.scratch_words), need.scratch_words};
  outputs_ = {memory_.carve<std::int32_t>(4 * need.outputs), need.outputs};
  counters_ = {memory_.carve<std::uint32_t>(4 * need.monitor_words), need.monitor_words};
  const std::size_t in = frame_bytes(frames.request_bytes);
  const std::size_t out = frame_bytes(frames.answer_bytes);
  reader_.start({memory_.carve<std::uint8_t>(in), in});
  frame_ = {memory_.carve<std::uint8_t>(out), out};
}

void Device::self_test() {
  port_tick_start();
  hello_.self_test_status = static_cast<std::uint32_t>(model_.self_test(outputs_, scratch_));
  port_tick_stop();
}

/// The self-test's golden rows, of which the trainer writes two, tell how long a row takes: a typical one falls into
/// the middle of the latency's buckets.
void Device::attach() {
  self_test();
  counted_ = 0;
  if (counters_.size() == 0) return;
  constexpr std::uint32_t kMiddle = 16;
  unsigned shift = 0;
  while (clamp(port_ticks()) / 2 >> shift >= kMiddle) ++shift;
  const Status status = monitor_.attach<Histograms>(model_, counters_, shift);
  if (status != Status::kOk) hello_.open_status = static_cast<std::uint32_t>(status);
}

bool Device::take(std::uint8_t byte) {
  if (!reader_.take(byte)) return false;
  if (!is_repeated()) serve();
  return true;
}

/// The same request once more: its answer was lost, so the answer goes out again, and no row is counted twice. Hello
/// begins a conversation and is always answered anew.
bool Device::is_repeated() const {
  const Head head = reader_.head();
  return answer_.size() > 0 && head.type != static_cast<std::uint8_t>(Request::kHello) && head.type == answered_.type &&
         head.sequence == answered_.sequence && reader_.crc() == answered_crc_;
}

void Device::serve() {
  answered_ = reader_.head();
  answered_crc_ = reader_.crc();
  type_ = answered_.type | kAnswer;
  std::size_t payload = 0;
  switch (static_cast<Request>(answered_.type)) {
    case Request::kHello: payload = say_hello(); break;
    case Request::kPredict: payload = predict(); break;
    case Request::kSnapshot: payload = snapshot(); break;
    case Request::kSelfTest: payload = test(); break;
    case Request::kRestart: payload = restart(); break;
    default: payload = refuse(Why::kUnknownRequest);
  }
  answer_ = seal(frame_, {type_, answered_.sequence}, payload);
}

template <class T>
std::size_t Device::put(std::size_t at, const T& value) {
  std::memcpy(frame_.data() + kHeadBytes + at, &value, sizeof value);
  return at + sizeof value;
}

std::size_t Device::refuse(Why why, Status status) {
  type_ = kRefused;
  return put(0, Refusal{static_cast<std::uint32_t>(why), static_cast<std::uint32_t>(status)});
}

std::size_t Device::say_hello() {
  hello_.broken_frames = reader_.broken();
  return put(0, hello_);
}

std::size_t Device::predict() {
  const Span<const std::uint8_t> rows = reader_.payload();
  if (!is_ready()) return refuse(Why::kNoModel);
  const std::size_t count = rows.size() / plan_.row_bytes;
  if (rows.size() % plan_.row_bytes != 0 || count == 0 || count > plan_.rows) return refuse(Why::kLength);
  const std::size_t width = result_bytes(outputs_.size());
  std::uint8_t* const results = frame_.data() + kHeadBytes + sizeof counted_;
  for (std::size_t row = 0; row < count; ++row) run_row(rows.data() + row * plan_.row_bytes, results + row * width);
  put(0, counted_);
  return sizeof counted_ + count * width;
}

void Device::run_row(const std::uint8_t* row, std::uint8_t* result) {
  const std::size_t features = hello_.features;
  port_tick_start();
  const Status status =
      model_.input() == Input::kFloat32
          ? model_.predict({reinterpret_cast<const float*>(row), features}, outputs_, scratch_)
          : model_.predict({reinterpret_cast<const std::int16_t*>(row), features}, outputs_, scratch_);
  port_tick_stop();
  if (counters_.size() > 0) {
    // Attached, and given what predict was given: it refuses nothing.
    (void)monitor_.observe(status, outputs_, {scratch_.data(), scratch_.size()}, clamp(port_ticks()));
  }
  ++counted_;
  const auto word = static_cast<std::uint32_t>(status);
  std::memcpy(result, &word, sizeof word);
  if (status == Status::kOk) {
    std::memcpy(result + sizeof word, outputs_.data(), 4 * outputs_.size());
  } else {
    std::memset(result + sizeof word, 0, 4 * outputs_.size());
  }
}

std::size_t Device::snapshot() {
  const Span<const std::uint8_t> payload = reader_.payload();
  Speaker speaker;
  if (payload.size() != sizeof speaker) return refuse(Why::kLength);
  if (!is_ready()) return refuse(Why::kNoModel);
  std::memcpy(&speaker, payload.data(), sizeof speaker);
  SnapshotContext context;
  context.device_id = speaker.device_id;
  context.firmware_id = speaker.firmware_id;
  context.boot_count = speaker.boot_count;
  context.epoch = speaker.epoch;
  context.sequence = speaker.sequence;
  std::size_t written = 0;
  const Status status =
      monitor_.snapshot(context, {frame_.data() + kHeadBytes, frame_.size() - frame_bytes(0)}, written);
  return status == Status::kOk ? written : refuse(Why::kMonitor, status);
}

std::size_t Device::test() {
  if (!is_ready()) return refuse(Why::kNoModel);
  self_test();
  return put(0, hello_.self_test_status);
}

std::size_t Device::restart() {
  if (!is_ready()) return refuse(Why::kNoModel);
  attach();
  return 0;
}

}  // namespace nuthatch::serial
