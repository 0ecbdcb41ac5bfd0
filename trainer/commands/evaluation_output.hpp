#ifndef NUTHATCH_TRAINER_COMMANDS_EVALUATION_OUTPUT_HPP
#define NUTHATCH_TRAINER_COMMANDS_EVALUATION_OUTPUT_HPP

#include <nlohmann/json_fwd.hpp>

#include "evaluate/evaluation.hpp"

namespace nuthatch::commands {

/// What is known beyond the score and the rows, key by key, to the end of `json`. A key whose value is not defined is
/// null, and `undefined` has the reason under the same name.
void add_metrics(nlohmann::ordered_json& json, const evaluate::Evaluation& evaluation);

/// The same on stdout: the score first, then what belongs to the task.
void print_metrics(const evaluate::Evaluation& evaluation);

}  // namespace nuthatch::commands

#endif
