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
exporting::Golden golden_rows(const LoadedModel& model, const data::Dataset& dataset,
                              const exporting::Predictions& predictions) {
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

/// The output's bins are of the training rows; how many rows and right answers each has, of the test rows where there
/// are some: those tell how right the model is where it has not learned.
void watch_output(const LoadedModel& model, const Rows& rows, const exporting::Predictions& trained,
                  quantize::Watch& watch) {
  const auto measures_of = [&](const exporting::Predictions& predictions) {
    std::vector<std::int32_t> measures;
    for (std::size_t row = 0; row < predictions.statuses.size(); ++row) {
      measures.push_back(
          quantize::measure_of(predictions.row(row).data(), predictions.outputs, model.contents().classifies));
    }
    return measures;
  };
  watch.output_edges = quantize::output_edges(measures_of(trained));
  if (watch.output_edges.empty()) return;
  const data::Dataset& fresh = rows.test ? *rows.test : rows.train;
  const exporting::Predictions predictions = rows.test ? model.predict(*rows.test) : trained;
  const std::vector<std::int32_t> measures = measures_of(predictions);
  const std::size_t bins = watch.output_edges.size() + 1;
  watch.output_rows.assign(bins, 0);
  watch.output_right.assign(model.contents().classifies ? bins : 0, 0);
  std::vector<std::int32_t> classes;
  if (model.contents().classifies) classes = prepare::class_indices(fresh, model.contents().classes);
  for (std::size_t row = 0; row < measures.size(); ++row) {
    if (predictions.statuses[row] != Status::kOk) continue;
    const std::size_t bin = watch.output_bin_of(measures[row]);
    ++watch.output_rows[bin];
    if (classes.empty()) continue;
    watch.output_right[bin] += model.model().class_of(predictions.row(row)) == static_cast<std::size_t>(classes[row]);
  }
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
  const LoadedModel asked(exporting::write_model(contents));
  const exporting::Predictions answers = asked.predict(run.rows.train);
  contents.golden = golden_rows(asked, run.rows.train, answers);
  if (run.plan.monitor == "full") {
    const quantize::Encoding& encoding = contents.common().encoding;
    contents.watch.histograms =
        quantize::watch_codes(quantize::codes_of(run.rows.train, run.statistics, encoding), encoding);
    watch_output(asked, run.rows, answers, contents.watch);
  }
  Variant variant{precision, LoadedModel(exporting::write_model(contents)), {}};
  const auto scored = [&](const data::Dataset& dataset) {
    return report::score(variant.model, dataset, variant.model.predict(dataset), run.plan.decimal_comma);
  };
  variant.scores.train = scored(run.rows.train);
  if (run.rows.test) variant.scores.test = scored(*run.rows.test);
  return variant;
}

report::Score score_baseline(const Run& run, const learn::Learned& learned, const data::Dataset& dataset) {
  const Eigen::MatrixXd features = prepare::standardize(dataset, run.statistics);
  const Eigen::MatrixXd scores =
      std::visit([&](const auto& model) -> Eigen::MatrixXd { return learn::scores(model, features); }, learned);
  return report::score(scores, dataset, run.common.classes, run.plan.decimal_comma);
}

Scores score_baseline(const Run& run, const learn::Learned& learned) {
  Scores scores{score_baseline(run, learned, run.rows.train), {}};
  if (run.rows.test) scores.test = score_baseline(run, learned, *run.rows.test);
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
  Training training{run.statistics, {}, {}, reduction_of(run, learned), elapsed.count()};
  for (const std::string& precision : plan.family->precisions) {
    training.variants.push_back(make_variant(run, learned, examples, precision));
    if (precision == "float32") training.baseline = training.variants.back().scores;
  }
  if (training.variants.back().precision == "float32") return training;
  training.baseline = score_baseline(run, learned);
  return training;
}

}  // namespace nuthatch::commands
