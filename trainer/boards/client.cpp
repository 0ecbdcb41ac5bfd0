#include "boards/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <stdexcept>

namespace nuthatch::boards {
namespace {

using serial::Request;

constexpr unsigned kTries = 5;
/// A board that was just switched on hears nothing yet, and then opens its model: hello, which changes nothing, is
/// asked at this rate.
constexpr Milliseconds kHelloPatience(250);

const char* name_of(Request request) {
  switch (request) {
    case Request::kHello: return "hello";
    case Request::kPredict: return "rows to predict";
    case Request::kSnapshot: return "the request for a snapshot";
    case Request::kSelfTest: return "the request for a self-test";
    case Request::kRestart: return "the request to count anew";
  }
  return "a request";
}

std::string text_of(const serial::Refusal& refusal) {
  switch (static_cast<serial::Why>(refusal.why)) {
    case serial::Why::kUnknownRequest: return "it does not know the request: its firmware is older than this program";
    case serial::Why::kLength: return "the request has not the length that its model needs";
    case serial::Why::kNoModel: return "it has no model that it could use";
    case serial::Why::kMonitor: return fmt::format("its monitor: {}", status_text(static_cast<Status>(refusal.status)));
  }
  return fmt::format("reason {}, which this program does not know", refusal.why);
}

template <class T>
bool read_as(std::span<const std::uint8_t> bytes, T& value) {
  if (bytes.size() != sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  return true;
}

}  // namespace

/// Sequences begin anywhere, so that an answer to a program that was stopped is not taken for one to this.
Client::Client(Link& link, Milliseconds patience)
    : link_(link),
      patience_(patience),
      memory_(serial::frame_bytes(serial::kMostPayload)),
      sequence_(static_cast<std::uint8_t>(std::random_device()())) {
  reader_.start(memory_);
}

void Client::wrong(const char* what) const {
  throw std::runtime_error(fmt::format(
      "{}: {}; the firmware and this program are of different versions: `nuthatch flash` it anew", link_.name(), what));
}

std::vector<std::uint8_t> Client::ask(Request request, std::span<const std::uint8_t> payload) {
  const serial::Head head = {static_cast<std::uint8_t>(request), ++sequence_};
  frame_.resize(serial::frame_bytes(payload.size()));
  std::copy(payload.begin(), payload.end(), frame_.begin() + serial::kHeadBytes);
  const auto frame = serial::seal(frame_, head, payload.size());
  std::vector<std::uint8_t> stuffed;
  serial::stuff(frame, [&](std::uint8_t byte) { stuffed.push_back(byte); });
  std::vector<std::uint8_t> answer;
  const Milliseconds patience = request == Request::kHello ? std::min(kHelloPatience, patience_) : patience_;
  const auto most = static_cast<unsigned>(kTries * patience_ / patience);
  for (unsigned tries = 0; tries < most; ++tries) {
    repeated_ += tries > 0 ? 1 : 0;
    link_.write(stuffed);
    if (wait_for_answer(head, patience, answer)) return answer;
  }
  throw std::runtime_error(fmt::format(
      "{}: no answer to {}, asked {} times; is it a board that `nuthatch flash` wrote, and the speed its UART's?",
      link_.name(), name_of(request), most));
}

bool Client::wait_for_answer(serial::Head asked, Milliseconds patience, std::vector<std::uint8_t>& payload) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kPiece = 4096;
  const auto end = Clock::now() + patience + link_.time_of(frame_.size() + serial::frame_bytes(most_answer_));
  while (true) {
    for (std::size_t i = 0; i < came_.size(); ++i) {
      if (!reader_.take(came_[i]) || !is_answer(asked, payload)) continue;
      came_.erase(came_.begin(), came_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      return true;
    }
    came_.resize(kPiece);
    const auto left = std::chrono::duration_cast<Milliseconds>(end - Clock::now());
    came_.resize(left.count() < 0 ? 0 : link_.read(came_, left));
    if (came_.empty()) return false;
  }
}

/// Anything else that is whole is an answer to an earlier request, or what a board says when it faults.
bool Client::is_answer(serial::Head asked, std::vector<std::uint8_t>& payload) const {
  const serial::Head head = reader_.head();
  const auto bytes = reader_.payload();
  if (head.type == serial::kSaid) {
    const std::string text(bytes.begin(), bytes.end());
    throw std::runtime_error(fmt::format("{}: the board says: {}", link_.name(), text));
  }
  if (head.sequence != asked.sequence) return false;
  if (head.type == serial::kRefused) {
    serial::Refusal refusal;
    if (!read_as({bytes.data(), bytes.size()}, refusal)) wrong("a refusal of another length");
    throw std::runtime_error(fmt::format("{}: the board refuses {}: {}", link_.name(),
                                         name_of(static_cast<Request>(asked.type)), text_of(refusal)));
  }
  if (head.type != (asked.type | serial::kAnswer)) return false;
  payload.assign(bytes.begin(), bytes.end());
  return true;
}

serial::Hello Client::hello() {
  const std::vector<std::uint8_t> answer = ask(Request::kHello, {});
  serial::Hello hello;
  if (!read_as(answer, hello)) wrong("hello is answered in another length");
  if (hello.protocol != serial::kProtocol) wrong("it speaks another protocol");
  hello.board[sizeof hello.board - 1] = '\0';
  most_answer_ = std::max({sizeof hello, std::size_t{hello.snapshot_bytes},
                           sizeof(std::uint32_t) + hello.rows * serial::result_bytes(hello.outputs)});
  return hello;
}

void Client::restart() { ask(Request::kRestart, {}); }

std::vector<std::uint8_t> Client::predict(std::span<const std::uint8_t> rows, std::uint32_t& counted) {
  std::vector<std::uint8_t> answer = ask(Request::kPredict, rows);
  if (answer.size() < sizeof counted) wrong("an answer without results");
  std::memcpy(&counted, answer.data(), sizeof counted);
  answer.erase(answer.begin(), answer.begin() + sizeof counted);
  return answer;
}

std::vector<std::uint8_t> Client::snapshot(const SnapshotContext& context) {
  const serial::Speaker speaker = {context.device_id, context.firmware_id, context.boot_count,
                                   context.epoch,     context.sequence,    0};
  return ask(Request::kSnapshot, {reinterpret_cast<const std::uint8_t*>(&speaker), sizeof speaker});
}

Status Client::self_test() {
  std::uint32_t status = 0;
  if (!read_as(ask(Request::kSelfTest, {}), status)) wrong("a self-test is answered in another length");
  return static_cast<Status>(status);
}

}  // namespace nuthatch::boards
