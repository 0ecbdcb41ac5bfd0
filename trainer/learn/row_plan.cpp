#include "learn/row_plan.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "learn/random.hpp"

namespace nuthatch::learn {
namespace {

std::vector<std::size_t> sizes_of(const std::vector<std::uint32_t>& groups) {
  std::vector<std::size_t> size;
  for (const std::uint32_t group : groups) {
    if (group >= size.size()) size.resize(group + std::size_t{1}, 0);
    ++size[group];
  }
  return size;
}

/// Which groups have rows of each class that is left.
class GroupsOfClasses {
 public:
  GroupsOfClasses(const std::vector<std::uint32_t>& groups, const std::vector<std::int32_t>& classes) {
    for (std::size_t row = 0; row < classes.size(); ++row) ++rows_[groups[row]][classes[row]];
    for (const auto& group : rows_) {
      for (const auto& [index, rows] : group.second) ++groups_left_[index];
    }
  }

  bool has_last_of_a_class(std::uint32_t group) {
    const auto& own = rows_[group];
    return std::any_of(own.begin(), own.end(), [&](const auto& one) { return groups_left_[one.first] == 1; });
  }

  void take(std::uint32_t group) {
    for (const auto& [index, rows] : rows_[group]) --groups_left_[index];
  }

 private:
  std::map<std::uint32_t, std::map<std::int32_t, std::size_t>> rows_;
  std::map<std::int32_t, std::size_t> groups_left_;
};

}  // namespace

std::size_t count_groups(const std::vector<std::uint32_t>& groups) {
  const std::vector<std::size_t> size = sizes_of(groups);
  return static_cast<std::size_t>(std::count_if(size.begin(), size.end(), [](std::size_t n) { return n > 0; }));
}

std::vector<std::size_t> deal_groups(const std::vector<std::uint32_t>& groups, std::size_t folds, std::uint64_t seed) {
  const std::vector<std::size_t> size = sizes_of(groups);
  std::vector<std::size_t> order = shuffled(size.size(), {seed, kSplitStream});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return size[a] > size[b]; });
  std::vector<std::size_t> fold_of_group(size.size(), 0);
  std::vector<std::size_t> rows(folds, 0);
  for (const std::size_t group : order) {
    const auto lightest = static_cast<std::size_t>(std::min_element(rows.begin(), rows.end()) - rows.begin());
    fold_of_group[group] = lightest;
    rows[lightest] += size[group];
  }
  std::vector<std::size_t> fold_of;
  fold_of.reserve(groups.size());
  for (const std::uint32_t group : groups) fold_of.push_back(fold_of_group[group]);
  return fold_of;
}

std::vector<std::size_t> whole_groups(const std::vector<std::uint32_t>& groups,
                                      const std::vector<std::int32_t>& classes, double fraction, std::uint64_t seed) {
  const std::vector<std::size_t> size = sizes_of(groups);
  std::vector<std::uint32_t> order;
  for (const std::size_t group : shuffled(size.size(), {seed, kSplitStream})) {
    if (size[group] > 0) order.push_back(static_cast<std::uint32_t>(group));
  }
  GroupsOfClasses left(groups, classes);
  std::size_t groups_left = order.size();
  std::vector<bool> is_held(size.size(), false);
  double held = 0;
  const auto take = [&](std::uint32_t group) {
    is_held[group] = true;
    held += static_cast<double>(size[group]);
    left.take(group);
    --groups_left;
  };
  const auto may_go = [&](std::uint32_t group) { return groups_left > 1 && !left.has_last_of_a_class(group); };
  const double wanted = fraction * static_cast<double>(groups.size());
  for (const std::uint32_t group : order) {
    const bool nearer = std::abs(held + static_cast<double>(size[group]) - wanted) < std::abs(held - wanted);
    if (nearer && may_go(group)) take(group);
  }
  if (held == 0) {  // any is more than was wanted
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return size[a] < size[b]; });
    const auto smallest = std::find_if(order.begin(), order.end(), may_go);
    if (smallest != order.end()) take(*smallest);
  }
  std::vector<std::size_t> places;
  for (std::size_t row = 0; row < groups.size(); ++row) {
    if (is_held[groups[row]]) places.push_back(row);
  }
  return places;
}

std::vector<std::size_t> last_rows(std::size_t rows, double fraction) {
  if (rows < 2) return {};
  const auto wanted = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(rows)));
  std::vector<std::size_t> places(std::clamp<std::size_t>(wanted, 1, rows - 1));
  std::iota(places.begin(), places.end(), rows - places.size());
  return places;
}

}  // namespace nuthatch::learn
