#include "evil/exercise.hpp"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <vector>

#include "nuthatch/crc32.hpp"
#include "nuthatch/nuthatch.hpp"
#include "unit/runtime_buffer.hpp"

namespace nuthatch::test {
namespace {

/// A model that opened, and memory for it.
struct Caller {
  explicit Caller(const Model& opened)
      : model(opened),
        footprint(opened.footprint()),
        outputs(footprint.outputs),
        scratch(footprint.scratch_words),
        words(footprint.monitor_words) {}

  const Model& model;
  Footprint footprint;
  Buffer<std::int32_t> outputs;
  Buffer<std::uint32_t> scratch;
  Buffer<std::uint32_t> words;
  Monitor monitor;
  Explanation explanation;
  bool is_explained = false;
  bool is_watched = false;  // the file is right about its monitor
  std::uint32_t rows = 0;
  std::uint32_t refused = 0;
  const char* failure = nullptr;

  void require(bool condition, const char* promise) {
    if (!condition && failure == nullptr) failure = promise;
  }
};

bool is_any_of(Status status, std::initializer_list<Status> allowed) {
  return std::find(allowed.begin(), allowed.end(), status) != allowed.end();
}

void require_codes(Caller& caller) {
  const auto* codes = reinterpret_cast<const std::int16_t*>(caller.scratch.data());
  const std::int16_t limit = caller.model.view().code_limit;
  for (std::size_t i = 0; i < caller.footprint.features; ++i) {
    caller.require(codes[i] >= -limit && codes[i] <= limit, "codes are within the limit");
  }
}

/// Of the row that was predicted last: whatever the file says, a base and contributions that add up to each score.
void explain(Caller& caller) {
  if (!caller.is_explained) return;
  const Buffer<std::int32_t> contributions(caller.footprint.features);
  const Span<const std::uint32_t> scratch(caller.scratch.data(), caller.scratch.size());
  for (std::size_t k = 0; k < caller.footprint.outputs; ++k) {
    std::int32_t base = 0;
    const Status status =
        caller.explanation.contributions_to(k, scratch, {contributions.data(), contributions.size()}, base);
    caller.require(status == Status::kOk, "contributions_to");
    auto sum = static_cast<std::uint32_t>(base);
    for (const std::int32_t contribution : contributions) sum += static_cast<std::uint32_t>(contribution);
    caller.require(sum == static_cast<std::uint32_t>(caller.outputs[k]), "contributions add up to the score");
  }
}

template <class Feature>
void predict(Caller& caller, const Buffer<Feature>& row) {
  const Status status =
      caller.model.predict(Span<const Feature>(row.data(), row.size()), caller.outputs, caller.scratch);
  caller.require(is_any_of(status, {Status::kOk, Status::kNotFinite, Status::kMissing, Status::kUnknownCategory}),
                 "predict's statuses");
  const Span<const std::int32_t> outputs(caller.outputs.data(), caller.outputs.size());
  if (status == Status::kOk) {
    require_codes(caller);
    explain(caller);
    caller.require(caller.model.class_of(outputs) < std::max<std::size_t>(1, caller.footprint.classes), "class_of");
    const bool two = caller.footprint.classes == 2;
    const std::size_t of_two = outputs[0] > caller.model.threshold() ? 1 : 0;
    caller.require(two ? caller.model.class_of(outputs) == of_two : caller.model.threshold() == 0, "the threshold");
    const float value = caller.model.value_of(outputs[0]);
    caller.require(value - value == 0, "a value is finite");
  }
  (status == Status::kOk ? caller.rows : caller.refused) += 1;
  const Span<const std::uint32_t> scratch(caller.scratch.data(), caller.scratch.size());
  if (caller.is_watched) {
    caller.require(caller.monitor.observe(status, outputs, scratch, 1u << caller.rows % 32) == Status::kOk, "observe");
  }
}

/// Rows of one value, and one in which every value has its turn.
template <class Feature>
void predict_all(Caller& caller, std::initializer_list<Feature> values) {
  for (const Feature value : values) predict(caller, Buffer<Feature>(caller.footprint.features, value));
  const Buffer<Feature> mixed(caller.footprint.features);
  for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] = values.begin()[i % values.size()];
  predict(caller, mixed);
}

void predict_all(Caller& caller) {
  using Limits = std::numeric_limits<float>;
  if (caller.model.input() == nuthatch::Input::kInt16) {
    predict_all<std::int16_t>(caller, {32767, -32767, 0, 1, -32768});
  } else {
    predict_all<float>(caller, {Limits::max(), -Limits::max(), 0.0F, -1.5F, Limits::denorm_min(), Limits::quiet_NaN(),
                                -Limits::infinity()});
  }
}

/// Reads every byte of a text.
void require_text(Caller& caller, Status status, const Text& text) {
  caller.require(is_any_of(status, {Status::kOk, Status::kStructure}), "a name's statuses");
  if (status != Status::kOk) return;
  unsigned sum = 0;
  for (std::size_t i = 0; i < text.size; ++i) sum += static_cast<unsigned char>(text.data[i]);
  caller.require(sum <= 255 * text.size, "a text's bytes");
}

void read_names(Caller& caller) {
  const Model& model = caller.model;
  Text text = {nullptr, 0};
  int exponent = 0;
  for (std::size_t k = 0; k < caller.footprint.classes; ++k) require_text(caller, model.class_name(k, text), text);
  for (std::size_t i = 0; i < caller.footprint.features; ++i) {
    require_text(caller, model.feature_name(i, text), text);
    caller.require(is_any_of(model.raw_exponent(i, exponent), {Status::kOk, Status::kStructure}), "raw_exponent");
    caller.require(exponent >= -128 && exponent <= 127, "an exponent is a byte");
  }
  caller.require(model.class_name(caller.footprint.classes, text) == Status::kIndex, "class_name past the end");
  caller.require(model.feature_name(caller.footprint.features, text) == Status::kIndex, "feature_name past the end");
  caller.require(model.raw_exponent(caller.footprint.features, exponent) == Status::kIndex, "raw_exponent's end");
}

void require_shares(Caller& caller, const Probability& probability, const Buffer<std::int32_t>& scores) {
  const Buffer<std::int32_t> words(caller.footprint.classes, -1);
  caller.require(probability.of({scores.data(), scores.size()}, {words.data(), words.size()}) == Status::kOk, "of");
  std::int64_t sum = 0;
  for (const std::int32_t word : words) {
    caller.require(word >= 0 && word <= Probability::kOne, "a probability is one");
    sum += word;
  }
  const auto slack = static_cast<std::int64_t>(words.size() / 2 + 4);
  caller.require(sum >= Probability::kOne - slack && sum <= Probability::kOne + slack, "probabilities sum to 1");
}

/// Whatever the link says: refused, or probabilities of any scores.
void take_probabilities(Caller& caller) {
  Probability probability;
  const Status status = probability.attach(caller.model);
  caller.require(
      is_any_of(status, {Status::kOk, Status::kNoProbability, Status::kStructure, Status::kShape, Status::kNumber}),
      "attach's statuses");
  if (status != Status::kOk) return;
  using Limits = std::numeric_limits<std::int32_t>;
  for (const std::int32_t score : {Limits::min(), Limits::max(), 0, 1, -70000}) {
    const Buffer<std::int32_t> scores(caller.footprint.outputs, score);
    require_shares(caller, probability, scores);
    scores[0] = Limits::max();
    require_shares(caller, probability, scores);
  }
  require_shares(caller, probability, caller.outputs);
}

void take_snapshot(Caller& caller) {
  const Buffer<std::uint8_t> bytes(caller.footprint.snapshot_bytes);
  std::size_t written = 0;
  Snapshot snapshot;
  caller.require(caller.monitor.snapshot({}, Span<std::uint8_t>(bytes.data(), bytes.size()), written) == Status::kOk,
                 "snapshot");
  caller.require(written <= bytes.size(), "a snapshot's size");
  caller.require(read_snapshot({bytes.data(), written}, snapshot) == Status::kOk, "read_snapshot");
  caller.require(snapshot.word_count <= caller.words.size() && snapshot.word(0) == caller.rows &&
                     snapshot.word(1) == caller.refused,
                 "a snapshot's words");
}

/// `bytes` with the identity of an open model, sealed: what an attacker would send in its place.
Buffer<std::uint8_t> forge(const std::vector<std::uint8_t>& bytes, const Model& of) {
  constexpr std::size_t kIdentity = 136 - 32;  // from the end
  Buffer<std::uint8_t> forged(bytes);
  std::copy_n(of.identity(), 32, forged.end() - kIdentity);
  const std::uint32_t crc = crc32(forged.data(), forged.size() - 4);
  std::memcpy(forged.end() - 4, &crc, sizeof crc);
  return forged;
}

/// Whatever is opened into the model underneath what is attached to it, and whatever its identity: it is noticed.
void require_detached(Caller& caller, Model& model, const Buffer<std::uint8_t>& file) {
  Probability probability;
  const bool is_probable = probability.attach(model) == Status::kOk;
  const Buffer<std::uint32_t> sums(contribution_words(caller.footprint.features));
  ContributionCounters counters;
  caller.require(counters.attach(model, sums) == Status::kOk, "counters attach");
  static_cast<void>(EveryPart::open({file.data(), file.size()}, model));
  const Footprint footprint = model.footprint();
  const Buffer<std::int32_t> outputs(footprint.outputs);
  const Buffer<std::uint32_t> scratch(footprint.scratch_words);
  const Buffer<std::int32_t> words(std::max(footprint.features, footprint.classes));
  const Span<const std::int32_t> answers(outputs.data(), outputs.size());
  const Span<const std::uint32_t> codes(scratch.data(), scratch.size());
  std::int32_t base = 0;
  const Status status[] = {
      caller.is_watched ? caller.monitor.observe(Status::kOk, answers, codes, 1) : Status::kNotAttached,
      caller.is_explained ? caller.explanation.contributions_to(0, codes, words, base) : Status::kNotAttached,
      is_probable ? probability.of(answers, words) : Status::kNotAttached,
      counters.observe({words.data(), words.size()})};
  for (const Status each : status) caller.require(each == Status::kNotAttached, "another file is noticed");
}

/// The same bytes again, and those that were exercised before with this one's identity.
void reopen(Caller& caller, Model& model, const std::uint8_t* bytes, std::size_t size) {
  static std::vector<std::uint8_t> before;
  const std::vector<std::uint8_t> own(bytes, bytes + size);
  const Buffer<std::uint8_t> other = forge(before.empty() ? own : before, model);
  before = own;
  const Buffer<std::uint8_t> same(own);
  require_detached(caller, model, other);
  if (EveryPart::open({bytes, size}, model) != Status::kOk) return caller.require(false, "opens again");
  caller.is_watched = caller.is_watched && caller.monitor.attach<Histograms>(model, caller.words) == Status::kOk;
  caller.is_explained = caller.is_explained && caller.explanation.attach(model) == Status::kOk;
  require_detached(caller, model, same);
}

void require_closed(Caller& caller) {
  const Footprint& none = caller.footprint;
  caller.require(!caller.model.is_open(), "a refused model is closed");
  caller.require(none.features + none.outputs + none.classes + none.scratch_words + none.monitor_words == 0,
                 "a refused model has no footprint");
  caller.require(caller.model.self_test(caller.outputs, caller.scratch) == Status::kNotOpen, "kNotOpen");
}

}  // namespace

