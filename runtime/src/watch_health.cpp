// What the last windows and the counters say, from bad to good.
#include "layout.hpp"
#include "nuthatch/monitor.hpp"

namespace nuthatch {
namespace {

using detail::ModelView;
using detail::WatchView;

/// Two of three windows.
bool raised(std::uint8_t history, std::uint8_t lowest) {
  const unsigned bits = history / lowest & 7U;
  return (bits & (bits - 1)) != 0;
}

std::uint16_t most_refused(const ModelView& view, const std::uint32_t* refusals) {
  std::uint16_t most = 0;
  for (std::uint16_t i = 1; i < view.features; ++i) {
    if (refusals[i] > refusals[most]) most = i;
  }
  return most;
}

/// What one test says; the output's and the classes' have a reason of their own.
Diagnosis diagnose(std::uint8_t history, Reason reason, std::uint16_t feature) {
  if ((history & detail::kStuck) != 0) return {Health::kBroken, Reason::kStuck, feature};
  if (raised(history, detail::kMaterial)) return {Health::kDrift, reason, feature};
  if (raised(history, detail::kStatistical)) return {Health::kWatch, reason, feature};
  if ((history & detail::kSlow) != 0) return {Health::kWatch, Reason::kSlowDrift, feature};
  return {};
}

void keep_worse(const Diagnosis& found, Diagnosis& worst) {
  if (found.health > worst.health) worst = found;
}

}  // namespace

const char* text_of(Health health) {
  switch (health) {
    case Health::kOk: return "ok";
    case Health::kWatch: return "watch";
    case Health::kDrift: return "drift";
    case Health::kBroken: return "broken";
  }
  return "unknown health";
}

const char* text_of(Reason reason) {
  switch (reason) {
    case Reason::kNone: return "nothing was found";
    case Reason::kRefused: return "rows are refused: an input is missing or not finite";
    case Reason::kStuck: return "it does not change any more";
    case Reason::kRange: return "it is outside its training range";
    case Reason::kDistribution: return "it is distributed otherwise than in training";
    case Reason::kSlowDrift: return "its mean has drifted away from training's";
    case Reason::kOutput: return "the answers are distributed otherwise than in training";
    case Reason::kClasses: return "the classes are predicted in other shares than in training";
  }
  return "unknown reason";
}

Diagnosis Histograms::diagnose(const Monitor& monitor) {
  const ModelView& view = monitor.model_->view();
  const WatchView& watch = monitor.watch_;
  const std::uint32_t* words = monitor.words_;
  const auto& window = *reinterpret_cast<const detail::Window*>(words + detail::counter_words(view, watch));
  if (window.silent != 0 || detail::is_silent(words[detail::kRefusedWord] - window.refused)) {
    return {Health::kBroken, Reason::kRefused, most_refused(view, words + detail::refusal_word(view, watch))};
  }
  Diagnosis worst;
  const auto* history = reinterpret_cast<const std::uint8_t*>(words + detail::history_word(view, watch));
  for (std::size_t i = 0; i < watch.histogram_count; ++i) {
    if (watch.ranks[i] >= watch.chosen) continue;
    keep_worse(nuthatch::diagnose(*history, Reason::kDistribution, watch.histograms[i].feature), worst);
    ++history;
  }
  keep_worse(nuthatch::diagnose(history[0], Reason::kOutput, kNoFeature), worst);
  keep_worse(nuthatch::diagnose(history[1], Reason::kClasses, kNoFeature), worst);
  return worst;
}

Diagnosis Monitor::health() const {
  if (!attached()) return {};
  Diagnosis worst;
  if (watch_part_ != nullptr) {
    worst = watch_part_->diagnose(*this);
  } else {
    const std::uint32_t refused = words_[detail::kRefusedWord];
    if (detail::is_silent(refused) && refused >= words_[detail::kRowsWord] / 10) {
      worst = {Health::kBroken, Reason::kRefused, kNoFeature};
    }
  }
  if (worst.health >= Health::kDrift) return worst;
  // A twentieth of the rows outside of the training range is more than few training rows explain.
  constexpr std::uint32_t kFewest = 24;
  const ModelView& view = model_->view();
  const std::uint32_t* counter = words_ + detail::range_word(view);
  for (std::uint16_t i = 0; i < view.features; ++i, counter += 2) {
    const std::uint32_t outside = counter[0] + counter[1];
    if (outside >= kFewest && outside >= words_[detail::kRowsWord] / 20) return {Health::kDrift, Reason::kRange, i};
  }
  return worst;
}

}  // namespace nuthatch
