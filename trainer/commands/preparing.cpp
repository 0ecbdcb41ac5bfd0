#include "commands/preparing.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "data/number.hpp"

namespace nuthatch::commands {

void add_prepare_flag(CLI::App& command, TrainingPlan& plan) {
  command
      .add_option(
          "--prepare", plan.prepare_file,
          "how columns are imputed, transformed, clipped, scaled and encoded, where it is not to be the default")
      ->type_name("P.json");
  command
      .add_option("--pca", plan.pca,
                  "learn on so many principal components of the columns, or as many as have so much of the variance")
      ->type_name("N|SHARE")
      ->check([](const std::string& text) {
        const bool good = prepare::to_components(data::parse_number(text).value_or(0)).has_value();
        return good ? "" : text + " is neither a number of components, as 8, nor a share of the variance, as 0.95";
      });
}

void read_prepare(TrainingPlan& plan) {
  if (!plan.prepare_file.empty()) {
    const std::vector<std::uint8_t> bytes = exporting::read_file(plan.prepare_file);
    plan.prepare_text.assign(bytes.begin(), bytes.end());
    plan.prepare = prepare::parse_choices(plan.prepare_text, plan.prepare_file);
  }
  if (plan.pca == 0) return;
  // The lineage has all choices in one place.
  nlohmann::ordered_json text =
      plan.prepare_text.empty() ? nlohmann::ordered_json::object() : nlohmann::ordered_json::parse(plan.prepare_text);
  plan.prepare.components = prepare::to_components(plan.pca);
  const std::size_t count = plan.prepare.components->count;
  text["pca"] = count > 0 ? nlohmann::ordered_json(count) : nlohmann::ordered_json(plan.pca);
  plan.prepare_text = text.dump();
}

void find_text(const TrainingPlan& plan, data::CsvOptions& options) {
  options.find_text = true;
  for (const auto& [name, choice] : plan.prepare.columns) {
    const bool left_out = std::find(plan.drop.begin(), plan.drop.end(), name) != plan.drop.end();
    if (choice.encode && !left_out) options.text.push_back(name);
  }
}

void check_prepare(const TrainingPlan& plan, const data::Dataset& rows) {
  prepare::check_columns(plan.prepare, rows.feature_names, plan.prepare_file);
}

std::vector<std::string> text_features(const data::Dataset& rows) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rows.feature_names.size(); ++i) {
    if (rows.is_text(i)) names.push_back(rows.feature_names[i]);
  }
  return names;
}

}  // namespace nuthatch::commands
