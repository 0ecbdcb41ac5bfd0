// The emulated network, by arithmetic; and the load, by counts that no slow machine changes.

#include <doctest/doctest.h>

#include <chrono>
#include <numeric>
#include <thread>

#include "compare/load.hpp"

namespace nuthatch::trainer_test {

using compare::Conditions;
using compare::Load;
using compare::LoadResult;
using compare::Network;
using compare::Served;

namespace {

const auto kNoProgress = [](std::uint64_t, std::uint64_t) {};
const auto kNothingSent = [](std::size_t) { return std::size_t{0}; };

}  // namespace

TEST_CASE("compare: network conditions are read in their units, and wrong ones are said") {
  const Conditions read = compare::parse_conditions("loss=1%,rtt=40ms,bandwidth=256kbit,jitter=500us,outage=2s/60s");
  CHECK(read.rtt_us == 40000);
  CHECK(read.jitter_us == 500);
  CHECK(read.loss == doctest::Approx(0.01));
  CHECK(read.bandwidth == 256000);
  CHECK(read.outage_us == 2e6);
  CHECK(read.outage_every_us == 60e6);
  CHECK(compare::parse_conditions("").none());
  CHECK(compare::text_of(read) == "rtt 40 ms, jitter 500 us, loss 1 %, 256 kbit/s, outages of 2 s every 60 s");
  for (const char* wrong : {"rtt", "rtt=", "rtt=40", "rtt=-1ms", "rtt=nan", "rtt=infms", "rtt=1e999s", "rtt=40 ms",
                            "loss=100%", "loss=2", "bandwidth=0bit", "bandwidth=256", "outage=2s", "outage=60s/60s",
                            "outage=2s/", "delay=3ms", "rtt=1ms,,loss=1%", "rtt=0x10ms"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(compare::parse_conditions(wrong), std::invalid_argument);
  }
}

TEST_CASE("compare: bytes on the wire are the message and 40 a packet of up to 1,460") {
  CHECK(compare::wire_bytes(1) == 41);
  CHECK(compare::wire_bytes(1460) == 1500);
  CHECK(compare::wire_bytes(1461) == 1541);
  CHECK(compare::wire_bytes(14600) == 15000);
}

TEST_CASE("compare: a message takes half the round trip and its bits, after those before it") {
  Conditions conditions;
  conditions.rtt_us = 40000;
  conditions.bandwidth = 80000;  // 10 bytes a millisecond
  Network network(conditions, 1);
  CHECK(network.up(0, 60) == doctest::Approx(10000 + 20000));
  CHECK(network.up(2000, 60) == doctest::Approx(20000 + 20000));    // waits for the first
  CHECK(network.down(2000, 60) == doctest::Approx(12000 + 20000));  // the other way is free
  CHECK(network.up(100000, 60) == doctest::Approx(110000 + 20000));
}

TEST_CASE("compare: nothing gets through in an outage, which begins at each of its times") {
  Conditions conditions;
  conditions.outage_us = 2e6;
  conditions.outage_every_us = 10e6;
  Network network(conditions, 1);
  CHECK(network.up(1e6, 10) == 1e6);
  CHECK(network.up(9.9e6, 10) == 9.9e6);
  CHECK(network.up(10e6, 10) == 12e6);
  CHECK(network.up(11.5e6, 10) == 12e6);
  CHECK(network.up(12e6, 10) == 12e6);
  CHECK(network.up(31e6, 10) == 32e6);
}

TEST_CASE("compare: a lost packet comes after RFC 6298's timeout, and as often as losses say") {
  Conditions conditions;
  conditions.loss = 0.1;
  Network network(conditions, 7);
  constexpr int kMessages = 20000;
  int late[3] = {};
  for (int i = 0; i < kMessages; ++i) {
    const double delay = network.up(0, 100);
    // 1 s, then 2 s more, then 4 s more, ...
    if (delay >= 1e6) {
      ++late[delay == 1e6 ? 0 : delay == 3e6 ? 1 : 2];
      CHECK(std::fmod(std::log2(delay / 1e6 + 1), 1) == 0);
    }
  }
  // Binomial, within six standard deviations.
  const auto near = [](int count, double p) {
    const double deviation = std::sqrt(kMessages * p * (1 - p));
    return std::abs(count - kMessages * p) < 6 * deviation;
  };
  CHECK(near(late[0], 0.1 * 0.9));
  CHECK(near(late[1], 0.01 * 0.9));
  CHECK(near(late[2], 0.001));

  // A long way: three round trips are longer than a second.
  conditions.rtt_us = 1e6;
  conditions.loss = 0.9;
  Network slow(conditions, 7);
  double least = 1e9;
  for (int i = 0; i < 50; ++i) {
    const double delay = slow.up(0, 100);
    if (delay > 5e5) least = std::min(least, delay);
  }
  CHECK(least == 3e6 + 5e5);
}

TEST_CASE("compare: the same seed gives the same network, another one another") {
  Conditions conditions;
  conditions.loss = 0.3;
  conditions.jitter_us = 1000;
  const auto delays = [&](std::uint64_t seed) {
    Network network(conditions, seed);
    std::vector<double> all;
    for (int i = 0; i < 50; ++i) all.push_back(network.up(1000.0 * i, 3000));
    return all;
  };
  CHECK(delays(1) == delays(1));
  CHECK(delays(1) != delays(2));
}

TEST_CASE("compare: percentiles are nearest ranks, where there are enough values") {
  std::vector<double> values(1000);
  std::iota(values.rbegin(), values.rend(), 1.0);
  const compare::Percentiles all = compare::percentiles_of(values);
  CHECK(all.p50 == 500);
  CHECK(all.p90 == 900.0);
  CHECK(all.p99 == 990.0);
  CHECK(all.p999 == 999.0);
  CHECK(all.max == 1000);
  values.pop_back();
  CHECK(!compare::percentiles_of(values).p999);
  const compare::Percentiles one = compare::percentiles_of({3});
  CHECK(one.p50 == 3);
  CHECK(!one.p90);
  CHECK(one.max == 3);
}

TEST_CASE("compare: a stall makes all that fell due meanwhile late, not only the answer that stalled") {
  // 400 a second for a second; request 40 takes half a second: 200 fall due in it. A client that waits for each answer
  // before it asks again would count one slow answer.
  using namespace std::chrono_literals;
  const LoadResult result = compare::run_load(
      {400, 1}, Network({}, 0), kNothingSent, 1,
      [](std::size_t, std::size_t request) {
        if (request == 40) std::this_thread::sleep_for(500ms);
        return Served{};
      },
      kNoProgress);
  REQUIRE(result.latencies_us.size() == 400);
  // Due k ms into the stall: late by 500 - k ms at least, so that of those due in its first 400 ms none is faster.
  std::size_t late = 0;
  for (std::size_t i = 40; i < 200; ++i) late += result.latencies_us[i] >= 99e3 ? 1U : 0U;
  CHECK(late == 160);
  CHECK(compare::answered_within(result, 50e3) <= (400.0 - 180) / 400);
}

TEST_CASE("compare: parts of the time add up to the latency, the emulated network's included") {
  Conditions conditions;
  conditions.rtt_us = 20000;
  conditions.bandwidth = 1e6;
  const LoadResult result = compare::run_load(
      {100, 0.3}, Network(conditions, 0), [](std::size_t) { return std::size_t{500}; }, 4,
      [](std::size_t, std::size_t) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        Served served;
        served.queue_us = 300;
        served.compute_us = 1000;
        served.sent_bytes = 500;
        served.received_bytes = 200;
        return served;
      },
      kNoProgress);
  const auto count = static_cast<double>(result.latencies_us.size());
  REQUIRE(count == 30);
  const double mean = std::accumulate(result.latencies_us.begin(), result.latencies_us.end(), 0.0) / count;
  const compare::Split& split = result.split;
  CHECK(split.send + split.queue + split.compute + split.receive == doctest::Approx(mean).epsilon(1e-9));
  CHECK(split.compute == doctest::Approx(1000));
  CHECK(split.send >= 10000 + 8 * 540);  // at 1 bit a microsecond
  CHECK(split.receive >= 10000 + 8 * 240);
  CHECK(split.queue >= 300);
  // Neither the round trip nor the bits, 20 ms and more, are the server's.
  CHECK(result.served_us >= 2000);
  CHECK(result.served_us <= mean - 20000 - 8 * 540 - 8 * 240 + 1e-6);
  CHECK(result.sent == 540);
  CHECK(result.received == 240);
}

TEST_CASE("compare: what is not answered counts as late, and says why") {
  const LoadResult result = compare::run_load(
      {1000, 0.05}, Network({}, 0), kNothingSent, 2,
      [](std::size_t, std::size_t request) -> Served {
        if (request % 5 == 0) throw std::runtime_error("the server is away");
        return {};
      },
      kNoProgress);
  CHECK(result.error == "the server is away");
  CHECK(std::count(result.answered.begin(), result.answered.end(), false) == 10);
  CHECK(compare::answered_within(result, 1e12) == doctest::Approx(0.8));
  // The run ends after the last request is due: an unanswered first one has waited all that time.
  CHECK(result.latencies_us[0] >= 49e3);
}

TEST_CASE("compare: a load that nobody can bear ends, and what was not begun is not answered") {
  const LoadResult result = compare::run_load(
      {1000, 0.1}, Network({}, 0), kNothingSent, 1,
      [](std::size_t, std::size_t) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return Served{};
      },
      kNoProgress, 0);  // a second, and no more
  const auto answered = std::count(result.answered.begin(), result.answered.end(), true);
  CHECK(answered >= 1);
  CHECK(answered <= 21);
}

TEST_CASE("compare: a simulated device answers one after another") {
  // Due at 0, 10, 20, 30 ms; 15 ms each.
  const LoadResult busy = compare::simulate_load({100, 0.04}, [](std::size_t) { return 15000.0; });
  CHECK(busy.latencies_us == std::vector<double>{15000, 20000, 25000, 30000});
  CHECK(busy.split.compute == 15000);
  CHECK(busy.split.queue == 7500);
  const LoadResult free = compare::simulate_load({100, 0.04}, [](std::size_t i) { return i == 0 ? 5.0 : 3.0; });
  CHECK(free.latencies_us == std::vector<double>{5, 3, 3, 3});
}

}  // namespace nuthatch::trainer_test
