#include "nuthatch.h"

#include <cstddef>
#include <new>

#include "nuthatch/nuthatch.hpp"

namespace {

using nuthatch::Model;
using nuthatch::Monitor;
using nuthatch::Probability;
using nuthatch::Span;

static_assert(sizeof(Model) <= sizeof(nuthatch_model) && alignof(Model) <= alignof(nuthatch_model), "nuthatch.h");
static_assert(sizeof(Monitor) <= sizeof(nuthatch_monitor) && alignof(Monitor) <= alignof(nuthatch_monitor),
              "nuthatch.h");
static_assert(sizeof(Probability) <= sizeof(nuthatch_probability) &&
                  alignof(Probability) <= alignof(nuthatch_probability),
              "nuthatch.h");
// What C structs hold, whatever the flags: no enum among it.
static_assert(sizeof(nuthatch_status) == 4 && sizeof(nuthatch_diagnosis) == 12 &&
                  offsetof(nuthatch_diagnosis, reason) == 4 && offsetof(nuthatch_diagnosis, feature) == 8,
              "nuthatch.h");
static_assert(sizeof(nuthatch_snapshot_context) == 64, "nuthatch.h");

const Model& of(const nuthatch_model* model) { return *reinterpret_cast<const Model*>(model); }
const Monitor& of(const nuthatch_monitor* monitor) { return *reinterpret_cast<const Monitor*>(monitor); }
const nuthatch_part* of(const nuthatch::detail::Part& part) { return reinterpret_cast<const nuthatch_part*>(&part); }
nuthatch_status of(nuthatch::Status status) { return static_cast<nuthatch_status>(status); }
/// A number that is no status stays none: 256 must not become 0.
nuthatch::Status of(nuthatch_status status) {
  const auto number = static_cast<unsigned>(status);
  return static_cast<nuthatch::Status>(number > 255 ? 255 : number);
}

}  // namespace

/// Where a C program keeps a Model. It may have been open there before: its openings are counted on, so that what is
/// still attached notices. Whatever the storage held at first is as good a number to begin with.
struct nuthatch::detail::Storage {
  static Model* close(nuthatch_model* storage) {
    std::uint32_t before = of(storage).view_.opening;
    __asm__ volatile("" : "+r"(before));  // what the memory holds, though no object may be there
    auto* model = new (storage) Model;    // placement: no heap
    model->forget(before == kNoOpening ? 0 : before);
    return model;
  }
};

const char* nuthatch_status_text(nuthatch_status status) { return nuthatch::status_text(of(status)); }

const nuthatch_part* nuthatch_float32_input(void) { return of(nuthatch::Float32Input::part); }
const nuthatch_part* nuthatch_int16_input(void) { return of(nuthatch::Int16Input::part); }
const nuthatch_part* nuthatch_bayes(void) { return of(nuthatch::Bayes::part); }
const nuthatch_part* nuthatch_linear(void) { return of(nuthatch::Linear::part); }
const nuthatch_part* nuthatch_linear_float32(void) { return of(nuthatch::LinearFloat32::part); }
const nuthatch_part* nuthatch_svm(void) { return of(nuthatch::Svm::part); }
const nuthatch_part* nuthatch_forest(void) { return of(nuthatch::Forest::part); }
const nuthatch_part* nuthatch_network(void) { return of(nuthatch::Network::part); }
const nuthatch_part* nuthatch_blend(void) { return of(nuthatch::Blend::part); }
const nuthatch_part* nuthatch_preparation(void) { return of(nuthatch::Preparation::part); }

nuthatch_status nuthatch_open(const void* bytes, size_t size, const nuthatch_part* const* parts, size_t part_count,
                              nuthatch_model* model) {
  return nuthatch_open_within(bytes, size, parts, part_count, model, UINT32_MAX);
}

