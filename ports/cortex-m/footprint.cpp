// What linking the runtime adds to a program: built once without it and once for each part and input; the difference of
// the two is the figure. It does nothing that a product would not do to open a model and predict one row.

#include "nuthatch/nuthatch.hpp"
#include "port.h"

namespace {

[[maybe_unused]] alignas(8) std::uint32_t scratch[64];
[[maybe_unused]] std::int32_t outputs[16];

#ifdef FOOTPRINT_PARTS
using Feature = FOOTPRINT_FEATURE;

int predict() {
  std::size_t size = 0;
  const std::uint8_t* bytes = port_model(&size);
  std::size_t feature_count = 0;
  const auto* features = static_cast<const Feature*>(port_free_memory(&feature_count));
  nuthatch::Model model;
  nuthatch::Status status = nuthatch::open<FOOTPRINT_PARTS>({bytes, size}, model);
  if (status == nuthatch::Status::kOk) {
    status = model.predict(nuthatch::Span<const Feature>(features, feature_count), outputs, scratch);
  }
#ifdef FOOTPRINT_MONITOR
  static std::uint32_t words[256];
  nuthatch::Monitor monitor;
  std::size_t written = 0;
#ifdef FOOTPRINT_HISTOGRAMS
  (void)monitor.attach<nuthatch::Histograms>(model, words);
#else
  (void)monitor.attach(model, words);
#endif
  (void)monitor.observe(status, {outputs, 16}, {scratch, 64}, 0);
#ifdef FOOTPRINT_HISTOGRAMS
  status = monitor.health().health == nuthatch::Health::kOk ? status : nuthatch::Status::kNotFinite;
#endif
  (void)monitor.snapshot({}, {reinterpret_cast<std::uint8_t*>(words), sizeof words}, written);
#endif
#ifdef FOOTPRINT_PROBABILITY
  nuthatch::Probability probability;
  (void)probability.attach(model);
  (void)probability.of(outputs, outputs);
#endif
  return static_cast<int>(model.class_of({outputs, 16})) + static_cast<int>(status);
}
#else
int predict() {
  std::size_t size = 0;
  const std::uint8_t* bytes = port_model(&size);
  const auto* features = static_cast<const std::uint8_t*>(port_free_memory(&size));
  return bytes[0] + features[0];
}
#endif

}  // namespace

int main() { return predict(); }
