#ifndef NUTHATCH_TRAINER_QUANTIZE_STEPS_HPP
#define NUTHATCH_TRAINER_QUANTIZE_STEPS_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "learn/examples.hpp"
#include "quantize/predictor.hpp"
#include "quantize/preparation.hpp"

namespace nuthatch::quantize {

/// Something that the portable kernels do again and again, at about the same cost each time.
struct Step {
  std::string name;
  std::uint64_t count = 0;  ///< the most that a prediction can do of it
};

/// What a prediction does at worst, whatever the row: the counts that its instructions are linear in (report/cost.hpp).
/// preparation: null where there is none.
std::vector<Step> steps_of(const Predictor& predictor, const Preparation* preparation = nullptr);

/// What a prediction does of a usual row: the mean over these rows of codes, of at most 1,000 of them, evenly spread.
/// Only forests do more of one row than of another. codes: of the columns that the kind works on.
std::vector<Step> usual_steps(const Predictor& predictor, const learn::CodeMatrix& codes,
                              const Preparation* preparation = nullptr);

/// The names of all steps that there are.
const std::vector<std::string>& step_names();

/// Of a forest's trees, each at its worst.
struct ForestWork {
  std::uint64_t trees = 0;
  std::uint64_t comparisons = 0;  ///< on the longest path
  std::uint64_t votes = 0;        ///< in the longest list that a leaf of the tree names
};
ForestWork work_of_trees(const QuantizedForest& forest);
/// The same of usual rows: the mean, rounded.
ForestWork usual_work_of_trees(const QuantizedForest& forest, const learn::CodeMatrix& codes);

}  // namespace nuthatch::quantize

#endif
