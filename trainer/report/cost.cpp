#include "report/cost.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "quantize/steps.hpp"

namespace nuthatch::report {
namespace {

using Costs = std::span<const StepCost>;

const StepCost* find_cost(Costs all, const std::string& core, const std::string& step) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const StepCost& cost) { return core == cost.core && step == cost.step; });
  return found == all.end() ? nullptr : &*found;
}

/// None where a step has no cost yet: better no figure than a wrong one, and than no `inspect`.
std::optional<InstructionBound> sum_on(const std::string& core, Costs costs, const std::vector<quantize::Step>& steps) {
  double sum = 0;
  for (const quantize::Step& step : steps) {
    const StepCost* cost = find_cost(costs, core, step.name);
    if (cost == nullptr) return {};
    sum += static_cast<double>(step.count) * cost->instructions;
  }
  return InstructionBound{core, static_cast<std::uint64_t>(std::ceil(sum))};
}

std::vector<InstructionBound> sums(Costs costs, const std::vector<quantize::Step>& steps) {
  std::vector<InstructionBound> all;
  std::string before;
  for (const StepCost& cost : costs) {
    if (cost.core == before) continue;
    before = cost.core;
    if (const auto sum = sum_on(before, costs, steps)) all.push_back(*sum);
  }
  return all;
}

}  // namespace

std::vector<InstructionBound> most_instructions(const quantize::Predictor& predictor,
                                                const quantize::Preparation* preparation) {
  return sums(step_costs(), quantize::steps_of(predictor, preparation));
}

std::vector<InstructionBound> usual_instructions(const quantize::Predictor& predictor, const learn::CodeMatrix& codes,
                                                 const quantize::Preparation* preparation) {
  // What a preparation's steps cost of a usual row is what they cost of any.
  static const std::vector<StepCost> costs = [] {
    std::vector<StepCost> all;
    for (const StepCost& cost : step_costs()) {
      const StepCost* usual = find_cost(usual_step_costs(), cost.core, cost.step);
      all.push_back(usual == nullptr ? cost : *usual);
    }
    return all;
  }();
  return sums(costs, quantize::usual_steps(predictor, codes, preparation));
}

}  // namespace nuthatch::report
