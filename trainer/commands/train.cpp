#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "learn/families.hpp"
#include "prepare/features.hpp"
#include "prepare/labels.hpp"
#include "prepare/split.hpp"
#include "report/metrics.hpp"
#include "report/progress.hpp"

namespace nuthatch::commands {
namespace {

using Json = nlohmann::ordered_json;
using exporting::LoadedModel;
using quantize::Precision;

struct TrainFlags {
  std::string data;
  std::string target;
  std::string model;
  std::string output;
  std::vector<std::string> drop;
  std::string test;
  double test_fraction = 0;
  std::string precision = "int8";
  std::string input = "float32";
  std::uint64_t seed = 0;
  learn::Parameters parameters;
  bool decimal_comma = false;
  bool progress = false;
  bool json = false;
};

/// CLI11's own Range lets NaN pass, and prints 1e-9 as 0.000000.
CLI::Validator between(double low, double high) {
  return {[low, high](const std::string& text) {
            double value = 0;
            if (CLI::detail::lexical_cast(text, value) && low <= value && value <= high) return std::string();
            return fmt::format("{} is not a number from {} to {}", text, low, high);
          },
          ""};
}

constexpr Precision kPrecisions[] = {Precision::kFloat32, Precision::kInt16, Precision::kInt8};

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::kInt8: return "int8";
    case Precision::kInt16: return "int16";
    default: return "float32";
  }
}

/// The rows to learn from and, if asked for, to score on.
struct Rows {
  data::Dataset train;
  std::optional<data::Dataset> test;
};

Rows read_rows(const TrainFlags& flags, const learn::Family& family) {
  data::CsvOptions options;
  options.target = flags.target;
  options.drop = flags.drop;
  options.decimal_comma = flags.decimal_comma;
  Rows rows{read_with_progress(flags.data, options, flags.progress), {}};
  if (!flags.test.empty()) {
    options.features = rows.train.feature_names;
    options.drop.clear();
    rows.test = read_with_progress(flags.test, options, flags.progress);
  } else if (flags.test_fraction > 0) {
    std::vector<std::int32_t> groups(rows.train.rows(), 0);
    if (family.classifies) groups = prepare::class_indices(rows.train, prepare::class_names(rows.train));
    auto [train, test] = prepare::hold_out(rows.train, flags.test_fraction, flags.seed, groups);
    rows = {std::move(train), std::move(test)};
  }
  return rows;
}

Json parameters_of(const TrainFlags& flags, const learn::Family& family) {
  Json parameters = {{"precision", flags.precision}, {"input", flags.input}};
  if (family.name == "ridge") parameters["alpha"] = flags.parameters.alpha;
  if (family.classifies) parameters["C"] = flags.parameters.c;
  if (!flags.drop.empty()) parameters["drop"] = flags.drop;
  if (flags.test.empty() && flags.test_fraction > 0) parameters["test_fraction"] = flags.test_fraction;
  return parameters;
}

/// Two training rows with what the model answers to them: the first, and the first that it answers otherwise.
exporting::Golden golden_rows(const LoadedModel& model, const data::Dataset& dataset) {
  const exporting::Predictions predictions = model.predict(dataset);
  std::vector<std::size_t> chosen;
  for (std::size_t row = 0; row < predictions.statuses.size() && chosen.size() < 2; ++row) {
    if (predictions.statuses[row] != Status::kOk) continue;
    const auto answer = [&](std::size_t index) {
      return model.contents().classifies ? static_cast<std::int64_t>(model.model().class_of(predictions.row(index)))
                                         : predictions.row(index)[0];
    };
    if (chosen.empty() || answer(row) != answer(chosen[0])) chosen.push_back(row);
  }
  exporting::Golden golden;
  for (const std::size_t row : chosen) {
    ++golden.rows;
    for (std::size_t i = 0; i < dataset.columns.size(); ++i) {
      const float value = dataset.columns[i][row];
      golden.features_float32.push_back(value);
      golden.features_int16.push_back(prepare::to_raw(value, model.contents().linear.encoding.features[i].exponent));
    }
    const auto scores = predictions.row(row);
    golden.scores.insert(golden.scores.end(), scores.begin(), scores.end());
  }
  return golden;
}

