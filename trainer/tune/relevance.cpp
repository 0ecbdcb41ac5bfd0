#include "tune/relevance.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>

namespace nuthatch::tune {
namespace {

struct Moments {
  double count = 0;
  double sum = 0;
};

double explained_by_classes(const std::vector<float>& column, const std::vector<std::int32_t>& classes) {
  std::map<std::int32_t, Moments> groups;
  Moments all;
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (!std::isfinite(column[row])) continue;
    for (Moments* moments : {&groups[classes[row]], &all}) {
      ++moments->count;
      moments->sum += column[row];
    }
  }
  if (all.count == 0) return 0;
  const double mean = all.sum / all.count;
  double between = 0;
  for (const auto& [index, group] : groups) {
    if (group.count > 0) between += group.count * std::pow(group.sum / group.count - mean, 2);
  }
  double total = 0;
  for (const float value : column) total += std::isfinite(value) ? std::pow(value - mean, 2) : 0;
  return total > 0 ? between / total : 0;
}

double squared_correlation(const std::vector<float>& column, const std::vector<double>& values) {
  Moments x;
  Moments y;
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (!std::isfinite(column[row])) continue;
    ++x.count;
    x.sum += column[row];
    y.sum += values[row];
  }
  if (x.count == 0) return 0;
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (!std::isfinite(column[row])) continue;
    const double dx = column[row] - x.sum / x.count;
    const double dy = values[row] - y.sum / x.count;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy * xy / (xx * yy) : 0;
}

}  // namespace

std::vector<std::size_t> by_relevance(const data::Dataset& rows, const std::vector<std::int32_t>& classes,
                                      const std::vector<double>& values) {
  std::vector<double> relevance;
  for (const std::vector<float>& column : rows.columns) {
    relevance.push_back(values.empty() ? explained_by_classes(column, classes) : squared_correlation(column, values));
  }
  std::vector<std::size_t> order(relevance.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return relevance[a] > relevance[b]; });
  return order;
}

data::Dataset with_features(const data::Dataset& rows, std::vector<std::size_t> places) {
  std::sort(places.begin(), places.end());
  data::Dataset chosen = rows;
  chosen.feature_names.clear();
  chosen.columns.clear();
  chosen.names.clear();
  for (const std::size_t place : places) {
    chosen.feature_names.push_back(rows.feature_names[place]);
    chosen.columns.push_back(rows.columns[place]);
    chosen.names.push_back(place < rows.names.size() ? rows.names[place] : std::vector<std::string>());
  }
  return chosen;
}

}  // namespace nuthatch::tune
