#include "serve/client.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

namespace nuthatch::serve {
namespace {

using Json = nlohmann::json;

template <class Value>
Value value_at(const Batch& batch, std::size_t index) {
  Value value;
  std::memcpy(&value, batch.bytes.data() + index * sizeof value, sizeof value);
  return value;
}

/// As a double, which JSON's readers take without another rounding; so the server's float32 is ours.
void append_number(std::string& text, float value) {
  if (std::isinf(value)) throw std::runtime_error("JSON has no infinite numbers; send binary tensors");
  text += std::isnan(value) ? "null" : fmt::format("{}", static_cast<double>(value));
}

void append_data(std::string& text, const Batch& batch) {
  for (std::size_t i = 0; i < batch.rows * batch.features; ++i) {
    text += i == 0 ? '[' : ',';
    if (batch.counts) {
      text += fmt::format("{}", value_at<std::int16_t>(batch, i));
    } else {
      append_number(text, value_at<float>(batch, i));
    }
  }
  text += ']';
}

/// An answer's outputs, whose data are in its JSON or behind it.
class Outputs {
 public:
  Outputs(const std::string& body, std::size_t json_bytes)
      : document_(Json::parse(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(json_bytes))) {
    std::size_t at = json_bytes;
    for (const Json& output : document_.at("outputs")) {
      const std::size_t size = output.value("parameters", Json::object()).value("binary_data_size", std::size_t{0});
      if (at + size > body.size()) throw std::runtime_error("its tensors are cut off");
      tensors_.push_back(std::string_view(body).substr(at, size));
      at += size;
    }
  }

  template <class Element>
  std::vector<Element> get(std::size_t index, const char* datatype, std::size_t count) const {
    const Json& output = document_.at("outputs").at(index);
    if (output.at("datatype") != datatype) throw std::runtime_error("its outputs have other types");
    std::vector<Element> elements(count);
    if (output.contains("data")) {
      elements = output.at("data").get<std::vector<Element>>();
    } else if (tensors_[index].size() == count * sizeof(Element)) {
      std::memcpy(elements.data(), tensors_[index].data(), tensors_[index].size());
    } else {
      elements.clear();
    }
    if (elements.size() != count) throw std::runtime_error("its outputs have other shapes");
    return elements;
  }

  std::size_t outputs_a_row() const { return document_.at("outputs").at(0).at("shape").at(1).get<std::size_t>(); }

 private:
  Json document_;
  std::vector<std::string_view> tensors_;
};

Scores read_scores(const std::string& body, std::size_t json_bytes, std::size_t rows) {
  const Outputs outputs(body, json_bytes);
  Scores scores;
  scores.words = outputs.get<std::int32_t>(0, "INT32", rows * outputs.outputs_a_row());
  for (const std::uint8_t status : outputs.get<std::uint8_t>(1, "UINT8", rows)) {
    scores.statuses.push_back(static_cast<Status>(status));
  }
  return scores;
}

/// The bytes of a head as HTTP/1.1 writes it, the empty line included.
std::size_t head_bytes(std::size_t first_line, const httplib::Headers& headers) {
  std::size_t bytes = first_line + 4;                                                 // two line ends
  for (const auto& [name, value] : headers) bytes += name.size() + value.size() + 4;  // ": " and a line end
  return bytes;
}

/// dur of an entry of Server-Timing, in microseconds.
std::optional<double> duration_of(const std::string& timing, const std::string& entry) {
  const std::string start = entry + ";dur=";
  const std::size_t at = timing.find(start);
  if (at == std::string::npos) return std::nullopt;
  const double milliseconds = std::strtod(timing.c_str() + at + start.size(), nullptr);
  return std::isfinite(milliseconds) && milliseconds >= 0 ? std::optional(milliseconds * 1000) : std::nullopt;
}

/// What went wrong before there was an answer, and what to do.
std::string words_of(httplib::Error error) {
  using httplib::Error;
  switch (error) {
    case Error::Connection:
      return "no answer: the connection was refused or the host was not found; start nuthatch serve, or "
             "correct the host and the port";
    case Error::ConnectionTimeout:
      return "no answer within the time of a connection; check the host, the port and what is between";
    case Error::Read: return "no whole answer: the connection was made, and ended too early; see the server's log";
    case Error::Write: return "no answer: the connection ended while the request was sent; see the server's log";
    case Error::SSLConnection:
      return "no answer: no TLS connection can be made; a server without a certificate is asked at http://, not "
             "https://";
    case Error::SSLLoadingCerts:
    case Error::SSLServerVerification:
      return "no answer: the server's certificate is not trusted here; give one that this machine knows the issuer of";
    default: return "no answer: " + httplib::to_string(error);
  }
}

std::string hex(std::span<const std::uint8_t> bytes) { return fmt::format("{:02x}", fmt::join(bytes, "")); }

}  // namespace

/// The HTTP library's client, and what its answers mean.
class Client::Connection {
 public:
  Connection(std::string url, const std::string& api_key) : url_(std::move(url)), client_(url_) {
    if (!client_.is_valid()) throw std::runtime_error(url_ + ": is no http://HOST:PORT");
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
    httplib::Headers headers = {{"Accept-Encoding", "identity"}};
    if (!api_key.empty()) headers.emplace("Authorization", "Bearer " + api_key);
    client_.set_default_headers(std::move(headers));
    client_.set_logger([this](const httplib::Request& request, const httplib::Response& response) {
      const std::string timing = response.get_header_value("Server-Timing");
      timing_ = {
          duration_of(timing, "queue"), duration_of(timing, "compute"),
          head_bytes(request.method.size() + request.path.size() + std::strlen("  HTTP/1.1"), request.headers) +
              request.body.size(),
          head_bytes(std::strlen("HTTP/1.1 200 ") + response.reason.size(), response.headers) + response.body.size()};
    });
  }

