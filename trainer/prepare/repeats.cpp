#include "prepare/repeats.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_map>

namespace nuthatch::prepare {
namespace {

using Hash = std::uint64_t;
/// Row or column numbers by what they hash to, lowest first.
using ByHash = std::unordered_map<Hash, std::vector<std::size_t>>;

/// SplitMix64's output function (Steele, Lea and Flood 2014) over what came before and one more value.
Hash mix(Hash before, float value, std::uint32_t beyond) {
  const float same = std::isnan(value) ? std::nanf("") : value + 0.0F;  // one NaN, and -0 is 0
  const std::uint64_t written = std::bit_cast<std::uint32_t>(same) | std::uint64_t{beyond} << 32;
  std::uint64_t x = (before ^ written) + 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

bool same(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same_cell(const data::Dataset& a, std::size_t column, std::size_t row, const data::Dataset& b,
               std::size_t other_column, std::size_t other_row) {
  return same(a.columns[column][row], b.columns[other_column][other_row]) &&
         a.beyond_float32(column, row) == b.beyond_float32(other_column, other_row);
}

std::vector<Hash> row_hashes(const data::Dataset& rows) {
  std::vector<Hash> hashes(rows.rows(), 0);
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    const std::vector<float>& column = rows.columns[i];
    for (std::size_t row = 0; row < column.size(); ++row) {
      hashes[row] = mix(hashes[row], column[row], rows.beyond_float32(i, row));
    }
  }
  return hashes;
}

bool same_features(const data::Dataset& a, std::size_t row, const data::Dataset& b, std::size_t other) {
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    if (!same_cell(a, i, row, b, i, other)) return false;
  }
  return true;
}

bool same_columns(const data::Dataset& rows, std::size_t column, std::size_t other) {
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    if (!same_cell(rows, column, row, rows, other, row)) return false;
  }
  return true;
}

ByHash by_hash(const std::vector<Hash>& hashes) {
  ByHash found;
  found.reserve(hashes.size());
  for (std::size_t i = 0; i < hashes.size(); ++i) found[hashes[i]].push_back(i);
  return found;
}

/// What is known of the rows of equal features: the first of them, and the rows that were the first with their label.
struct Group {
  std::size_t first = 0;
  std::vector<std::uint32_t> labels = {};
  std::vector<std::size_t> rows = {};
};

void add_groups(const std::vector<Group>& groups, Repeats& found) {
  for (const Group& group : groups) {
    if (group.labels.size() > 1)
      found.conflicting.insert(found.conflicting.end(), group.rows.begin(), group.rows.end());
  }
}

}  // namespace

Repeats find_repeats(const data::Dataset& rows) {
  Repeats found;
  for (const auto& [hash, alike] : by_hash(row_hashes(rows))) {
    if (alike.size() < 2) continue;
    std::vector<Group> groups;
    for (const std::size_t row : alike) {
      auto group = std::find_if(groups.begin(), groups.end(),
                                [&](const Group& each) { return same_features(rows, each.first, rows, row); });
      if (group == groups.end()) group = groups.insert(groups.end(), Group{row});
      const std::uint32_t label = rows.target->ids[row];
      const bool known = std::find(group->labels.begin(), group->labels.end(), label) != group->labels.end();
      if (known) found.copies.push_back(row);
      if (!known) group->labels.push_back(label);
      group->rows.push_back(row);
    }
    add_groups(groups, found);
  }
  std::sort(found.copies.begin(), found.copies.end());
  std::sort(found.conflicting.begin(), found.conflicting.end());
  return found;
}

std::vector<std::size_t> find_overlap(const data::Dataset& train, const data::Dataset& test) {
  const ByHash known = by_hash(row_hashes(train));
  const std::vector<Hash> hashes = row_hashes(test);
  std::vector<std::size_t> found;
  for (std::size_t row = 0; row < hashes.size(); ++row) {
    const auto alike = known.find(hashes[row]);
    if (alike == known.end()) continue;
    const bool there = std::any_of(alike->second.begin(), alike->second.end(),
                                   [&](std::size_t other) { return same_features(test, row, train, other); });
    if (there) found.push_back(row);
  }
  return found;
}

std::vector<std::size_t> equal_columns(const data::Dataset& rows) {
  ByHash known;
  std::vector<std::size_t> first;
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    Hash hash = 0;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      hash = mix(hash, rows.columns[i][row], rows.beyond_float32(i, row));
    }
    std::vector<std::size_t>& alike = known[hash];
    const auto equal =
        std::find_if(alike.begin(), alike.end(), [&](std::size_t other) { return same_columns(rows, i, other); });
    first.push_back(equal == alike.end() ? i : *equal);
    if (equal == alike.end()) alike.push_back(i);
  }
  return first;
}

}  // namespace nuthatch::prepare
