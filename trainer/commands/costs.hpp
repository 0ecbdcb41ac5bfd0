#ifndef NUTHATCH_TRAINER_COMMANDS_COSTS_HPP
#define NUTHATCH_TRAINER_COMMANDS_COSTS_HPP

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "export/loaded_model.hpp"
#include "report/model_report.hpp"
#include "tune/budget.hpp"

/// What a model costs where it will run, without running it.
namespace nuthatch::commands {

/// watched: the monitor that its product links, which a model on trial may not have yet.
tune::Cost cost_of(const exporting::LoadedModel& model, const std::string& core, report::Watched watched);

/// {open, predict, self_test, monitor, snapshot}, bytes.
nlohmann::ordered_json flash_parts_json(const report::FlashParts& parts);
/// The same in words, without the parts that the model's product does not link.
std::string itemized(const report::FlashParts& parts);
inline constexpr const char* kLeaveOut = "a product without self-test, monitor or snapshot is smaller by that much";

/// On each core that all of the model's steps have a cost on.
std::vector<report::CoreCost> core_costs(const exporting::LoadedModel& model);

}  // namespace nuthatch::commands

#endif
