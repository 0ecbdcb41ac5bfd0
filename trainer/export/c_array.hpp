#ifndef NUTHATCH_TRAINER_EXPORT_C_ARRAY_HPP
#define NUTHATCH_TRAINER_EXPORT_C_ARRAY_HPP

#include <string>

#include "export/loaded_model.hpp"

namespace nuthatch::exporting {

/// A header for C99 and C++17 with the model's bytes as a constant array NAME at a multiple of 8, and what it needs as
/// macros NAME_SCRATCH_WORDS and the like.
std::string c_array(const LoadedModel& model, const std::string& name);

/// Why a text cannot name an array in C and C++, in a sentence; empty if it can.
std::string why_no_identifier(const std::string& text);

}  // namespace nuthatch::exporting

#endif
