#ifndef NUTHATCH_TRAINER_COMMANDS_FLAGS_HPP
#define NUTHATCH_TRAINER_COMMANDS_FLAGS_HPP

#include <memory>
#include <string>

namespace CLI {
class App;
class Formatter;
}  // namespace CLI

/// What the parser says of flags: their help, and what is wrong with them.
namespace nuthatch::commands {

/// Options of this group do not show in the list of options. (Those of CLI11's own empty group have no name in its
/// errors either.)
inline constexpr const char* kUnlisted = "unlisted";

std::shared_ptr<CLI::Formatter> help_formatter();

/// Lets no option of a command take another flag for its value, as CLI11 does where the value was forgotten.
void refuse_flags_as_values(CLI::App& command);

/// What to say of arguments that no option took: the flag that is none, with the nearest that is one; empty where
/// there is no such flag among them.
std::string explain_unknown_flag(const CLI::App& program);

}  // namespace nuthatch::commands

#endif
