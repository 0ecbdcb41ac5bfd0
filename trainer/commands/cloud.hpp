#ifndef NUTHATCH_TRAINER_COMMANDS_CLOUD_HPP
#define NUTHATCH_TRAINER_COMMANDS_CLOUD_HPP

#include <functional>
#include <string>

#include "export/loaded_model.hpp"

/// Running a model on a server: one that is there, or one that is started on this machine for it.
namespace nuthatch::commands {

/// cloud (binary tensors), cloud-json, or http://HOST:PORT of a server.
bool is_cloud(const std::string& on);

/// The rows, in batches, over HTTP. path: the model's file. progress: rows done, rows in all.
/// NUTHATCH_API_KEY is shown to servers that are not ours. Throws std::runtime_error saying what the server said.
exporting::Predictions run_on_cloud(const std::string& on, const std::string& path, const exporting::LoadedModel& model,
                                    const data::Dataset& dataset,
                                    const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace nuthatch::commands

#endif
