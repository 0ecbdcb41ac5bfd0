// Both sides of the wire, with everything between them that goes wrong.

#include <doctest/doctest.h>

#include <cstring>

#include "boards/client.hpp"
#include "serial/wire.hpp"

namespace nuthatch::test {
namespace {

using boards::Client;
using Way = Wire::Way;

constexpr std::size_t kRows = 3;

/// A model with three classes; its rows and what the runtime answers.
struct Case {
  explicit Case(const Recipe& recipe = {Precision::kInt8, quantize::Input::kFloat32, 4, 3})
      : bytes(make_model(recipe)),
        opened(bytes),
        rows(make_rows(opened.model, kRows)),
        expected(results_of(opened.model, rows)) {}

  Bytes bytes;
  Opened opened;
  Bytes rows;
  Bytes expected;
};

/// Rows that a snapshot has counted.
std::uint32_t counted_in(const Bytes& bytes) {
  Snapshot snapshot;
  REQUIRE(read_snapshot({bytes.data(), bytes.size()}, snapshot) == Status::kOk);
  return snapshot.word(0) + snapshot.word(1);
}

/// What a throwing call says.
template <class Call>
std::string said(Call&& call) {
  try {
    call();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing";
}

TEST_CASE("a board says who it is, predicts as the host does, and counts") {
  for (const Recipe& recipe : all_tasks(4)) {
    CAPTURE(text_of(recipe));
    const Case one(recipe);
    Board board(one.bytes);
    Wire wire(board);
    Client client(wire);
    const serial::Hello hello = client.hello();
    CHECK(hello.open_status == 0);
    CHECK(hello.self_test_status == 0);
    CHECK(std::memcmp(hello.identity, one.opened.model.identity(), 8) == 0);
    CHECK(std::string(hello.board) == "test");
    CHECK(hello.features == recipe.features);
    CHECK(hello.rows >= kRows);
    CHECK(hello.model_ram == serial::plan_for(one.opened.model.footprint(), one.opened.model.input()).ram_bytes);
    std::uint32_t counted = 0;
    CHECK(client.predict(one.rows, counted) == one.expected);
    CHECK(counted == kRows);
    CHECK(client.self_test() == Status::kOk);
    const SnapshotContext context = {9, 8, 0, 0, 7, 6, 5};
    const Bytes snapshot = client.snapshot(context);
    CHECK(counted_in(snapshot) == kRows);
    Snapshot read;
    REQUIRE(read_snapshot({snapshot.data(), snapshot.size()}, read) == Status::kOk);
    CHECK(read.context.device_id == 9);
    CHECK(read.context.firmware_id == 8);
    CHECK(read.context.boot_count == 7);
    CHECK(read.context.epoch == 6);
    CHECK(read.context.sequence == 5);
    client.restart();
    CHECK(counted_in(client.snapshot(context)) == 0);
    CHECK(client.repeated() == 0);
  }
}

/// Every byte that predict moves one way, changed in turn to every other value: the answer is the right one, after a
/// second request, and the rows are counted once.
std::size_t change_every_byte(const Case& one, Way changed) {
  std::size_t changes = 0;
  for (std::size_t at = 0;; ++at) {
    for (unsigned change = 1; change < 256; ++change) {
      Board board(one.bytes);
      Wire wire(board);
      Client client(wire);
      bool happened = false;
      std::size_t first = 0;
      (void)client.hello();
      wire.fault = [&](Way way, std::size_t, std::uint8_t& byte) {
        if (way != changed || first++ != at) return true;
        byte = static_cast<std::uint8_t>(byte ^ change);
        return happened = true;
      };
      std::uint32_t counted = 0;
      REQUIRE(client.predict(one.rows, counted) == one.expected);
      REQUIRE(counted == kRows);
      if (!happened) return changes;
      REQUIRE(client.repeated() >= 1);
      wire.fault = nullptr;
      REQUIRE(counted_in(client.snapshot({})) == kRows);
      ++changes;
    }
  }
}

TEST_CASE("every byte of a request and of its answer changed in turn: no wrong answer is accepted") {
  const Case one;
  // A repeated request follows, so that a byte of it may be the one that never comes.
  CHECK(change_every_byte(one, Way::kToBoard) >= 255 * (one.rows.size() + 8));
  CHECK(change_every_byte(one, Way::kFromBoard) >= 255 * (one.expected.size() + 12));
}

TEST_CASE("lost requests and answers are repeated, and counted once") {
  const Case one;
  for (const Way lost : {Way::kToBoard, Way::kFromBoard}) {
    Board board(one.bytes);
    Wire wire(board);
    Client client(wire);
    (void)client.hello();
    // All of the first, second and third.
    const std::size_t bytes = lost == Way::kToBoard ? stuffed(2, 0, one.rows).size() : one.expected.size() + 4 + 11;
    std::size_t seen = 0;
    wire.fault = [&](Way way, std::size_t, std::uint8_t&) { return way != lost || seen++ >= 3 * bytes; };
    std::uint32_t counted = 0;
    CHECK(client.predict(one.rows, counted) == one.expected);
    CHECK(counted == kRows);
    CHECK(client.repeated() == 3);
    CHECK(counted_in(client.snapshot({})) == kRows);
  }
}

TEST_CASE("two requests that are the same are two: each is counted") {
  const Case one;
  Board board(one.bytes);
  Wire wire(board);
  Client client(wire);
  std::uint32_t counted = 0;
  for (std::uint32_t i = 1; i <= 600; ++i) {  // sequences come round
    (void)client.predict(one.rows, counted);
    CHECK(counted == i * kRows);
  }
}

TEST_CASE("an answer that comes twice, or is another request's, is not taken for the next one's") {
  const Case one;
  Board board(one.bytes);
  Wire wire(board);
  Client client(wire);
  (void)client.hello();
  std::uint32_t counted = 0;
  (void)client.predict(one.rows, counted);
  // The same request once more, as after an answer that was only late: a second answer lies on the wire.
  const auto again = board.device.answer();
  Bytes late;
  serial::stuff(again, [&](std::uint8_t byte) { late.push_back(byte); });
  class Late final : public boards::Link {
   public:
    Late(Wire& wire, Bytes first) : wire_(wire), first_(std::move(first)) {}
    const std::string& name() const override { return wire_.name(); }
    void write(std::span<const std::uint8_t> bytes) override { wire_.write(bytes); }
    std::size_t read(std::span<std::uint8_t> bytes, boards::Milliseconds patience) override {
      if (first_.empty()) return wire_.read(bytes, patience);
      const std::size_t count = std::min(bytes.size(), first_.size());
      std::copy_n(first_.begin(), count, bytes.begin());
      first_.clear();
      return count;
    }
    boards::Milliseconds time_of(std::size_t) const override { return boards::Milliseconds(0); }

   private:
    Wire& wire_;
    Bytes first_;
  };
  for (unsigned start = 0; start < 20; ++start) {  // sequences begin at random
    Late link(wire, late);
    Client next(link);
    const Bytes other = make_rows(one.opened.model, 1, 5 + start);
    (void)next.hello();
    CHECK(next.predict(other, counted) == results_of(one.opened.model, other));
  }
}

TEST_CASE("a board that does not answer ends it with an error") {
  const Case one;
  Board board(one.bytes);
  Wire wire(board);
  Client client(wire);
  wire.fault = [](Way, std::size_t, std::uint8_t&) { return false; };
  CHECK(said([&] { (void)client.hello(); }) ==
        "the test's wire: no answer to hello, asked 20 times; is it a board that `nuthatch flash` wrote, and the speed "
        "its UART's?");
  CHECK(client.repeated() == 19);
  std::uint32_t counted = 0;
  CHECK(said([&] { (void)client.predict(one.rows, counted); }).find("rows to predict, asked 5 times") !=
        std::string::npos);
}

TEST_CASE("refusals say why") {
  const Case one;
  Board board(one.bytes);
  Wire wire(board);
  Client client(wire);
  std::uint32_t counted = 0;
  const auto refused = [&](const Bytes& rows) { return said([&] { (void)client.predict(rows, counted); }); };
  const std::string length =
      "the test's wire: the board refuses rows to predict: the request has not the length that its model needs";
  CHECK(refused({}) == length);
  CHECK(refused(Bytes(one.rows.begin(), one.rows.end() - 1)) == length);
  const serial::Hello hello = client.hello();
  CHECK(refused(make_rows(one.opened.model, hello.rows)) == "nothing");

  Board empty({});
  Wire to_empty(empty);
  Client lost(to_empty);
  CHECK(lost.hello().open_status == static_cast<std::uint32_t>(Status::kNull));
  const Bytes row = make_rows(one.opened.model, 1);
  const std::string none = said([&] { (void)lost.predict(row, counted); });
  CHECK(none == "the test's wire: the board refuses rows to predict: it has no model that it could use");
  CHECK(said([&] { lost.restart(); }) != "nothing");
  CHECK(said([&] { (void)lost.snapshot({}); }) != "nothing");
  CHECK(said([&] { (void)lost.self_test(); }) != "nothing");
}

TEST_CASE("a board whose RAM is too small for its model says by how much, and stays in it") {
  const Case one({Precision::kInt8, quantize::Input::kFloat32, 40, 10});
  const serial::Plan plan = serial::plan_for(one.opened.model.footprint(), one.opened.model.input());
  for (const std::size_t ram : {plan.ram_bytes, plan.ram_bytes - 8}) {
    Board board(one.bytes, ram);
    Wire wire(board);
    Client client(wire);
    const serial::Hello hello = client.hello();
    CHECK(hello.open_status == 0);
    CHECK(hello.model_ram == plan.ram_bytes);
    CHECK(hello.free_ram == ram);
    std::uint32_t counted = 0;
    const bool fits = ram == plan.ram_bytes;
    const Bytes row = make_rows(one.opened.model, 1);
    CHECK((said([&] { (void)client.predict(row, counted); }) == "nothing") == fits);
  }
}

TEST_CASE("a request of an unknown type is refused, an answer's type too") {
  const Case one;
  for (const std::uint8_t type : Bytes{0, 6, 0x81, 0xFE, 0xFF}) {
    Board board(one.bytes);
    bool answered = false;
    for (const std::uint8_t byte : stuffed(type, 1, {})) answered = board.device.take(byte) || answered;
    REQUIRE(answered);
    CHECK(board.device.answer()[0] == serial::kRefused);
  }
}

}  // namespace
}  // namespace nuthatch::test
