#ifndef NUTHATCH_TRAINER_EVALUATE_FOLDS_HPP
#define NUTHATCH_TRAINER_EVALUATE_FOLDS_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Ways to hold rows out several times over, so that each score is of rows that were not learned from. Rows are given
/// by their places, in ascending order. All throw std::invalid_argument, a whole sentence, where the folds are fewer
/// than 2 or there is too little for so many.
namespace nuthatch::evaluate {

struct Fold {
  std::vector<std::size_t> train;
  std::vector<std::size_t> test;
};

/// Every row is tested once. Sizes differ by one row at most.
std::vector<Fold> plain_folds(std::size_t rows, std::size_t folds, std::uint64_t seed);

/// The same, and of each class: its rows a fold differ by one at most. classes: an index into `names` a row. Throws too
/// where a class has rows, but fewer than folds.
std::vector<Fold> stratified_folds(const std::vector<std::int32_t>& classes, const std::vector<std::string>& names,
                                   std::size_t folds, std::uint64_t seed);

/// Every row is tested once, and never by a model that has learned from a row of its group. groups: an index a row.
/// The largest group first, each goes to the fold with the fewest rows.
std::vector<Fold> grouped_folds(const std::vector<std::uint32_t>& groups, std::size_t folds, std::uint64_t seed);

/// Rows in the order of time: each fold is learned from all rows before those that it tests (scikit-learn's
/// TimeSeriesSplit). The first rows / (folds + 1) and what does not divide are never tested.
std::vector<Fold> time_folds(std::size_t rows, std::size_t folds);

}  // namespace nuthatch::evaluate

#endif
