#ifndef NUTHATCH_TRAINER_SELECT_RANKING_HPP
#define NUTHATCH_TRAINER_SELECT_RANKING_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/csv.hpp"
#include "select/filters.hpp"

/// Which features to keep: by one of several methods, the best first.
namespace nuthatch::select {

/// A method that `--select` names. Text is judged by its categories.
struct Method {
  std::string name;
  std::string help;
  std::vector<double> (*scores)(const data::Dataset& rows, const Target& target, std::uint64_t seed);
};

const std::vector<Method>& methods();
/// Null if there is none of that name.
const Method* find_method(const std::string& name);

/// Places of the scores, the highest first, equal ones in their order.
std::vector<std::size_t> best_first(const std::vector<double>& scores);

/// The dataset with these features only, in their order in the data.
data::Dataset with_features(const data::Dataset& rows, std::vector<std::size_t> places);
/// The same by name; each is there.
data::Dataset with_features(const data::Dataset& rows, const std::vector<std::string>& names);

/// The numbers of features that are worth trying: all, and about three quarters of each that is, down to one.
std::vector<std::size_t> counts_to_try(std::size_t features);

}  // namespace nuthatch::select

#endif
