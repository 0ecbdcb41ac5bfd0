#include "evaluate/folds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "learn/random.hpp"
#include "learn/row_plan.hpp"

namespace nuthatch::evaluate {
namespace {

void check_count(std::size_t folds, std::size_t available, const char* of_what) {
  if (folds < 2)
    throw std::invalid_argument(fmt::format("{} folds leave nothing to learn from; ask for 2 or more", folds));
  if (available >= folds) return;
  throw std::invalid_argument(fmt::format("{} {} are too few for {} folds; ask for fewer", available, of_what, folds));
}

/// fold_of: the fold that tests it, a row each.
std::vector<Fold> folds_of(const std::vector<std::size_t>& fold_of, std::size_t folds) {
  std::vector<Fold> made(folds);
  for (std::size_t row = 0; row < fold_of.size(); ++row) {
    for (std::size_t fold = 0; fold < folds; ++fold) {
      (fold == fold_of[row] ? made[fold].test : made[fold].train).push_back(row);
    }
  }
  return made;
}

/// Rows dealt to the folds in turn, as they lie in `order`.
std::vector<Fold> deal(const std::vector<std::size_t>& order, std::size_t folds) {
  std::vector<std::size_t> fold_of(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) fold_of[order[i]] = i % folds;
  return folds_of(fold_of, folds);
}

}  // namespace

std::vector<Fold> plain_folds(std::size_t rows, std::size_t folds, std::uint64_t seed) {
  check_count(folds, rows, "rows");
  return deal(learn::shuffled(rows, {seed, learn::kSplitStream}), folds);
}

std::vector<Fold> stratified_folds(const std::vector<std::int32_t>& classes, const std::vector<std::string>& names,
                                   std::size_t folds, std::uint64_t seed) {
  check_count(folds, classes.size(), "rows");
  std::vector<std::size_t> count(names.size(), 0);
  for (const std::int32_t index : classes) ++count[static_cast<std::size_t>(index)];
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (count[k] == 0 || count[k] >= folds) continue;
    throw std::invalid_argument(
        fmt::format("class \"{}\" has {} row{}, too few for {} stratified folds; ask for fewer, "
                    "or for plain folds",
                    names[k], count[k], count[k] == 1 ? "" : "s", folds));
  }
  // One class after another, so that dealing goes on with the fold after the one where the last class ended.
  std::vector<std::size_t> order = learn::shuffled(classes.size(), {seed, learn::kSplitStream});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return classes[a] < classes[b]; });
  return deal(order, folds);
}

std::vector<Fold> grouped_folds(const std::vector<std::uint32_t>& groups, std::size_t folds, std::uint64_t seed) {
  check_count(folds, learn::count_groups(groups), "groups");
  return folds_of(learn::deal_groups(groups, folds, seed), folds);
}

std::vector<Fold> time_folds(std::size_t rows, std::size_t folds) {
  check_count(folds, rows, "rows");
  if (rows < folds + 1) {
    throw std::invalid_argument(fmt::format(
        "{} rows are too few for {} folds in the order of time, as the first are only learned from; ask for fewer",
        rows, folds));
  }
  const std::size_t size = rows / (folds + 1);
  std::vector<Fold> made(folds);
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const std::size_t first = rows - (folds - fold) * size;
    made[fold].train.resize(first);
    made[fold].test.resize(size);
    std::iota(made[fold].train.begin(), made[fold].train.end(), std::size_t{0});
    std::iota(made[fold].test.begin(), made[fold].test.end(), first);
  }
  return made;
}

}  // namespace nuthatch::evaluate
