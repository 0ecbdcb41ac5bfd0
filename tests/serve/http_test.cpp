// The server through its sockets: what HTTP allows, what it forbids, and what takes too much.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "serve/client.hpp"
#include "serve/local_server.hpp"
#include "serve/models.hpp"
#include "serve/wire.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::serve_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using serve::LocalServer;

const char* kQuestion =
    R"({"inputs":[{"name":"features","datatype":"FP32","shape":[1,4],"data":[5,3.5,1.5,0.25]}],"outputs":[{"name":"class"}]})";
const char* kAnswer =
    R"({"model_name":"iris","model_version":"1","outputs":[{"name":"class","datatype":"INT32","shape":[1],"data":[0]}]})";
const char* kInfer = "/v2/models/iris/infer";

std::string model_file() {
  static const Folder folder;
  return folder.write("iris.nhm", iris().bytes());
}

/// Small limits, that tests reach soon.
cloud::ServerOptions small() {
  cloud::ServerOptions options;
  options.threads = 4;
  options.limits = {65536, 400ms};
  return options;
}

std::string get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

std::string chunked(const std::string& path, const std::string& body, std::size_t piece) {
  std::string text = "POST " + path + " HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += piece) {
    const std::string part = body.substr(at, piece);
    text += fmt::format("{:x}\r\n{}\r\n", part.size(), part);
  }
  return text + "0\r\n\r\n";
}

