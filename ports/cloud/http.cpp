#include "cloud/http.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>

#include "cloud/request.hpp"
#include "cloud/response.hpp"

namespace nuthatch::cloud {

/// What goes on between a request's first byte and its answer's last. Handlers of the library are given the request and
/// the response only; a connection is attended by one thread, so the thread knows the rest.
struct Http::Exchange {
  Exchange(Connection& on, const ApiKeys& known, const std::function<bool()>& soon)
      : connection(on), keys(known), leave(soon) {}

  Connection& connection;
  const ApiKeys& keys;
  const std::function<bool()>& leave;
  httplib::Request* request = nullptr;  // once its headers are read
  std::string id;
  std::string method;
  std::string path;
  std::string model;
  std::string version;
  std::size_t rows = 0;
  std::size_t bytes_in = 0;
  std::size_t bytes_out = 0;
  int status = 0;
  bool ends = true;  // what follows on the connection cannot be told from this request's rest; until that is read
  bool last = false;

  void fill(httplib::Response& response, const Answer& answer);
};

namespace {

thread_local void* current = nullptr;

constexpr std::size_t kHeaderBytes = 32768;
constexpr std::size_t kChunkFraming = 65536;
constexpr std::size_t kLongestPath = 1024;
constexpr std::size_t kLongestId = 64;

std::string hex(std::uint64_t number) {
  std::array<char, 16> digits;
  auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return {digits.data(), end};
}

bool is_plain(const std::string& text) {
  return !text.empty() && text.size() <= kLongestId &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::optional<std::size_t> number_of(const std::string& text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// For clients that ask where the time goes (W3C Server Timing): from a request's first byte to its last, and from
/// there to its answer. Milliseconds.
std::string server_timing(Clock::duration queue, Clock::duration compute) {
  const auto milliseconds = [](Clock::duration span) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", std::chrono::duration<double, std::milli>(span).count());
    return std::string(text);
  };
  return "queue;dur=" + milliseconds(queue) + ", compute;dur=" + milliseconds(compute);
}

const char* meaning_of(int status) {
  switch (status) {
    case 400: return "the request is no HTTP that this server reads";
    case 408: return "the request took too long";
    case 413: return "the request is larger than this server takes (--max-body)";
    case 414: return "the request's address is too long";
    case 431: return "the request's headers are too large";
    default: return "the server could not answer";
  }
}

bool has_body(const httplib::Request& request) {
  const bool has_length = request.has_header("Content-Length") && request.get_header_value("Content-Length") != "0";
  return has_length || request.has_header("Transfer-Encoding");
}

std::string key_of(const httplib::Request& request) {
  const std::string header = request.get_header_value("Authorization");
  constexpr std::string_view kBearer = "Bearer ";
  return header.starts_with(kBearer) ? header.substr(kBearer.size()) : request.get_header_value("X-Api-Key");
}

}  // namespace

void Http::Exchange::fill(httplib::Response& response, const Answer& answer) {
  response.status = answer.status;
  response.set_content(answer.body, answer.content_type);
  if (!id.empty()) response.set_header("X-Request-Id", id);
  if (answer.json_bytes) response.set_header("Inference-Header-Content-Length", std::to_string(*answer.json_bytes));
  if (answer.status == 401) response.set_header("WWW-Authenticate", "Bearer");
  last = ends || leave();
  if (!last || request == nullptr) return;
  // The library tells the client, as if it had been asked to.
  request->headers.erase("Connection");
  request->headers.emplace("Connection", "close");
}

Http::Http(const Limits& limits, const Routes& routes, ServerCounters& counters, Log& log)
    : limits_(limits), routes_(routes), counters_(counters), log_(log), run_(std::random_device()()) {
  // What answers say of it; Server keeps the connections.
  set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(kIdleTime).count());
  set_keep_alive_max_count(1000000);
  set_pre_routing_handler([this](const auto& request, auto& response) { return before_body(request, response); });
  set_expect_100_continue_handler([this](const auto& request, auto& response) {
    constexpr int kContinue = 100;
    return before_body(request, response) == HandlerResponse::Handled ? response.status : kContinue;
  });
  Post(".*", [this](const auto& request, auto& response, const auto& reader) { post(request, response, reader); });
  set_error_handler(HandlerWithResponse([](const auto&, auto& response) {
    fill_error(response);
    return HandlerResponse::Handled;
  }));
  set_exception_handler([this](const auto&, auto& response, const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      log_.write(Level::kError, "exception", {{"what", error.what()}});
    }
    response.status = 500;
  });
  set_logger([](const httplib::Request&, const httplib::Response& response) {
    auto& exchange = *static_cast<Exchange*>(current);
    exchange.status = response.status;
    exchange.bytes_out = response.body.size();
  });
}

