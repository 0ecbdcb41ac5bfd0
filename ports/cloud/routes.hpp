#ifndef NUTHATCH_PORTS_CLOUD_ROUTES_HPP
#define NUTHATCH_PORTS_CLOUD_ROUTES_HPP

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/models.hpp"

/// The Open Inference Protocol without its sockets: a request in, an answer out.
namespace nuthatch::cloud {

struct Question {
  std::string_view method;
  std::string_view path;
  std::string_view body;
  std::optional<std::size_t> json_bytes;  ///< Inference-Header-Content-Length
};

struct Answer {
  int status = 200;
  const char* content_type = "application/json";
  std::string body;
  std::optional<std::size_t> json_bytes;
  // For the log: what it was about.
  std::string model;
  std::string version;
  std::size_t rows = 0;
};

/// What /metrics says; the monitors' part is the caller's, as it takes the trainer's judgement.
using WriteMetrics = std::function<std::string(const Catalog&)>;

class Routes {
 public:
  Routes(const Models& models, WriteMetrics metrics) : models_(models), metrics_(std::move(metrics)) {}

  /// Never throws for what a client may have sent. On any thread.
  Answer answer(const Question& question) const;
  /// Said by /v2/health/ready from then on, so that no new clients come.
  void stop_being_ready() { ready_ = false; }

 private:
  Answer dispatch(const Question& question) const;
  Answer health(std::string_view rest) const;
  Answer about_model(const Question& question, std::string_view rest) const;

  const Models& models_;
  WriteMetrics metrics_;
  std::atomic<bool> ready_ = true;
};

Answer error_answer(int status, std::string_view what);

}  // namespace nuthatch::cloud

#endif
