#include "prepare/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

namespace nuthatch::prepare {
namespace {

/// Uniform in [0, bound): the standard's own distributions differ between libraries, and a seed must mean one thing.
std::uint64_t draw(std::mt19937_64& random, std::uint64_t bound) {
  const std::uint64_t rest = (UINT64_MAX % bound + 1) % bound;
  std::uint64_t value = random();
  while (value > UINT64_MAX - rest) value = random();
  return value % bound;
}

/// Labels keep their ids, and so the order that classes are listed in.
data::Target take(const data::Target& target, const std::vector<bool>& held_out, bool which) {
  data::Target part = target;
  part.ids.clear();
  for (std::size_t row = 0; row < held_out.size(); ++row) {
    if (held_out[row] == which) part.ids.push_back(target.ids[row]);
  }
  return part;
}

/// Columns of those rows.
template <class Value>
std::vector<std::vector<Value>> take(const std::vector<std::vector<Value>>& columns, const std::vector<bool>& held_out,
                                     bool which) {
  std::vector<std::vector<Value>> part(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t row = 0; row < columns[i].size(); ++row) {
      if (held_out[row] == which) part[i].push_back(columns[i][row]);
    }
  }
  return part;
}

data::Dataset take(const data::Dataset& dataset, const std::vector<bool>& held_out, bool which) {
  data::Dataset part;
  part.file = dataset.file;
  part.feature_names = dataset.feature_names;
  part.names = dataset.names;
  part.units = dataset.units;
  part.columns = take(dataset.columns, held_out, which);
  part.beyond = take(dataset.beyond, held_out, which);
  part.exact = take(dataset.exact, held_out, which);
  part.target = take(*dataset.target, held_out, which);
  if (dataset.group) part.group = take(*dataset.group, held_out, which);
  return part;
}

data::Target select(const data::Target& target, const std::vector<std::size_t>& rows) {
  data::Target part;
  part.name = target.name;
  part.unit = target.unit;
  std::map<std::uint32_t, std::uint32_t> new_id;
  for (const std::size_t row : rows) {
    const std::uint32_t id = target.ids[row];
    const auto [known, is_new] = new_id.emplace(id, static_cast<std::uint32_t>(new_id.size()));
    if (is_new) {
      part.labels.push_back(target.labels[id]);
      part.first_line.push_back(target.first_line[id]);
    }
    part.ids.push_back(known->second);
  }
  return part;
}

/// Whether no fraction whatever leaves rows to both parts.
bool never_splits(const std::map<std::int32_t, std::vector<std::size_t>>& rows_of) {
  return std::all_of(rows_of.begin(), rows_of.end(), [](const auto& group) { return group.second.size() < 2; });
}

}  // namespace

std::vector<std::uint64_t> held_out_rows(const data::Dataset& dataset, double fraction, std::uint64_t seed,
                                         const std::vector<std::int32_t>& groups) {
  std::map<std::int32_t, std::vector<std::size_t>> rows_of;
  for (std::size_t row = 0; row < groups.size(); ++row) rows_of[groups[row]].push_back(row);
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> held_out;
  for (auto& [group, rows] : rows_of) {
    for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[draw(random, i)]);
    const auto wanted = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(rows.size())));
    // A class of which no row is left to learn from would be one that the model can never answer.
    const std::size_t share = rows_of.size() > 1 ? std::min(wanted, rows.size() - 1) : wanted;
    held_out.insert(held_out.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(share));
  }
  if (held_out.empty() || held_out.size() == groups.size()) {
    throw data::DataError(fmt::format("{}: --test-fraction {} of {} rows leaves none to {}; {}", dataset.file, fraction,
                                      groups.size(), held_out.empty() ? "test" : "train",
                                      never_splits(rows_of)
                                          ? "no fraction can: give more rows, or a file of their own with --test"
                                          : "give another fraction"));
  }
  std::sort(held_out.begin(), held_out.end());
  return held_out;
}

std::pair<data::Dataset, data::Dataset> hold_out(const data::Dataset& dataset,
                                                 const std::vector<std::uint64_t>& places) {
  std::vector<bool> held_out(dataset.target->ids.size(), false);
  for (const std::uint64_t row : places) held_out[row] = true;
  return {take(dataset, held_out, false), take(dataset, held_out, true)};
}

data::Dataset select_rows(const data::Dataset& dataset, const std::vector<std::size_t>& rows) {
  data::Dataset part;
  part.file = dataset.file;
  part.feature_names = dataset.feature_names;
  part.names = dataset.names;
  for (const std::vector<float>& column : dataset.columns) {
    std::vector<float>& taken = part.columns.emplace_back();
    taken.reserve(rows.size());
    for (const std::size_t row : rows) taken.push_back(column[row]);
  }
  if (dataset.target) part.target = select(*dataset.target, rows);
  if (dataset.group) part.group = select(*dataset.group, rows);
  return part;
}

}  // namespace nuthatch::prepare
