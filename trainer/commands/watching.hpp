#ifndef NUTHATCH_TRAINER_COMMANDS_WATCHING_HPP
#define NUTHATCH_TRAINER_COMMANDS_WATCHING_HPP

#include "commands/training.hpp"
#include "quantize/watch.hpp"

namespace nuthatch::commands {

/// What a trained model's monitor is to count, and when it raises an alarm. model: as it will be written, but for this;
/// trained: its answers to the training rows, of which codes are. Throws std::runtime_error where --monitor-bytes holds
/// less than nothing but ranges.
quantize::Watch watch_model(const TrainingPlan& plan, const Rows& rows, const exporting::LoadedModel& model,
                            const exporting::Predictions& trained, const learn::CodeMatrix& codes);

}  // namespace nuthatch::commands

#endif
