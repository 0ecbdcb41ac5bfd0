#include "commands/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "commands/common.hpp"
#include "commands/row_plan.hpp"
#include "commands/selecting.hpp"
#include "commands/watching.hpp"
#include "evaluate/evaluation.hpp"
#include "evaluate/threshold.hpp"
#include "export/reference.hpp"
#include "learn/class_weight.hpp"
#include "learn/random.hpp"
#include "prepare/labels.hpp"
#include "quantize/explain.hpp"
#include "quantize/quantize.hpp"
#include "report/exporters.hpp"
#include "report/progress.hpp"

namespace nuthatch::commands {
namespace {

using exporting::LoadedModel;
using Json = nlohmann::ordered_json;

quantize::Precision precision_of(const std::string& name) {
  if (name == "int8") return quantize::Precision::kInt8;
  return name == "int16" ? quantize::Precision::kInt16 : quantize::Precision::kFloat32;
}

/// A flag's value: numbers as numbers, switches as true or false, and --hidden always as a list.
Json parameter_json(const std::string& name, const TrainingPlan& plan) {
  if (name == "hidden") return plan.parameters.hidden;
  const std::string& text = plan.parameter_texts.at(name);
  if (learn::find_parameter_flag(name)->type_name.empty()) return text == "yes";
  return Json::accept(text) ? Json::parse(text) : Json(text);
}

/// What may make another number of the same text, and the unit of the target: those of the features have a field of
/// their own.
void add_notation(const TrainingPlan& plan, const data::Dataset& rows, Json& parameters) {
  if (plan.thousands != data::Thousands::kNone) parameters["thousands"] = data::name_of(plan.thousands);
  if (plan.units) parameters["units"] = true;
  if (!rows.target->unit.empty()) parameters["target_unit"] = rows.target->unit;
}

/// The flags a model was trained with.
Json parameters_json(const TrainingPlan& plan, const data::Dataset& rows) {
  Json parameters = {{"precision", plan.precision}, {"input", plan.input}};
  for (const learn::Flag& flag : plan.family->flags) {
    const bool weightless = flag.name == "class-weight" && plan.parameters.class_weight == "none";
    if (!weightless) parameters[flag.name] = parameter_json(flag.name, plan);
  }
  if (plan.explain) parameters["explain"] = true;
  if (!plan.prepare_text.empty()) parameters["prepare"] = Json::parse(plan.prepare_text);
  if (!plan.drop.empty()) parameters["drop"] = plan.drop;
  if (!plan.positive.empty()) parameters["positive"] = plan.positive;
  if (!plan.threshold_for.empty()) parameters["threshold-for"] = plan.threshold_for;
  if (!plan.select.empty()) parameters["select"] = plan.select;
  if (plan.select_features != 0) parameters["select-features"] = plan.select_features;
  if (plan.test.empty() && plan.test_fraction > 0) parameters["test_fraction"] = plan.test_fraction;
  if (holds_rows_out(plan) && drawing_of(plan) != learn::Drawing::kStratified && !plan.split.kind.empty())
    parameters["folds"] = plan.split.kind;
  if (holds_rows_out(plan) && !plan.split.group.empty()) parameters["group"] = plan.split.group;
  add_notation(plan, rows, parameters);
  return parameters;
}

exporting::ModelContents common_contents(const TrainingPlan& plan, const Rows& rows,
                                         const exporting::Sha256& data_hash) {
  exporting::ModelContents contents;
  contents.classifies = plan.classifies;
  contents.feature_names = rows.train.feature_names;
  const auto has_unit = [](const std::string& unit) { return !unit.empty(); };
  if (std::any_of(rows.train.units.begin(), rows.train.units.end(), has_unit)) contents.units = rows.train.units;
  if (plan.classifies) contents.classes = prepare::class_names(rows.train, learn::for_values(*plan.family));
  contents.baseline_rows = rows.train.rows();
  contents.lineage = {NUTHATCH_VERSION,
                      plan.family->name,
                      plan.target,
                      parameters_json(plan, rows.train).dump(),
                      {data_hash.begin(), data_hash.end()},
                      rows.train.rows(),
                      plan.seed,
                      plan.parent_sha256};
  return contents;
}

/// Two training rows with what the model answers to them: the first, and the first that it answers otherwise.
exporting::Golden golden_rows(const LoadedModel& model, const data::Dataset& rows,
                              const exporting::Predictions& predictions) {
  const data::Dataset dataset = model.with_categories(rows);
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
      golden.features_int16.push_back(prepare::to_raw(value, model.contents().inputs().features[i].exponent));
    }
    const auto scores = predictions.row(row);
    golden.scores.insert(golden.scores.end(), scores.begin(), scores.end());
  }
  return golden;
}

