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

/// Where the part that begins at `at` ends: at a comma outside quotes, or with the text.
inline std::size_t end_of_part(const std::string& text, std::size_t at) {
  bool quoted = false;
  while (at < text.size() && (quoted || text[at] != ',')) quoted ^= text[at++] == '"';
  return at;
}

/// Without the quotes around it, and with one of each two in it; as it stands where there are none around it.
inline std::string without_quotes(const std::string& name) {
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return name;
  std::string plain;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    plain += name[i];
    if (name[i] == '"' && name[i + 1] == '"') ++i;
  }
  return plain;
}

/// In their order; none of an empty text. A name in quotes may have commas, and a quote written twice, as in a CSV.
inline std::vector<NamedPart> named_parts(const std::string& text) {
  std::vector<NamedPart> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_part(text, at);
    const std::string part = text.substr(at, end - at);
    const std::size_t equals = std::min(part.rfind('='), part.size());
    parts.push_back({part, without_quotes(part.substr(0, equals)), part.substr(std::min(equals + 1, part.size()))});
    at = end + 1;
  }
  return parts;
}

}  // namespace nuthatch::data

#endif