struct Variant {
  Precision precision;
  LoadedModel model;
  report::Score train;
  std::optional<report::Score> test;
};

/// A score word is a fixed-point number of 32 bits: values far from 0 that vary little would leave no bits to what
/// varies.
void check_resolution(const TrainFlags& flags, const quantize::QuantizedLinear& linear,
                      const std::vector<double>& values) {
  if (values.empty()) return;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double step = std::ldexp(1.0, -linear.fraction_bits);
  constexpr double kFewestSteps = 1024;
  if (*least == *most || step * kFewestSteps <= *most - *least) return;
  throw data::DataError(fmt::format(
      "{}: column \"{}\" lies between {:.10g} and {:.10g}, so far from 0 that a score has steps of {:.3g}; subtract a "
      "constant (say {:.6g}) from the column and add it back to the prediction",
      flags.data, flags.target, *least, *most, step, (*least + *most) / 2));
}

Variant make_variant(const TrainFlags& flags, const Rows& rows, const exporting::ModelContents& common,
                     const learn::LinearModel& learned, const std::vector<prepare::FeatureStatistics>& statistics,
                     const std::vector<double>& values, Precision precision) {
  exporting::ModelContents contents = common;
  // The float32 baseline takes the values as they are, unless it is to be written with int16 input.
  const bool baseline = precision == Precision::kFloat32 && flags.precision != "float32";
  const bool raw = flags.input == "int16" && !baseline;
  contents.linear = quantize::quantize_linear(learned, statistics,
                                              raw ? quantize::Input::kInt16 : quantize::Input::kFloat32, precision);
  check_resolution(flags, contents.linear, values);
  // The golden rows' scores are the model's own, so it is written twice: to ask it, and with its answers.
  contents.golden = golden_rows(LoadedModel(exporting::write_model(contents)), rows.train);
  Variant variant{precision, LoadedModel(exporting::write_model(contents)), {}, {}};
  const auto scored = [&](const data::Dataset& dataset) {
    return report::score(variant.model, dataset, variant.model.predict(dataset), flags.decimal_comma);
  };
  variant.train = scored(rows.train);
  if (rows.test) variant.test = scored(*rows.test);
  return variant;
}

exporting::ModelContents common_contents(const TrainFlags& flags, const Rows& rows, const learn::Family& family) {
  exporting::ModelContents contents;
  contents.classifies = family.classifies;
  contents.feature_names = rows.train.feature_names;
  if (family.classifies) contents.classes = prepare::class_names(rows.train);
  contents.baseline_rows = rows.train.rows();
  const exporting::Sha256 data_hash = sha256_of_file(flags.data);
  contents.lineage = {NUTHATCH_VERSION,
                      family.name,
                      flags.target,
                      parameters_of(flags, family).dump(),
                      {data_hash.begin(), data_hash.end()},
                      rows.train.rows(),
                      flags.seed,
                      {}};
  return contents;
}

std::vector<Variant> train_variants(const TrainFlags& flags, const Rows& rows, const learn::Family& family) {
  const exporting::ModelContents common = common_contents(flags, rows, family);
  const std::vector<prepare::FeatureStatistics> statistics = prepare::describe(rows.train);
  const Eigen::MatrixXd features = prepare::standardize(rows.train, statistics);
  std::vector<std::int32_t> classes;
  std::vector<double> values;
  if (family.classifies) {
    classes = prepare::class_indices(rows.train, common.classes);
  } else {
    values = prepare::target_values(rows.train, flags.decimal_comma);
  }
  const learn::Examples examples{features, values, classes, static_cast<std::int32_t>(common.classes.size())};
  const learn::LinearModel learned = family.fit(examples, flags.parameters);
  std::vector<Variant> variants;
  for (const Precision precision : kPrecisions) {
    variants.push_back(make_variant(flags, rows, common, learned, statistics, values, precision));
  }
  return variants;
}