/// One training run: everything that its steps share.
struct Run {
  const TrainingPlan& plan;
  const Rows& rows;
  exporting::ModelContents common;
  prepare::Preparation preparation;
  Rows columns;  ///< what learning works on; empty where that is the rows as they are
  std::vector<prepare::FeatureStatistics> statistics;  ///< of the columns
  Eigen::MatrixXd features;
  std::vector<std::int32_t> classes;
  std::vector<double> values;
  quantize::Encoding encoding;
  learn::CodeMatrix codes;
  learn::RowPlan split = {};  ///< of the rows to learn from
  bool sharpened = false;     ///< the columns are not as they were read, but such that codes tell them apart
  bool exact = false;         ///< the features are of the numbers as doubles

  const Rows& learned_from() const { return preparation.is_plain() ? rows : columns; }
  quantize::Input input() const { return plan.input == "int16" ? quantize::Input::kInt16 : quantize::Input::kFloat32; }
};

/// Of the training rows: what the device counts, and what its predictor works on.
struct Codes {
  learn::CodeMatrix features;
  learn::CodeMatrix columns;
};

Codes prepared_codes(const Run& run, const quantize::Preparation& folded) {
  const data::Dataset rows = prepare::with_categories(run.rows.train, run.preparation.categories);
  learn::CodeMatrix features = quantize::codes_of(rows, run.preparation.inputs, folded.inputs);
  learn::CodeMatrix columns = quantize::column_codes(folded, features, rows);
  return {std::move(features), std::move(columns)};
}

/// What the preparation makes of the rows, and what is known of it.
void make_columns(Run& run) {
  if (!run.preparation.is_plain()) {
    run.columns.train = prepare::columns_of(run.preparation, run.rows.train);
    if (run.rows.test) run.columns.test = prepare::columns_of(run.preparation, *run.rows.test);
    run.common.categories = run.preparation.categories;
  }
  run.statistics = prepare::describe_columns(run.preparation, run.learned_from().train);
}

/// Whether columns may be changed so that the family's codes tell their values apart, or must be as they were read.
enum class Blurred { kSharpen, kAsRead };

/// Returns whether any is.
bool sharpen(Run& run) {
  const std::vector<quantize::Sharpening> all = quantize::sharpenings(
      *run.plan.family, run.learned_from().train, run.preparation, run.statistics, run.values, run.input());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].within) prepare::keep_within(run.preparation, i, all[i].within->first, all[i].within->second);
    if (all[i].by_octaves) prepare::add_octaves(run.preparation, i);
  }
  return !all.empty();
}

/// Rows as learning sees them.
Eigen::MatrixXd standardize(const Run& run, const data::Dataset& columns) {
  return run.exact ? prepare::standardize_exactly(columns, run.statistics)
                   : prepare::standardize(columns, run.statistics);
}

Run prepare_run(const TrainingPlan& plan, const Rows& rows, const exporting::Sha256& data_hash,
                Blurred blurred = Blurred::kSharpen) {
  Run run{plan,
          rows,
          common_contents(plan, rows, data_hash),
          prepare::learn_preparation(rows.train, plan.prepare),
          {},
          {},
          {},
          {},
          {},
          {},
          {},
          row_plan_of(plan, rows.train)};
  if (plan.classifies) {
    run.classes = prepare::class_indices(rows.train, run.common.classes);
  } else {
    run.values = prepare::target_values(rows.train, plan.decimal_comma, learn::for_classes(*plan.family));
  }
  make_columns(run);
  run.sharpened = blurred == Blurred::kSharpen && sharpen(run);
  if (run.sharpened) make_columns(run);
  if (plan.family->on_codes) {
    run.encoding = quantize::learning_codes(*plan.family, run.statistics, run.input());
    run.codes = run.preparation.is_plain() ? quantize::codes_of(rows.train, run.statistics, run.encoding)
                                           : prepared_codes(run, quantize::fold(run.preparation, run.encoding)).columns;
  }
  run.exact = blurred == Blurred::kAsRead;
  if (run.exact) run.statistics = prepare::spread_exactly(run.learned_from().train, run.statistics);
  run.features = standardize(run, run.learned_from().train);
  return run;
}

