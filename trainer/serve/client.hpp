#ifndef NUTHATCH_TRAINER_SERVE_CLIENT_HPP
#define NUTHATCH_TRAINER_SERVE_CLIENT_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nuthatch/status.hpp"

/// The other end of `nuthatch serve`, or of any server with the same outputs.
namespace nuthatch::serve {

/// How tensors travel: as numbers in JSON, or as their bytes behind it.
enum class Wire { kJson, kBinary };

/// Rows one after another, as LoadedModel::device_rows makes them: float32, or int16 counts.
struct Batch {
  std::span<const std::uint8_t> bytes;
  std::size_t rows = 0;
  std::size_t features = 0;
  bool counts = false;
};

struct Scores {
  std::vector<Status> statuses;     ///< a row
  std::vector<std::int32_t> words;  ///< rows x outputs, to the bit; 0 where a row was refused
};

/// Of one exchange with a server.
struct Timing {
  std::optional<double> queue_us;    ///< from the request's first byte at the server to its last, as the server says
  std::optional<double> compute_us;  ///< from there to the answer, as the server says
  std::size_t sent_bytes = 0;        ///< of HTTP: request line, headers and body
  std::size_t received_bytes = 0;    ///< of HTTP: status line, headers and body
};

/// One connection, kept open between calls; one caller at a time.
class Client {
 public:
  /// url: http://HOST:PORT, or https. api_key: may be empty. Throws std::runtime_error.
  Client(std::string url, Wire wire, const std::string& api_key = "");
  ~Client();

  /// NAME/versions/VERSION of the model that is served with this SHA-256.
  /// These two throw std::runtime_error that names the server and says what it said.
  std::string find(std::span<const std::uint8_t> sha256);
  Scores score(const std::string& model, const Batch& batch);
  /// Of the last exchange that was answered.
  const Timing& last() const;

 private:
  class Connection;

  Wire wire_;
  std::unique_ptr<Connection> connection_;
};

/// What `score` sends: bytes, the first json_bytes of which are JSON.
struct Message {
  std::string bytes;
  std::size_t json_bytes;
};
Message write_message(const Batch& batch, Wire wire);

}  // namespace nuthatch::serve

#endif
