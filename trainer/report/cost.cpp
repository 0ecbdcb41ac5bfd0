#include "report/cost.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "quantize/steps.hpp"

namespace nuthatch::report {
namespace {

double cost_of(const std::string& core, const std::string& step) {
  const std::vector<StepCost>& all = step_costs();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const StepCost& cost) { return core == cost.core && step == cost.step; });
  if (found == all.end()) throw std::logic_error("nothing says what a \"" + step + "\" costs on " + core);
  return found->instructions;
}

}  // namespace

std::vector<InstructionBound> most_instructions(const quantize::Predictor& predictor) {
  const std::vector<quantize::Step> steps = quantize::steps_of(predictor);
  std::vector<InstructionBound> bounds;
  for (const StepCost& cost : step_costs()) {
    if (!bounds.empty() && bounds.back().core == cost.core) continue;
    double sum = 0;
    for (const quantize::Step& step : steps) sum += static_cast<double>(step.count) * cost_of(cost.core, step.name);
    bounds.push_back({cost.core, static_cast<std::uint64_t>(std::ceil(sum))});
  }
  return bounds;
}

}  // namespace nuthatch::report
