#include "commands/flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "data/nearest.hpp"
#include "data/number.hpp"

namespace nuthatch::commands {
namespace {

class Formatter : public CLI::Formatter {
 public:
  Formatter() { column_width(34); }

  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    return group == kUnlisted ? "" : CLI::Formatter::make_group(group, is_positional, options);
  }
};

/// scikit-learn's names of what has another name here.
constexpr std::pair<const char*, const char*> kScikitLearn[] = {
    {"n-estimators", "--trees (of boosting: --rounds)"},
    {"hidden-layer-sizes", "--hidden"},
    {"learning-rate-init", "--learning-rate"},
    {"max-iter", "--epochs"},
    {"n-iter-no-change", "--patience"},
    {"validation-fraction", "--early-stopping"},
    {"max-leaf-nodes", "--max-bytes"},
    {"test-size", "--test-fraction"},
    {"random-state", "--seed"},
};

/// "--N_Estimators=5" -> "n-estimators".
std::string plain_name(const std::string& flag) {
  std::string name = flag.substr(0, flag.find('='));
  name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
  std::replace(name.begin(), name.end(), '_', '-');
  return CLI::detail::to_lower(name);
}

/// The flag of the command that a name is most likely a slip of, or empty.
std::string nearest_flag(const CLI::App& command, const std::string& name) {
  std::vector<std::string> plain;
  std::vector<std::string> flags;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& known : option->get_lnames()) {
      flags.push_back("--" + known);
      plain.push_back(plain_name(known));
    }
  }
  const auto same = std::find(plain.begin(), plain.end(), name);
  if (same != plain.end()) return flags[static_cast<std::size_t>(same - plain.begin())];
  const std::string* nearest = data::nearest_name(name, plain);
  return nearest == nullptr ? "" : flags[static_cast<std::size_t>(nearest - plain.data())];
}

std::string suggestion(const CLI::App& command, const std::string& flag) {
  const std::string name = plain_name(flag);
  for (const auto& [theirs, ours] : kScikitLearn) {
    if (name == theirs && command.get_name() == "train") return ours;
  }
  return nearest_flag(command, name);
}

bool is_number(const std::string& text) { return data::parse_number(text).has_value(); }

std::string explain_flag(const CLI::App& command, const std::string& flag) {
  const std::string instead = suggestion(command, flag);
  return fmt::format("{} is not a flag of {}{}", flag.substr(0, flag.find('=')), command.get_name(),
                     instead.empty() ? "" : fmt::format("; did you mean {}?", instead));
}

}  // namespace

std::shared_ptr<CLI::Formatter> help_formatter() { return std::make_shared<Formatter>(); }

void refuse_flags_as_values(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (option->get_items_expected_max() == 0) continue;
    // The families' values are numbers and words; a file or a column may have any name but a flag's.
    const bool any_name = option->get_group() != kUnlisted;
    option->check([&command, any_name](const std::string& text) {
      if (text.size() < 2 || text[0] != '-' || is_number(text)) return std::string();
      if (any_name && command.get_option_no_throw(text) == nullptr) return std::string();
      return fmt::format("{} is a flag, where a value should be", text);
    });
  }
}

std::string explain_unknown_flag(const CLI::App& program) {
  for (const CLI::App* command : program.get_subcommands()) {
    for (const std::string& argument : command->remaining()) {
      if (argument.size() > 1 && argument[0] == '-' && !is_number(argument)) return explain_flag(*command, argument);
    }
  }
  return "";
}

}  // namespace nuthatch::commands
