#ifndef NUTHATCH_TRAINER_SERVE_CLIENT_HPP
#define NUTHATCH_TRAINER_SERVE_CLIENT_HPP

#include <cstdint>
#include <memory>
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
