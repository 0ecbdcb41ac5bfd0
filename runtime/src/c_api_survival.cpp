#include <new>

#include "nuthatch.h"
#include "nuthatch/flash_ring.hpp"
#include "nuthatch/retained.hpp"

// Apart from c_api.cpp, so that an archive links it only where it is called.
namespace {

using nuthatch::FlashRing;
using nuthatch::Retained;
using nuthatch::Span;

static_assert(sizeof(Retained) <= sizeof(nuthatch_retained) && alignof(Retained) <= alignof(nuthatch_retained),
              "nuthatch.h");
static_assert(sizeof(FlashRing) <= sizeof(nuthatch_flash_ring) && alignof(FlashRing) <= alignof(nuthatch_flash_ring),
              "nuthatch.h");
static_assert(NUTHATCH_RETAINED_MEMORY_WORDS(7) == nuthatch::retained_words(7), "nuthatch.h");
static_assert(NUTHATCH_RESTORED == nuthatch::kRestored && NUTHATCH_POWER_WAS_OFF == nuthatch::kPowerWasOff &&
                  NUTHATCH_COUNTERS_LOST == nuthatch::kCountersLost &&
                  NUTHATCH_OWNER_CHANGED == nuthatch::kOwnerChanged && NUTHATCH_RENEWED == nuthatch::kRenewed,
              "nuthatch.h");

Retained& of(nuthatch_retained* retained) { return *reinterpret_cast<Retained*>(retained); }
const Retained& of(const nuthatch_retained* retained) { return *reinterpret_cast<const Retained*>(retained); }
FlashRing& of(nuthatch_flash_ring* ring) { return *reinterpret_cast<FlashRing*>(ring); }
const FlashRing& of(const nuthatch_flash_ring* ring) { return *reinterpret_cast<const FlashRing*>(ring); }
nuthatch_status of(nuthatch::Status status) { return static_cast<nuthatch_status>(status); }
nuthatch_life of(const nuthatch::Life& life) { return {life.epoch, life.sequence, life.boots, life.flags}; }

}  // namespace

nuthatch_status nuthatch_retained_begin(nuthatch_retained* retained, uint32_t* memory, size_t memory_words,
                                        const nuthatch_model* model, unsigned latency_shift, nuthatch_boot boot,
                                        uint32_t* words, size_t word_count) {
  if (retained == nullptr) return NUTHATCH_NULL;
  auto* begun = new (retained) Retained;  // the caller's storage
  if (model == nullptr) return NUTHATCH_NULL;
  const auto& opened = *reinterpret_cast<const nuthatch::Model*>(model);
  return of(begun->begin({memory, memory_words}, nuthatch::owner_of(opened, latency_shift),
                         {boot.cold, boot.fresh_epoch, boot.boots}, {words, word_count}));
}

nuthatch_status nuthatch_retained_save(nuthatch_retained* retained, const uint32_t* words, size_t word_count) {
  return of(of(retained).save({words, word_count}));
}

nuthatch_status nuthatch_retained_take_sequence(nuthatch_retained* retained, const uint32_t* words, size_t word_count,
                                                nuthatch_life* stamp) {
  nuthatch::Life life;
  const nuthatch::Status status = of(retained).take_sequence({words, word_count}, life);
  if (status == nuthatch::Status::kOk) *stamp = of(life);
  return of(status);
}

nuthatch_status nuthatch_retained_renew(nuthatch_retained* retained, uint32_t* words, size_t word_count) {
  return of(of(retained).renew({words, word_count}));
}

nuthatch_status nuthatch_retained_load(const nuthatch_retained* retained, uint32_t* words, size_t word_count,
                                       nuthatch_life* life) {
  nuthatch::Life loaded;
  const nuthatch::Status status = of(retained).load({words, word_count}, loaded);
  if (status == nuthatch::Status::kOk) *life = of(loaded);
  return of(status);
}

nuthatch_life nuthatch_retained_life(const nuthatch_retained* retained) { return of(of(retained).life()); }

void nuthatch_retained_arm(const nuthatch_retained* retained, uint32_t input_hash) { of(retained).arm(input_hash); }

void nuthatch_retained_note(const nuthatch_retained* retained, size_t predicted_class, nuthatch_status status) {
  of(retained).note(predicted_class, static_cast<nuthatch::Status>(status));
}

void nuthatch_retained_disarm(const nuthatch_retained* retained) { of(retained).disarm(); }

nuthatch_crash nuthatch_retained_crash(const nuthatch_retained* retained) {
  const nuthatch::CrashContext crash = of(retained).crash();
  return {crash.input_hash, crash.predicted_class, crash.status, crash.crashes};
}

nuthatch_status nuthatch_retained_clear_crash(nuthatch_retained* retained, const uint32_t* words, size_t word_count) {
  return of(of(retained).clear_crash({words, word_count}));
}

uint32_t nuthatch_input_hash_float32(const float* features, size_t feature_count) {
  return nuthatch::input_hash(Span<const float>(features, feature_count));
}

uint32_t nuthatch_input_hash_int16(const int16_t* features, size_t feature_count) {
  return nuthatch::input_hash(Span<const int16_t>(features, feature_count));
}

nuthatch_status nuthatch_flash_ring_begin(nuthatch_flash_ring* ring, const nuthatch_flash* flash) {
  if (ring == nullptr) return NUTHATCH_NULL;
  auto* begun = new (ring) FlashRing;
  if (flash == nullptr) return NUTHATCH_NULL;
  return of(begun->begin({{flash->sector_bytes, flash->sectors, flash->program_bytes},
                          flash->context,
                          flash->read,
                          flash->program,
                          flash->erase}));
}

nuthatch_status nuthatch_flash_ring_append(nuthatch_flash_ring* ring, const uint8_t* bytes, size_t size) {
  return of(of(ring).append({bytes, size}));
}

nuthatch_status nuthatch_flash_ring_newest(const nuthatch_flash_ring* ring, uint8_t* bytes, size_t capacity,
                                           size_t* size) {
  return of(of(ring).newest({bytes, capacity}, *size));
}