nuthatch_status nuthatch_open_within(const void* bytes, size_t size, const nuthatch_part* const* parts,
                                     size_t part_count, nuthatch_model* model, uint32_t most_work) {
  if (model == nullptr) return NUTHATCH_NULL;
  Model& opened = *nuthatch::detail::Storage::close(model);
  if (parts == nullptr) return NUTHATCH_NULL;
  const auto* list = reinterpret_cast<const nuthatch::detail::Part* const*>(parts);
  return of(nuthatch::open({static_cast<const uint8_t*>(bytes), size}, {list, part_count}, opened, most_work));
}

nuthatch_footprint_t nuthatch_footprint(const nuthatch_model* model) {
  const nuthatch::Footprint footprint = of(model).footprint();
  return {footprint.features,      footprint.outputs,        footprint.classes, footprint.scratch_words,
          footprint.monitor_words, footprint.snapshot_bytes, footprint.work};
}

int nuthatch_fraction_bits(const nuthatch_model* model) { return of(model).fraction_bits(); }

nuthatch_status nuthatch_predict_float32(const nuthatch_model* model, const float* features, size_t feature_count,
                                         int32_t* outputs, size_t output_count, uint32_t* scratch,
                                         size_t scratch_words) {
  return of(
      of(model).predict(Span<const float>(features, feature_count), {outputs, output_count}, {scratch, scratch_words}));
}

nuthatch_status nuthatch_predict_int16(const nuthatch_model* model, const int16_t* features, size_t feature_count,
                                       int32_t* outputs, size_t output_count, uint32_t* scratch, size_t scratch_words) {
  return of(of(model).predict(Span<const int16_t>(features, feature_count), {outputs, output_count},
                              {scratch, scratch_words}));
}

size_t nuthatch_class_of(const nuthatch_model* model, const int32_t* outputs, size_t output_count) {
  return of(model).class_of({outputs, output_count});
}

int32_t nuthatch_threshold(const nuthatch_model* model) { return of(model).threshold(); }

float nuthatch_value_of(const nuthatch_model* model, int32_t score) { return of(model).value_of(score); }

nuthatch_status nuthatch_self_test(const nuthatch_model* model, int32_t* outputs, size_t output_count,
                                   uint32_t* scratch, size_t scratch_words) {
  return of(of(model).self_test({outputs, output_count}, {scratch, scratch_words}));
}

nuthatch_status nuthatch_class_name(const nuthatch_model* model, size_t index, const char** text, size_t* length) {
  nuthatch::Text name = {nullptr, 0};
  const nuthatch::Status status = of(model).class_name(index, name);
  *text = name.data;
  *length = name.size;
  return of(status);
}

nuthatch_status nuthatch_feature_name(const nuthatch_model* model, size_t index, const char** text, size_t* length) {
  nuthatch::Text name = {nullptr, 0};
  const nuthatch::Status status = of(model).feature_name(index, name);
  *text = name.data;
  *length = name.size;
  return of(status);
}

nuthatch_status nuthatch_raw_exponent(const nuthatch_model* model, size_t index, int* exponent) {
  return of(of(model).raw_exponent(index, *exponent));
}

const uint8_t* nuthatch_identity(const nuthatch_model* model) { return of(model).identity(); }

nuthatch_status nuthatch_monitor_attach(nuthatch_monitor* monitor, const nuthatch_model* model, uint32_t* words,
                                        size_t word_count, unsigned latency_shift) {
  if (monitor == nullptr) return NUTHATCH_NULL;
  auto* attached = new (monitor) Monitor;
  if (model == nullptr) return NUTHATCH_NULL;
  return of(attached->attach(of(model), {words, word_count}, latency_shift));
}

nuthatch_status nuthatch_monitor_attach_histograms(nuthatch_monitor* monitor, const nuthatch_model* model,
                                                   uint32_t* words, size_t word_count, unsigned latency_shift) {
  if (monitor == nullptr) return NUTHATCH_NULL;
  auto* attached = new (monitor) Monitor;
  if (model == nullptr) return NUTHATCH_NULL;
  return of(attached->attach<nuthatch::Histograms>(of(model), {words, word_count}, latency_shift));
}

