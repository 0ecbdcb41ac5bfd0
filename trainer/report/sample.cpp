#include "report/sample.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nuthatch::report {

std::vector<std::size_t> sampled(std::size_t rows, std::size_t most) {
  std::vector<std::size_t> places(std::min(rows, most));
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i * rows / places.size();
  return places;
}

std::string sample_note(std::size_t rows, std::size_t most) {
  return rows <= most ? "" : fmt::format(" {} of {} rows are drawn, at even distances.", most, rows);
}

}  // namespace nuthatch::report
