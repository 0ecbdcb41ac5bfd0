#include "commands/watching.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/random.hpp"
#include "prepare/labels.hpp"
#include "report/metrics.hpp"

namespace nuthatch::commands {
namespace {

using exporting::LoadedModel;
using exporting::Predictions;
using quantize::Level;
using quantize::Watch;

/// Rows that the model has not learned from, if there are some; they tell how right it is.
const data::Dataset& honest_rows(const Rows& rows) { return rows.test ? *rows.test : rows.train; }

std::vector<std::int32_t> measures_of(const LoadedModel& model, const Predictions& predictions) {
  std::vector<std::int32_t> measures;
  for (std::size_t row = 0; row < predictions.statuses.size(); ++row) {
    measures.push_back(quantize::measure_of(predictions.row(row).data(), predictions.outputs,
                                            model.contents().classifies, model.model().threshold()));
  }
  return measures;
}

/// The output's bins are of the training rows, or of honest_rows where a model is equally sure of all that it learned
/// from; how many rows and right answers each has, of honest_rows, whose answers these are.
void watch_output(const LoadedModel& model, const Rows& rows, const Predictions& trained, const Predictions& answers,
                  Watch& watch) {
  const std::vector<std::int32_t> measures = measures_of(model, answers);
  watch.output_edges = quantize::output_edges(measures_of(model, trained));
  if (watch.output_edges.empty()) watch.output_edges = quantize::output_edges(measures);
  if (watch.output_edges.empty()) return;
  const bool classifies = model.contents().classifies;
  const std::size_t bins = watch.output_edges.size() + 1;
  watch.output_rows.assign(bins, 0);
  watch.output_right.assign(classifies ? bins : 0, 0);
  std::vector<std::int32_t> classes;
  if (classifies) classes = prepare::class_indices(honest_rows(rows), model.contents().classes);
  for (std::size_t row = 0; row < measures.size(); ++row) {
    if (answers.statuses[row] != Status::kOk) continue;
    const std::size_t bin = watch.output_bin_of(measures[row]);
    ++watch.output_rows[bin];
    if (classes.empty()) continue;
    watch.output_right[bin] += model.model().class_of(answers.row(row)) == static_cast<std::size_t>(classes[row]);
  }
}

/// The first output bin from which on every bin is right as often as `confidence` asks.
std::uint8_t confident_bin(const Watch& watch, double confidence) {
  std::size_t bin = watch.output_right.size();
  while (bin > 0 && watch.output_right[bin - 1] >= confidence * watch.output_rows[bin - 1]) --bin;
  return static_cast<std::uint8_t>(bin);
}

void count_classes(const LoadedModel& model, const Predictions& predictions, std::vector<std::uint32_t>& rows) {
  for (std::size_t row = 0; row < predictions.statuses.size(); ++row) {
    if (predictions.statuses[row] == Status::kOk) ++rows[model.model().class_of(predictions.row(row))];
  }
}

/// How much worse the model is on rows of which one column is shuffled, and how far its scores move.
struct Loss {
  double score = 0;
  double movement = 0;
};

data::Dataset first_rows(const data::Dataset& dataset, std::size_t most) {
  data::Dataset first = dataset;
  if (dataset.rows() <= most) return first;
  for (auto& column : first.columns) column.resize(most);
  if (first.target) first.target->ids.resize(most);
  return first;
}

void shuffle(std::vector<float>& column, learn::Random random) {
  for (std::size_t i = column.size(); i > 1; --i) std::swap(column[i - 1], column[random.below(i)]);
}

Loss loss_without(const LoadedModel& model, data::Dataset& dataset, std::size_t feature, const Predictions& answers,
                  double score, const TrainingPlan& plan) {
  constexpr std::uint64_t kStream = 0x1a90;  // apart from those that learning draws from
  const std::vector<float> column = dataset.columns[feature];
  shuffle(dataset.columns[feature], learn::Random(plan.seed, kStream + feature));
  const Predictions shuffled = model.predict(dataset);
  Loss loss;
  loss.score = score - report::score(model, dataset, shuffled, plan.decimal_comma).value;
  for (std::size_t i = 0; i < shuffled.scores.size(); ++i) {
    loss.movement += std::abs(static_cast<double>(shuffled.scores[i]) - answers.scores[i]);
  }
  dataset.columns[feature] = column;
  return loss;
}

/// Permutation importance (Breiman 2001) on honest rows, two thousand at most: what is lost of the score, and where
/// that ties how far the scores move. Returns the features, the most important first.
std::vector<std::size_t> rank_features(const TrainingPlan& plan, const Rows& rows, const LoadedModel& model,
                                       Watch& watch) {
  constexpr std::size_t kMostRows = 2000;
  data::Dataset dataset = first_rows(honest_rows(rows), kMostRows);
  const Predictions answers = model.predict(dataset);
  const double score = report::score(model, dataset, answers, plan.decimal_comma).value;
  std::vector<Loss> losses;
  for (std::size_t i = 0; i < dataset.columns.size(); ++i) {
    losses.push_back(loss_without(model, dataset, i, answers, score, plan));
  }
  std::vector<std::size_t> order(losses.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (losses[a].score != losses[b].score) return losses[a].score > losses[b].score;
    return losses[a].movement > losses[b].movement;
  });
  const double most = losses[order.front()].score;
  for (const Loss& loss : losses) {
    const double share = most > 0 ? std::max(0.0, loss.score / most) : 0;
    watch.importance.push_back(static_cast<std::uint16_t>(std::lround(65535 * share)));
  }
  return order;
}

/// As many histograms as fit into the plan's bytes, of the most important features; latencies are given up before the
/// last histogram is.
void fit_to_bytes(const TrainingPlan& plan, const LoadedModel& model, const std::vector<std::size_t>& order,
                  Watch& watch) {
  const auto bytes = [&] {
    return 4 * quantize::monitor_words(model.contents().feature_names.size(), model.contents().classes.size(), watch);
  };
  std::size_t kept = watch.histograms.size();
  const auto drop_last = [&] {
    const std::size_t feature = order[--kept];
    std::erase_if(watch.histograms, [&](const quantize::Histogram& each) { return each.feature == feature; });
  };
  const auto fits = [&] { return plan.monitor_bytes == 0 || bytes() <= plan.monitor_bytes; };
  while (kept > 1 && !fits()) drop_last();
  if (!fits()) watch.latency_buckets = 0;
  if (!fits()) watch.output_edges.clear();
  if (!fits()) drop_last();
  if (!fits()) {
    throw std::runtime_error(
        fmt::format("--monitor-bytes {}: even ranges and classes alone need {} bytes; give more, or "
                    "--monitor off",
                    plan.monitor_bytes, bytes()));
  }
  if (watch.output_edges.empty()) {
    watch.output_rows.clear();
    watch.output_right.clear();
  }
  if (!watch.histograms.empty() || !watch.output_edges.empty()) return;
  watch.level = Level::kBasic;
  constexpr std::size_t kMostBuckets = 64;
  const std::size_t words_left = (plan.monitor_bytes - bytes()) / 4;
  watch.latency_buckets = static_cast<std::uint8_t>(std::min(kMostBuckets, words_left / 4 * 4));
}

void rank_histograms(const std::vector<std::size_t>& order, Watch& watch) {
  for (const quantize::Histogram& histogram : watch.histograms) {
    const auto place = std::find(order.begin(), order.end(), histogram.feature) - order.begin();
    watch.ranks.push_back(static_cast<std::uint16_t>(place));
  }
}

/// In the order of the training rows that were answered.
quantize::TrainedAnswers answers_in_order(const LoadedModel& model, const Predictions& trained, const Watch& watch) {
  quantize::TrainedAnswers answers;
  for (std::size_t row = 0; row < trained.statuses.size(); ++row) {
    if (trained.statuses[row] != Status::kOk) continue;
    const auto scores = trained.row(row);
    answers.measures.push_back(
        quantize::measure_of(scores.data(), trained.outputs, model.contents().classifies, model.model().threshold()));
    if (!watch.class_bins.empty()) answers.class_bins.push_back(watch.class_bins[model.model().class_of(scores)]);
  }
  return answers;
}

Watch watch_fully(const TrainingPlan& plan, const Rows& rows, const LoadedModel& model, const Predictions& trained,
                  const learn::CodeMatrix& codes) {
  Watch watch;
  watch.level = Level::kFull;
  watch.latency_buckets = 16;
  watch.histograms = quantize::watch_codes(codes, model.contents().inputs());
  const Predictions answers = rows.test ? model.predict(*rows.test) : trained;
  watch_output(model, rows, trained, answers, watch);
  if (model.contents().classifies) {
    watch.class_rows.assign(model.contents().classes.size(), 0);
    count_classes(model, trained, watch.class_rows);
    if (rows.test) count_classes(model, answers, watch.class_rows);
    watch.class_bins = quantize::class_bins(watch.class_rows);
  }
  const std::vector<std::size_t> order = rank_features(plan, rows, model, watch);
  fit_to_bytes(plan, model, order, watch);
  if (watch.level == Level::kBasic) watch.class_bins.clear();
  const quantize::TrainedAnswers in_order = answers_in_order(model, trained, watch);
  quantize::measure_memory(codes, in_order, watch);
  if (watch.level == Level::kBasic) return watch;
  rank_histograms(order, watch);
  if (model.contents().classifies) watch.confident_bin = confident_bin(watch, plan.confidence);
  quantize::add_tests(codes, in_order, plan.alarm_every, watch);
  if (!rows.test) quantize::leave_output_unjudged(watch);
  return watch;
}

}  // namespace

Watch watch_model(const TrainingPlan& plan, const Rows& rows, const LoadedModel& model, const Predictions& trained,
                  const learn::CodeMatrix& codes) {
  if (plan.monitor == "full") return watch_fully(plan, rows, model, trained, codes);
  Watch watch;
  if (plan.monitor == "off") {
    watch.level = Level::kOff;
  } else {
    quantize::measure_memory(codes, {}, watch);
  }
  return watch;
}

}  // namespace nuthatch::commands