Outcome exercise(const std::uint8_t* bytes, std::size_t size) {
  Model model;
  const Status status = EveryPart::open({bytes, size}, model);
  Caller caller(model);
  if (status != Status::kOk) {
    caller.require(static_cast<int>(status) >= 1 && static_cast<int>(status) <= 17, "open's statuses");
    require_closed(caller);
    return {status, caller.failure};
  }
  const Status attached = caller.monitor.attach<Histograms>(model, caller.words);
  caller.require(is_any_of(attached, {Status::kOk, Status::kNoMonitor, Status::kStructure, Status::kShape,
                                      Status::kNumber, Status::kBudget}),
                 "attach's statuses");
  caller.is_watched = attached == Status::kOk;
  const Status explained = caller.explanation.attach(model);
  caller.require(is_any_of(explained, {Status::kOk, Status::kNoExplanation, Status::kKindNotLinked, Status::kStructure,
                                       Status::kShape, Status::kNumber, Status::kOverflow}),
                 "the explanation's statuses");
  caller.is_explained = explained == Status::kOk;
  caller.require(is_any_of(model.self_test(caller.outputs, caller.scratch), {Status::kOk, Status::kSelfTest}),
                 "self_test's statuses");
  predict_all(caller);
  // Histograms count eight rows at a time, and what is left for the snapshot; a window of 240 is decided on.
  // That takes long, so one changed model of four goes so far.
  constexpr std::uint32_t kWindow = 240;
  const bool goes_far = model.identity()[0] % 4 == 0;
  while (goes_far && caller.monitor.watched() > 0 && caller.rows > 0 && caller.rows <= kWindow &&
         caller.failure == nullptr) {
    predict_all(caller);
  }
  read_names(caller);
  take_probabilities(caller);
  if (caller.is_watched) take_snapshot(caller);
  // Takes two files more to open, so that one changed model of sixteen does.
  if (bytes[size - 4] % 16 == 0) reopen(caller, model, bytes, size);
  return {status, caller.failure};
}

}  // namespace nuthatch::test
