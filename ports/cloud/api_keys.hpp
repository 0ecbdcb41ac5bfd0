#ifndef NUTHATCH_PORTS_CLOUD_API_KEYS_HPP
#define NUTHATCH_PORTS_CLOUD_API_KEYS_HPP

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nuthatch::cloud {

/// The keys that clients may show; several, so that one can be replaced while both are in use.
class ApiKeys {
 public:
  /// None: everybody may ask.
  ApiKeys() = default;
  /// A key a line, of 16 or more characters; empty lines, and such that begin with #, are left out.
  /// Throws std::runtime_error that names the file.
  static ApiKeys from_file(const std::string& path);

  bool required() const { return !digests_.empty(); }
  /// Takes as long for a key that is nearly right as for any other.
  bool accept(std::string_view key) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  static Digest digest_of(std::string_view key);

  std::vector<Digest> digests_;
};

}  // namespace nuthatch::cloud

#endif
