#include "cloud/log.hpp"

#include <time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "cloud/response.hpp"

namespace nuthatch::cloud {
namespace {

std::string now() {
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  tm parts = {};
  gmtime_r(&time.tv_sec, &parts);
  std::array<char, 32> text;
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> milliseconds;
  std::snprintf(milliseconds.data(), milliseconds.size(), ".%03dZ", static_cast<int>(time.tv_nsec / 1000000));
  return std::string(text.data(), size) + milliseconds.data();
}

struct AsText {
  std::string operator()(std::string_view text) const { return json_string(text); }
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const {
    std::array<char, 32> digits;
    auto* const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed, 3).ptr;
    return {digits.data(), end};
  }
};

}  // namespace

void Log::write(Level level, std::string_view event, std::initializer_list<LogField> fields) const {
  if (level < least_) return;
  constexpr const char* kLevels[] = {"info", "warning", "error"};
  std::string line = "{\"time\":\"" + now() + "\",\"level\":\"" + kLevels[static_cast<int>(level)] +
                     "\",\"event\":" + json_string(event);
  for (const auto& [name, value] : fields) {
    line += ",\"";
    line += name;
    line += "\":" + std::visit(AsText(), value);
  }
  line += "}\n";
  // Where nobody reads the log any more, the server serves on.
  [[maybe_unused]] const ssize_t written = ::write(descriptor_, line.data(), line.size());
}

}  // namespace nuthatch::cloud
