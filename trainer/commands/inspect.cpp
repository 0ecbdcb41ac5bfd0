#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "commands/card.hpp"
#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "commands/flash_plan.hpp"
#include "commands/judging.hpp"
#include "commands/reporting.hpp"
#include "commands/write_text.hpp"
#include "export/explained.hpp"
#include "quantize/steps.hpp"
#include "report/cost.hpp"

namespace nuthatch::commands {
namespace {

using Json = nlohmann::ordered_json;
using exporting::LoadedModel;
using quantize::FeatureEncoding;
using quantize::value_of_code;

const char* precision_name(quantize::Precision precision) {
  constexpr const char* kNames[] = {"int8", "int16", "float32"};
  return kNames[static_cast<int>(precision)];
}

const char* link_name(quantize::LinkKind link) {
  constexpr const char* kNames[] = {"none", "logistic", "proportion"};
  return kNames[static_cast<int>(link)];
}

bool is_raw(const LoadedModel& model) { return model.model().input() == Input::kInt16; }

Json feature_json(const LoadedModel& model, std::size_t index) {
  const FeatureEncoding& feature = model.contents().inputs().features[index];
  const bool raw = is_raw(model);
  const quantize::Input input = model.contents().inputs().input;
  Json json = {
      {"name", model.contents().feature_names[index]},
      {"low", value_of_code(feature, input, feature.low)},
      {"high", value_of_code(feature, input, feature.high)},
      {"step", feature.is_octaves() ? Json(nullptr)  // it grows with the value
                                    : Json(value_of_code(feature, input, 1) - value_of_code(feature, input, 0))}};
  if (quantize::low_saturates(model.contents().inputs(), index)) json["low_saturates"] = true;
  if (quantize::high_saturates(model.contents().inputs(), index)) json["high_saturates"] = true;
  if (raw) {
    json.update({{"exponent", feature.exponent},
                 {"center", feature.center},
                 {"multiplier", feature.multiplier},
                 {"shift", feature.shift}});
  } else {
    json.update({{"offset", feature.offset}, {"scale", feature.scale}});
    if (feature.is_octaves()) json["codes_an_octave"] = std::ldexp(1.0, 23 - feature.octave_shift());
  }
  const bool imputed = feature.imputation != INT16_MIN;
  const auto& categories = model.contents().categories;
  if (index < categories.size() && !categories[index].empty()) json["categories"] = categories[index];
  if (index < model.contents().units.size() && !model.contents().units[index].empty()) {
    json["unit"] = model.contents().units[index];
  }
  json["missing"] = imputed ? Json(value_of_code(feature, input, feature.imputation)) : Json("refused");
  return json;
}

Json bytes_json(const LoadedModel& model) {
  const exporting::BytesByPart bytes = exporting::count_bytes(model.bytes());
  return {{"weights", bytes.weights},
          {"encoding", bytes.encoding},
          {"preparation", bytes.preparation},
          {"baseline", bytes.baseline},
          {"explanation", bytes.explanation},
          {"golden_rows", bytes.golden},
          {"names", bytes.names},
          {"lineage", bytes.lineage},
          {"seal", bytes.seal},
          {"structure", bytes.structure},
          {"total", bytes.total}};
}

Json json_of(const quantize::QuantizedLinear& linear) {
  const auto zero = [](auto weight) { return weight == 0; };
  const auto zeros = std::count_if(linear.weights.begin(), linear.weights.end(), zero) +
                     std::count_if(linear.weights_float32.begin(), linear.weights_float32.end(), zero);
  const std::size_t padded = linear.weights.size() + linear.weights_float32.size();
  const std::size_t padding = linear.outputs * (linear.stride - linear.encoding.features.size());
  return {{"weights", padded - padding}, {"zero_weights", static_cast<std::size_t>(zeros) - padding}};
}

Json json_of(const quantize::QuantizedSvm& svm) {
  constexpr const char* kKernels[] = {"linear", "polynomial", "rbf", "sigmoid"};
  Json json = {{"kernel", kKernels[static_cast<int>(svm.kernel)]}, {"support_vectors", svm.vector_shifts.size()}};
  if (svm.kernel == quantize::Kernel::kPolynomial) json["degree"] = svm.degree;
  if (!svm.class_vectors.empty()) json["vectors_of_classes"] = svm.class_vectors;
  return json;
}

Json json_of(const quantize::QuantizedBayes& bayes) {
  return {{"quadratic_forms", bayes.outputs}, {"terms", bayes.outputs * bayes.encoding.features.size()}};
}

Json json_of(const quantize::QuantizedForest& forest) {
  const quantize::ForestWork work = quantize::work_of_trees(forest);
  const std::size_t bytes = forest.feature_bits == 0 ? 8 : 4;
  return {{"trees", work.trees},
          {"slots", 4 * forest.slots.size() / bytes},
          {"bytes_a_slot", bytes},
          {"leaves", forest.votes_leaf ? "votes" : "values"},
          {"vote_words", forest.votes.size()},
          {"groups", forest.groups.size()},
          {"most_comparisons", work.comparisons}};
}

Json json_of(const quantize::QuantizedNetwork& network) {
  constexpr const char* kActivations[] = {"none", "relu", "tanh"};
  Json layers = Json::array();
  for (const quantize::QuantizedLayer& layer : network.layers) {
    layers.push_back({{"outputs", layer.outputs},
                      {"activation", kActivations[static_cast<int>(layer.activation)]},
                      {"low", layer.low},
                      {"high", layer.high}});
  }
  return {{"layers", layers}};
}

Json json_of(const quantize::QuantizedBlend& blend) {
  Json members = Json::array();
  for (const quantize::BlendMember& member : blend.members) {
    Json json = {{"kind", exporting::kind_of(member.predictor)}};
    json.update(std::visit([](const auto& kind) { return json_of(kind); }, member.predictor));
    members.push_back(std::move(json));
  }
  return {{"members", members}};
}

/// What the kind is made of.
Json predictor_json(const quantize::Predictor& predictor) {
  return std::visit([](const auto& kind) { return json_of(kind); }, predictor);
}

/// Null where no rows were held out.
Json held_out_json(const exporting::Lineage& lineage) {
  if (!lineage.held_out) return nullptr;
  const exporting::HeldOut& found = *lineage.held_out;
  const auto number = [](float value) { return std::isnan(value) ? Json() : Json(value); };
  return {{"split_sha256", found.split_sha256.empty() ? Json() : Json(exporting::hex(found.split_sha256))},
          {"rows", found.rows},
          {"score", found.score},
          {"low", number(found.low)},
          {"high", number(found.high)}};
}

Json lineage_json(const exporting::Lineage& lineage) {
  return {{"trainer_version", lineage.trainer_version},
          {"model", lineage.model},
          {"target", lineage.target},
          {"parameters", Json::accept(lineage.parameters) ? Json::parse(lineage.parameters) : Json()},
          {"data_sha256", exporting::hex(lineage.data_sha256)},
          {"training_rows", lineage.training_rows},
          {"seed", lineage.seed},
          {"parent_sha256", lineage.parent_sha256.empty() ? Json() : Json(exporting::hex(lineage.parent_sha256))},
          {"held_out", held_out_json(lineage)}};
}

/// Histograms, the most important first.
std::vector<std::size_t> by_rank(const quantize::Watch& watch) {
  std::vector<std::size_t> order(watch.tests.empty() ? 0 : watch.histograms.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return watch.ranks[a] < watch.ranks[b]; });
  return order;
}

/// What the device counts; thresholds are chi-square of a window of 240 rows.
Json monitor_json(const exporting::ModelContents& contents, std::size_t words) {
  const quantize::Watch& watch = contents.watch;
  constexpr const char* kLevels[] = {"off", "basic", "full"};
  Json json = {{"level", kLevels[static_cast<int>(watch.level)]},
               {"bytes", 4 * words},
               {"latency_buckets", watch.latency_buckets},
               {"features", Json::array()}};
  constexpr double kStep = 1.0 / 1024;
  for (const std::size_t index : by_rank(watch)) {
    const quantize::DriftTest& test = watch.tests[index];
    json["features"].push_back({{"name", contents.feature_names[watch.histograms[index].feature]},
                                {"bins", watch.histograms[index].bins()},
                                {"statistical", kStep * test.statistical},
                                {"material", kStep * test.material}});
  }
  return json;
}

/// How each column that the predictor works on is made of its feature.
Json columns_json(const exporting::ModelContents& contents) {
  constexpr const char* kWords[] = {"copied", "table", "category", "missing", "table of octaves"};
  Json columns = Json::array();
  for (std::size_t i = 0; contents.preparation && i < contents.preparation->steps.size(); ++i) {
    const quantize::PreparationStep& step = contents.preparation->steps[i];
    columns.push_back({{"name", exporting::column_name(contents, i)},
                       {"feature", contents.feature_names[step.feature]},
                       {"made", kWords[static_cast<int>(step.operation)]}});
  }
  return columns;
}

/// How many principal components the predictor works on; null: on the columns.
Json components_json(const exporting::ModelContents& contents) {
  const quantize::Preparation* prepared = contents.prepared();
  return prepared != nullptr && prepared->projection ? Json(prepared->columns()) : Json();
}

/// The class that it was trained to find.
std::optional<std::size_t> learned_positive(const LoadedModel& model) {
  return evaluate::positive_class(model, std::vector<std::int32_t>());
}

Json to_json(const LoadedModel& model) {
  const exporting::ModelContents& contents = model.contents();
  const exporting::SealContents seal = exporting::read_seal(model.bytes());
  const Footprint footprint = model.model().footprint();
  Json json = {{"kind", exporting::kind_of(contents.predictor)},
               {"model", contents.lineage.model},
               {"task", contents.classifies ? "classification" : "regression"},
               {"precision", precision_name(contents.common().precision)},
               {"input", is_raw(model) ? "int16" : "float32"},
               {"classes", contents.classes},
               {"probabilities", link_name(contents.common().link.kind)},
               {"threshold", threshold_json(model, learned_positive(model))},
               {"explains", exporting::explains(model)},
               {"fraction_bits", contents.common().fraction_bits},
               {"code_limit", contents.inputs().code_limit}};
  for (std::size_t i = 0; i < footprint.features; ++i) json["features"].push_back(feature_json(model, i));
  json["columns"] = columns_json(contents);
  json["components"] = components_json(contents);
  json["budget"] = {{"scratch_words", footprint.scratch_words},
                    {"monitor_words", footprint.monitor_words},
                    {"outputs", footprint.outputs},
                    {"ram_bytes", ram_bytes(model)},
                    {"multiply_accumulates", exporting::multiply_accumulates(contents)},
                    {"most_work", footprint.work}};
  if (const auto* forest = std::get_if<quantize::QuantizedForest>(&contents.predictor)) {
    json["budget"]["comparisons"] = quantize::work_of_trees(*forest).comparisons;
  }
  json["budget"]["most_instructions"] = Json::object();  // there, though a step may have no cost yet
  for (const report::InstructionBound& bound : report::most_instructions(contents.predictor, contents.prepared())) {
    json["budget"]["most_instructions"][bound.core] = bound.instructions;
  }
  for (const quantize::Step& step : quantize::steps_of(contents.predictor, contents.prepared())) {
    json["budget"]["steps"][step.name] = step.count;
  }
  json["monitor"] = monitor_json(contents, footprint.monitor_words);
  json["predictor"] = predictor_json(contents.predictor);
  json["golden_rows"] = contents.golden.rows;
  json["bytes"] = bytes_json(model);
  json["lineage"] = lineage_json(contents.lineage);
  json["seal"] = {{"sha256", exporting::hex(seal.sha256)},
                  {"crc32", fmt::format("{:08x}", seal.crc32)},
                  {"security_epoch", seal.security_epoch},
                  {"key_id", seal.key_id},
                  {"signed", seal.is_signed}};
  return json;
}

/// An end of the training range; where that saturates, what all beyond has the code of.
std::string end_text(const Json& feature, const char* end, const char* beyond) {
  const bool saturates = feature.contains(std::string(end) + "_saturates");
  return fmt::format("{}{:.6g}", saturates ? beyond : "", feature[end].get<double>());
}

/// The step of a code; of octaves, in which it grows with the value, how many codes one has.
std::string step_text(const Json& feature) {
  if (!feature["step"].is_null()) return fmt::format("{:.3g}", feature["step"].get<double>());
  return fmt::format("{:.6g}/octave", feature["codes_an_octave"].get<double>());
}

void print_features(const Json& features, bool raw) {
  write_text("\n{:<28} {:>12} {:>12} {:>12}  {:<10} {}\n", "feature", "low", "high", "step", raw ? "raw = x *" : "",
             "missing");
  bool saturates = false;
  for (const Json& feature : features) {
    const Json& missing = feature["missing"];
    const std::string unit = feature.contains("unit") ? fmt::format(" [{}]", feature["unit"].get<std::string>()) : "";
    write_text("{:<28.28} {:>12} {:>12} {:>12}  {:<10} {}\n", feature["name"].get<std::string>() + unit,
               end_text(feature, "low", "<= "), end_text(feature, "high", ">= "), step_text(feature),
               raw ? fmt::format("2^{}", feature["exponent"].get<int>()) : "",
               missing.is_string() ? "refused" : fmt::format("{:.6g}", missing.get<double>()));
    saturates = saturates || feature.contains("low_saturates") || feature.contains("high_saturates");
  }
  if (saturates) write_text("<= and >=: all values beyond have one code, those of the training rows too\n");
}

void print_text(const std::string& path, const LoadedModel& model) {
  const Json json = to_json(model);
  const exporting::ModelContents& contents = model.contents();
  write_text("{}: {} ({} kind), {} precision, {} input\n", path, contents.lineage.model,
             json["kind"].get<std::string>(), json["precision"].get<std::string>(), json["input"].get<std::string>());
  if (contents.classifies) {
    write_text("predicts {} of {} classes: {}\n", contents.lineage.target, contents.classes.size(),
               first_few(contents.classes));
  } else {
    write_text("predicts {}\n", contents.lineage.target);
  }
  const std::string threshold = threshold_text(model, learned_positive(model));
  if (!threshold.empty()) write_text("answers {}\n", threshold);
  write_text("a score word s means s * 2^-{}\n", contents.common().fraction_bits);
  const std::string explains = json["explains"].get<std::string>();
  if (explains != "no") write_text("explains its scores by feature ({})\n", explains);
  print_features(json["features"], is_raw(model));
  for (const Json& feature : json["features"]) {
    if (!feature.contains("categories")) continue;
    const auto categories = feature["categories"].get<std::vector<std::string>>();
    write_text("\n{} is an index: {}", data::shown(feature["name"].get<std::string>()),
               first_few(categories, categories.size()));
  }
  if (contents.preparation) {
    write_text("\ncolumns    ");
    for (const Json& column : json["columns"]) {
      write_text(" {} ({})", data::shown(column["name"].get<std::string>()), column["made"].get<std::string>());
    }
  }
  if (!json["components"].is_null()) {
    write_text("\nworks on    {} principal component(s) of these {} columns", json["components"].get<std::size_t>(),
               json["columns"].size());
  }
  write_text("\nmade of    ");
  for (const auto& [part, value] : json["predictor"].items()) write_text(" {} {}", part, value.dump());
  write_text("\nbytes      ");
  for (const auto& [part, size] : json["bytes"].items()) write_text(" {} {}", part, size.get<std::size_t>());
  const char* const work = json["budget"].contains("comparisons") ? "comparisons" : "multiply-accumulates";
  write_text("\nneeds       {} scratch words, {} monitor words, {} {} a row\n",
             json["budget"]["scratch_words"].get<std::size_t>(), json["budget"]["monitor_words"].get<std::size_t>(),
             json["budget"]["multiply_accumulates"].get<std::size_t>(), work);
  const std::string level = json["monitor"]["level"].get<std::string>();
  write_text("monitor     {}{}\n", level,
             level == "full" ? fmt::format(": histograms of {} of {} features", json["monitor"]["features"].size(),
                                           contents.feature_names.size())
                             : "");
  write_text("at most    ");
  for (const auto& [core, most] : json["budget"]["most_instructions"].items()) {
    write_text(" {} on {}{}", most.get<std::uint64_t>(), core, core == "cortex-m55" ? "" : ",");
  }
  write_text(" instructions a row (gcc 12.2 -O2)\n");
  write_text("trained on  {} rows, seed {}, by nuthatch {} {}\n", contents.lineage.training_rows, contents.lineage.seed,
             contents.lineage.trainer_version, contents.lineage.parameters);
  if (contents.lineage.held_out) {
    const exporting::HeldOut& held_out = *contents.lineage.held_out;
    write_text("scored      {} {:.4f} on {} rows held out ({:.4f} to {:.4f})\n",
               contents.classifies ? "accuracy" : "r2", held_out.score, held_out.rows, held_out.low, held_out.high);
  }
  write_text("data        SHA-256 {}\n", exporting::hex(contents.lineage.data_sha256));
  write_text("model       SHA-256 {}, not signed\n", json["seal"]["sha256"].get<std::string>());
}

}  // namespace