std::string gzipped(const std::string& text) {
  z_stream stream = {};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// Refused with this status and an {"error"}, after which the connection ends.
void check_refused(int port, const std::string& bytes, int status) {
  CAPTURE(bytes.substr(0, 200));
  Wire wire(port);
  wire.send(bytes);
  const Reply reply = wire.receive();
  CHECK(reply.status == status);
  CHECK(json::parse(reply.body).contains("error"));
  CHECK(wire.ended());
}

std::string recorded(const std::string& name) {
  std::ifstream file(NUTHATCH_TEST_DATA "/serve/triton/" + name + ".http", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::int32_t> words_at(const std::string& body, std::size_t at, std::size_t count) {
  REQUIRE(body.size() >= at + count * 4);
  std::vector<std::int32_t> words(count);
  std::memcpy(words.data(), body.data() + at, count * 4);
  return words;
}

/// Of the two rows that the recorded requests have.
exporting::Predictions recorded_rows() {
  return iris().predict(
      trainer_test::parse("sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm,label\n"
                          "5.1,3.5,1.4,0.2,setosa\n6.7,3.0,5.2,2.3,virginica\n"));
}

}  // namespace

TEST_CASE("a connection carries many requests, also sent all at once") {
  LocalServer server({model_file()});
  Wire wire(server.port());
  const std::string one = post(kInfer, kQuestion);
  wire.send(one + get("/v2/health/live") + chunked(kInfer, kQuestion, 7) + one);
  CHECK(wire.receive().body == kAnswer);
  CHECK(wire.receive().body == "{\"live\":true}");
  CHECK(wire.receive().body == kAnswer);
  CHECK(wire.receive().body == kAnswer);
  wire.send(get("/v2/health/ready", "Connection: close\r\n"));
  CHECK(wire.receive().header("Connection") == "close");
  CHECK(wire.ended());
}

TEST_CASE("a Triton client's recorded requests are answered as it reads answers") {
  LocalServer server({model_file()});
  const exporting::Predictions host = recorded_rows();
  for (const char* name : {"infer_default", "infer_columns", "infer_gzip"}) {
    CAPTURE(name);
    const Reply reply = ask(server.port(), recorded(name));
    REQUIRE(reply.status == 200);
    const std::size_t head = std::stoul(reply.header("Inference-Header-Content-Length"));
    const json answer = json::parse(reply.body.substr(0, head));
    std::size_t at = head;
    std::vector<std::int32_t> words;
    for (const json& output : answer.at("outputs")) {
      if (output.at("name") == "scores") words = words_at(reply.body, at, host.scores.size());
      at += output.at("parameters").at("binary_data_size").get<std::size_t>();
    }
    CHECK(at == reply.body.size());
    CHECK(words == host.scores);
    if (name == std::string("infer_default")) CHECK(answer.at("id") == "7");
  }
  const Reply mixed = ask(server.port(), recorded("infer_outputs"));
  const std::size_t head = std::stoul(mixed.header("Inference-Header-Content-Length"));
  CHECK(words_at(mixed.body, head, host.scores.size()) == host.scores);
  CHECK(json::parse(mixed.body.substr(0, head)).at("outputs").at(1).at("data") == json({"setosa", "virginica"}));
  const Reply plain = ask(server.port(), recorded("infer_json"));
  CHECK(json::parse(plain.body).at("outputs").at(0).at("data").get<std::vector<std::int32_t>>() == host.scores);
  CHECK(ask(server.port(), recorded("ready")).status == 200);
  CHECK(json::parse(ask(server.port(), recorded("metadata")).body).at("name") == "iris");
}

TEST_CASE("what HTTP forbids, or two readers could read differently, is refused") {
  LocalServer server({model_file()}, small());
  const int port = server.port();
  const std::string body = kQuestion;
  check_refused(port, "\r\n\r\n", 400);
  check_refused(port, "nonsense\r\n\r\n", 400);
  check_refused(port, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), 400);
  check_refused(port, "GET /v2 HTTP/9.9\r\n\r\n", 400);
  check_refused(port, "POST /v2 HTTP/1.1\r\n\r\n", 411);
  check_refused(port, "PUT /v2 HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 405);
  check_refused(port, get("/v2", "Content-Length: 2\r\n") + "{}", 400);
  check_refused(
      port,
      "POST " + std::string(kInfer) + " HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400);
  check_refused(port, post(kInfer, body, "Content-Length: 3\r\n"), 400);
  check_refused(port, "POST " + std::string(kInfer) + " HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400);
  check_refused(port, "POST " + std::string(kInfer) + " HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                400);
  check_refused(
      port, fmt::format("POST {} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n{{}}\r\n0\r\n\r\n", kInfer), 400);
  check_refused(port, post(kInfer, body, "Content-Type: multipart/form-data; boundary=x\r\n"), 415);
  check_refused(port, post(kInfer, body, "Content-Encoding: rot13\r\n"), 415);
  check_refused(port, post(kInfer, body, "Content-Encoding: gzip\r\n"), 400);
  CHECK(ask(port, post(kInfer, body, "Inference-Header-Content-Length: x\r\n")).status == 400);
  CHECK(ask(port, post(kInfer, body)).body == kAnswer);
}

TEST_CASE("no part of an answer is sent, whatever Range says") {
  LocalServer server({model_file()});
  for (const char* range : {"bytes=0-1", "bytes=5-1", "bytes=9999999999-", "bytes=-5,1-2,3-4"}) {
    const Reply reply = ask(server.port(), get("/v2/health/live", fmt::format("Range: {}\r\n", range)));
    CHECK(((reply.status == 200 && reply.body == "{\"live\":true}") || reply.status == 416));
  }
}

TEST_CASE("a request may take so many bytes, however they are packed") {
  LocalServer server({model_file()}, small());
  const int port = server.port();
  const std::string large(65537, ' ');
  const std::string fits = kQuestion + std::string(65536 - std::strlen(kQuestion), ' ');
  CHECK(ask(port, post(kInfer, fits)).body == kAnswer);
  CHECK(ask(port, chunked(kInfer, fits, 5000)).body == kAnswer);
  CHECK(ask(port, post(kInfer, gzipped(fits), "Content-Encoding: gzip\r\n")).body == kAnswer);
  check_refused(port, post(kInfer, large), 413);
  check_refused(port, chunked(kInfer, large, 5000), 413);
  check_refused(port, chunked(kInfer, fits, 1), 413);
  check_refused(port, post(kInfer, gzipped(large), "Content-Encoding: gzip\r\n"), 413);
  check_refused(port, post(kInfer, gzipped(std::string(50000000, ' ')), "Content-Encoding: gzip\r\n"), 413);
  check_refused(port, "GET /" + std::string(2000, 'x') + " HTTP/1.1\r\n\r\n", 414);
  check_refused(port, get("/v2", std::string("X: ") + std::string(40000, 'x') + "\r\n"), 431);
  std::string headers;
  for (int i = 0; i < 5000; ++i) headers += fmt::format("X-{}: 1\r\n", i);
  check_refused(port, get("/v2", headers), 431);
}

TEST_CASE("100-continue is said, or the refusal right away") {
  LocalServer server({model_file()}, small());
  Wire wire(server.port());
  const std::string body = kQuestion;
  wire.send(fmt::format("POST {} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n", kInfer, body.size()));
  CHECK(wire.receive().status == 100);
  wire.send(body);
  const Reply reply = wire.receive();
  CHECK(reply.body == kAnswer);
  check_refused(server.port(),
                fmt::format("POST {} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", kInfer),
                413);
}

TEST_CASE("a request may take so much time, however slowly it comes") {
  LocalServer server({model_file()}, small());
  const std::string question = post(kInfer, kQuestion);
  for (const std::size_t first : {std::size_t{0}, std::size_t{10}, std::size_t{40}, question.size() - 60}) {
    CAPTURE(first);
    Wire wire(server.port());
    const auto start = cloud::Clock::now();
    bool open = wire.send(question.substr(0, first));
    for (std::size_t at = first; open && at < question.size() && cloud::Clock::now() - start < 3s; ++at) {
      std::this_thread::sleep_for(50ms);
      open = wire.send(question.substr(at, 1));
      if (first == 0) break;  // and then nothing more
    }
    const int status = wire.receive().status;
    CHECK((status == 408 || (status == 0 && first < 40)));
    CHECK(cloud::Clock::now() - start < 3s);
  }
  CHECK(ask(server.port(), question).body == kAnswer);
}

TEST_CASE("a client that does not read its answer does not keep its thread") {
  cloud::ServerOptions options = small();
  options.threads = 1;
  options.limits = {std::size_t{4} << 20, 1000ms};
  LocalServer server({model_file()}, options);
  Wire deaf(server.port());
  std::string rows = "[5,3.5,1.5,0.25";
  for (int i = 1; i < 60000; ++i) rows += ",5,3.5,1.5,0.25";
  deaf.send(
      post(kInfer, R"({"inputs":[{"name":"features","datatype":"FP32","shape":[60000,4],"data":)" + rows + "]}]}"));
  const auto start = cloud::Clock::now();
  CHECK(ask(server.port(), post(kInfer, kQuestion)).body == kAnswer);
  CHECK(cloud::Clock::now() - start < 15s);
}

TEST_CASE("more connections than threads and places are told so at once") {
  cloud::ServerOptions options = small();
  options.threads = 2;
  options.limits.request_time = 1500ms;
  LocalServer server({model_file()}, options);
  std::vector<Wire> idle;
  for (int i = 0; i < 4; ++i) {
    idle.emplace_back(server.port());
    std::this_thread::sleep_for(50ms);
  }
  const Reply reply = ask(server.port(), post(kInfer, kQuestion));
  CHECK(reply.status == 503);
  CHECK(json::parse(reply.body).contains("error"));
  std::this_thread::sleep_for(2000ms);
  CHECK(ask(server.port(), post(kInfer, kQuestion)).body == kAnswer);
}

TEST_CASE("idle connections give way to waiting ones") {
  cloud::ServerOptions options = small();
  options.threads = 1;
  LocalServer server({model_file()}, options);
  Wire first(server.port());
  first.send(post(kInfer, kQuestion));
  CHECK(first.receive().body == kAnswer);
  CHECK(ask(server.port(), post(kInfer, kQuestion)).body == kAnswer);
  CHECK(first.ended());
}

TEST_CASE("with keys, whoever shows none is refused, but for the health") {
  const Folder folder;
  std::ofstream(folder / "keys") << "# ours\n\n0123456789abcdef\nfedcba9876543210x\r\n";
  LocalServer server({model_file()}, small(), {cloud::ApiKeys::from_file(folder / "keys"), nullptr});
  const int port = server.port();
  CHECK(ask(port, get("/v2/health/ready")).status == 200);
  const Reply refused = ask(port, get("/v2"));
  CHECK(refused.status == 401);
  CHECK(refused.header("WWW-Authenticate") == "Bearer");
  check_refused(port, post(kInfer, kQuestion), 401);
  for (const char* key : {"", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeF", "# ours"}) {
    CHECK(ask(port, get("/metrics", fmt::format("Authorization: Bearer {}\r\n", key))).status == 401);
  }
  CHECK(ask(port, get("/v2", "Authorization: Basic 0123456789abcdef\r\n")).status == 401);
  CHECK(ask(port, post(kInfer, kQuestion, "Authorization: Bearer 0123456789abcdef\r\n")).status == 200);
  CHECK(ask(port, post(kInfer, kQuestion, "X-Api-Key: fedcba9876543210x\r\n")).status == 200);
  serve::Client client(server.url(), serve::Wire::kJson, "0123456789abcdef");
  CHECK(client.find({iris().model().identity(), 32}) == "iris/versions/1");
  serve::Client stranger(server.url(), serve::Wire::kJson, "0123456789abcdee");
  CHECK_THROWS_WITH(stranger.find({iris().model().identity(), 32}), doctest::Contains("401"));
}

TEST_CASE("files of keys that protect nothing are refused") {
  const Folder folder;
  std::ofstream(folder / "empty") << "# none\n";
  std::ofstream(folder / "short") << "secret\n";
  CHECK_THROWS_WITH(cloud::ApiKeys::from_file(folder / "empty"), doctest::Contains("holds no key"));
  CHECK_THROWS_WITH(cloud::ApiKeys::from_file(folder / "short"), doctest::Contains("16 characters"));
  CHECK_THROWS_WITH(cloud::ApiKeys::from_file(folder / "none"), doctest::Contains("cannot be opened"));
}

TEST_CASE("a request's id is the client's, if it is plain, or one of ours") {
  LocalServer server({model_file()});
  CHECK(ask(server.port(), get("/v2", "X-Request-Id: mine-7\r\n")).header("X-Request-Id") == "mine-7");
  const std::string ours = ask(server.port(), get("/v2", "X-Request-Id: not mine\r\n")).header("X-Request-Id");
  CHECK(!ours.empty());
  CHECK(ours != "not mine");
  CHECK(ask(server.port(), post(kInfer, kQuestion)).header("X-Request-Id") != ours);
}

TEST_CASE("answers are packed with gzip for those who ask") {
  LocalServer server({model_file()});
  const Reply reply = ask(server.port(), get("/metrics", "Accept-Encoding: br, gzip\r\n"));
  CHECK(reply.header("Content-Encoding") == "gzip");
  CHECK(reply.body.substr(0, 2) == "\x1f\x8b");
}

TEST_CASE("models are replaced under load without a wrong or a lost answer") {
  const Folder folder;
  const std::string path = folder.write("iris.nhm", iris().bytes());
  LocalServer server({path});
  const auto class_of = [](const Reply& reply) { return json::parse(reply.body).at("outputs").at(0).at("data").at(0); };
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      Wire wire(server.port());
      while (!done) {
        const Reply reply = wire.send(post(kInfer, kQuestion)) ? wire.receive() : Reply();
        wrong += reply.status == 200 && class_of(reply) == 0 ? 0 : 1;
        ++answered;
      }
    });
  }
  for (int i = 0; i < 40; ++i) {
    folder.write("iris.nhm", (i % 2 == 0 ? other_iris() : iris()).bytes());
    for (const cloud::LoadEvent& event : server.models().reload()) CHECK(event.error == "");
    std::this_thread::sleep_for(5ms);
  }
  done = true;
  for (std::thread& client : clients) client.join();
  CHECK(wrong == 0);
  CHECK(answered > 100);
}

TEST_CASE("a server that stops answers what has come, and lets idle connections go") {
  auto server = std::make_unique<LocalServer>(std::vector<std::string>{model_file()});
  const int port = server->port();
  Wire idle(port);
  idle.send(get("/v2/health/ready"));
  CHECK(idle.receive().status == 200);
  const std::string question = post(kInfer, kQuestion);
  Wire half(port);
  half.send(question.substr(0, 100));
  std::this_thread::sleep_for(200ms);
  std::thread stopping([&] { server.reset(); });
  std::this_thread::sleep_for(300ms);
  CHECK(idle.ended());
  half.send(question.substr(100));
  const Reply reply = half.receive();
  CHECK(reply.body == kAnswer);
  CHECK(reply.header("Connection") == "close");
  stopping.join();
  CHECK_THROWS(Wire(port));
}

TEST_CASE("a port that is taken, and a host that is none, are named") {
  LocalServer server({model_file()});
  CHECK_THROWS_WITH(cloud::listen_on("127.0.0.1", server.port()), doctest::Contains("cannot be listened on"));
  CHECK_THROWS_WITH(cloud::listen_on("no.such.host.invalid", 1), doctest::Contains("no.such.host.invalid:1"));
}

}  // namespace nuthatch::serve_test
