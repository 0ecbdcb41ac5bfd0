#ifndef NUTHATCH_TRAINER_COMMANDS_COMPARING_HPP
#define NUTHATCH_TRAINER_COMMANDS_COMPARING_HPP

#include "commands/csv_flags.hpp"
#include "compare/comparison.hpp"
#include "data/csv.hpp"

/// The same rows through each deployment: what `compare` does between reading its flags and reporting.
namespace nuthatch::commands {

struct ComparePlan : CsvFlags {
  std::string model;
  std::string data;
  std::string cloud_model;  ///< empty: the same
  std::string reference;    ///< empty: float_reference
  std::vector<std::string> targets;
  compare::Conditions network;
  compare::Load load;
  double deadline_us = 0;
  std::uint64_t seed = 0;
  compare::Constants constants;
  bool progress = false;
};

/// Empty where `name` is a target; else a sentence with those there are.
std::string why_no_target(const std::string& name);

/// A target that fails keeps the others' results and says why. Throws where the models or the rows cannot be read.
compare::Comparison compare_targets(const ComparePlan& plan);

}  // namespace nuthatch::commands

#endif
