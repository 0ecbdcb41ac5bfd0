#include "commands/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "commands/common.hpp"
#include "prepare/labels.hpp"
#include "quantize/quantize.hpp"
#include "report/progress.hpp"

namespace nuthatch::commands {
namespace {

using exporting::LoadedModel;
using Json = nlohmann::ordered_json;

quantize::Precision precision_of(const std::string& name) {
  if (name == "int8") return quantize::Precision::kInt8;
  return name == "int16" ? quantize::Precision::kInt16 : quantize::Precision::kFloat32;
}

/// The flags a model was trained with, numbers as numbers.
Json parameters_json(const TrainingPlan& plan) {
  Json parameters = {{"precision", plan.precision}, {"input", plan.input}};
  for (const learn::Flag& flag : plan.family->flags) {
    const std::string& text = plan.parameter_texts.at(flag.name);
    parameters[flag.name] = Json::accept(text) ? Json::parse(text) : Json(text);
  }
  if (!plan.drop.empty()) parameters["drop"] = plan.drop;
  if (plan.test.empty() && plan.test_fraction > 0) parameters["test_fraction"] = plan.test_fraction;
  return parameters;
}

exporting::ModelContents common_contents(const TrainingPlan& plan, const Rows& rows) {
  exporting::ModelContents contents;
  contents.classifies = plan.classifies;
  contents.feature_names = rows.train.feature_names;
  if (plan.classifies) contents.classes = prepare::class_names(rows.train);
  contents.baseline_rows = rows.train.rows();
  const exporting::Sha256 data_hash = sha256_of_file(plan.data);
  contents.lineage = {NUTHATCH_VERSION,
                      plan.family->name,
                      plan.target,
                      parameters_json(plan).dump(),
                      {data_hash.begin(), data_hash.end()},
                      rows.train.rows(),
                      plan.seed,
                      {}};
  return contents;
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
      golden.features_int16.push_back(prepare::to_raw(value, model.contents().common().encoding.features[i].exponent));
    }
    const auto scores = predictions.row(row);
    golden.scores.insert(golden.scores.end(), scores.begin(), scores.end());
  }
  return golden;
}

/// A score word is a fixed-point number of 32 bits: values far from 0 that vary little would leave no bits to what
/// varies.
void check_resolution(const TrainingPlan& plan, const quantize::Quantized& model, const std::vector<double>& values) {
  if (values.empty()) return;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double step = std::ldexp(1.0, -model.fraction_bits);
  constexpr double kFewestSteps = 1024;
  if (*least == *most || step * kFewestSteps <= *most - *least) return;
  throw data::DataError(fmt::format(
      "{}: column \"{}\" lies between {:.10g} and {:.10g}, so far from 0 that a score has steps of {:.3g}; subtract a "
      "constant (say {:.6g}) from the column and add it back to the prediction",
      plan.data, plan.target, *least, *most, step, (*least + *most) / 2));
}

/// One training run: everything that its steps share.
struct Run {
  const TrainingPlan& plan;
  const Rows& rows;
  exporting::ModelContents common;
  std::vector<prepare::FeatureStatistics> statistics;
  Eigen::MatrixXd features;
  std::vector<std::int32_t> classes;
  std::vector<double> values;
  quantize::Encoding encoding;
  learn::CodeMatrix codes;

  quantize::Input input() const { return plan.input == "int16" ? quantize::Input::kInt16 : quantize::Input::kFloat32; }
};

Run prepare_run(const TrainingPlan& plan, const Rows& rows) {
  Run run{plan, rows, common_contents(plan, rows), prepare::describe(rows.train), {}, {}, {}, {}, {}};
  run.features = prepare::standardize(rows.train, run.statistics);
  if (plan.classifies) {
    run.classes = prepare::class_indices(rows.train, run.common.classes);
  } else {
    run.values = prepare::target_values(rows.train, plan.decimal_comma);
  }
  if (plan.family->on_codes) {
    run.encoding = quantize::encode_finely(run.statistics, run.input());
    run.codes = quantize::codes_of(rows.train, run.statistics, run.encoding);
  }
  return run;
}