/// The scores of the learned model on training rows.
Eigen::MatrixXd learned_scores(const learn::Learned& learned, const Eigen::MatrixXd& features) {
  return std::visit([&](const auto& model) -> Eigen::MatrixXd { return learn::scores(model, features); }, learned);
}

/// Of a score word: the most fraction bits that a file may say.
constexpr double kFinestStep = 0x1p-64;

/// Why a target's score words are coarse: it lies far from 0, which leaves no bits to what varies; or else the model
/// has outgrown it.
std::string why_coarse(const Run& run, const learn::Learned& learned, double least, double most, double step) {
  constexpr double kFar = 1024;
  const double middle = (least + most) / 2;
  if (std::abs(middle) > kFar * (most - least)) {
    return fmt::format(
        "so far from 0 that a score has steps of {:.3g}; subtract a constant (say {:.6g}) from the column and add it "
        "back to the prediction",
        step, middle);
  }
  const double size = std::max(std::abs(least), std::abs(most));
  if (step <= kFinestStep && size < 1) {
    return fmt::format(
        "so close to 0 that a score has steps of {:.3g}, the finest there are; take another unit: multiply "
        "the column by {:.0e} and divide the prediction by it",
        step, std::pow(10, -std::floor(std::log10(size))));
  }
  constexpr double kGrown = 4;
  const double largest = learned_scores(learned, run.features).cwiseAbs().maxCoeff();
  const bool grown = largest > kGrown * std::max(std::abs(least), std::abs(most));
  return fmt::format("and the model's {}, so that a score has steps of {:.3g}; {}",
                     grown ? fmt::format("values grew to {:.3g} on the training rows", largest) : "weights grew large",
                     step, learn::for_smaller_weights(*run.plan.family));
}

/// A score word is a fixed-point number of 32 bits, with a step that the largest possible score sets.
void check_resolution(const Run& run, const quantize::Quantized& model, const learn::Learned& learned) {
  if (run.values.empty()) return;
  const auto [least, most] = std::minmax_element(run.values.begin(), run.values.end());
  const double step = std::ldexp(1.0, -model.fraction_bits);
  constexpr double kFewestSteps = 1024;
  if (*least == *most || step * kFewestSteps <= *most - *least) return;
  throw data::DataError(fmt::format("{}: column \"{}\" lies between {:.10g} and {:.10g}, {}", run.plan.data,
                                    run.plan.target, *least, *most, why_coarse(run, learned, *least, *most, step)));
}

