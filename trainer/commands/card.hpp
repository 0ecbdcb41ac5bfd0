#ifndef NUTHATCH_TRAINER_COMMANDS_CARD_HPP
#define NUTHATCH_TRAINER_COMMANDS_CARD_HPP

#include <optional>
#include <string>

#include "commands/cross_validation.hpp"
#include "report/model_report.hpp"

namespace nuthatch::commands {

/// What is known where a model was trained, and is not in its file.
struct CardFacts {
  std::optional<evaluate::Evaluation> held_out;
  std::optional<CrossValidation> folds;
  std::optional<report::Compute> compute;
  std::optional<HeldOutRows> split;  ///< what --test-fraction took
};

/// All metrics on the rows held out; nothing where there are none.
std::optional<evaluate::Evaluation> evaluated(const exporting::LoadedModel& model, const Rows& rows,
                                              bool decimal_comma);

/// The model card (Mitchell et al. 2019) as a JSON document: what the model is, where it comes from, how good it is,
/// for which ranges it is meant and what it costs. What is not known is null, and a field beside it says why.
void write_card(const std::string& path, const exporting::LoadedModel& model, const CardFacts& facts);

}  // namespace nuthatch::commands

#endif
