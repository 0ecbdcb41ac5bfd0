// serve_abuse NUTHATCH SECONDS: malformed, slow and oversized requests against `nuthatch serve`, while good ones go on.
// No crash, no leak (of a build with sanitizers: its exit status), and every good answer right.

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "serve/client.hpp"
#include "serve/models.hpp"
#include "serve/spawned.hpp"
#include "serve/wire.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::serve_test {
namespace {

using namespace std::chrono_literals;
using Random = std::mt19937_64;

const char* kInfer = "/v2/models/iris/infer";

struct Scene {
  int port = 0;
  std::atomic<bool> over = false;
  std::string json;    // a good request, in JSON
  std::string binary;  // and in binary
  std::mutex mutex;
  std::map<std::string, std::map<int, std::size_t>> answers = {};  // by abuse and status

  void count(const std::string& abuse, int status) {
    const std::lock_guard lock(mutex);
    ++answers[abuse][status];
  }
};

std::size_t below(Random& random, std::size_t limit) { return random() % limit; }

std::string noise(Random& random, std::size_t size) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

/// Some bytes changed, taken out, doubled, or the end cut off.
std::string spoiled(Random& random, std::string text) {
  for (std::size_t changes = 1 + below(random, 4); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = below(random, text.size());
    const std::size_t size = 1 + below(random, 9);
    switch (below(random, 5)) {
      case 0: text[at] = static_cast<char>(random()); break;
      case 1: text.erase(at, size); break;
      case 2: text.insert(at, text.substr(at, size)); break;
      case 3: text.insert(at, noise(random, size)); break;
      default: text.resize(at); break;
    }
  }
  return text;
}

/// Sends, says that nothing more comes, and takes whatever answers there are.
void try_it(Scene& scene, const std::string& abuse, const std::string& bytes) {
  Wire wire(scene.port);
  wire.send(bytes);
  wire.finish_sending();
  int status = 0;
  do {
    status = wire.receive(5s).status;
    scene.count(abuse, status);
  } while (status != 0 && !scene.over);
}

void malformed(Scene& scene, Random& random) {
  const std::string& good = below(random, 2) == 0 ? scene.json : scene.binary;
  if (below(random, 8) == 0) return try_it(scene, "noise", noise(random, below(random, 300)));
  if (below(random, 2) == 0) return try_it(scene, "spoiled", spoiled(random, good));
  // The length is right, and what it is the length of is not.
  const std::size_t body = good.find("\r\n\r\n") + 4;
  const bool is_binary = &good == &scene.binary;
  const std::string header =
      is_binary ? fmt::format("Inference-Header-Content-Length: {}\r\n", below(random, 200)) : "";
  try_it(scene, "spoiled body", post(kInfer, spoiled(random, good.substr(body)), header));
}

void oversized(Scene& scene, Random& random) {
  const std::size_t size = 300000 + below(random, 2000000);
  switch (below(random, 4)) {
    case 0: return try_it(scene, "large body", post(kInfer, std::string(size, '[')));
    case 1: return try_it(scene, "large headers", "GET /v2 HTTP/1.1\r\nX: " + std::string(size, 'x') + "\r\n\r\n");
    case 2: return try_it(scene, "deep body", post(kInfer, std::string(200000, '[')));
    default: break;
  }
  std::string chunks = fmt::format("POST {} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", kInfer);
  while (chunks.size() < size) chunks += "3e8\r\n" + std::string(1000, ' ') + "\r\n";
  try_it(scene, "large chunked body", chunks + "0\r\n\r\n");
}

/// A byte now and then, or nothing, or gone in the middle.
void slow(Scene& scene, Random& random) {
  Wire wire(scene.port);
  const std::string& good = scene.json;
  const std::size_t first = below(random, good.size());
  wire.send(good.substr(0, first));
  if (below(random, 3) == 0) return;
  const auto end = cloud::Clock::now() + 3s;
  for (std::size_t at = first; at < good.size() && cloud::Clock::now() < end && !scene.over; ++at) {
    std::this_thread::sleep_for(100ms);
    if (!wire.send(good.substr(at, 1))) break;
  }
  scene.count("slow", wire.receive(5s).status);
}

void abuse(Scene& scene, void (*one)(Scene&, Random&), std::uint64_t seed) {
  Random random(seed);
  while (!scene.over) {
    try {
      one(scene, random);
    } catch (const std::runtime_error&) {  // nobody listens: the server's end will say why
      std::this_thread::sleep_for(10ms);
    }
  }
}

/// Good questions, whose every word must be the host's.
void use(Scene& scene, serve::Wire how, std::atomic<std::size_t>& right, std::atomic<std::size_t>& wrong) {
  const data::Dataset rows = trainer_test::load("iris.test");
  const exporting::Predictions host = iris().predict(rows);
  const std::vector<std::uint8_t> bytes = iris().device_rows(rows);
  serve::Client client(fmt::format("http://127.0.0.1:{}", scene.port), how);
  while (!scene.over) {
    try {
      const serve::Scores scores = client.score("iris", {bytes, rows.rows(), 4, false});
      ++(scores.words == host.scores && scores.statuses == host.statuses ? right : wrong);
    } catch (const std::runtime_error& error) {
      fmt::print("a good request: {}\n", error.what());
      ++wrong;
    }
  }
}

std::size_t print(const Scene& scene) {
  std::size_t all = 0;
  for (const auto& [abuse, statuses] : scene.answers) {
    fmt::print("{:<20}", abuse);
    for (const auto& [status, count] : statuses) {
      fmt::print(" {}: {}", status == 0 ? "end" : std::to_string(status), count);
      all += count;
    }
    fmt::print("\n");
  }
  return all;
}

bool abuse_server(const std::string& nuthatch, int seconds) {
  const Folder folder;
  const std::string model = folder.write("iris.nhm", iris().bytes());
  Spawned server({nuthatch, "serve", "--model", model, "--port", "0", "--timeout", "1", "--max-body", "0.25"},
                 folder / "log");
  Scene scene;
  scene.port = server.port();
  const std::vector<std::uint8_t> row = iris().device_rows(trainer_test::load("iris.test"));
  const serve::Batch batch = {std::span(row).first(16), 1, 4, false};
  scene.json = post(kInfer, serve::write_message(batch, serve::Wire::kJson).bytes);
  const serve::Message binary = serve::write_message(batch, serve::Wire::kBinary);
  scene.binary = post(kInfer, binary.bytes, fmt::format("Inference-Header-Content-Length: {}\r\n", binary.json_bytes));
  std::atomic<std::size_t> right = 0;
  std::atomic<std::size_t> wrong = 0;
  std::vector<std::thread> threads;
  for (const serve::Wire how : {serve::Wire::kJson, serve::Wire::kBinary}) {
    threads.emplace_back([&, how] { use(scene, how, right, wrong); });
  }
  std::uint64_t seed = 1;
  for (const auto one : {malformed, malformed, oversized, slow, slow, slow, slow, slow, slow}) {
    threads.emplace_back([&scene, one, seed] { abuse(scene, one, seed); });
    ++seed;
  }
  for (int i = 0; i < seconds && server.runs(); ++i) std::this_thread::sleep_for(1s);
  scene.over = true;
  for (std::thread& thread : threads) thread.join();
  const int status = server.stop();
  const std::size_t abuses = print(scene);
  fmt::print("{} abuses; {} good answers right, {} not; the server's exit status is {}\n", abuses, right.load(),
             wrong.load(), status);
  std::ifstream log(folder / "log");
  for (std::string line; std::getline(log, line);) {
    // The sanitizers' words, and what the server itself calls an error.
    if (!line.starts_with('{') || line.find("\"level\":\"error\"") != std::string::npos) fmt::print("{}\n", line);
  }
  return status == 0 && wrong == 0 && right > 10 && abuses > 100 && scene.answers.size() == 8;
}

}  // namespace
}  // namespace nuthatch::serve_test

int main(int count, char** arguments) {
  if (count != 3) return 2;
  return nuthatch::serve_test::abuse_server(arguments[1], std::stoi(arguments[2])) ? 0 : 1;
}
