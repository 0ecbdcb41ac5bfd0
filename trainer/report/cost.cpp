#include "report/cost.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "quantize/steps.hpp"

namespace nuthatch::report {
namespace {

const StepCost* find_cost(const std::string& core, const std::string& step) {
  const std::vector<StepCost>& all = step_costs();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const StepCost& cost) { return core == cost.core && step == cost.step; });
  return found == all.end() ? nullptr : &*found;
}

/// None where a step has no cost yet: better no bound than a wrong one, and than no `inspect`.
std::optional<InstructionBound> bound_on(const std::string& core, const std::vector<quantize::Step>& steps) {
  double sum = 0;
  for (const quantize::Step& step : steps) {
    const StepCost* cost = find_cost(core, step.name);
    if (cost == nullptr) return {};
    sum += static_cast<double>(step.count) * cost->instructions;
  }
  return InstructionBound{core, static_cast<std::uint64_t>(std::ceil(sum))};
}

std::vector<std::string> cores() {
  std::vector<std::string> names;
  for (const StepCost& cost : step_costs()) {
    if (names.empty() || names.back() != cost.core) names.emplace_back(cost.core);
  }
  return names;
}

}  // namespace

std::vector<InstructionBound> most_instructions(const quantize::Predictor& predictor,
                                                const quantize::Preparation* preparation) {
  const std::vector<quantize::Step> steps = quantize::steps_of(predictor, preparation);
  std::vector<InstructionBound> bounds;
  for (const std::string& core : cores()) {
    if (const auto bound = bound_on(core, steps)) bounds.push_back(*bound);
  }
  return bounds;
}

}  // namespace nuthatch::report
