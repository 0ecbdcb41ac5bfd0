#include "cloud/counters.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

namespace nuthatch::cloud {
namespace {

std::string number(double value) {
  std::array<char, 32> digits;
  auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), end};
}

/// HELP and TYPE of a metric.
std::string head(const std::string& name, const char* type, const char* help) {
  return "# HELP " + name + ' ' + help + "\n# TYPE " + name + ' ' + type + '\n';
}

std::string sample(const std::string& name, const std::string& labels, const std::string& value) {
  return name + (labels.empty() ? "" : '{' + labels + '}') + ' ' + value + '\n';
}

std::string plain(const std::string& name, const char* type, const char* help, std::uint64_t value) {
  return head(name, type, help) + sample(name, "", std::to_string(value));
}

std::string labels_of(const CountedModel& model) {
  return prometheus_label("name", model.name) + ',' + prometheus_label("version", model.version);
}

std::string histogram(const std::string& name, const CountedModel& model) {
  const RequestCounters& counters = *model.counters;
  const std::string labels = labels_of(model);
  std::string text;
  std::uint64_t requests = 0;
  for (std::size_t i = 0; i <= RequestCounters::kBuckets.size(); ++i) {
    requests += counters.in_bucket(i);
    const std::string end = i < RequestCounters::kBuckets.size() ? number(RequestCounters::kBuckets[i]) : "+Inf";
    text += sample(name + "_bucket", labels + ',' + prometheus_label("le", end), std::to_string(requests));
  }
  return text + sample(name + "_sum", labels, number(counters.seconds())) +
         sample(name + "_count", labels, std::to_string(requests));
}

}  // namespace

void RequestCounters::count(bool answered, std::chrono::nanoseconds took) {
  ++(answered ? answered_ : refused_);
  const double seconds = std::chrono::duration<double>(took).count();
  const auto bucket = std::lower_bound(kBuckets.begin(), kBuckets.end(), seconds) - kBuckets.begin();
  ++buckets_[static_cast<std::size_t>(bucket)];
  nanoseconds_ += static_cast<std::uint64_t>(took.count());
}

std::string prometheus_label(std::string_view name, std::string_view value) {
  std::string text = std::string(name) + "=\"";
  for (const char character : value) {
    if (character == '\\' || character == '"') text += '\\';
    text += character;
  }
  return text + '"';
}

std::string to_prometheus(const ServerCounters& server, const std::vector<CountedModel>& models) {
  std::string text =
      plain("nuthatch_server_connections", "gauge", "Connections that are open", server.connections) +
      plain("nuthatch_server_turned_away_total", "counter",
            "Connections answered 503 at once, as all threads and the queue were taken", server.turned_away) +
      plain("nuthatch_server_reloads_total", "counter", "Model files that were loaded anew", server.reloads) +
      plain("nuthatch_server_failed_reloads_total", "counter",
            "Model files that were refused, while what was served before is served on", server.failed_reloads);
  const std::string responses = "nuthatch_server_responses_total";
  text += head(responses, "counter", "Responses by HTTP status");
  for (std::size_t status = 0; status < server.responses.size(); ++status) {
    const std::uint64_t count = server.responses[status];
    if (count != 0 || status == 200)
      text += sample(responses, prometheus_label("code", std::to_string(status)), std::to_string(count));
  }
  if (models.empty()) return text;
  const std::string requests = "nuthatch_model_requests_total";
  text += head(requests, "counter", "Requests to infer, by what became of them");
  for (const CountedModel& model : models) {
    text += sample(requests, labels_of(model) + ",result=\"answered\"", std::to_string(model.counters->answered()));
    text += sample(requests, labels_of(model) + ",result=\"refused\"", std::to_string(model.counters->refused()));
  }
  const std::string seconds = "nuthatch_model_request_seconds";
  text += head(seconds, "histogram", "From a request's last byte to its answer");
  for (const CountedModel& model : models) text += histogram(seconds, model);
  return text;
}

}  // namespace nuthatch::cloud
