// serve_bench NUTHATCH MODEL SECONDS: single rows through `nuthatch serve` and, in the same run, a bare server of the
// same HTTP library that returns a constant of the same size. Prints the reviewed table (serve.csv); only the ratio of
// the two is asserted, as times depend on the machine. serve_bench --bare BYTES: that bare server.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "export/loaded_model.hpp"
#include "serve/bare.hpp"
#include "serve/client.hpp"
#include "serve/spawned.hpp"
#include "serve/wire.hpp"

namespace nuthatch::serve_test {
namespace {

using namespace std::chrono_literals;
using cloud::Clock;
using Seconds = std::chrono::duration<double>;

// Fewer than both servers have threads; with the servers, more than two cores can run.
constexpr std::size_t kConnections = 4;
constexpr int kRounds = 15;  // short ones, as what else runs on a machine comes and goes

/// One request over and over, for so long; at `rate` a second, or as fast as answers come.
struct Load {
  int port;
  std::string request;
  Seconds time;
  double rate = 0;
};

/// How long each request took from when it was due, in seconds.
std::vector<double> ask_on_one_connection(const Load& load) {
  Wire wire(load.port);
  std::vector<double> took;
  const Clock::time_point start = Clock::now();
  Clock::time_point due = start;
  while (due - start < load.time) {
    std::this_thread::sleep_until(due);
    if (!wire.send(load.request) || wire.receive().status != 200)
      throw std::runtime_error("a request was not answered");
    const Clock::time_point now = Clock::now();
    took.push_back(Seconds(now - due).count());
    due = load.rate == 0
              ? now
              : start +
                    std::chrono::duration_cast<Clock::duration>(Seconds(static_cast<double>(took.size()) / load.rate));
  }
  return took;
}

std::vector<double> apply(const Load& load) {
  std::vector<std::vector<double>> parts(kConnections);
  std::vector<std::thread> threads;
  for (std::vector<double>& part : parts) threads.emplace_back([&] { part = ask_on_one_connection(load); });
  for (std::thread& thread : threads) thread.join();
  std::vector<double> all;
  for (const std::vector<double>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

double throughput(Load load) { return static_cast<double>(apply(load).size()) / load.time.count(); }

double p99(Load load, double requests_a_second) {
  load.rate = requests_a_second / kConnections;
  std::vector<double> took = apply(load);
  const auto at = took.begin() + static_cast<std::ptrdiff_t>(took.size() * 99 / 100);
  std::nth_element(took.begin(), at, took.end());
  return *at;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The first row's request, with the outputs that clients usually want; in binary all that come unasked.
std::string request_of(const exporting::LoadedModel& model, serve::Wire how) {
  const exporting::Golden& golden = model.contents().golden;
  const auto* row = reinterpret_cast<const std::uint8_t*>(golden.features_float32.data());
  const std::size_t features = model.contents().feature_names.size();
  const serve::Message message = serve::write_message({{row, features * 4}, 1, features, false}, how);
  const std::string header = how == serve::Wire::kJson
                                 ? "Content-Type: application/json\r\n"
                                 : fmt::format("Inference-Header-Content-Length: {}\r\n", message.json_bytes);
  return post("/v2/models/model/infer", message.bytes, header);
}

/// A row of the table; the ratio.
double measure(const std::string& nuthatch, const std::string& path, serve::Wire how, Seconds time) {
  const auto model = exporting::LoadedModel::from_file(path);
  const std::string request = request_of(model, how);
  Spawned ours({nuthatch, "serve", "--model", "model=" + path, "--port", "0"}, "/dev/null");
  const Reply reply = ask(ours.port(), request);
  if (reply.status != 200) throw std::runtime_error(reply.body);
  Spawned bare({"/proc/self/exe", "--bare", std::to_string(reply.body.size())}, "/dev/null");
  const Load loads[2] = {{ours.port(), request, time}, {bare.port(), request, time}};
  std::vector<double> rates[2];
  std::vector<double> waits[2];
  std::vector<double> ratios;
  for (int round = 0; round < kRounds; ++round) {
    for (const int i : {0, 1}) rates[i].push_back(throughput(loads[i]));
    ratios.push_back(rates[0].back() / rates[1].back());
  }
  for (int round = 0; round < kRounds; ++round) {
    for (const int i : {0, 1}) waits[i].push_back(p99(loads[i], median(rates[i]) / 2));
  }
  fmt::print("{},{},{},{},{:.2f},{:.0f},{:.0f},{:.0f},{:.0f}\n", std::filesystem::path(path).stem().string(),
             how == serve::Wire::kJson ? "json" : "binary", request.size(), reply.body.size(), median(ratios),
             median(rates[0]), median(rates[1]), 1e6 * median(waits[0]), 1e6 * median(waits[1]));
  std::fflush(stdout);
  return median(ratios);
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "--bare") return serve_a_constant(std::stoul(arguments[1]));
  if (arguments.size() < 4) return 2;
  const Seconds time(std::stod(arguments[1]));
  const double least = std::stod(arguments[2]);
  bool fast_enough = true;
  fmt::print(
      "model,tensors,request_bytes,answer_bytes,ratio,requests_a_second,bare_requests_a_second,p99_us,bare_p99_us\n");
  for (std::size_t i = 3; i < arguments.size(); ++i) {
    for (const serve::Wire how : {serve::Wire::kJson, serve::Wire::kBinary}) {
      fast_enough = measure(arguments[0], arguments[i], how, time) >= least && fast_enough;
    }
  }
  return fast_enough ? 0 : 1;
}

}  // namespace
}  // namespace nuthatch::serve_test

int main(int count, char** arguments) { return nuthatch::serve_test::run({arguments + 1, arguments + count}); }
