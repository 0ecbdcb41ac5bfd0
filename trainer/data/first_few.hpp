#ifndef NUTHATCH_TRAINER_DATA_FIRST_FEW_HPP
#define NUTHATCH_TRAINER_DATA_FIRST_FEW_HPP

#include <cstddef>
#include <string>
#include <vector>

#include "data/shown.hpp"

namespace nuthatch::data {

/// "a, b, c, ..." with at most so many, each as `shown` has it, so that a name with a comma is one.
inline std::string first_few(const std::vector<std::string>& names, std::size_t most = 8) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + shown(names[i]);
  return names.size() > most ? text + ", ..." : text;
}

}  // namespace nuthatch::data

#endif
