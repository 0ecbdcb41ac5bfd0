/* The part of the C API that keeps counters, from C99. */

#include "survival_c_api.h"

#include <string.h>

static bool read_flash(void* context, uint32_t offset, void* bytes, size_t size) {
  memcpy(bytes, ((c_survival*)context)->flash + offset, size);
  return true;
}

static bool program_flash(void* context, uint32_t offset, const void* bytes, size_t size) {
  memcpy(((c_survival*)context)->flash + offset, bytes, size);
  return true;
}

static bool erase_flash(void* context, uint32_t offset) {
  memset(((c_survival*)context)->flash + offset, 0xFF, kCFlashBytes / 2);
  return true;
}

static nuthatch_flash flash_of(c_survival* s) {
  nuthatch_flash flash;
  memset(&flash, 0, sizeof flash);
  flash.sector_bytes = kCFlashBytes / 2;
  flash.sectors = 2;
  flash.program_bytes = 4;
  flash.context = s;
  flash.read = read_flash;
  flash.program = program_flash;
  flash.erase = erase_flash;
  return flash;
}

void c_survival_boot(c_survival* s, const nuthatch_model* model, int cold) {
  const size_t count = nuthatch_footprint(model).monitor_words;
  const nuthatch_flash flash = flash_of(s);
  const float row[3] = {1, 2, 3};
  nuthatch_monitor monitor;
  nuthatch_retained retained;
  nuthatch_flash_ring ring;
  nuthatch_boot boot;
  nuthatch_snapshot_context context;
  uint32_t words[kCSurvivalWords];
  uint8_t snapshot[1024];
  size_t written = 0;
  memset(&retained, 0xA5, sizeof retained); /* memory that nobody has cleared */
  memset(&ring, 0xA5, sizeof ring);
  memset(&context, 0, sizeof context);
  boot.cold = cold != 0;
  boot.fresh_epoch = 900;
  boot.boots = 0;
  if (nuthatch_monitor_attach(&monitor, model, words, count, 0) != NUTHATCH_OK) return;
  s->begun = (int)nuthatch_retained_begin(&retained, s->memory, sizeof s->memory / sizeof *s->memory, model, 0, boot,
                                          words, count);
  s->life = nuthatch_retained_life(&retained);
  s->crash = nuthatch_retained_crash(&retained);
  s->rows = nuthatch_monitor_rows(&monitor);
  s->ring_begun = (int)nuthatch_flash_ring_begin(&ring, &flash);
  s->found = (int)nuthatch_flash_ring_newest(&ring, snapshot, sizeof snapshot, &s->record_size);
  /* A row is refused; so much is counted without a prediction. */
  (void)nuthatch_monitor_observe(&monitor, NUTHATCH_MISSING, NULL, 0, NULL, 0, 0);
  ++words[0];
  (void)nuthatch_retained_save(&retained, words, count);
  (void)nuthatch_retained_take_sequence(&retained, words, count, &s->stamp);
  context.boot_count = s->stamp.boots;
  context.epoch = s->stamp.epoch;
  context.sequence = s->stamp.sequence;
  (void)nuthatch_monitor_snapshot(&monitor, &context, snapshot, sizeof snapshot, &written);
  s->appended = (int)nuthatch_flash_ring_append(&ring, snapshot, written);
  s->loaded = (int)nuthatch_retained_load(&retained, words, count, &s->read);
  if (s->crash.crashes == 2) (void)nuthatch_retained_clear_crash(&retained, words, count);
  nuthatch_retained_arm(&retained, nuthatch_input_hash_float32(row, 3));
  nuthatch_retained_disarm(&retained);
  nuthatch_retained_arm(&retained, nuthatch_input_hash_float32(row, 3) + s->life.boots);
  nuthatch_retained_note(&retained, 1, NUTHATCH_OK);
}

size_t c_survival_refusals(const nuthatch_model* model, int* statuses) {
  uint32_t memory[NUTHATCH_RETAINED_MEMORY_WORDS(4)];
  uint32_t words[4];
  uint8_t bytes[4] = {0};
  int16_t raw = 1;
  size_t size = 0;
  size_t n = 0;
  nuthatch_boot boot = {true, 1, 0};
  nuthatch_life life;
  nuthatch_retained retained;
  nuthatch_flash_ring ring;
  nuthatch_flash flash;
  memset(&retained, 0, sizeof retained);
  memset(&ring, 0, sizeof ring);
  memset(&flash, 0, sizeof flash);
  statuses[n++] = (int)nuthatch_retained_begin(NULL, memory, 38, model, 0, boot, words, 4);
  statuses[n++] = (int)nuthatch_retained_begin(&retained, memory, 38, NULL, 0, boot, words, 4);
  statuses[n++] = (int)nuthatch_retained_begin(&retained, memory, 37, model, 0, boot, words, 4);
  statuses[n++] = (int)nuthatch_retained_save(&retained, words, 4);
  statuses[n++] = (int)nuthatch_retained_begin(&retained, memory, 38, model, 0, boot, words, 4);
  statuses[n++] = (int)nuthatch_retained_take_sequence(&retained, words, 3, &life);
  statuses[n++] = (int)nuthatch_retained_load(&retained, words, 3, &life);
  statuses[n++] = (int)nuthatch_retained_renew(&retained, words, 4);
  statuses[n++] = (int)nuthatch_retained_life(&retained).flags;
  statuses[n++] = nuthatch_input_hash_int16(&raw, 1) != 0;
  statuses[n++] = (int)nuthatch_flash_ring_begin(NULL, &flash);
  statuses[n++] = (int)nuthatch_flash_ring_begin(&ring, NULL);
  statuses[n++] = (int)nuthatch_flash_ring_append(&ring, bytes, 4);
  flash = flash_of(NULL);
  flash.program_bytes = 5;
  statuses[n++] = (int)nuthatch_flash_ring_begin(&ring, &flash);
  statuses[n++] = (int)nuthatch_flash_ring_newest(&ring, bytes, 4, &size);
  return n;
}