/// The score that goes into the file. Its interval only where the file will be written: it may take a second.
exporting::HeldOut held_out_of(const Run& run, const Variant& variant) {
  const data::Dataset& test = *run.rows.test;
  exporting::HeldOut held_out{run.rows.split_sha256, static_cast<std::uint32_t>(test.rows()),
                              static_cast<float>(variant.scores.test->value), NAN, NAN};
  if (variant.precision != run.plan.precision) return held_out;
  const evaluate::Evaluation found =
      evaluate::evaluate(variant.model, test, variant.model.predict(test), run.plan.decimal_comma);
  if (found.interval) {
    held_out.low = static_cast<float>(found.interval->low);
    held_out.high = static_cast<float>(found.interval->high);
  }
  return held_out;
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
                                  precision_of(precision),
                                  INT16_MAX,
                                  run.plan.threshold};
  exporting::ModelContents contents = run.common;
  contents.predictor =
      std::visit([&](const auto& model) -> quantize::Predictor { return quantize::quantize(model, request); }, learned);
  contents.threshold = evaluate::threshold_word(run.plan.threshold, contents.common().fraction_bits);
  check_resolution(run, contents.common(), learned);
  Codes prepared;
  if (run.preparation.is_plain()) {
    prepared.features = quantize::codes_of(run.rows.train, run.statistics, contents.common().encoding);
  } else {
    contents.preparation = quantize::fold(run.preparation, contents.common().encoding);
    prepared = prepared_codes(run, *contents.preparation);
  }
  const learn::CodeMatrix& codes = prepared.features;
  const learn::CodeMatrix& columns = contents.preparation ? prepared.columns : prepared.features;
  if (run.plan.explain) contents.explanation = quantize::explain(contents.predictor, columns);
  // The golden rows' scores are the model's own, so it is written twice: to ask it, and with its answers.
  const LoadedModel asked(exporting::write_model(contents));
  const exporting::Predictions answers = asked.predict(run.rows.train);
  contents.golden = golden_rows(asked, run.rows.train, answers);
  contents.watch = watch_model(run.plan, run.rows, asked, answers, codes);
  Variant variant{precision, LoadedModel(exporting::write_model(contents)), {}};
  variant.usual_steps = quantize::usual_steps(contents.predictor, columns, contents.prepared());
  variant.usual_instructions = report::usual_instructions(contents.predictor, columns, contents.prepared());
  const auto scored = [&](const data::Dataset& dataset) {
    return report::score(variant.model, dataset, variant.model.predict(dataset), run.plan.decimal_comma);
  };
  variant.scores.train = scored(run.rows.train);
  if (run.rows.test) {
    variant.scores.test = scored(*run.rows.test);
    contents.lineage.held_out = held_out_of(run, variant);
    variant.model = LoadedModel(exporting::write_model(contents));
  }
  return variant;
}

/// A learned model with what it is asked: the training rows' features, and a function that makes those of others.
struct Asked {
  const learn::Learned& learned;
  const Eigen::MatrixXd& features;
  std::function<Eigen::MatrixXd(const data::Dataset&)> features_of;
};

Asked ask(const Run& run, const learn::Learned& learned) {
  return {learned, run.features, [&run](const data::Dataset& columns) { return standardize(run, columns); }};
}

/// Throws where the learned model has no finite answer to a row it was learned from: no file must hold it.
Scores score_learned(const Run& run, const Asked& asked) {
  const auto scored = [&](const Eigen::MatrixXd& answers, const data::Dataset& dataset) {
    return report::score(answers, dataset, run.common.classes, run.plan.decimal_comma, run.plan.threshold);
  };
  const Eigen::MatrixXd answers = learned_scores(asked.learned, asked.features);
  Scores scores{scored(answers, run.rows.train), {}};
  if (!answers.allFinite() || !std::isfinite(scores.train.mean_squared_error)) {
    throw std::runtime_error(fmt::format("{}: what was learned answers training rows with no finite number; {}",
                                         run.plan.family->name, learn::for_smaller_weights(*run.plan.family)));
  }
  if (run.rows.test) {
    scores.test = scored(learned_scores(asked.learned, asked.features_of(*run.learned_from().test)), *run.rows.test);
  }
  return scores;
}

