#ifndef NUTHATCH_TRAINER_COMMANDS_EXPLAINING_HPP
#define NUTHATCH_TRAINER_COMMANDS_EXPLAINING_HPP

#include <optional>
#include <string>
#include <vector>

#include "explain/contributions.hpp"
#include "explain/dependence.hpp"
#include "explain/permutation.hpp"

namespace nuthatch::commands {

/// What the contributions are measured from, by name.
struct BackgroundName {
  std::string file;
  std::optional<std::string> sha256;  ///< of the file, where it is one
  std::size_t rows = 0;               ///< that the model answers
  std::size_t refused = 0;
  std::size_t drawn_of = 0;  ///< rows that they were drawn from, by the seed; 0: they are all
  std::uint64_t seed = 0;
};

/// What `nuthatch explain` found: each part where it was asked for.
struct Findings {
  std::string model;
  std::string data;
  const data::Dataset* rows = nullptr;
  std::optional<BackgroundName> background;                  ///< with either of the next two
  std::vector<explain::Contributions> single;                ///< of the rows that were named
  std::optional<std::vector<explain::Contributions>> whole;  ///< of all answered rows
  std::optional<explain::Importance> importance;
  std::optional<explain::Dependence> dependence;
  std::size_t dependence_feature = 0;
  bool ice = false;
};

std::string findings_text(const exporting::LoadedModel& model, const Findings& findings);
/// One JSON document.
std::string findings_json(const exporting::LoadedModel& model, const Findings& findings);

}  // namespace nuthatch::commands

#endif
