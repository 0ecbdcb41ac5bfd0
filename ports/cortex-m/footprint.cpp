// What linking the runtime adds to a program, stage by stage of the loop that README shows. Each stage is a program of
// its own that does what a product does up to there; the linker keeps the one that `footprint_run` stands for
// (link_stages.cmake) and drops the others, so the difference of two programs is what the later stage adds.

#include "nuthatch/nuthatch.hpp"
#include "port.h"

extern "C" {
int footprint_run();
int footprint_none();
int footprint_open();
int footprint_predict();
int footprint_self_test();
int footprint_monitor();
int footprint_snapshot();
int footprint_full_monitor();
int footprint_full_snapshot();
}

namespace {

using nuthatch::Status;

using Feature = FOOTPRINT_FEATURE;

/// In the order in which they are added.
enum class Stage { kOpen, kPredict, kSelfTest, kMonitor, kSnapshot };

alignas(8) std::uint32_t scratch[64];
std::int32_t outputs[16];

template <bool histograms>
void count(const nuthatch::Model& model, nuthatch::Monitor& monitor, Status& status) {
  static std::uint32_t words[256];
  if constexpr (histograms) {
    (void)monitor.attach<nuthatch::Histograms>(model, words);
  } else {
    (void)monitor.attach(model, words);
  }
  (void)monitor.observe(status, {outputs, 16}, {scratch, 64}, 0);
  if constexpr (histograms) {
    if (monitor.health().health != nuthatch::Health::kOk) status = Status::kNotFinite;
  }
}

template <Stage last, bool histograms = false>
int run_stages() {
  std::size_t size = 0;
  const std::uint8_t* bytes = port_model(&size);
  std::size_t feature_count = 0;
  const auto* features = static_cast<const Feature*>(port_free_memory(&feature_count));
  nuthatch::Model model;
  Status status = nuthatch::open<FOOTPRINT_PARTS>({bytes, size}, model);
  std::size_t answer = 0;
  if constexpr (last >= Stage::kSelfTest) {
    if (status == Status::kOk) status = model.self_test(outputs, scratch);
  }
  if constexpr (last >= Stage::kPredict) {
    if (status == Status::kOk) {
      status = model.predict(nuthatch::Span<const Feature>(features, feature_count), outputs, scratch);
    }
#ifdef FOOTPRINT_PROBABILITY
    nuthatch::Probability probability;
    (void)probability.attach(model);
    (void)probability.of(outputs, outputs);
#endif
    answer = model.class_of({outputs, 16});
  }
  if constexpr (last >= Stage::kMonitor) {
    nuthatch::Monitor monitor;
    count<histograms>(model, monitor, status);
    if constexpr (last >= Stage::kSnapshot) {
      std::size_t written = 0;
      (void)monitor.snapshot({}, {reinterpret_cast<std::uint8_t*>(scratch), sizeof scratch}, written);
    }
  }
  return static_cast<int>(answer) + static_cast<int>(status);
}

}  // namespace

int footprint_none() {
  std::size_t size = 0;
  const std::uint8_t* bytes = port_model(&size);
  const auto* features = static_cast<const std::uint8_t*>(port_free_memory(&size));
  return bytes[0] + features[0];
}
int footprint_open() { return run_stages<Stage::kOpen>(); }
int footprint_predict() { return run_stages<Stage::kPredict>(); }
int footprint_self_test() { return run_stages<Stage::kSelfTest>(); }
int footprint_monitor() { return run_stages<Stage::kMonitor>(); }
int footprint_snapshot() { return run_stages<Stage::kSnapshot>(); }
int footprint_full_monitor() { return run_stages<Stage::kMonitor, true>(); }
int footprint_full_snapshot() { return run_stages<Stage::kSnapshot, true>(); }

int main() { return footprint_run(); }