nuthatch_status nuthatch_monitor_observe(nuthatch_monitor* monitor, nuthatch_status predicted, const int32_t* outputs,
                                         size_t output_count, const uint32_t* scratch, size_t scratch_words,
                                         uint32_t ticks) {
  return of(reinterpret_cast<Monitor*>(monitor)->observe(of(predicted), {outputs, output_count},
                                                         {scratch, scratch_words}, ticks));
}

nuthatch_status nuthatch_monitor_snapshot(const nuthatch_monitor* monitor, const nuthatch_snapshot_context* context,
                                          uint8_t* bytes, size_t size, size_t* written) {
  const nuthatch::SnapshotContext who = {context->device_id,   context->firmware_id,     context->uptime_start,
                                         context->uptime_end,  context->boot_count,      context->epoch,
                                         context->sequence,    context->time_known != 0, context->restored != 0,
                                         context->crash_input, context->crash_class,     context->crash_status,
                                         context->crashes};
  return of(of(monitor).snapshot(who, {bytes, size}, *written));
}

nuthatch_status nuthatch_monitor_resume(nuthatch_monitor* monitor, const uint8_t* bytes, size_t size,
                                        nuthatch_snapshot_context* context) {
  nuthatch::SnapshotContext found;
  const nuthatch::Status status = reinterpret_cast<Monitor*>(monitor)->resume({bytes, size}, found);
  if (status != nuthatch::Status::kOk) return of(status);
  *context = {found.device_id,   found.firmware_id,  found.uptime_start, found.uptime_end, found.boot_count,
              found.epoch,       found.sequence,     found.time_known,   found.restored,   found.crash_input,
              found.crash_class, found.crash_status, found.crashes};
  return NUTHATCH_OK;
}

nuthatch_diagnosis nuthatch_monitor_health(const nuthatch_monitor* monitor) {
  const nuthatch::Diagnosis found = of(monitor).health();
  return {static_cast<nuthatch_health>(found.health), static_cast<std::int32_t>(found.reason), found.feature};
}

const char* nuthatch_health_text(nuthatch_health health) {
  return nuthatch::text_of(static_cast<nuthatch::Health>(health));
}

const char* nuthatch_reason_text(int32_t reason) { return nuthatch::text_of(static_cast<nuthatch::Reason>(reason)); }

uint32_t nuthatch_monitor_rows(const nuthatch_monitor* monitor) { return of(monitor).rows(); }
uint32_t nuthatch_monitor_refused(const nuthatch_monitor* monitor) { return of(monitor).refused(); }

uint32_t nuthatch_monitor_predicted(const nuthatch_monitor* monitor, size_t class_index) {
  return of(monitor).predicted(class_index);
}

uint32_t nuthatch_monitor_below(const nuthatch_monitor* monitor, size_t feature) { return of(monitor).below(feature); }
uint32_t nuthatch_monitor_above(const nuthatch_monitor* monitor, size_t feature) { return of(monitor).above(feature); }
uint32_t nuthatch_monitor_latency(const nuthatch_monitor* monitor, size_t bucket) {
  return of(monitor).latency(bucket);
}

nuthatch_status nuthatch_probability_attach(nuthatch_probability* probability, const nuthatch_model* model) {
  if (probability == nullptr) return NUTHATCH_NULL;
  auto* attached = new (probability) Probability;
  if (model == nullptr) return NUTHATCH_NULL;
  return of(attached->attach(of(model)));
}

nuthatch_status nuthatch_probability_of(const nuthatch_probability* probability, const int32_t* outputs,
                                        size_t output_count, int32_t* probabilities, size_t probability_count) {
  return of(reinterpret_cast<const Probability*>(probability)
                ->of({outputs, output_count}, {probabilities, probability_count}));
}