bool Http::exchange(Connection& connection, const ApiKeys& keys, const std::function<bool()>& leave) {
  Exchange exchange(connection, keys, leave);
  current = &exchange;
  connection.begin(limits_.request_time, kHeaderBytes);
  bool closed = false;
  const bool answered =
      process_request(connection, false, closed, [this](httplib::Request& request) { setup(request); });
  const bool sent = connection.flush();
  current = nullptr;
  record(exchange);
  if (exchange.ends && exchange.status != 0) connection.linger();
  return answered && sent && !closed && !exchange.last && !exchange.ends;
}

/// Right after the headers are read.
void Http::setup(httplib::Request& request) const {
  auto& exchange = *static_cast<Exchange*>(current);
  exchange.request = &request;
  exchange.connection.allow(limits_.body_bytes + kChunkFraming);
  const std::string id = request.get_header_value("X-Request-Id");
  exchange.id = is_plain(id) ? id : hex(run_) + '-' + hex(++requests_);
  exchange.method = request.method;
  exchange.path = request.path;
  // No part of an answer is of use, and Brotli would take longer than to predict.
  request.ranges.clear();
  request.headers.erase("Range");
  const bool gzip = request.get_header_value("Accept-Encoding").find("gzip") != std::string::npos;
  request.headers.erase("Accept-Encoding");
  if (gzip) request.headers.emplace("Accept-Encoding", "gzip");
}

/// What two readers of one request could understand differently is refused.
std::optional<Answer> Http::wrong_body(const httplib::Request& request) const {
  const std::string length = request.get_header_value("Content-Length");
  const bool chunked = request.has_header("Transfer-Encoding");
  if (request.get_header_value_count("Content-Length") + request.get_header_value_count("Transfer-Encoding") > 1) {
    return error_answer(400, "the request says more than once how long it is");
  }
  if (chunked && request.get_header_value("Transfer-Encoding") != "chunked") {
    return error_answer(400, "the only Transfer-Encoding that is read is chunked");
  }
  if (request.method != "POST") {
    return has_body(request) ? std::optional(error_answer(400, request.method + " takes no body")) : std::nullopt;
  }
  if (!chunked && length.empty()) return error_answer(411, "the request does not say how long it is (Content-Length)");
  if (!chunked && !number_of(length)) return error_answer(400, "the request's Content-Length is no number");
  if (!chunked && *number_of(length) > limits_.body_bytes) return error_answer(413, meaning_of(413));
  const std::string encoding = request.get_header_value("Content-Encoding");
  if (!encoding.empty() && encoding != "identity" && encoding != "gzip" && encoding != "deflate") {
    return error_answer(415, "the Content-Encodings that are read are gzip and deflate");
  }
  if (request.is_multipart_form_data()) return error_answer(415, "send the request as it is, not as a form");
  return std::nullopt;
}

std::optional<Answer> Http::refusal(const httplib::Request& request) const {
  if (request.target.size() > kLongestPath) return error_answer(414, meaning_of(414));
  if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") {
    return error_answer(405, request.method + " is not served");
  }
  const auto& exchange = *static_cast<const Exchange*>(current);
  const bool open = request.path.starts_with("/v2/health/");
  if (!open && exchange.keys.required() && !exchange.keys.accept(key_of(request))) {
    return error_answer(401, "the request shows no API key that is known here (Authorization: Bearer KEY)");
  }
  return wrong_body(request);
}

