#include "select/encoded.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace nuthatch::select {
namespace {

/// The indices of a column's most frequent categories, rising.
std::vector<float> categories_of(const std::vector<float>& column) {
  constexpr std::size_t kMostColumns = 32;
  std::map<float, std::size_t> counts;
  for (const float value : column) {
    if (!std::isnan(value)) ++counts[value];
  }
  std::vector<float> categories;
  categories.reserve(counts.size());
  for (const auto& [value, count] : counts) categories.push_back(value);
  std::stable_sort(categories.begin(), categories.end(), [&](float a, float b) { return counts[a] > counts[b]; });
  categories.resize(std::min(categories.size(), kMostColumns));
  std::sort(categories.begin(), categories.end());
  return categories;
}

}  // namespace

std::vector<double> EncodedRows::best(const std::vector<double>& scores) const {
  std::vector<double> most(feature_count, -std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < scores.size(); ++i) most[features[i]] = std::max(most[features[i]], scores[i]);
  return most;
}

std::vector<double> EncodedRows::sums(const std::vector<double>& scores) const {
  std::vector<double> all(feature_count, 0);
  for (std::size_t i = 0; i < scores.size(); ++i) all[features[i]] += scores[i];
  return all;
}

EncodedRows encode_text(const data::Dataset& rows) {
  EncodedRows encoded{rows, {}, rows.columns.size()};
  encoded.rows.columns.clear();
  encoded.rows.feature_names.clear();
  const auto add = [&](std::size_t feature, std::vector<float> column) {
    encoded.features.push_back(feature);
    encoded.rows.columns.push_back(std::move(column));
    encoded.rows.feature_names.push_back(rows.feature_names[feature]);
  };
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    if (!rows.is_text(i)) add(i, rows.columns[i]);
    const std::vector<float> categories = rows.is_text(i) ? categories_of(rows.columns[i]) : std::vector<float>();
    for (const float category : categories) {
      std::vector<float> column = rows.columns[i];
      for (float& value : column) value = std::isnan(value) ? value : value == category ? 1.0F : 0.0F;
      add(i, std::move(column));
    }
  }
  encoded.rows.names.assign(encoded.features.size(), {});
  return encoded;
}

}  // namespace nuthatch::select
