// Whatever comes over the wire: the board answers with whole frames or not at all, and the host takes an answer or
// throws. Bits of the first byte: 0: the rest is a request, sealed and stuffed; else bytes of the wire. 1: it goes to
// the host, as what comes back to hello, predict, a self-test and a snapshot. 2: the board has no model.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "boards/client.hpp"
#include "port.h"
#include "serial/device.hpp"
#include "unit/runtime_buffer.hpp"

extern "C" {
void port_tick_start(void) {}
void port_tick_stop(void) {}
std::uint64_t port_ticks(void) { return 0; }
}

namespace {

using namespace nuthatch::serial;
using Bytes = std::vector<std::uint8_t>;

void require(bool condition, const char* promise) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", promise);
  std::abort();
}

Bytes read_model() {
  std::ifstream file(NUTHATCH_FUZZ_MODELS "/int8_of_float32_3_classes", std::ios::binary);
  Bytes bytes{std::istreambuf_iterator<char>(file), {}};
  require(!bytes.empty(), "the seeds of `open` are there");
  return bytes;
}

/// type, sequence, payload -> the wire's bytes
Bytes stuffed(Bytes request) {
  if (request.size() < 2) request.resize(2);
  request.resize(std::min(request.size(), kMostPayload));
  Bytes frame(frame_bytes(request.size() - 2));
  std::copy(request.begin() + 2, request.end(), frame.begin() + kHeadBytes);
  Bytes wire;
  stuff(seal(frame, {request[0], request[1]}, request.size() - 2), [&](std::uint8_t byte) { wire.push_back(byte); });
  return wire;
}

/// The answer is a frame that the host's reader takes, as it is.
void check_answer(nuthatch::Span<const std::uint8_t> answer) {
  Bytes memory(frame_bytes(kMostPayload));
  Reader reader;
  reader.start(memory);
  bool whole = false;
  stuff(answer, [&](std::uint8_t byte) { whole = reader.take(byte); });
  require(whole && reader.broken() == 0, "an answer is one whole frame");
  require(std::equal(answer.begin() + kHeadBytes, answer.end() - kCrcBytes, reader.payload().begin()),
          "an answer comes out as it went in");
  require((reader.head().type & kAnswer) != 0, "an answer's type is an answer's");
}

void to_board(const Bytes& wire, bool with_model) {
  static const Bytes bytes = read_model();
  constexpr std::size_t kRam = 4096;
  const nuthatch::test::Buffer<std::uint8_t> model(with_model ? bytes : Bytes());
  const nuthatch::test::Buffer<std::uint8_t> memory(kRam);
  Device device;
  device.start({with_model ? model.data() : nullptr, model.size()}, {memory.data(), memory.size()}, "fuzz");
  for (const std::uint8_t byte : wire) {
    if (device.take(byte)) check_answer(device.answer());
  }
}

/// Answers every request with the same bytes.
class Replay final : public nuthatch::boards::Link {
 public:
  explicit Replay(Bytes bytes) : bytes_(std::move(bytes)) {}
  const std::string& name() const override { return name_; }
  void write(std::span<const std::uint8_t> request) override {
    at_ = 0;
    // As if it were the answer that is waited for: the sequence is the request's (of a stuffed head: its third byte,
    // but where the type or the sequence is 0).
    if (bytes_.size() > 2 && request.size() > 3) bytes_[1] = request[3];
    coming_ = stuffed(bytes_);
  }
  std::size_t read(std::span<std::uint8_t> into, nuthatch::boards::Milliseconds) override {
    const std::size_t count = std::min(into.size(), coming_.size() - at_);
    std::copy_n(coming_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return count;
  }
  nuthatch::boards::Milliseconds time_of(std::size_t) const override { return nuthatch::boards::Milliseconds(0); }

 private:
  std::string name_ = "fuzz";
  Bytes bytes_, coming_;
  std::size_t at_ = 0;
};

void to_host(const Bytes& bytes) {
  Replay link(bytes);
  nuthatch::boards::Client client(link);
  const auto call = [](auto&& ask) {
    try {
      ask();
    } catch (const std::runtime_error&) {
    }
  };
  std::uint32_t counted = 0;
  call([&] { require(client.hello().protocol == kProtocol, "another protocol is refused"); });
  call([&] { (void)client.predict(bytes, counted); });
  call([&] { (void)client.self_test(); });
  call([&] { (void)client.snapshot({}); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  if (size == 0) return 0;
  const Bytes rest(input + 1, input + std::min(size, kMostPayload));
  const bool as_request = (input[0] & 1) == 0;
  if ((input[0] & 2) != 0) {
    to_host(rest);
  } else {
    to_board(as_request ? stuffed(rest) : rest, (input[0] & 4) == 0);
  }
  return 0;
}