Json to_json(const report::Score& score) {
  Json json = {{"score", score.value}, {"rows", score.rows}, {"refused", score.refused}};
  if (std::string(score.metric) == "r2") json["mean_squared_error"] = score.mean_squared_error;
  return json;
}

void print_json(const TrainFlags& flags, const std::vector<Variant>& variants, const Variant& chosen) {
  const exporting::ModelContents& contents = chosen.model.contents();
  const report::Score& score = chosen.test ? *chosen.test : chosen.train;
  Json json = {{"model", flags.model},
               {"output", flags.output},
               {"precision", flags.precision},
               {"input", flags.input},
               {"metric", score.metric},
               {"score", score.value},
               {"scored_on", chosen.test ? "test" : "train"},
               {"rows", chosen.train.rows},
               {"test_rows", chosen.test ? chosen.test->rows : 0},
               {"features", contents.feature_names.size()},
               {"classes", contents.classes},
               {"model_bytes", chosen.model.bytes().size()},
               {"sha256", exporting::hex(exporting::read_seal(chosen.model.bytes()).sha256)},
               {"seed", flags.seed}};
  for (const Variant& variant : variants) {
    Json& entry = json["scores"][name_of(variant.precision)];
    entry["train"] = to_json(variant.train);
    if (variant.test) entry["test"] = to_json(*variant.test);
    entry["model_bytes"] = variant.model.bytes().size();
    const report::Score& own = variant.test ? *variant.test : variant.train;
    const report::Score& baseline = variants.front().test ? *variants.front().test : variants.front().train;
    entry["loss"] = baseline.value - own.value;
  }
  // The path may be any bytes; the rest is UTF-8.
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_findings(const Rows& rows, const std::vector<prepare::FeatureStatistics>& statistics,
                    quantize::Input input) {
  for (const prepare::FeatureStatistics& feature : statistics) {
    if (feature.constant) fmt::print("  {}: constant ({}), tells the model nothing\n", feature.name, feature.minimum);
    if (feature.missing > 0) {
      fmt::print("  {}: {} of {} values missing, imputed by the median {:.6g}\n", feature.name, feature.missing,
                 rows.train.rows(), feature.median);
    }
    if (!quantize::resolves(feature, input)) {
      fmt::print("  {}: varies too little to be told apart as {}\n", feature.name,
                 input == quantize::Input::kInt16 ? "int16 counts, so it is ignored; subtract a constant from it"
                                                  : "float32, so it is ignored; multiply it by a constant");
    }
  }
}

void print_table(const TrainFlags& flags, const Rows& rows, const std::vector<Variant>& variants,
                 const Variant& chosen) {
  const exporting::ModelContents& contents = chosen.model.contents();
  fmt::print("{}: {} rows, {} features", flags.data, rows.train.rows(), contents.feature_names.size());
  if (contents.classifies) {
    fmt::print(", {} classes ({})", contents.classes.size(), first_few(contents.classes));
  }
  fmt::print("\n");
  print_findings(rows, prepare::describe(rows.train), contents.linear.encoding.input);
  fmt::print("\n{:<10} {:>10} {:>10} {:>10} {:>8}\n", chosen.train.metric, "train", rows.test ? "test" : "", "loss",
             "bytes");
  for (const Variant& variant : variants) {
    const report::Score& own = variant.test ? *variant.test : variant.train;
    const report::Score& baseline = variants.front().test ? *variants.front().test : variants.front().train;
    fmt::print("{:<10} {:>10.4f} {:>10} {:>10.4f} {:>8}{}\n", name_of(variant.precision), variant.train.value,
               variant.test ? fmt::format("{:.4f}", variant.test->value) : "", baseline.value - own.value,
               variant.model.bytes().size(), &variant == &chosen ? "  <- written" : "");
  }
  if (chosen.test && chosen.test->refused > 0) {
    fmt::print("{} of {} test rows were refused (a value missing that never was in training, or infinite)\n",
               chosen.test->refused, chosen.test->rows);
  }
  if (!rows.test)
    fmt::print("scored on the training rows; --test F.csv or --test-fraction 0.2 gives an honest score\n");
  fmt::print("\n{}: {} {}, {} input, {} bytes\n", flags.output, flags.precision, flags.model, flags.input,
             chosen.model.bytes().size());
}

/// Before the work, not after it.
void check_folder(const std::filesystem::path& output) {
  const std::filesystem::path folder = output.parent_path();
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return;
  throw std::runtime_error(
      fmt::format("{}: there is no folder {}; create it, or correct -o", output.string(), folder.string()));
}

void train(const TrainFlags& flags) {
  const learn::Family& family = *learn::find_family(flags.model);
  check_folder(flags.output);
  const Rows rows = read_rows(flags, family);
  const std::vector<Variant> variants = train_variants(flags, rows, family);
  const auto chosen = std::find_if(variants.begin(), variants.end(), [&](const Variant& variant) {
    return name_of(variant.precision) == flags.precision;
  });
  exporting::write_file(flags.output, chosen->model.bytes());
  if (flags.json) {
    print_json(flags, variants, *chosen);
  } else {
    print_table(flags, rows, variants, *chosen);
  }
}

std::string family_help() {
  std::string text = "Models:\n";
  for (const learn::Family& family : learn::families()) {
    text += fmt::format("  {:<18} {}\n", family.name, family.summary);
  }
  return text;
}

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const learn::Family& family : learn::families()) names.push_back(family.name);
  return names;
}

}  // namespace

