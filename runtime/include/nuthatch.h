#ifndef NUTHATCH_H
#define NUTHATCH_H

/* The C99 API: a thin wrapper of nuthatch/nuthatch.hpp's device side. Shapes, units and statuses are documented there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers of nuthatch::Status. What is returned or lies in a struct is an integer of a fixed width: the size of an
 * enum is a compiler flag's choice (-fshort-enums), and a program and this library may be compiled with either.
 */
enum nuthatch_status_number {
  NUTHATCH_OK = 0,
  NUTHATCH_NULL = 1,
  NUTHATCH_UNALIGNED = 2,
  NUTHATCH_TRUNCATED = 3,
  NUTHATCH_NOT_A_MODEL = 4,
  NUTHATCH_SEAL_BROKEN = 5,
  NUTHATCH_CHECKSUM = 6,
  NUTHATCH_VERSION = 7,
  NUTHATCH_STRUCTURE = 8,
  NUTHATCH_KIND_NOT_LINKED = 9,
  NUTHATCH_INPUT_NOT_LINKED = 10,
  NUTHATCH_SHAPE = 11,
  NUTHATCH_NUMBER = 12,
  NUTHATCH_OVERFLOW = 13,
  NUTHATCH_BUDGET = 14,
  NUTHATCH_PREPARATION_NOT_LINKED = 15,
  NUTHATCH_WORK = 16,
  NUTHATCH_PROMISE = 17,
  NUTHATCH_NOT_OPEN = 32,
  NUTHATCH_WRONG_INPUT = 33,
  NUTHATCH_FEATURE_COUNT = 34,
  NUTHATCH_OUTPUT_COUNT = 35,
  NUTHATCH_SCRATCH = 36,
  NUTHATCH_NOT_FINITE = 37,
  NUTHATCH_MISSING = 38,
  NUTHATCH_INDEX = 39,
  NUTHATCH_NO_PROBABILITY = 40,
  NUTHATCH_NO_EXPLANATION = 41,
  NUTHATCH_UNKNOWN_CATEGORY = 42,
  NUTHATCH_SELF_TEST = 48,
  NUTHATCH_MONITOR_WORDS = 64,
  NUTHATCH_NOT_ATTACHED = 65,
  NUTHATCH_SNAPSHOT_SIZE = 66,
  NUTHATCH_NOT_A_SNAPSHOT = 67,
  NUTHATCH_SNAPSHOT_CHECKSUM = 68,
  NUTHATCH_NO_MONITOR = 69,
  NUTHATCH_OTHER_MODEL = 70,
  NUTHATCH_RETAINED_WORDS = 80,
  NUTHATCH_NOT_BEGUN = 81,
  NUTHATCH_BUSY = 82,
  NUTHATCH_FLASH_GEOMETRY = 83,
  NUTHATCH_RECORD_SIZE = 84,
  NUTHATCH_NO_RECORD = 85,
  NUTHATCH_FLASH = 86
};
typedef int32_t nuthatch_status;

const char* nuthatch_status_text(nuthatch_status status);

/* Parts: what firmware links. Pass those your models have to nuthatch_open. */
typedef struct nuthatch_part nuthatch_part;
const nuthatch_part* nuthatch_float32_input(void);
const nuthatch_part* nuthatch_int16_input(void);
const nuthatch_part* nuthatch_bayes(void);
const nuthatch_part* nuthatch_linear(void);
const nuthatch_part* nuthatch_linear_float32(void);
const nuthatch_part* nuthatch_svm(void);
const nuthatch_part* nuthatch_forest(void);
const nuthatch_part* nuthatch_network(void);
/* Together with the kinds of its members. */
const nuthatch_part* nuthatch_blend(void);
/* Of models that prepare their features: `nuthatch inspect` says whether one does. */
const nuthatch_part* nuthatch_preparation(void);

/* Opaque storage; its size is the C++ object's or a little more. */
typedef struct nuthatch_model {
  uint64_t opaque[35];
} nuthatch_model;

typedef struct nuthatch_monitor {
  uint64_t opaque[15];
} nuthatch_monitor;

typedef struct nuthatch_probability {
  uint64_t opaque[5];
} nuthatch_probability;

