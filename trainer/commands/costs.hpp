#ifndef NUTHATCH_TRAINER_COMMANDS_COSTS_HPP
#define NUTHATCH_TRAINER_COMMANDS_COSTS_HPP

#include <string>
#include <vector>

#include "export/loaded_model.hpp"
#include "report/model_report.hpp"
#include "tune/budget.hpp"

/// What a model costs where it will run, without running it.
namespace nuthatch::commands {

/// `code`: bytes of the code that it needs.
tune::Cost cost_of(const exporting::LoadedModel& model, const std::string& core, std::uint64_t code);

/// On each core that all of the model's steps have a cost on.
std::vector<report::CoreCost> core_costs(const exporting::LoadedModel& model);

}  // namespace nuthatch::commands

#endif