httplib::Server::HandlerResponse Http::before_body(const httplib::Request& request, httplib::Response& response) {
  auto& exchange = *static_cast<Exchange*>(current);
  exchange.ends = has_body(request) || request.method == "POST";
  if (const std::optional<Answer> refused = refusal(request)) {
    exchange.fill(response, *refused);
    return HandlerResponse::Handled;
  }
  if (request.method == "POST") return HandlerResponse::Unhandled;
  exchange.fill(response, routes_.answer({request.method, request.path, "", std::nullopt}));
  return HandlerResponse::Handled;
}

bool Http::read_body(const httplib::ContentReader& reader, std::string& body) const {
  bool fits = true;
  const bool whole = reader([&](const char* bytes, std::size_t size) {
    fits = body.size() + size <= limits_.body_bytes;
    if (fits) body.append(bytes, size);
    return fits;
  });
  if (!fits) throw RequestError(413, meaning_of(413));
  return whole;
}

void Http::post(const httplib::Request& request, httplib::Response& response, const httplib::ContentReader& reader) {
  auto& exchange = *static_cast<Exchange*>(current);
  std::string body;
  try {
    if (!read_body(reader, body)) return fill_error(response);
  } catch (const RequestError& error) {
    return exchange.fill(response, error_answer(error.status, error.what()));
  }
  exchange.ends = false;
  exchange.bytes_in = body.size();
  const std::string header = request.get_header_value("Inference-Header-Content-Length");
  const std::optional<std::size_t> json_bytes = number_of(header);
  if (!header.empty() && !json_bytes) {
    return exchange.fill(response, error_answer(400, "Inference-Header-Content-Length is no number"));
  }
  const Clock::time_point read = Clock::now();
  Answer answer = routes_.answer({request.method, request.path, body, json_bytes});
  if (!answer.model.empty()) {
    response.set_header("Server-Timing", server_timing(read - exchange.connection.began(), Clock::now() - read));
  }
  exchange.model = std::move(answer.model);
  exchange.version = std::move(answer.version);
  exchange.rows = answer.rows;
  exchange.fill(response, answer);
}

/// Errors that the library found, or the connection while the library read.
void Http::fill_error(httplib::Response& response) {
  if (!response.body.empty()) return;
  auto& exchange = *static_cast<Exchange*>(current);
  const bool in_body = exchange.request != nullptr;
  int status = response.status < 400 ? 400 : response.status;
  if (exchange.connection.timed_out()) status = 408;
  if (exchange.connection.too_large()) status = in_body ? 413 : 431;
  exchange.fill(response,
                error_answer(status, status == 400 && in_body ? "the body is cut off or garbled" : meaning_of(status)));
}

void Http::record(const Exchange& exchange) {
  if (exchange.status == 0) return;  // the client went away before it asked anything
  ++counters_.responses[static_cast<std::size_t>(std::clamp(exchange.status, 0, 599))];
  const double milliseconds =
      std::chrono::duration<double, std::milli>(Clock::now() - exchange.connection.began()).count();
  log_.write(exchange.status < 500 ? Level::kInfo : Level::kError, "request",
             {{"id", exchange.id},
              {"peer", exchange.connection.peer()},
              {"method", exchange.method},
              {"path", exchange.path},
              {"status", static_cast<std::uint64_t>(exchange.status)},
              {"model", exchange.model},
              {"version", exchange.version},
              {"rows", std::uint64_t{exchange.rows}},
              {"bytes_in", std::uint64_t{exchange.bytes_in}},
              {"bytes_out", std::uint64_t{exchange.bytes_out}},
              {"milliseconds", milliseconds}});
}

}  // namespace nuthatch::cloud