Variant make_variant(const Run& run, const learn::Learned& learned, const learn::Examples& examples,
                     const std::string& precision) {
  // The float32 baseline takes the values as they are, unless it is to be written with int16 input.
  const bool baseline = precision == "float32" && run.plan.precision != "float32";
  const quantize::Request request{run.statistics,
                                  examples,
                                  run.plan.parameters,
                                  run.encoding,
                                  baseline ? quantize::Input::kFloat32 : run.input(),
                                  precision_of(precision)};
  exporting::ModelContents contents = run.common;
  contents.predictor =
      std::visit([&](const auto& model) -> quantize::Predictor { return quantize::quantize(model, request); }, learned);
  check_resolution(run.plan, contents.common(), run.values);
  // The golden rows' scores are the model's own, so it is written twice: to ask it, and with its answers.
  contents.golden = golden_rows(LoadedModel(exporting::write_model(contents)), run.rows.train);
  Variant variant{precision, LoadedModel(exporting::write_model(contents)), {}};
  const auto scored = [&](const data::Dataset& dataset) {
    return report::score(variant.model, dataset, variant.model.predict(dataset), run.plan.decimal_comma);
  };
  variant.scores.train = scored(run.rows.train);
  if (run.rows.test) variant.scores.test = scored(*run.rows.test);
  return variant;
}

/// Those of the family's flags that make its answers larger than numbers go.
std::string flags_to_lower(const learn::Family& family) {
  std::string text;
  for (const char* name : {"C", "gamma", "degree", "coef0", "learning-rate"}) {
    const auto own = [&](const learn::Flag& flag) { return flag.name == name; };
    if (std::any_of(family.flags.begin(), family.flags.end(), own)) text += fmt::format(" --{}", name);
  }
  return text.empty() ? "; divide the target by a constant" : "; lower one of" + text;
}

Eigen::MatrixXd learned_scores(const Run& run, const learn::Learned& learned, const data::Dataset& dataset) {
  const Eigen::MatrixXd features = prepare::standardize(dataset, run.statistics);
  return std::visit([&](const auto& model) -> Eigen::MatrixXd { return learn::scores(model, features); }, learned);
}

/// Throws where the learned model has no finite answer to a row it was learned from: no file must hold it.
Scores score_baseline(const Run& run, const learn::Learned& learned) {
  const auto scored = [&](const Eigen::MatrixXd& answers, const data::Dataset& dataset) {
    return report::score(answers, dataset, run.common.classes, run.plan.decimal_comma);
  };
  const Eigen::MatrixXd answers = learned_scores(run, learned, run.rows.train);
  Scores scores{scored(answers, run.rows.train), {}};
  if (!answers.allFinite() || !std::isfinite(scores.train.mean_squared_error)) {
    throw std::runtime_error(fmt::format("{}: what was learned answers training rows with no finite number{}",
                                         run.plan.family->name, flags_to_lower(*run.plan.family)));
  }
  if (run.rows.test) scores.test = scored(learned_scores(run, learned, *run.rows.test), *run.rows.test);
  return scores;
}

std::optional<Reduction> reduction_of(const Run& run, const learn::Learned& learned) {
  const auto* model = std::get_if<learn::SvmModel>(&learned);
  if (model == nullptr || model->full == nullptr) return {};
  return Reduction{static_cast<std::size_t>(model->full->vectors.rows()),
                   static_cast<std::size_t>(model->vectors.rows()), score_baseline(run, *model->full)};
}

}  // namespace

Training train_model(const TrainingPlan& plan, const Rows& rows) {
  const Run run = prepare_run(plan, rows);
  report::Progress progress("learning", plan.progress);
  const learn::Examples examples{run.features,
                                 run.values,
                                 run.classes,
                                 static_cast<std::int32_t>(run.common.classes.size()),
                                 plan.family->on_codes ? &run.codes : nullptr,
                                 [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); },
                                 quantize::code_scales(run.encoding)};
  const auto start = std::chrono::steady_clock::now();
  const learn::Learned learned = plan.family->fit(examples, plan.parameters);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  Training training{run.statistics, score_baseline(run, learned), {}, reduction_of(run, learned), elapsed.count()};
  for (const std::string& precision : plan.family->precisions) {
    training.variants.push_back(make_variant(run, learned, examples, precision));
    if (precision == "float32") training.baseline = training.variants.back().scores;
  }
  return training;
}

}  // namespace nuthatch::commands
