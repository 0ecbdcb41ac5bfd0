#include "cloud/api_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <cstring>
#include <fstream>
#include <stdexcept>

namespace nuthatch::cloud {
namespace {

constexpr std::size_t kShortestKey = 16;

}  // namespace

ApiKeys ApiKeys::from_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be opened: " + std::strerror(errno));
  ApiKeys keys;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    if (line.size() < kShortestKey) {
      throw std::runtime_error(path + ": a key has fewer than 16 characters; make one with: openssl rand -hex 32");
    }
    keys.digests_.push_back(digest_of(line));
  }
  if (keys.digests_.empty()) throw std::runtime_error(path + ": holds no key; make one with: openssl rand -hex 32");
  return keys;
}

ApiKeys::Digest ApiKeys::digest_of(std::string_view key) {
  Digest digest = {};
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  return digest;
}

bool ApiKeys::accept(std::string_view key) const {
  const Digest digest = digest_of(key);
  int same = 0;
  for (const Digest& known : digests_)
    same |= static_cast<int>(CRYPTO_memcmp(known.data(), digest.data(), digest.size()) == 0);
  return same != 0;
}

}  // namespace nuthatch::cloud
