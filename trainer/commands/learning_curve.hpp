#ifndef NUTHATCH_TRAINER_COMMANDS_LEARNING_CURVE_HPP
#define NUTHATCH_TRAINER_COMMANDS_LEARNING_CURVE_HPP

#include "commands/training.hpp"
#include "report/model_report.hpp"

namespace nuthatch::commands {

/// Learns from ever more of the shuffled training rows, as train_model would, and scores on the test rows, or else on a
/// fifth of the training rows that none learns from. Ends where the next would take too long; `full_seconds`: what
/// learning from all of them took. No points where the rows cannot be split.
report::LearningCurve learning_curve(const TrainingPlan& plan, const Rows& rows, double full_seconds);

}  // namespace nuthatch::commands

#endif
