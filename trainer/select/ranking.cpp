#include "select/ranking.hpp"

#include <algorithm>
#include <numeric>

#include "select/encoded.hpp"
#include "select/learned.hpp"

namespace nuthatch::select {

namespace {

/// What learns from numbers judges text by its categories' columns: a feature is as good as its best one.
template <class Score>
std::vector<double> by_best_column(const data::Dataset& rows, const Score& score) {
  const EncodedRows encoded = encode_text(rows);
  return encoded.best(score(encoded.rows));
}

}  // namespace

const std::vector<Method>& methods() {
  using Rows = data::Dataset;
  static const std::vector<Method> all = {
      {"variance", "varies most within its range",
       [](const Rows& rows, const Target&, std::uint64_t) { return by_best_column(rows, variances); }},
      {"f", "F of the classes' means, or of a regression on it",
       [](const Rows& rows, const Target& target, std::uint64_t) { return f_statistics(rows, target); }},
      {"correlation", "f, but of two that correlate to 0.95 only the better",
       [](const Rows& rows, const Target& target, std::uint64_t) {
         return by_best_column(
             rows, [&](const Rows& columns) { return without_redundant(columns, f_statistics(columns, target)); });
       }},
      {"mutual-information", "in 16 bins, with the target",
       [](const Rows& rows, const Target& target, std::uint64_t) { return mutual_information(rows, target); }},
      {"l1", "has a weight at the strongest L1 penalty",
       [](const Rows& rows, const Target& target, std::uint64_t) {
         return by_best_column(rows, [&](const Rows& columns) { return l1_entries(columns, target); });
       }},
      {"forest", "takes most impurity in a random forest",
       [](const Rows& rows, const Target& target, std::uint64_t seed) {
         const EncodedRows encoded = encode_text(rows);
         return encoded.sums(forest_importance(encoded.rows, target, seed));
       }},
      {"recursive", "stays longest while the least weight goes, again and again",
       [](const Rows& rows, const Target& target, std::uint64_t) {
         return by_best_column(rows, [&](const Rows& columns) { return elimination(columns, target); });
       }}};
  return all;
}

const Method* find_method(const std::string& name) {
  const auto found =
      std::find_if(methods().begin(), methods().end(), [&](const Method& method) { return method.name == name; });
  return found == methods().end() ? nullptr : &*found;
}

std::vector<std::size_t> best_first(const std::vector<double>& scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  return order;
}

data::Dataset with_features(const data::Dataset& rows, std::vector<std::size_t> places) {
  std::sort(places.begin(), places.end());
  data::Dataset chosen = rows;
  chosen.feature_names.clear();
  chosen.columns.clear();
  chosen.names.clear();
  chosen.beyond.clear();
  chosen.exact.clear();
  chosen.units.clear();
  for (const std::size_t place : places) {
    chosen.feature_names.push_back(rows.feature_names[place]);
    chosen.columns.push_back(rows.columns[place]);
    chosen.names.push_back(place < rows.names.size() ? rows.names[place] : std::vector<std::string>());
    chosen.beyond.push_back(place < rows.beyond.size() ? rows.beyond[place] : std::vector<std::uint32_t>());
    chosen.exact.push_back(place < rows.exact.size() ? rows.exact[place] : std::vector<double>());
    chosen.units.push_back(place < rows.units.size() ? rows.units[place] : std::string());
  }
  return chosen;
}

data::Dataset with_features(const data::Dataset& rows, const std::vector<std::string>& names) {
  std::vector<std::size_t> places;
  for (const std::string& name : names) {
    const auto found = std::find(rows.feature_names.begin(), rows.feature_names.end(), name);
    places.push_back(static_cast<std::size_t>(found - rows.feature_names.begin()));
  }
  return with_features(rows, std::move(places));
}

std::vector<std::size_t> counts_to_try(std::size_t features) {
  std::vector<std::size_t> counts = {features};
  while (counts.back() > 1) counts.push_back(std::max<std::size_t>(1, counts.back() * 3 / 4));
  return counts;
}

}  // namespace nuthatch::select
