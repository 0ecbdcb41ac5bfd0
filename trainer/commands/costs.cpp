#include "commands/costs.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "commands/device.hpp"
#include "report/cost.hpp"

namespace nuthatch::commands {

tune::Cost cost_of(const exporting::LoadedModel& model, const std::string& core, report::Watched watched) {
  tune::Cost cost;
  cost.code = footprint_on(core, model, watched);
  cost.flash_bytes = (cost.code ? cost.code->parts.total() : 0) + model.bytes().size();
  cost.ram_bytes = ram_bytes(model);
  for (const report::InstructionBound& bound :
       report::most_instructions(model.contents().predictor, model.contents().prepared())) {
    if (bound.core == core) cost.instructions = bound.instructions;
  }
  return cost;
}

nlohmann::ordered_json flash_parts_json(const report::FlashParts& parts) {
  return {{"open", parts.open},
          {"predict", parts.predict},
          {"self_test", parts.self_test},
          {"monitor", parts.monitor},
          {"snapshot", parts.snapshot}};
}

std::string itemized(const report::FlashParts& parts) {
  std::string text = fmt::format("open {}, predict {}", parts.open, parts.predict);
  if (parts.self_test > 0) text += fmt::format(", self-test {}", parts.self_test);
  if (parts.monitor > 0) text += fmt::format(", monitor {}, snapshot {}", parts.monitor, parts.snapshot);
  return text;
}

std::vector<report::CoreCost> core_costs(const exporting::LoadedModel& model) {
  const compare::Constants constants = compare::Constants::defaults();
  std::vector<report::CoreCost> costs;
  for (const report::InstructionBound& bound :
       report::most_instructions(model.contents().predictor, model.contents().prepared())) {
    const tune::Cost cost = cost_of(model, bound.core, report::watched_of(model.contents()));
    report::CoreCost& entry = costs.emplace_back();
    entry.core = bound.core;
    if (cost.code) entry.flash_bytes = cost.flash_bytes;
    entry.flash_estimated = cost.code && cost.code->estimated;
    entry.ram_bytes = cost.ram_bytes;
    entry.instructions = bound.instructions;
    entry.us = compare::estimated_us(constants, bound.core, static_cast<double>(bound.instructions));
    if (entry.us) entry.energy = compare::compute_energy(constants, bound.core, *entry.us);
  }
  return costs;
}

}  // namespace nuthatch::commands
