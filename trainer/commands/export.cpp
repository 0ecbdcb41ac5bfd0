#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cctype>
#include <iterator>

#include "commands/commands.hpp"
#include "commands/reporting.hpp"
#include "export/c_array.hpp"
#include "export/loaded_model.hpp"

namespace nuthatch::commands {
namespace {

struct ExportFlags {
  std::string model;
  std::string as;
  std::string output;
  std::string name;
};

/// The file's name as an identifier: pump-2.nhm -> pump_2.
std::string name_of(const ExportFlags& flags) {
  if (!flags.name.empty()) return flags.name;
  std::string name = std::filesystem::path(flags.model).stem().string();
  for (char& letter : name) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  }
  const std::string wrong = exporting::why_no_identifier(name);
  return wrong.empty() ? name : "model_" + name;
}

void export_model(const ExportFlags& flags) {
  if (flags.output != "-") check_extra_output("-o", flags.output, {flags.model});
  const auto model = exporting::LoadedModel::from_file(flags.model);
  const std::string text = exporting::c_array(model, name_of(flags));
  const std::string output = flags.output.empty() ? "-" : flags.output;
  if (output != "-") {
    exporting::write_file(output, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  } else if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    throw std::runtime_error("standard output cannot be written (is the disk full?)");
  }
}

}  // namespace

void add_export(CLI::App& program) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* command = program.add_subcommand("export", "Write a model's bytes as a C and C++ header");
  command->add_option("model", flags->model, "model file")->required()->type_name("M.nhm");
  command->add_option("--as", flags->as, "c-array: an aligned constant array")
      ->required()
      ->type_name("FORM")
      ->check([](const std::string& form) {
        return form == "c-array" ? std::string() : fmt::format("{} is not one of c-array", form);
      });
  command->add_option("-o,--output", flags->output, "file to write instead of standard output")->type_name("M.h");
  command->add_option("--name", flags->name, "of the array (from the model file's name)")
      ->type_name("NAME")
      ->check(exporting::why_no_identifier);
  command->callback([flags] { export_model(*flags); });
}

}  // namespace nuthatch::commands
