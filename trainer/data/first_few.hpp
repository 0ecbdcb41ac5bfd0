#ifndef NUTHATCH_TRAINER_DATA_FIRST_FEW_HPP
#define NUTHATCH_TRAINER_DATA_FIRST_FEW_HPP

#include <cstddef>
#include <string>
#include <vector>

namespace nuthatch::data {

/// "a, b, c, ..." with at most eight.
inline std::string first_few(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 8;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kMost ? text + ", ..." : text;
}

}  // namespace nuthatch::data

#endif