void add_train(CLI::App& program) {
  auto flags = std::make_shared<TrainFlags>();
  CLI::App* command = program.add_subcommand("train", "Learn a model from a CSV and write it, quantized, as .nhm");
  command->add_option("--data", flags->data, "CSV to learn from, with a header")->required()->type_name("F.csv");
  command->add_option("--target", flags->target, "column to predict")->required()->type_name("COL");
  command->add_option("--model", flags->model, "what to learn; see below")
      ->required()
      ->type_name("NAME")
      ->check(CLI::IsMember(family_names()));
  command->add_option("-o,--output", flags->output, "model file to write")->required()->type_name("M.nhm");
  command->add_option("--drop", flags->drop, "columns to leave out")->type_name("COL");
  auto* test = command->add_option("--test", flags->test, "CSV to score on")->type_name("F.csv");
  command->add_option("--test-fraction", flags->test_fraction, "share of the rows to hold out and score on")
      ->type_name("0.2")
      ->check(between(1e-9, 0.999999))
      ->excludes(test);
  command->add_option("--precision", flags->precision, "int8 (default), int16 or float32")
      ->type_name("P")
      ->check(CLI::IsMember({"int8", "int16", "float32"}));
  command->add_option("--input", flags->input, "what the device is given: float32 (default) or int16")
      ->type_name("I")
      ->check(CLI::IsMember({"float32", "int16"}));
  command->add_option("--alpha", flags->parameters.alpha, "ridge: strength of the penalty (1)")
      ->type_name("A")
      ->check(between(0, 1e300));
  command->add_option("--C", flags->parameters.c, "logistic, linear-svm: inverse strength of the penalty (1)")
      ->type_name("C")
      ->check(between(1e-12, 1e12));
  command->add_option("--seed", flags->seed, "seed of every random choice (0)")->type_name("N")->check(whole_number);
  command->add_flag("--decimal-comma", flags->decimal_comma, "numbers are written 1,5");
  command->add_flag("--progress", flags->progress, "show progress even if stderr is no terminal");
  command->add_flag("--json", flags->json, "print one JSON document");
  command->footer(family_help());
  command->callback([flags] { train(*flags); });
}

}  // namespace nuthatch::commands
