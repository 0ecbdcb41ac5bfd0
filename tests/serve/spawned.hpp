#ifndef NUTHATCH_TESTS_SERVE_SPAWNED_HPP
#define NUTHATCH_TESTS_SERVE_SPAWNED_HPP

#include <sys/types.h>

#include <string>
#include <vector>

namespace nuthatch::serve_test {

/// A server in a process of its own, whose first line of output is its URL, on this machine. Its log goes to a file.
class Spawned {
 public:
  Spawned(const std::vector<std::string>& command, const std::string& log);
  ~Spawned();
  Spawned(const Spawned&) = delete;
  Spawned& operator=(const Spawned&) = delete;

  int port() const { return port_; }
  bool runs() const;
  /// SIGTERM; the exit status, or 128 + the signal that ended it.
  int stop();

 private:
  pid_t child_ = -1;
  int port_ = 0;
};

}  // namespace nuthatch::serve_test

#endif