typedef struct nuthatch_footprint_t {
  size_t features;
  size_t outputs;
  size_t classes;
  size_t scratch_words;
  size_t monitor_words;
  size_t snapshot_bytes;
  size_t work;
} nuthatch_footprint_t;

typedef struct nuthatch_snapshot_context {
  uint64_t device_id;
  uint64_t firmware_id;
  uint64_t uptime_start;
  uint64_t uptime_end;
  uint32_t boot_count;
  uint32_t epoch;
  uint32_t sequence;
  int32_t time_known;
  int32_t restored;
  /* Of the first crash that nobody has cleared yet; crashes 0: of none. */
  uint32_t crash_input;
  uint16_t crash_class;
  uint16_t crash_status;
  uint32_t crashes;
} nuthatch_snapshot_context;

enum nuthatch_health_number {
  NUTHATCH_HEALTH_OK = 0,
  NUTHATCH_HEALTH_WATCH = 1, /* rows differ from training more than chance explains, but little */
  NUTHATCH_HEALTH_DRIFT = 2, /* so much that it matters */
  NUTHATCH_HEALTH_BROKEN = 3 /* an input says nothing any more */
};
typedef int32_t nuthatch_health;

/* reason: nuthatch_reason_text says it; feature: 65535 where no single one is to blame. */
typedef struct nuthatch_diagnosis {
  nuthatch_health health;
  int32_t reason;
  uint16_t feature;
} nuthatch_diagnosis;

/* `bytes` at a multiple of 8, kept by the caller; parts: an array of `part_count`. *model may hold anything. Opening
 * into it again detaches what is attached to it; a copy of the struct can predict, but nothing can be attached to it.
 */
nuthatch_status nuthatch_open(const void* bytes, size_t size, const nuthatch_part* const* parts, size_t part_count,
                              nuthatch_model* model);
/* The same, where a row takes at most `most_work` steps (nuthatch_footprint_t.work): else NUTHATCH_WORK. */
nuthatch_status nuthatch_open_within(const void* bytes, size_t size, const nuthatch_part* const* parts,
                                     size_t part_count, nuthatch_model* model, uint32_t most_work);
/* A model that nuthatch_open refused (or that is all zero) has an all-zero footprint and refuses every other call. */
nuthatch_footprint_t nuthatch_footprint(const nuthatch_model* model);
int nuthatch_fraction_bits(const nuthatch_model* model);

nuthatch_status nuthatch_predict_float32(const nuthatch_model* model, const float* features, size_t feature_count,
                                         int32_t* outputs, size_t output_count, uint32_t* scratch,
                                         size_t scratch_words);
nuthatch_status nuthatch_predict_int16(const nuthatch_model* model, const int16_t* features, size_t feature_count,
                                       int32_t* outputs, size_t output_count, uint32_t* scratch, size_t scratch_words);
size_t nuthatch_class_of(const nuthatch_model* model, const int32_t* outputs, size_t output_count);
/* Of two classes: a greater score word is class 1. */
int32_t nuthatch_threshold(const nuthatch_model* model);
float nuthatch_value_of(const nuthatch_model* model, int32_t score);
nuthatch_status nuthatch_self_test(const nuthatch_model* model, int32_t* outputs, size_t output_count,
                                   uint32_t* scratch, size_t scratch_words);
/* *text is not terminated; *length bytes. */
nuthatch_status nuthatch_class_name(const nuthatch_model* model, size_t index, const char** text, size_t* length);

nuthatch_status nuthatch_feature_name(const nuthatch_model* model, size_t index, const char** text, size_t* length);
/* int16 input: raw = round_half_even(x * 2^exponent). */
nuthatch_status nuthatch_raw_exponent(const nuthatch_model* model, size_t index, int* exponent);
/* The 32 bytes of SHA-256 that identify the model; null of a closed one. */
const uint8_t* nuthatch_identity(const nuthatch_model* model);

/* `model` must outlive the monitor. */
nuthatch_status nuthatch_monitor_attach(nuthatch_monitor* monitor, const nuthatch_model* model, uint32_t* words,
                                        size_t word_count, unsigned latency_shift);
/* The same with the model's histograms, if it has some. */
nuthatch_status nuthatch_monitor_attach_histograms(nuthatch_monitor* monitor, const nuthatch_model* model,
                                                   uint32_t* words, size_t word_count, unsigned latency_shift);
