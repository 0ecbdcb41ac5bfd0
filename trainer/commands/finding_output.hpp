#ifndef NUTHATCH_TRAINER_COMMANDS_FINDING_OUTPUT_HPP
#define NUTHATCH_TRAINER_COMMANDS_FINDING_OUTPUT_HPP

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "commands/training.hpp"
#include "prepare/findings.hpp"

/// What `train` and `tune` say about the data before they say how good a model is.
namespace nuthatch::commands {

/// Of all rows of --data, and of those of --test. The plan's task is decided.
std::vector<prepare::Finding> find_in(const TrainingPlan& plan, const Rows& rows);

nlohmann::ordered_json findings_json(const std::vector<prepare::Finding>& findings);
/// A line each.
void print_findings(const std::vector<prepare::Finding>& findings);

}  // namespace nuthatch::commands

#endif