  httplib::Response get(const std::string& path) { return good(client_.Get(path)); }
  httplib::Response post(const std::string& path, const Message& message, Wire wire) {
    if (wire == Wire::kJson) return good(client_.Post(path, message.bytes, "application/json"));
    const httplib::Headers header = {{"Inference-Header-Content-Length", std::to_string(message.json_bytes)}};
    return good(client_.Post(path, header, message.bytes, "application/octet-stream"));
  }
  const Timing& timing() const { return timing_; }
  [[noreturn]] void fail(const std::string& what) const { throw std::runtime_error(url_ + ": " + what); }

 private:
  httplib::Response good(const httplib::Result& result) const {
    if (!result) fail(words_of(result.error()));
    if (result->status == 200) return *result;
    const Json json = Json::parse(result->body, nullptr, false);
    const bool says_why = json.is_object() && json.contains("error");
    fail(fmt::format("{} {}", result->status, says_why ? json["error"].dump() : result->body));
  }

  std::string url_;
  httplib::Client client_;
  Timing timing_;
};

Client::Client(std::string url, Wire wire, const std::string& api_key) : wire_(wire) {
  while (url.ends_with('/')) url.pop_back();
  connection_ = std::make_unique<Connection>(std::move(url), api_key);
}

Client::~Client() = default;

const Timing& Client::last() const { return connection_->timing(); }

std::string Client::find(std::span<const std::uint8_t> sha256) try {
  const std::string wanted = hex(sha256);
  const Json server = Json::parse(connection_->get("/v2").body);
  for (const std::string name : server.at("parameters").at("models")) {
    const Json model = Json::parse(connection_->get("/v2/models/" + name).body);
    for (const std::string version : model.at("versions")) {
      std::string path = fmt::format("{}/versions/{}", name, version);
      if (Json::parse(connection_->get("/v2/models/" + path).body).at("parameters").at("sha256") == wanted) return path;
    }
  }
  connection_->fail(fmt::format("does not serve the model with SHA-256 {}...", wanted.substr(0, 16)));
} catch (const Json::exception& error) {
  connection_->fail(error.what());
}

Message write_message(const Batch& batch, Wire wire) {
  std::string text = fmt::format(R"({{"inputs":[{{"name":"features","shape":[{},{}],"datatype":"{}",)", batch.rows,
                                 batch.features, batch.counts ? "INT16" : "FP32");
  if (wire == Wire::kJson) {
    text += "\"data\":";
    append_data(text, batch);
  } else {
    text += fmt::format(R"("parameters":{{"binary_data_size":{}}})", batch.bytes.size());
  }
  text += R"(}],"outputs":[{"name":"scores"},{"name":"status"}])";
  if (wire == Wire::kBinary) text += R"(,"parameters":{"binary_data_output":true})";
  text += '}';
  const std::size_t json_bytes = text.size();
  if (wire == Wire::kBinary) text.append(reinterpret_cast<const char*>(batch.bytes.data()), batch.bytes.size());
  return {std::move(text), json_bytes};
}

Scores Client::score(const std::string& model, const Batch& batch) try {
  const httplib::Response response =
      connection_->post("/v2/models/" + model + "/infer", write_message(batch, wire_), wire_);
  const std::string header = response.get_header_value("Inference-Header-Content-Length");
  const std::size_t json_bytes = header.empty() ? response.body.size() : std::stoul(header);
  if (json_bytes > response.body.size()) connection_->fail("its answer is cut off");
  return read_scores(response.body, json_bytes, batch.rows);
} catch (const Json::exception& error) {
  connection_->fail(error.what());
}

}  // namespace nuthatch::serve
