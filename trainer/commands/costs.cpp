#include "commands/costs.hpp"

#include "commands/device.hpp"
#include "report/cost.hpp"

namespace nuthatch::commands {
namespace {

/// Nothing where the firmware that it is measured of was not built.
std::optional<std::uint64_t> code_bytes_if_built(const std::string& core, const exporting::LoadedModel& model) {
  try {
    return code_bytes(core, model);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace

tune::Cost cost_of(const exporting::LoadedModel& model, const std::string& core, std::uint64_t code) {
  tune::Cost cost;
  cost.flash_bytes = code + model.bytes().size();
  cost.ram_bytes = ram_bytes(model);
  for (const report::InstructionBound& bound :
       report::most_instructions(model.contents().predictor, model.contents().prepared())) {
    if (bound.core == core) cost.instructions = bound.instructions;
  }
  return cost;
}

std::vector<report::CoreCost> core_costs(const exporting::LoadedModel& model) {
  const compare::Constants constants = compare::Constants::defaults();
  std::vector<report::CoreCost> costs;
  for (const report::InstructionBound& bound :
       report::most_instructions(model.contents().predictor, model.contents().prepared())) {
    const std::optional<std::uint64_t> code = code_bytes_if_built(bound.core, model);
    const tune::Cost cost = cost_of(model, bound.core, code.value_or(0));
    report::CoreCost& entry = costs.emplace_back();
    entry.core = bound.core;
    if (code) entry.flash_bytes = cost.flash_bytes;
    entry.ram_bytes = cost.ram_bytes;
    entry.instructions = bound.instructions;
    entry.us = compare::estimated_us(constants, bound.core, static_cast<double>(bound.instructions));
    if (entry.us) entry.energy = compare::compute_energy(constants, bound.core, *entry.us);
  }
  return costs;
}

}  // namespace nuthatch::commands