nuthatch_status nuthatch_monitor_observe(nuthatch_monitor* monitor, nuthatch_status predicted, const int32_t* outputs,
                                         size_t output_count, const uint32_t* scratch, size_t scratch_words,
                                         uint32_t ticks);
nuthatch_status nuthatch_monitor_snapshot(const nuthatch_monitor* monitor, const nuthatch_snapshot_context* context,
                                          uint8_t* bytes, size_t size, size_t* written);

/* Right after attach: the counters go on from a snapshot. *context: for the next one. */
nuthatch_status nuthatch_monitor_resume(nuthatch_monitor* monitor, const uint8_t* bytes, size_t size,
                                        nuthatch_snapshot_context* context);

/* What the last windows of 240 rows say, and the counters: the worst finding. */
nuthatch_diagnosis nuthatch_monitor_health(const nuthatch_monitor* monitor);
/* Static texts: "drift"; "it is distributed otherwise than in training". */
const char* nuthatch_health_text(nuthatch_health health);
const char* nuthatch_reason_text(int32_t reason);

/* Counters; 0 where the index is past the end or nothing is attached. */
uint32_t nuthatch_monitor_rows(const nuthatch_monitor* monitor);
uint32_t nuthatch_monitor_refused(const nuthatch_monitor* monitor);
uint32_t nuthatch_monitor_predicted(const nuthatch_monitor* monitor, size_t class_index);
uint32_t nuthatch_monitor_below(const nuthatch_monitor* monitor, size_t feature);
uint32_t nuthatch_monitor_above(const nuthatch_monitor* monitor, size_t feature);
uint32_t nuthatch_monitor_latency(const nuthatch_monitor* monitor, size_t bucket);

/* Probability words of 2^-16, one a class; `model` must outlive the attachment. */
nuthatch_status nuthatch_probability_attach(nuthatch_probability* probability, const nuthatch_model* model);
nuthatch_status nuthatch_probability_of(const nuthatch_probability* probability, const int32_t* outputs,
                                        size_t output_count, int32_t* probabilities, size_t probability_count);

/* What each feature did for a score: nuthatch/explain.hpp. Pass the parts of the kinds your models are of. */
typedef struct nuthatch_explanation_part nuthatch_explanation_part;
const nuthatch_explanation_part* nuthatch_explain_linear(void);
const nuthatch_explanation_part* nuthatch_explain_forest(void);

typedef struct nuthatch_explanation {
  uint64_t opaque[9];
} nuthatch_explanation;

nuthatch_status nuthatch_explanation_attach(nuthatch_explanation* explanation, const nuthatch_model* model,
                                            const nuthatch_explanation_part* const* parts, size_t part_count);
/* Of the predicted class's score, or the only one: *base and the contributions, one a feature, add up to it. */
nuthatch_status nuthatch_explanation_contributions(const nuthatch_explanation* explanation, const int32_t* outputs,
                                                   size_t output_count, const uint32_t* scratch, size_t scratch_words,
                                                   int32_t* contributions, size_t contribution_count, int32_t* base);
/* Of any score. */
nuthatch_status nuthatch_explanation_contributions_to(const nuthatch_explanation* explanation, size_t output,
                                                      const uint32_t* scratch, size_t scratch_words,
                                                      int32_t* contributions, size_t contribution_count, int32_t* base);
bool nuthatch_explanation_is_exact(const nuthatch_explanation* explanation);

/* The mean size of each feature's contributions. */
#define NUTHATCH_CONTRIBUTION_WORDS(features) (1 + 2 * (features))
#define NUTHATCH_CONTRIBUTION_SNAPSHOT_BYTES(features) (48 + 8 * (features))

typedef struct nuthatch_contribution_counters {
  uint64_t opaque[3];
} nuthatch_contribution_counters;

nuthatch_status nuthatch_contribution_counters_attach(nuthatch_contribution_counters* counters,
                                                      const nuthatch_model* model, uint32_t* words, size_t word_count);
nuthatch_status nuthatch_contribution_counters_observe(nuthatch_contribution_counters* counters,
                                                       const int32_t* contributions, size_t contribution_count);
