#ifndef NUTHATCH_TRAINER_PREPARE_SPLIT_HPP
#define NUTHATCH_TRAINER_PREPARE_SPLIT_HPP

#include <cstdint>
#include <utility>
#include <vector>

#include "data/csv.hpp"

namespace nuthatch::prepare {

/// The places of rows to hold out, rising: `fraction` (0 to 1) of those of each group, drawn with `seed`; groups: one
/// per row (class indices; all 0 for regression). Of several groups each keeps a row to train on. Throws
/// data::DataError if either part would be empty.
std::vector<std::uint64_t> held_out_rows(const data::Dataset& dataset, double fraction, std::uint64_t seed,
                                         const std::vector<std::int32_t>& groups);

/// The rows of `dataset` in two parts, each in file order: training, and held out, at `places`, rising.
std::pair<data::Dataset, data::Dataset> hold_out(const data::Dataset& dataset,
                                                 const std::vector<std::uint64_t>& places);

/// The rows listed, in that order; labels and groups that none of them has are no longer listed.
data::Dataset select_rows(const data::Dataset& dataset, const std::vector<std::size_t>& rows);

}  // namespace nuthatch::prepare

#endif
