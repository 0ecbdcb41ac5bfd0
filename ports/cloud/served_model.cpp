#include "cloud/served_model.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace nuthatch::cloud {
namespace {

// A tick is 16 ns: buckets reach from there to 2 ms, which is a large model's prediction.
constexpr unsigned kLatencyShift = 4;
constexpr std::int16_t kMissingCount = std::numeric_limits<std::int16_t>::min();

void check(Status status) {
  if (status != Status::kOk) throw LoadError(status_text(status));
}

void check_work(std::size_t work, std::uint32_t most) {
  if (work <= most) return;
  throw LoadError("a row could take " + std::to_string(work) + " steps, more than the " + std::to_string(most) +
                  " that --most-work allows");
}

std::uint32_t nanoseconds_since(std::chrono::steady_clock::time_point start) {
  const auto took = std::chrono::steady_clock::now() - start;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(std::chrono::nanoseconds(took).count(), UINT32_MAX));
}

}  // namespace

ServedModel::ServedModel(std::string name, std::string version, std::vector<std::uint8_t> bytes,
                         std::shared_ptr<RequestCounters> counters, std::uint32_t rows_an_epoch,
                         std::uint32_t most_work)
    : name_(std::move(name)),
      version_(std::move(version)),
      bytes_(std::move(bytes)),
      counters_(std::move(counters)),
      rows_an_epoch_(rows_an_epoch) {
  check(EveryPart::open({bytes_.data(), bytes_.size()}, model_));
  check_work(model_.footprint().work, most_work);
  footprint_ = model_.footprint();
  self_test();
  read_names();
  const Status linked = probability_.attach(model_);
  has_probabilities_ = linked == Status::kOk;
  if (linked != Status::kNoProbability) check(linked);
  if (footprint_.monitor_words != 0) {
    words_.resize(footprint_.monitor_words);
    attach_monitor();
  }
}

void ServedModel::self_test() const {
  std::vector<std::int32_t> outputs(footprint_.outputs);
  std::vector<std::uint32_t> scratch(footprint_.scratch_words);
  check(model_.self_test(outputs, scratch));
}

void ServedModel::read_names() {
  Text text = {};
  for (std::size_t i = 0; i < footprint_.features; ++i) {
    check(model_.feature_name(i, text));
    features_.emplace_back(text.data, text.size);
    std::vector<std::string>& names = categories_.emplace_back();
    Status found = model_.category_name(i, names.size(), text);
    for (; found == Status::kOk; found = model_.category_name(i, names.size(), text)) {
      names.emplace_back(text.data, text.size);
    }
    if (found != Status::kIndex) check(found);  // behind the last name, or of numbers
  }
  for (std::size_t i = 0; i < footprint_.classes; ++i) {
    check(model_.class_name(i, text));
    classes_.emplace_back(text.data, text.size);
  }
}

void ServedModel::attach_monitor() const {
  std::fill(words_.begin(), words_.end(), 0);
  check(monitor_.attach<Histograms>(model_, words_, kLatencyShift));
}

Status ServedModel::predict_row(const Rows& rows, std::size_t row, Span<std::int32_t> outputs,
                                Span<std::uint32_t> scratch) const {
  const std::size_t width = footprint_.features;
  if (takes_counts()) {
    return model_.predict(Span<const std::int16_t>(rows.counts.data() + row * width, width), outputs, scratch);
  }
  return model_.predict(Span<const float>(rows.values.data() + row * width, width), outputs, scratch);
}

Scored ServedModel::predict(const Rows& rows) const {
  Scored scored;
  scored.statuses.reserve(rows.count);
  scored.scores.assign(rows.count * footprint_.outputs, 0);
  std::vector<std::uint32_t> scratch(footprint_.scratch_words);
  for (std::size_t row = 0; row < rows.count; ++row) {
    const Span<std::int32_t> outputs(scored.scores.data() + row * footprint_.outputs, footprint_.outputs);
    const auto start = std::chrono::steady_clock::now();
    const Status status = predict_row(rows, row, outputs, scratch);
    scored.statuses.push_back(status);
    observe(status, {outputs.data(), outputs.size()}, {scratch.data(), scratch.size()}, nanoseconds_since(start));
  }
  return scored;
}

void ServedModel::observe(Status status, Span<const std::int32_t> outputs, Span<const std::uint32_t> scratch,
                          std::uint32_t ticks) const {
  if (words_.empty()) return;
  const std::lock_guard lock(watch_);
  if (monitor_.rows() >= rows_an_epoch_) {
    past_epochs_.push_back(snapshot_now());
    ++epoch_;
    attach_monitor();
  }
  const Status observed = monitor_.observe(status, outputs, scratch, ticks);
  if (observed != Status::kOk) throw std::logic_error(status_text(observed));
}

std::vector<std::uint8_t> ServedModel::snapshot_now() const {
  SnapshotContext context;
  context.epoch = epoch_;
  std::vector<std::uint8_t> bytes(footprint_.snapshot_bytes);
  std::size_t written = 0;
  const Status status = monitor_.snapshot(context, bytes, written);
  if (status != Status::kOk) throw std::logic_error(status_text(status));
  bytes.resize(written);
  return bytes;
}

std::vector<std::vector<std::uint8_t>> ServedModel::snapshots() const {
  if (words_.empty()) return {};
  const std::lock_guard lock(watch_);
  std::vector<std::vector<std::uint8_t>> all = past_epochs_;
  all.push_back(snapshot_now());
  return all;
}

std::vector<std::int32_t> ServedModel::probabilities(const Scored& scored) const {
  const std::size_t classes = footprint_.classes;
  std::vector<std::int32_t> words(scored.statuses.size() * classes, 0);
  for (std::size_t row = 0; row < scored.statuses.size(); ++row) {
    if (scored.statuses[row] != Status::kOk) continue;
    const Span<const std::int32_t> scores(scored.scores.data() + row * footprint_.outputs, footprint_.outputs);
    const Status status = probability_.of(scores, {words.data() + row * classes, classes});
    if (status != Status::kOk) throw std::logic_error(status_text(status));
  }
  return words;
}

/// The runtime does not say which: a row of zeros with but one feature's value of this row is refused for that alone.
std::size_t ServedModel::feature_to_blame(const Rows& rows, std::size_t row, Status status) const {
  const std::size_t width = footprint_.features;
  const bool unknown = status == Status::kUnknownCategory;  // a number like others; 0 is a category
  std::vector<std::int32_t> outputs(footprint_.outputs);
  std::vector<std::uint32_t> scratch(footprint_.scratch_words);
  for (std::size_t i = 0; i < width; ++i) {
    Rows one = {1, std::vector<float>(rows.values.empty() ? 0 : width),
                std::vector<std::int16_t>(rows.counts.empty() ? 0 : width)};
    if (takes_counts()) {
      one.counts[i] = rows.counts[row * width + i];
      if (one.counts[i] != kMissingCount && !unknown) continue;
    } else {
      one.values[i] = rows.values[row * width + i];
      if (std::isfinite(one.values[i]) && !unknown) continue;
    }
    if (predict_row(one, 0, outputs, scratch) == status) return i;
  }
  return width;
}

}  // namespace nuthatch::cloud