/// What the model of the float column answers: of the test rows if there are any.
void write_float_predictions(const Run& run, const Asked& asked) {
  const Rows& rows = run.learned_from();
  const Eigen::MatrixXd answers =
      learned_scores(asked.learned, rows.test ? asked.features_of(*rows.test) : asked.features);
  const std::vector<std::string>& classes = run.common.classes;
  std::string text = "prediction";
  for (const std::string& name : exporting::score_columns(classes, static_cast<std::size_t>(answers.cols()))) {
    text += "," + report::csv_cell(name);
  }
  for (Eigen::Index row = 0; row < answers.rows(); ++row) {
    text += "\n" + (classes.empty() ? fmt::format("{}", answers(row, 0))
                                    : report::csv_cell(classes[learn::class_of(answers, row, run.plan.threshold)]));
    for (Eigen::Index k = 0; k < answers.cols() && !classes.empty(); ++k) text += fmt::format(",{}", answers(row, k));
  }
  text += "\n";
  exporting::write_file(run.plan.float_predictions, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::optional<Reduction> reduction_of(const Run& run, const learn::Learned& learned) {
  const auto* model = std::get_if<learn::SvmModel>(&learned);
  if (model == nullptr || model->full == nullptr) return {};
  return Reduction{static_cast<std::size_t>(model->full->vectors.rows()),
                   static_cast<std::size_t>(model->vectors.rows()), score_learned(run, ask(run, *model->full)),
                   score_learned(run, ask(run, learned))};
}

/// A forest that is larger than its --max-bytes, and what is to be left of it.
struct Cut {
  learn::ForestModel* forest;
  std::uint64_t bytes;
  quantize::PrunedForest left;
};

/// Of a forest, or of a blend's forests, each with the --max-bytes of its own.
std::vector<Cut> cuts_of(const TrainingPlan& plan, learn::Learned& learned) {
  std::vector<Cut> cuts;
  const auto add = [&](learn::ForestModel* forest, std::uint64_t bytes) {
    if (forest == nullptr || bytes == 0) return;
    if (auto left = quantize::prune_to_fit(*forest, bytes)) cuts.push_back({forest, bytes, std::move(*left)});
  };
  if (auto* blend = std::get_if<learn::BlendModel>(&learned)) {
    for (learn::BlendMember& member : blend->members) {
      add(std::get_if<learn::ForestModel>(&member.model), member.parameters.max_bytes);
    }
  }
  add(std::get_if<learn::ForestModel>(&learned), plan.parameters.max_bytes);
  return cuts;
}

/// Of trees, asked by the codes that they learned from: standardized values of a column with a far one may all be one.
Scores score_by_codes(const Run& run, const learn::Learned& learned) {
  learn::Learned asked = learned;
  auto* forest = std::get_if<learn::ForestModel>(&asked);
  if (forest == nullptr) return score_learned(run, ask(run, learned));
  for (learn::Tree& tree : forest->trees) {
    for (learn::TreeNode& node : tree.nodes) node.threshold_in_z = node.threshold + 0.5;
  }
  const Eigen::MatrixXd codes = run.codes.cast<double>();
  return score_learned(run, {asked, codes, [&run](const data::Dataset& columns) -> Eigen::MatrixXd {
                               return quantize::codes_of(columns, run.statistics, run.encoding).cast<double>();
                             }});
}

/// Before the cuts are made.
std::optional<Pruning> pruning_of(const Run& run, const learn::Learned& learned, const std::vector<Cut>& cuts) {
  if (cuts.empty()) return {};
  Pruning pruning;
  for (const Cut& cut : cuts) {
    pruning.leaves_before += cut.left.leaves_before;
    pruning.leaves_after += cut.left.leaves_after;
    pruning.bytes += cut.bytes;
    if (cut.left.bytes_for_a_question != 0) pruning.no_question = {cut.bytes, cut.left.bytes_for_a_question};
  }
  pruning.scores = score_by_codes(run, learned);
  return pruning;
}

/// So that what follows compares with the forests that are to be written.
void make_cuts(std::vector<Cut>& cuts) {
  for (Cut& cut : cuts) *cut.forest = std::move(cut.left.model);
}

/// "mlp ran out of memory": what could be less.
std::string out_of_memory(const TrainingPlan& plan, const Rows& rows) {
  const auto has = [&](const char* name) { return plan.parameter_texts.contains(name); };
  const char* smaller = "fewer rows, or --drop columns";
  if (has("trees")) smaller = "fewer --trees, or a lower --max-depth";
  if (has("rounds")) smaller = "fewer --rounds, or a lower --max-depth";
  if (has("hidden")) smaller = "fewer or smaller layers in --hidden";
  return fmt::format("out of memory while learning {} from {} rows of {} features; give {}", plan.family->name,
                     rows.train.rows(), rows.train.feature_names.size(), smaller);
}

learn::Examples examples_of(const Run& run, const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  return {run.features,
          run.values,
          run.classes,
          static_cast<std::int32_t>(run.common.classes.size()),
          run.plan.family->on_codes ? &run.codes : nullptr,
          progress,
          quantize::code_scales(run.encoding),
          learn::class_weights(run.plan.parameters.class_weight, run.common.classes, run.classes),
          &run.split};
}

/// What `train` compares with: the family learned in double precision from the values as read.
struct FloatModel {
  learn::Learned learned;
  Eigen::MatrixXd features;  ///< of all training rows; empty: those that everything else learns from
  std::size_t rows = 0;      ///< that it was learned from
};

/// rows x columns: the values as read, missing ones imputed.
Eigen::MatrixXd values_of(const data::Dataset& columns, const std::vector<prepare::FeatureStatistics>& statistics) {
  Eigen::MatrixXd values(static_cast<Eigen::Index>(columns.rows()), std::ssize(columns.columns));
  for (std::size_t i = 0; i < columns.columns.size(); ++i) {
    for (std::size_t row = 0; row < columns.rows(); ++row) {
      const double value = columns.exact_value(i, row);
      values(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(i)) =
          std::isnan(value) ? statistics[i].imputed : value;
    }
  }
  return values;
}

/// All rows, or so many drawn from them, in their order.
std::vector<Eigen::Index> float_rows(const Run& run) {
  constexpr std::size_t kMost = 20000;
  constexpr std::uint64_t kStream = 0x666C6F6174;  // of no tree
  std::vector<Eigen::Index> rows(run.rows.train.rows());
  std::iota(rows.begin(), rows.end(), Eigen::Index{0});
  if (rows.size() <= kMost) return rows;
  learn::Random random(run.plan.seed, kStream);
  for (std::size_t i = 0; i < kMost; ++i) std::swap(rows[i], rows[i + random.below(rows.size() - i)]);
  rows.resize(kMost);
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// rows x features: the rank of each value among the different ones of its column.
learn::CodeMatrix ranks_of(const Eigen::MatrixXd& features) {
  learn::CodeMatrix ranks(features.rows(), features.cols());
  for (Eigen::Index i = 0; i < features.cols(); ++i) {
    std::vector<double> values(features.col(i).begin(), features.col(i).end());
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    for (Eigen::Index row = 0; row < features.rows(); ++row) {
      const auto at = std::lower_bound(values.begin(), values.end(), features(row, i));
      ranks(row, i) = static_cast<std::int16_t>(at - values.begin());
    }
  }
  return ranks;
}

/// Some rows of the run's, with ranks for codes: trees that learn from them look between any two values.
struct FloatExamples {
  Eigen::MatrixXd features;
  learn::CodeMatrix ranks;
  std::vector<std::int32_t> classes;
  std::vector<double> values;
};

FloatExamples float_examples(const Run& run, const Eigen::MatrixXd& features) {
  const std::vector<Eigen::Index> rows = float_rows(run);
  FloatExamples found;
  found.features = features(rows, Eigen::all);
  found.ranks = ranks_of(found.features);
  for (const Eigen::Index row : rows) {
    if (!run.classes.empty()) found.classes.push_back(run.classes[static_cast<std::size_t>(row)]);
    if (!run.values.empty()) found.values.push_back(run.values[static_cast<std::size_t>(row)]);
  }
  return found;
}

/// Trees learn again, as what they learned from were codes; all else did learn from values.
FloatModel float_model(const Run& run, const learn::Learned& learned, const learn::Examples& examples) {
  FloatModel model{learned, {}, run.rows.train.rows()};
  if (!run.plan.family->on_codes) return model;
  // Trees look at values as they are; a blend's other members at standardized ones.
  if (!run.plan.family->common_codes) model.features = values_of(run.learned_from().train, run.statistics);
  const FloatExamples rows = float_examples(run, run.plan.family->common_codes ? run.features : model.features);
  model.rows = static_cast<std::size_t>(rows.features.rows());
  const std::vector<learn::CodeScale> scales(examples.scales.size(), {1, 0, false, true});
  const learn::Examples again{rows.features, rows.values, rows.classes, examples.class_count,
                              &rows.ranks,   {},          scales,       examples.class_weights};
  if (auto* blend = std::get_if<learn::BlendModel>(&model.learned)) {
    const std::vector<learn::BlendPart> parts = learn::blend_parts(run.plan.parameters.of);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      learn::BlendMember& member = blend->members[i];
      if (auto* forest = std::get_if<learn::ForestModel>(&member.model)) {
        *forest = std::get<learn::ForestModel>(learn::fit(*parts[i].family, again, member.parameters));
      }
    }
  } else {
    model.learned = learn::fit(*run.plan.family, again, run.plan.parameters);
  }
  std::vector<Cut> cuts = cuts_of(run.plan, model.learned);
  make_cuts(cuts);
  return model;
}

Asked ask(const Run& run, const FloatModel& model) {
  if (model.features.size() == 0) return ask(run, model.learned);
  return {model.learned, model.features,
          [&run](const data::Dataset& columns) { return values_of(columns, run.statistics); }};
}

/// Scores what a model would answer that was learned in double precision.
void compare_with_float(const Run& run, const learn::Learned& learned, const learn::Examples& examples,
                        Training& training) {
  const FloatModel exact = float_model(run, learned, examples);
  if (!run.plan.float_predictions.empty()) write_float_predictions(run, ask(run, exact));
  training.baseline = score_learned(run, ask(run, exact));
  training.baseline_rows = exact.rows;
}

Training train_with_memory(const TrainingPlan& plan, const Rows& rows) {
  const Run run = prepare_run(plan, rows, sha256_of_file(plan.data));
  report::Progress progress("learning", plan.progress);
  const learn::Examples examples =
      examples_of(run, [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); });
  const auto start = std::chrono::steady_clock::now();
  learn::Learned learned = learn::fit(*plan.family, examples, plan.parameters);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  const std::optional<Reduction> reduction = reduction_of(run, learned);
  std::vector<Cut> cuts = cuts_of(plan, learned);
  std::optional<Pruning> pruning = pruning_of(run, learned, cuts);
  make_cuts(cuts);
  (void)score_learned(run, ask(run, learned));  // throws where an answer is no finite number
  if (pruning) pruning->after = score_by_codes(run, learned);
  Training training{run.preparation, {}, 0, {}, reduction, pruning, elapsed.count()};
  if (run.sharpened || prepare::float32_merges_rows(rows.train)) {
    const Run as_read = prepare_run(plan, rows, {}, Blurred::kAsRead);
    const learn::Examples exact = examples_of(as_read, {});
    // Trees are learned again in any case.
    const bool learns_values = !plan.family->on_codes || plan.family->common_codes;
    compare_with_float(as_read, learns_values ? learn::fit(*plan.family, exact, plan.parameters) : learned, exact,
                       training);
  } else {
    compare_with_float(run, learned, examples, training);
  }
  for (const std::string& precision : plan.family->precisions) {
    training.variants.push_back(make_variant(run, learned, examples, precision));
  }
  return training;
}

}  // namespace

