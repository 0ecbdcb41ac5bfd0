#ifndef NUTHATCH_TRAINER_DATA_NAMED_PARTS_HPP
#define NUTHATCH_TRAINER_DATA_NAMED_PARTS_HPP

#include <algorithm>
#include <string>
#include <vector>

namespace nuthatch::data {

/// One of "name=value,name=value".
struct NamedPart {
  std::string text;   ///< as it stands, for messages
  std::string name;   ///< all of it where there is no '='
  std::string value;  ///< empty where there is no '='
};

/// In their order; none of an empty text.
inline std::vector<NamedPart> named_parts(const std::string& text) {
  std::vector<NamedPart> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, comma - at);
    const std::size_t equals = std::min(part.find('='), part.size());
    parts.push_back({part, part.substr(0, equals), part.substr(std::min(equals + 1, part.size()))});
    at = comma + 1;
  }
  return parts;
}

}  // namespace nuthatch::data

#endif