void add_inspect(CLI::App& program) {
  struct Flags {
    std::string model;
    FlashPlan flash;
    std::string card;
    std::uint32_t most_work = std::uint32_t{1} << 24;
    bool json = false;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* command = program.add_subcommand("inspect", "Say all that a model file holds");
  command->add_option("model", flags->model, "model file")->required()->type_name("M.nhm");
  command->add_flag("--json", flags->json, "print one JSON document");
  command->add_option("--card", flags->card, "write the model card that the file holds")->type_name("C.json");
  command->add_option("--most-work", flags->most_work, "steps that a row may take, else the file is refused (16777216)")
      ->type_name("N");
  add_flash_flags(*command, flags->flash);
  command->callback([flags] {
    check_extra_output("--card", flags->card, {flags->model});
    const auto model = LoadedModel::from_file(flags->model, flags->most_work);
    if (!flags->card.empty()) write_card(flags->card, model, {});
    const bool ring = !flags->flash.ring.empty();
    const Json flash = ring ? flash_json(flags->flash, model.model().footprint().snapshot_bytes) : Json();
    if (flags->json) {
      Json json = to_json(model);
      if (ring) json["flash_ring"] = flash;
      // Texts of a file that is not the trainer's may be any bytes.
      fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
    } else {
      print_text(flags->model, model);
      if (ring) print_flash(flash);
    }
  });
}

}  // namespace nuthatch::commands
