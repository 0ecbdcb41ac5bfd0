#ifndef NUTHATCH_TRAINER_REPORT_COST_HPP
#define NUTHATCH_TRAINER_REPORT_COST_HPP

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "quantize/predictor.hpp"
#include "quantize/preparation.hpp"

namespace nuthatch::report {

/// What a step (quantize/steps.hpp) costs on a core, the worst row included.
struct StepCost {
  const char* core;
  const char* step;
  double instructions;
};

/// Written by tests/bench/fit_costs.py, which says how they were measured: gcc 12.2 -O2, portable kernels.
std::span<const StepCost> step_costs();

/// What a step costs of a usual row; written by tests/bench/fit_usual_costs.py.
std::span<const StepCost> usual_step_costs();

struct InstructionBound {
  std::string core;
  std::uint64_t instructions = 0;
};

/// No prediction of an answered row takes more instructions, whatever the row; a core each that all steps have a cost
/// on. An upper envelope of what
/// was measured, with a margin, so of the build it was measured with; not of another compiler. tests/parity and
/// tests/bench hold every measurement against it. Without an FPU, float32 input is soft float, of which rows can take
/// more than the rows measured; the margin is for that.
std::vector<InstructionBound> most_instructions(const quantize::Predictor& predictor,
                                                const quantize::Preparation* preparation = nullptr);

/// What a prediction is expected to take on average, of rows like those of these codes: no bound, but nearer to what is
/// measured (tests/bench/cost_model.csv). codes: of the columns that the kind works on.
std::vector<InstructionBound> usual_instructions(const quantize::Predictor& predictor, const learn::CodeMatrix& codes,
                                                 const quantize::Preparation* preparation = nullptr);

}  // namespace nuthatch::report

#endif
