#ifndef NUTHATCH_PORTS_CLOUD_LOG_HPP
#define NUTHATCH_PORTS_CLOUD_LOG_HPP

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

/// One JSON object a line. Who logs gives no feature's value away, and no key.
namespace nuthatch::cloud {

enum class Level { kInfo, kWarning, kError };

using LogValue = std::variant<std::string_view, std::uint64_t, double>;
using LogField = std::pair<const char*, LogValue>;

class Log {
 public:
  /// descriptor: of a file, a pipe or a terminal. least: what is less than that is not written.
  Log(int descriptor, Level least) : descriptor_(descriptor), least_(least) {}

  /// {"time":"2024-05-06T07:08:09.012Z","level":"info","event":EVENT, ...FIELDS}; on any thread: a line is one write,
  /// which pipes, files and terminals keep whole.
  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) const;

 private:
  int descriptor_;
  Level least_;
};

}  // namespace nuthatch::cloud

#endif
