#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "commands/card.hpp"
#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "commands/compute.hpp"
#include "commands/cross_validation.hpp"
#include "commands/finding_output.hpp"
#include "commands/flags.hpp"
#include "commands/learning_curve.hpp"
#include "commands/preparing.hpp"
#include "commands/reporting.hpp"
#include "commands/row_plan.hpp"
#include "commands/rows.hpp"
#include "commands/selecting.hpp"
#include "commands/training.hpp"
#include "commands/write_text.hpp"
#include "learn/class_weight.hpp"
#include "prepare/labels.hpp"

namespace nuthatch::commands {
namespace {

using Json = nlohmann::ordered_json;

struct TrainFlags {
  TrainingPlan plan;
  FoldPlan folds;
  JudgeFlags judge;
  std::string model;
  std::string output;
  std::string task = "auto";
  std::string parent;
  std::string report;
  std::string card;
  std::map<std::string, std::string> parameters;  ///< the families' flags that were given
  bool json = false;
};

std::string list_flags(const learn::Family& family) {
  std::vector<std::string> names;
  for (const learn::Flag& flag : family.flags) names.push_back("--" + flag.name);
  return names.empty() ? "it has none of its own" : fmt::format("it has {}", fmt::join(names, ", "));
}

/// The family's flags: as given, else its defaults. Throws where a flag is not the family's.
void set_parameters(TrainFlags& flags) {
  const learn::Family& family = *flags.plan.family;
  for (const auto& given : flags.parameters) {
    const auto own = [&](const learn::Flag& flag) { return flag.name == given.first; };
    if (std::any_of(family.flags.begin(), family.flags.end(), own)) continue;
    throw CLI::ValidationError(
        fmt::format("--{} is not a flag of {}: {}", given.first, family.name, list_flags(family)));
  }
  const std::string wrong = set_flags(flags.parameters, flags.plan);
  if (!wrong.empty()) throw CLI::ValidationError(wrong);
}

/// Flags that were given and that the others leave without effect: why.
std::vector<std::string> idle_flags(const TrainFlags& flags) {
  const learn::Parameters& parameters = flags.plan.parameters;
  const auto kernel = flags.plan.parameter_texts.find("kernel");
  const auto is = [&](learn::Kernel wanted) { return parameters.kernel == wanted; };
  std::vector<std::string> idle;
  const auto add = [&](const std::string& name, bool without_effect, const std::string& with) {
    if (without_effect && flags.parameters.contains(name)) {
      idle.push_back(fmt::format("--{} has no effect {}", name, with));
    }
  };
  if (kernel != flags.plan.parameter_texts.end()) {
    const std::string with = "with --kernel " + kernel->second;
    add("gamma", is(learn::Kernel::kLinear), with);
    add("degree", !is(learn::Kernel::kPolynomial), with);
    add("coef0", !is(learn::Kernel::kPolynomial) && !is(learn::Kernel::kSigmoid), with);
  }
  add("patience", parameters.early_stopping == 0, "without --early-stopping");
  const TrainingPlan& plan = flags.plan;
  const auto add_of_monitor = [&](const char* name, bool given) {
    if (given && plan.monitor != "full") idle.push_back(fmt::format("--{} has no effect without --monitor full", name));
  };
  add_of_monitor("monitor-bytes", plan.monitor_bytes != 0);
  add_of_monitor("alarm-every", plan.alarm_every != TrainingPlan().alarm_every);
  add_of_monitor("confidence", plan.confidence != 0);
  const bool draws =
      holds_rows_out(plan) || flags.folds.folds > 0 || !flags.judge.threshold_for.empty() || !flags.report.empty();
  if (!draws && !plan.split.kind.empty()) {
    idle.push_back("--folds has no effect where no rows are held out; --test-fraction and --cross-validate do that");
  }
  return idle;
}

void set_precision(TrainFlags& flags) {
  const std::vector<std::string>& served = flags.plan.family->precisions;
  std::string& precision = flags.plan.precision;
  if (precision.empty()) precision = served.front();
  if (std::find(served.begin(), served.end(), precision) != served.end()) return;
  throw CLI::ValidationError(
      fmt::format("--precision {}: {} is written as {}", precision, flags.model, fmt::join(served, ", ")));
}

/// Of what the device cannot explain; before the work, not after it.
void check_explain(const TrainFlags& flags) {
  if (!flags.plan.explain) return;
  if (flags.plan.prepare.components) {
    throw CLI::ValidationError(
        "--explain: principal components are made of all features, so what they do belongs to none; leave out one of "
        "both");
  }
  const std::vector<std::string> families = learn::explained_families();
  if (std::find(families.begin(), families.end(), flags.model) == families.end()) {
    throw CLI::ValidationError(
        fmt::format("--explain: {} does not explain its scores; {} do", flags.model, fmt::join(families, ", ")));
  }
  if (flags.plan.precision == "float32") {
    throw CLI::ValidationError("--explain: float32 weights cannot be explained from codes; int8 and int16 can");
  }
}

/// What is to be predicted, where the family can do both: numbers that are not whole, or many of them, are values.
bool decide_task(const TrainFlags& flags, const data::Dataset& dataset) {
  const learn::Family& family = *flags.plan.family;
  const std::string asked = flags.task == "auto" ? "" : flags.task;
  if ((asked == "classification" && !family.classifies) || (asked == "regression" && !family.regresses)) {
    throw CLI::ValidationError(fmt::format("--task {}: {} does not do that", flags.task, family.name));
  }
  if (!asked.empty()) return asked == "classification";
  if (!family.classifies || !family.regresses) return family.classifies;
  return !looks_continuous(flags.plan, dataset);
}

/// --class-weight of what has classes, and of these.
void check_class_weight(const TrainingPlan& plan, const data::Dataset& dataset) {
  const std::string& text = plan.parameters.class_weight;
  if (text == "none") return;
  if (!plan.classifies) {
    throw CLI::ValidationError(
        fmt::format("--class-weight {}: \"{}\" has values, not classes; --task classification "
                    "takes them for classes",
                    text, plan.target));
  }
  const std::vector<std::string> names = prepare::class_names(dataset, learn::for_values(*plan.family));
  const std::string wrong = why_no_weights(plan, text, names);
  if (!wrong.empty()) throw CLI::ValidationError(wrong);
}

void check_select(const TrainingPlan& plan, const data::Dataset& dataset) {
  if (plan.select_features <= dataset.feature_names.size()) return;
  throw CLI::ValidationError(
      fmt::format("--select-features {}: there are {} features", plan.select_features, dataset.feature_names.size()));
}

Json to_json(const report::Score& score) {
  Json json = {{"score", score.value}, {"rows", score.rows}, {"refused", score.refused}};
  if (std::string(score.metric) == "r2") json["mean_squared_error"] = score.mean_squared_error;
  return json;
}

Json to_json(const Scores& scores, const Scores& baseline) {
  Json json = {{"train", to_json(scores.train)}};
  if (scores.test) json["test"] = to_json(*scores.test);
  json["loss"] = baseline.honest().value - scores.honest().value;
  return json;
}

/// A feature of whose drift only more than usual can be told from chance, and what its rows are worth.
struct Coarse {
  std::size_t features = 0;
  std::string name;  ///< of the one with the fewest
  double independent_rows = 0;
};

Coarse coarse_of(const Variant& variant) {
  const exporting::ModelContents& contents = variant.model.contents();
  Coarse found;
  for (const std::size_t i : contents.watch.coarse()) {
    const double rows = contents.watch.independent_rows(i);
    if (found.features++ > 0 && rows >= found.independent_rows) continue;
    found.name = contents.feature_names[contents.watch.histograms[i].feature];
    found.independent_rows = rows;
  }
  return found;
}

/// What was found beside the model.
struct Background {
  std::vector<prepare::Finding> findings;
  Judge judge;
  std::optional<CrossValidation> folds = {};
  std::optional<Selection> selection = {};
  std::optional<ChosenThreshold> threshold = {};
  double guessing_score = 0;           ///< accuracy or R2 of looking at no feature, on the scored rows
  std::optional<double> judged = {};   ///< the scored rows by --metric, where it is given
  double guessing_judged = 0;          ///< of looking at no feature, by --metric
  std::size_t answered_otherwise = 0;  ///< scored rows whose most probable class is not the answer
  std::optional<HeldOutRows> held_out = {};
};

Json positive_json(const Judge& judge) { return judge.positive ? Json(judge.names[*judge.positive]) : Json(); }

/// Where rows of several classes all have one answer.
void add_one_answer(const TrainFlags& flags, const Judge& judge, const evaluate::ClassAnswers& answers, bool test,
                    std::vector<prepare::Finding>& findings) {
  const auto all_one = [](const std::vector<std::int32_t>& classes) {
    return std::all_of(classes.begin(), classes.end(), [&](std::int32_t each) { return each == classes.front(); });
  };
  if (answers.predicted.empty() || !all_one(answers.predicted) || all_one(answers.truth)) return;
  if (answers.predicted.front() == evaluate::kNoAnswer) return;
  const std::string& name = judge.names[static_cast<std::size_t>(answers.predicted.front())];
  findings.push_back(
      {"one_answer",
       {flags.plan.target},
       answers.predicted.size(),
       fmt::format("the model answers all {} {} rows with {}, so it tells nothing apart; {}", answers.predicted.size(),
                   test ? "test" : "training", name,
                   judge.goal                ? "ask for less by --threshold-for, or try another --model"
                   : judge.names.size() == 2 ? "try another --model, --class-weight balanced or --threshold-for"
                                             : "try another --model or --class-weight balanced")});
}

/// What the rows that the model is scored on say by --metric, and what guessing would score.
void judge_rows(const TrainFlags& flags, const Rows& rows, const Variant& chosen, Background& background) {
  const data::Dataset& scored = rows.test ? *rows.test : rows.train;
  FoldAnswers answers =
      answers_on_fold(background.judge, chosen.model, scored, chosen.model.predict(scored), flags.plan.decimal_comma);
  answers.guess = guess_from(background.judge, rows.train, flags.plan.decimal_comma);
  Judge usual = background.judge;
  usual.metric = evaluate::usual_metric(flags.plan.classifies);
  background.guessing_score = guessing(usual, answers);
  if (flags.plan.classifies) {
    background.answered_otherwise = evaluate::most_probable(answers.classes).different;
    add_one_answer(flags, background.judge, answers.classes, rows.test.has_value(), background.findings);
  }
  if (flags.judge.metric.empty()) return;
  background.judged = score_of(background.judge, answers);
  background.guessing_judged = guessing(background.judge, answers);
}

/// What the file is, and how good.
Json model_json(const TrainFlags& flags, const Training& training, const Variant& chosen,
                const Background& background) {
  const exporting::ModelContents& contents = chosen.model.contents();
  const Scores& scores = chosen.scores;
  return {{"model", flags.model},
          {"kind", exporting::kind_of(contents.predictor)},
          {"task", contents.classifies ? "classification" : "regression"},
          {"output", flags.output},
          {"precision", chosen.precision},
          {"input", flags.plan.input},
          {"metric", scores.train.metric},
          {"score", scores.honest().value},
          {"guessing_score", background.guessing_score},
          {"positive_class", positive_json(background.judge)},
          {"scored_on", scores.test ? "test" : "train"},
          {"rows", scores.train.rows},
          {"test_rows", scores.test ? scores.test->rows : 0},
          {"held_out", background.held_out ? to_json(*background.held_out) : Json()},
          {"features", contents.feature_names.size()},
          {"classes", contents.classes},
          {"model_bytes", chosen.model.bytes().size()},
          {"sha256", exporting::hex(exporting::read_seal(chosen.model.bytes()).sha256)},
          {"seed", flags.plan.seed},
          {"seconds", training.seconds}};
}

/// What learning and quantizing did.
void add_training(Json& json, const Training& training, const Variant& chosen) {
  json["preparation"] = training.preparation.notes;
  json["scores"]["float32"] = to_json(training.baseline, training.baseline);
  json["float_rows"] = training.baseline_rows;
  for (const Variant& variant : training.variants) {
    Json& entry = json["scores"][variant.precision];
    entry = to_json(variant.scores, training.baseline);
    entry["model_bytes"] = variant.model.bytes().size();
  }
  for (const quantize::Step& step : chosen.usual_steps) json["usual_steps"][step.name] = step.count;
  json["usual_instructions"] = Json::object();
  for (const report::InstructionBound& usual : chosen.usual_instructions) {
    json["usual_instructions"][usual.core] = usual.instructions;
  }
  if (training.reduction) {
    const double before = training.reduction->scores.honest().value;
    json["support_vectors"] = {{"all", training.reduction->all},
                               {"kept", training.reduction->kept},
                               {"score_with_all", before},
                               {"loss", before - training.reduction->after.honest().value}};
  }
  if (training.pruning) {
    const double before = training.pruning->scores.honest().value;
    json["leaves"] = {{"all", training.pruning->leaves_before},
                      {"kept", training.pruning->leaves_after},
                      {"score_with_all", before},
                      {"loss", before - training.pruning->after.honest().value}};
  }
}

/// What was found beside the model.
void add_background(Json& json, const TrainFlags& flags, const Variant& chosen, const Background& background) {
  if (!flags.judge.metric.empty()) {
    json["judged"] = {{"metric", background.judge.metric.name()},
                      {"score", background.judged ? Json(*background.judged) : Json()},
                      {"guessing_score", background.guessing_judged}};
  }
  json["answered_otherwise"] = background.answered_otherwise;
  json["threshold"] = background.threshold ? to_json(background.judge, *background.threshold, chosen.model) : Json();
  json["findings"] = findings_json(background.findings);
  if (background.selection) json["selection"] = to_json(*background.selection);
  if (background.folds) json["cross_validation"] = to_json(*background.folds);
  const Coarse coarse = coarse_of(chosen);
  if (coarse.features > 0) {
    json["coarse_monitor"] = {
        {"features", coarse.features}, {"worst", coarse.name}, {"independent_rows", coarse.independent_rows}};
  }
}

void print_json(const TrainFlags& flags, const Training& training, const Variant& chosen,
                const Background& background) {
  Json json = model_json(flags, training, chosen, background);
  add_training(json, training, chosen);
  add_background(json, flags, chosen, background);
  // The path may be any bytes; the rest is UTF-8.
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

/// Whether values that are one float32 are written differently.
bool varies_beyond_float32(const data::Dataset& rows, std::size_t feature) {
  if (feature >= rows.beyond.size() || rows.beyond[feature].empty()) return false;
  std::optional<std::uint32_t> first;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    if (std::isnan(rows.columns[feature][row])) continue;
    const std::uint32_t beyond = rows.beyond[feature][row];
    if (first.value_or(beyond) != beyond) return true;
    first = beyond;
  }
  return false;
}

void print_columns(const data::Dataset& rows, const prepare::Preparation& preparation) {
  for (std::size_t i = 0; i < preparation.inputs.size(); ++i) {
    const prepare::FeatureStatistics& feature = preparation.inputs[i];
    if (feature.constant) {
      write_text("  {}: {} ({}), tells the model nothing\n", data::brief(feature.name),
                 varies_beyond_float32(rows, i) ? "one value once it is a float32" : "constant", feature.minimum);
    }
    if (feature.missing > 0) {
      write_text("  {}: {} of {} values missing, imputed by {}\n", feature.name, feature.missing, rows.rows(),
                 preparation.imputed_by[i]);
    }
  }
  for (const std::string& note : preparation.notes) write_text("  {}\n", note);
}

void print_scores(const std::string& name, const Scores& scores, const Scores& baseline, const std::string& rest) {
  write_text("{:<10} {:>10} {:>10} {:>10} {}\n", name, four_digits(scores.train.value),
             scores.test ? four_digits(scores.test->value) : "",
             four_digits(baseline.honest().value - scores.honest().value), rest);
}

void print_reduction(const Reduction& reduction) {
  const double before = reduction.scores.honest().value;
  const double after = reduction.after.honest().value;
  write_text("\nkept {} of {} support vectors: {} {} with all, {} with these, loss {}\n", reduction.kept, reduction.all,
             reduction.after.train.metric, four_digits(before), four_digits(after), four_digits(before - after));
}

void print_pruning(const Pruning& pruning) {
  write_text("\npruned from {} to {} leaves to fit {} bytes of trees: {} {} -> {}\n", pruning.leaves_before,
             pruning.leaves_after, pruning.bytes, pruning.after.train.metric,
             four_digits(pruning.scores.honest().value), four_digits(pruning.after.honest().value));
}

/// What --monitor-bytes left of the histograms, and how finely they tell drift.
void print_monitor(const Variant& variant) {
  const exporting::LoadedModel& model = variant.model;
  const quantize::Watch& watch = model.contents().watch;
  std::vector<std::string> names;
  for (const quantize::Histogram& each : watch.histograms)
    names.push_back(model.contents().feature_names[each.feature]);
  const std::size_t features = model.contents().feature_names.size();
  const std::string which = names.size() == features ? "every feature"
                            : names.empty()          ? "no feature"
                                                     : first_few(names);
  write_text("monitor: {} bytes of RAM, with histograms of {}{}\n", 4 * model.model().footprint().monitor_words, which,
             watch.output_edges.empty() ? ", none of the answers" : "");
  if (!watch.output_edges.empty() && !variant.scores.test) {
    write_text(
        "monitor: the device counts its answers but does not judge them, as no rows were held out to tell what is "
        "usual; --test F.csv or --test-fraction 0.2 does\n");
  }
  const Coarse coarse = coarse_of(variant);
  if (coarse.features == 0) return;
  write_text(
      "monitor: of {} the training rows are worth only {:.0f} independent ones, so chance moves a window by more than "
      "a PSI of {}, and only larger drift is called ({} of {} features); more rows tell it finer\n",
      coarse.name, coarse.independent_rows, quantize::kToleratedPsi, coarse.features, watch.histograms.size());
}

/// On stderr, whatever is printed: a model that is hardly what was wanted.
void warn(const TrainFlags& flags, const Training& training) {
  if (!training.pruning || !training.pruning->no_question) return;
  const Pruning::NoQuestion& none = *training.pruning->no_question;
  write_text(stderr, "nuthatch: --max-bytes {} leaves no question: {} answers every row alike; {} keeps one\n",
             none.bytes, flags.plan.family->common_codes ? "a member" : "the model", none.enough);
}

/// The least precise last.
void print_variants(const Training& training, const Variant& chosen) {
  const Scores& baseline = training.baseline;
  write_text("\n{:<10} {:>10} {:>10} {:>10} {:>8}\n", chosen.scores.train.metric, "train",
             chosen.scores.test ? "test" : "", "loss", "bytes");
  if (training.variants.back().precision != "float32") print_scores("float", baseline, baseline, "");
  for (auto variant = training.variants.rbegin(); variant != training.variants.rend(); ++variant) {
    print_scores(variant->precision, variant->scores, baseline,
                 fmt::format("{:>8}{}", variant->model.bytes().size(), &*variant == &chosen ? "  <- written" : ""));
  }
  if (training.baseline_rows < baseline.train.rows) {
    write_text("float was learned from {} of the {} rows, drawn at random\n", training.baseline_rows,
               baseline.train.rows);
  }
}

/// What would keep more of the learned score.
std::string remedy_of(const learn::Family& family, const std::string& precision) {
  if (precision != family.precisions.back()) return "--precision " + family.precisions.back() + " keeps more";
  if (learn::has_flag(family, "gamma")) return "--C, --gamma and --degree nearer to their defaults keep more";
  return learn::has_flag(family, "hidden") ? "more --epochs or wider --hidden layers keep more" : "";
}

/// Said where it matters; the table has it always.
void print_loss(const learn::Family& family, const Variant& chosen, const Scores& baseline) {
  constexpr double kMatters = 0.03;
  const double loss = baseline.honest().value - chosen.scores.honest().value;
  if (!(loss > kMatters)) return;
  const std::string remedy = remedy_of(family, chosen.precision);
  write_text("{} loses {:.4f} of the learned model's {}{}{}\n", chosen.precision, loss, chosen.scores.train.metric,
             remedy.empty() ? "" : "; ", remedy);
}

/// What looking at no feature would score on the same rows.
void print_guessing(const TrainFlags& flags, const Variant& chosen, const Background& background) {
  const char* rows = chosen.scores.test ? "test" : "training";
  write_text("guessing scores {} of {} on the {} rows\n", four_digits(background.guessing_score),
             chosen.scores.train.metric, rows);
  if (background.answered_otherwise > 0 && !background.threshold) {
    write_text(
        "{} of the {} rows are answered with another class than the most probable one: {} answers by its scores, "
        "and probabilities are fitted to them beside that\n",
        background.answered_otherwise, rows, flags.model);
  }
  if (flags.judge.metric.empty()) return;
  if (!background.judged) {
    write_text("{}: not defined on the {} rows, as the model refused them or they lack a class\n",
               background.judge.words(), rows);
    return;
  }
  write_text("{} on the {} rows {}; guessing {}\n", background.judge.words(), rows, four_digits(*background.judged),
             four_digits(background.guessing_judged));
  if (const std::string note = ranking_note(background.judge); !note.empty()) write_text("{}\n", note);
}

void print_text(const TrainFlags& flags, const Rows& rows, const Training& training, const Variant& chosen,
                const Background& background) {
  const exporting::ModelContents& contents = chosen.model.contents();
  write_text("{}: {} rows, {} features", flags.plan.data, rows.train.rows(), contents.feature_names.size());
  if (contents.classifies) {
    write_text(", {} classes ({})", contents.classes.size(), first_few(contents.classes));
  }
  write_text("\n");
  const bool both = flags.plan.family->classifies && flags.plan.family->regresses;
  if (both && flags.task == "auto") {
    write_text("  {}: taken as {} (--task says otherwise)\n", flags.plan.target,
               contents.classifies ? "classes to tell apart" : "numbers to predict");
  }
  if (background.held_out) write_text("  held out to score on: {}\n", text_of(*background.held_out));
  print_findings(background.findings);
  print_columns(rows.train, training.preparation);
  if (training.reduction) print_reduction(*training.reduction);
  if (training.pruning) print_pruning(*training.pruning);
  print_variants(training, chosen);
  print_loss(*flags.plan.family, chosen, training.baseline);
  print_guessing(flags, chosen, background);
  const std::optional<report::Score>& test = chosen.scores.test;
  if (test && test->refused > 0) {
    write_text("{} of {} test rows were refused (a value missing that never was in training, or infinite)\n",
               test->refused, test->rows);
  }
  if (flags.plan.monitor == "full") print_monitor(chosen);
  if (background.selection) print(*background.selection);
  if (background.folds) print(*background.folds);
  if (background.threshold) print(background.judge, *background.threshold, chosen.model);
  if (!test && !background.folds)
    write_text("scored on the training rows; --test F.csv or --test-fraction 0.2 gives an honest score\n");
  write_text("\n{}: {} {}, {} input, {} bytes\n", flags.output, chosen.precision, flags.model, flags.plan.input,
             chosen.model.bytes().size());
}

/// Leaves only the selected columns in the rows; chosen by those to learn from.
Selection select_and_weigh(const TrainingPlan& plan, Rows& rows) {
  Selection selection = select_features(plan, rows.train);
  rows.train = select::with_features(rows.train, selection.kept);
  if (rows.test) rows.test = select::with_features(*rows.test, selection.kept);
  weigh(plan, rows.train, selection);
  return selection;
}

/// Before the work: what is written beside the model must not replace anything.
void check_extra_outputs(const TrainFlags& flags) {
  const TrainingPlan& plan = flags.plan;
  check_extra_output("-o", flags.output, {plan.data, plan.test, plan.prepare_file});
  check_extra_output("--float-predictions", plan.float_predictions,
                     {plan.data, plan.test, plan.prepare_file, flags.parent, flags.output});
  check_extra_output("--report", flags.report,
                     {plan.data, plan.test, flags.parent, flags.output, plan.float_predictions, flags.card});
  check_extra_output("--card", flags.card,
                     {plan.data, plan.test, flags.parent, flags.output, plan.float_predictions, flags.report});
}

std::vector<report::PrecisionScore> precision_scores(const Training& training, const Variant& chosen) {
  std::vector<report::PrecisionScore> scores;
  if (training.variants.back().precision != "float32") {
    scores.push_back({"float", training.baseline.honest().value, {}, false});
  }
  for (auto variant = training.variants.rbegin(); variant != training.variants.rend(); ++variant) {
    scores.push_back(
        {variant->precision, variant->scores.honest().value, variant->model.bytes().size(), &*variant == &chosen});
  }
  return scores;
}

void write_page(const TrainFlags& flags, const Rows& rows, const Training& training, const Variant& chosen,
                const Background& background, const report::Compute& compute) {
  const std::optional<CrossValidation>& folds = background.folds;
  report::ModelReport report;
  report.made = "Trained on " + file_name(flags.plan.data);
  report.name = file_name(flags.output);
  report.model = &chosen.model;
  report.decimal_comma = flags.plan.decimal_comma;
  report.data_name = file_name(flags.plan.data);
  report.data = &rows.train;
  report.scored = scored_rows(flags.plan, rows, chosen.model);
  if (folds) {
    report.folds = {folds->mean,
                    fmt::format("{} {} folds, standard deviation {}", folds->scores.size(), folds->kind,
                                four_digits(folds->deviation)),
                    folds->guessing_score};
    if (background.judge.chosen) report.judged_by = folds->words;
  }
  add_model_facts(report, flags.plan.seed, flags.plan.progress);
  for (const prepare::Finding& finding : background.findings) report.findings.push_back(finding.text);
  TrainingPlan of_selected = flags.plan;
  of_selected.select.clear();
  report.learning = learning_curve(of_selected, rows, training.seconds);
  report.precisions = precision_scores(training, chosen);
  report.compute = compute;
  write_report(flags.report, report, flags.json);
}

/// Cross-validates and chooses a threshold, where that is asked for, on the same folds.
void ask_folds(const TrainFlags& flags, const data::Dataset& rows, Background& background) {
  const Judge& judge = background.judge;
  if (flags.folds.folds == 0 && !judge.goal) return;
  FoldRun run = run_folds(flags.folds, judge, flags.plan, rows);
  if (judge.goal) background.threshold = choose_threshold(judge, run.answers);
  if (flags.folds.folds != 0) background.folds = cross_validation(judge, std::move(run));
}

void train(TrainFlags& flags) {
  const ComputeClock clock;
  flags.plan.family = learn::find_family(flags.model);
  set_parameters(flags);
  set_precision(flags);
  check_output(flags.output);
  check_extra_outputs(flags);
  check_row_plan(flags.plan);
  read_prepare(flags.plan);
  check_explain(flags);
  flags.plan.parent_sha256 = parent_of(flags.parent, flags.plan.target);
  for (const std::string& idle : idle_flags(flags)) write_text(stderr, "nuthatch: {}\n", idle);
  Rows rows = read_rows(flags.plan);
  flags.plan.classifies = decide_task(flags, rows.train);
  settle_target(flags.plan, rows);
  check_row_plan_task(flags.plan);
  check_class_weight(flags.plan, rows.train);
  check_select(flags.plan, rows.train);
  Background background{find_in(flags.plan, rows), judge_of(flags.judge, rows.train, flags.plan)};
  check_probabilities(background.judge, flags.plan);
  rows = split_rows(flags.plan, std::move(rows));
  background.held_out = rows.held_out;
  add_unscored_classes(flags.plan, rows, background.findings);
  ask_folds(flags, rows.train, background);
  if (!flags.plan.select.empty()) background.selection = select_and_weigh(flags.plan, rows);
  if (background.threshold) flags.plan.threshold = background.threshold->score;
  const Training training = train_model(flags.plan, rows);
  const auto chosen = std::find_if(training.variants.begin(), training.variants.end(),
                                   [&](const Variant& variant) { return variant.precision == flags.plan.precision; });
  add_encoding_findings(training.preparation, *flags.plan.family, chosen->model.contents().inputs().input,
                        background.findings);
  judge_rows(flags, rows, *chosen, background);
  exporting::write_file(flags.output, chosen->model.bytes());
  const report::Compute compute = clock.read();
  warn(flags, training);
  if (flags.json) {
    print_json(flags, training, *chosen, background);
  } else {
    print_text(flags, rows, training, *chosen, background);
  }
  if (!flags.card.empty()) {
    write_card(flags.card, chosen->model,
               {evaluated(chosen->model, rows, flags.plan.decimal_comma), background.folds, compute, rows.held_out});
  }
  if (!flags.report.empty()) write_page(flags, rows, training, *chosen, background, compute);
}

std::string family_help() {
  std::string text = "Models, and their own flags:\n";
  for (const learn::Family& family : learn::families()) {
    text += fmt::format("  {:<18} {}\n", family.name, family.summary);
    for (const learn::Flag& flag : family.flags) {
      text += fmt::format("    {:<24} {} ({})\n",
                          fmt::format("--{} {}", flag.name, learn::find_parameter_flag(flag.name)->type_name),
                          flag.help, flag.default_value);
    }
  }
  return text;
}

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const learn::Family& family : learn::families()) names.push_back(family.name);
  return names;
}

