#include "nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace nuthatch::data {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replace, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

const std::string* nearest_name(std::string_view wanted, const std::vector<std::string>& names) {
  constexpr std::size_t kLongName = 256;  // keeps the quadratic distance cheap
  const std::string* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(1, wanted.size() / 2) + 1;
  for (const std::string& name : names) {
    if (name.size() > kLongName || wanted.size() > kLongName) continue;
    const std::size_t distance = edit_distance(wanted, name);
    if (distance >= least || distance >= std::max(wanted.size(), name.size())) continue;
    least = distance;
    nearest = &name;
  }
  return nearest;
}

}  // namespace nuthatch::data