bool holds_rows_out(const TrainingPlan& plan) {
  const bool tests = plan.test.empty() && plan.test_fraction > 0;
  return tests || plan.parameters.probability || plan.parameters.early_stopping > 0 || !plan.select.empty();
}

std::string set_flags(const std::map<std::string, std::string>& given, TrainingPlan& plan) {
  const learn::Family& family = *plan.family;
  for (const learn::Flag& flag : family.flags) {
    const auto found = given.find(flag.name);
    const std::string& text = found == given.end() ? flag.default_value : found->second;
    plan.parameter_texts[flag.name] = text;
    const std::string wrong = learn::find_parameter_flag(flag.name)->set(text, plan.parameters);
    if (!wrong.empty()) return fmt::format("--{}: {}", flag.name, wrong);
  }
  plan.parameters.seed = plan.seed;
  return family.check == nullptr ? "" : family.check(plan.parameters);
}

Training train_model(const TrainingPlan& plan, const Rows& rows) {
  try {
    return train_with_memory(plan, rows);
  } catch (const std::bad_alloc&) {
    throw std::runtime_error(out_of_memory(plan, rows));
  }
}

exporting::LoadedModel train_for_scores(const TrainingPlan& given, const data::Dataset& dataset,
                                        const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                        const std::string& monitor) {
  TrainingPlan plan = given;
  plan.monitor = monitor;
  plan.explain = false;
  const Rows rows{plan.select.empty() ? dataset : select::with_features(dataset, select_features(plan, dataset).kept),
                  {}};
  try {
    const Run run = prepare_run(plan, rows, {});
    const learn::Examples examples = examples_of(run, progress);
    learn::Learned learned = learn::fit(*plan.family, examples, plan.parameters);
    std::vector<Cut> cuts = cuts_of(plan, learned);
    make_cuts(cuts);
    (void)score_learned(run, ask(run, learned));  // throws where the answers are no finite numbers
    return make_variant(run, learned, examples, plan.precision).model;
  } catch (const std::bad_alloc&) {
    throw std::runtime_error(out_of_memory(plan, rows));
  }
}

}  // namespace nuthatch::commands