/// The families' flags are listed with their families, not among the command's own.
void add_parameter_flags(CLI::App& command, const std::shared_ptr<TrainFlags>& flags) {
  for (const learn::ParameterFlag& flag : learn::parameter_flags()) {
    const auto keep = [flags, name = flag.name](const std::string& text) { flags->parameters[name] = text; };
    if (flag.type_name.empty()) {
      command.add_flag_callback("--" + flag.name, [keep] { keep("yes"); })->group(kUnlisted);
      continue;
    }
    command.add_option_function<std::string>("--" + flag.name, keep)->group(kUnlisted)->type_name(flag.type_name);
  }
}

/// What is kept of the training beside the model.
void add_record_flags(CLI::App& command, TrainFlags& flags) {
  command.add_option("--parent", flags.parent, "the model that this one replaces; its SHA-256 goes into the file")
      ->type_name("OLD.nhm");
  add_report_flag(command, flags.report);
  command.add_option("--card", flags.card, "write the model card: what it is, how good, for what and at what cost")
      ->type_name("C.json");
}

}  // namespace

void add_train(CLI::App& program) {
  auto flags = std::make_shared<TrainFlags>();
  TrainingPlan& plan = flags->plan;
  CLI::App* command = program.add_subcommand("train", "Learn a model from a CSV and write it, quantized, as .nhm");
  command->add_option("--data", plan.data, "CSV to learn from, with a header")->required()->type_name("F.csv");
  command->add_option("--target", plan.target, "column to predict")->required()->type_name("COL");
  command->add_option("--model", flags->model, "what to learn; see below")
      ->required()
      ->type_name("NAME")
      ->check(CLI::IsMember(family_names()));
  command->add_option("-o,--output", flags->output, "model file to write")->required()->type_name("M.nhm");
  command->add_option("--task", flags->task, "classification or regression, where a model does both (by the target)")
      ->type_name("T")
      ->check(CLI::IsMember({"auto", "classification", "regression"}));
  command->add_option("--drop", plan.drop, "columns to leave out")->type_name("COL");
  auto* test = command->add_option("--test", plan.test, "CSV to score on")->type_name("F.csv");
  command->add_option("--test-fraction", plan.test_fraction, "share of the rows to hold out and score on")
      ->type_name("0.2")
      ->check(between(1e-9, 0.999999))
      ->excludes(test);
  command
      ->add_option("--float-predictions", plan.float_predictions,
                   "write what the model of the float column answers, learned and asked in floating point, for compare "
                   "--reference; of the --test rows if there are any")
      ->type_name("R.csv");
  add_fold_flags(*command, flags->folds);
  add_judge_flags(*command, flags->judge);
  add_row_plan_flags(*command, plan);
  add_select_flags(*command, plan);
  add_prepare_flag(*command, plan);
  command->add_option("--precision", plan.precision, "int8, int16 or float32 (the model's first)")
      ->type_name("P")
      ->check(CLI::IsMember({"int8", "int16", "float32"}));
  command->add_option("--input", plan.input, "what the device is given: float32 (default) or int16")
      ->type_name("I")
      ->check(CLI::IsMember({"float32", "int16"}));
  command->add_option("--monitor", plan.monitor, "what the device counts: off, basic (ranges; default) or full")
      ->type_name("L")
      ->check(CLI::IsMember({"off", "basic", "full"}));
  command->add_option("--monitor-bytes", plan.monitor_bytes, "RAM for it: fewer histograms, of the best features")
      ->type_name("N")
      ->check(whole_number);
  command->add_option("--alarm-every", plan.alarm_every, "rows between false alarms of drift (1000000)")
      ->type_name("N")
      ->check(between(1000, 1e12));
  command->add_option("--confidence", plan.confidence, "how often right an answer must be not to count as unsure (0)")
      ->type_name("0.9")
      ->check(between(0, 1));
  command->add_flag("--explain", plan.explain, "with what the device needs to say how much each feature did");
  command->add_option("--seed", plan.seed, "seed of every random choice (0)")->type_name("N")->check(whole_number);
  add_record_flags(*command, *flags);
  add_csv_flags(*command, plan);
  command->add_flag("--progress", plan.progress, "show progress even if stderr is no terminal");
  command->add_flag("--json", flags->json, "print one JSON document");
  add_parameter_flags(*command, flags);
  command->footer(family_help());
  command->callback([flags] { train(*flags); });
}

}  // namespace nuthatch::commands