uint32_t nuthatch_contribution_counters_rows(const nuthatch_contribution_counters* counters);
/* Over the rows it is the mean; 0 past the end. */
uint64_t nuthatch_contribution_counters_sum(const nuthatch_contribution_counters* counters, size_t feature);
/* Of the context: device_id, epoch, sequence. */
nuthatch_status nuthatch_contribution_counters_snapshot(const nuthatch_contribution_counters* counters,
                                                        const nuthatch_snapshot_context* context, bool exact,
                                                        uint8_t* bytes, size_t size, size_t* written);

/* Counters that survive a reset: nuthatch/retained.hpp has the rules, among them who may call from an interrupt. */
#define NUTHATCH_RETAINED_MEMORY_WORDS(monitor_words) (30 + 2 * (monitor_words))

typedef struct nuthatch_retained {
  uint64_t opaque[11];
} nuthatch_retained;

typedef struct nuthatch_boot {
  bool cold; /* power was off */
  uint32_t fresh_epoch;
  uint32_t boots;
} nuthatch_boot;

/* nuthatch_life.flags */
#define NUTHATCH_RESTORED 1
#define NUTHATCH_POWER_WAS_OFF 2
#define NUTHATCH_COUNTERS_LOST 4
#define NUTHATCH_OWNER_CHANGED 8
#define NUTHATCH_RENEWED 16

typedef struct nuthatch_life {
  uint32_t epoch;
  uint32_t sequence;
  uint32_t boots;
  uint32_t flags;
} nuthatch_life;

typedef struct nuthatch_crash {
  uint32_t input_hash;
  uint16_t predicted_class;
  uint16_t status;
  uint32_t crashes;
} nuthatch_crash;

/* Once a boot, after nuthatch_monitor_attach: `words` are the restored counters then, or 0. */
nuthatch_status nuthatch_retained_begin(nuthatch_retained* retained, uint32_t* memory, size_t memory_words,
                                        const nuthatch_model* model, unsigned latency_shift, nuthatch_boot boot,
                                        uint32_t* words, size_t word_count);
nuthatch_status nuthatch_retained_save(nuthatch_retained* retained, const uint32_t* words, size_t word_count);
/* Right before a snapshot of the same words. */
nuthatch_status nuthatch_retained_take_sequence(nuthatch_retained* retained, const uint32_t* words, size_t word_count,
                                                nuthatch_life* stamp);
nuthatch_status nuthatch_retained_renew(nuthatch_retained* retained, uint32_t* words, size_t word_count);
nuthatch_status nuthatch_retained_load(const nuthatch_retained* retained, uint32_t* words, size_t word_count,
                                       nuthatch_life* life);
nuthatch_life nuthatch_retained_life(const nuthatch_retained* retained);
void nuthatch_retained_arm(const nuthatch_retained* retained, uint32_t input_hash);
void nuthatch_retained_note(const nuthatch_retained* retained, size_t predicted_class, nuthatch_status status);
void nuthatch_retained_disarm(const nuthatch_retained* retained);
nuthatch_crash nuthatch_retained_crash(const nuthatch_retained* retained);
nuthatch_status nuthatch_retained_clear_crash(nuthatch_retained* retained, const uint32_t* words, size_t word_count);
uint32_t nuthatch_input_hash_float32(const float* features, size_t feature_count);
uint32_t nuthatch_input_hash_int16(const int16_t* features, size_t feature_count);

/* Records in flash: nuthatch/flash_ring.hpp. */
typedef struct nuthatch_flash {
  uint32_t sector_bytes;
  uint32_t sectors;
  uint32_t program_bytes;
  void* context;
  bool (*read)(void* context, uint32_t offset, void* bytes, size_t size);
  bool (*program)(void* context, uint32_t offset, const void* bytes, size_t size);
  bool (*erase)(void* context, uint32_t offset);
} nuthatch_flash;

typedef struct nuthatch_flash_ring {
  uint64_t opaque[12];
} nuthatch_flash_ring;

nuthatch_status nuthatch_flash_ring_begin(nuthatch_flash_ring* ring, const nuthatch_flash* flash);
nuthatch_status nuthatch_flash_ring_append(nuthatch_flash_ring* ring, const uint8_t* bytes, size_t size);
/* *size: the record's, also where it is more than `capacity`. */
nuthatch_status nuthatch_flash_ring_newest(const nuthatch_flash_ring* ring, uint8_t* bytes, size_t capacity,
                                           size_t* size);

#ifdef __cplusplus
}
#endif

#endif
