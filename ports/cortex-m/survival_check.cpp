/// Resets the board several times and checks that counters, numbers and the context of a crash survive in RAM.

#include <cstdint>

#include "nuthatch/retained.hpp"
#include "port.h"

namespace {

constexpr std::size_t kWords = 5;
constexpr std::uint32_t kBoots = 5, kCrashingBoot = 2, kEpoch = 100, kHash = 1234;

std::uint32_t words[kWords];
[[gnu::section(".noinit")]] std::uint32_t memory[nuthatch::retained_words(kWords)];
nuthatch::Retained retained;

[[noreturn]] void reset() {
  constexpr std::uintptr_t kAircr = 0xE000ED0C;
  __asm__ volatile("dsb" ::: "memory");
  *reinterpret_cast<volatile std::uint32_t*>(kAircr) = 0x05FA0004;  // SYSRESETREQ
  while (true) {
  }
}

/// What the boots before this one left.
bool is_right(const nuthatch::Life& life) {
  if (life.epoch != kEpoch || life.sequence != life.boots - 1) return false;
  const bool restored = (life.flags & nuthatch::kRestored) != 0;
  if (restored != (life.boots > 1)) return false;
  for (std::uint32_t i = 0; i < kWords; ++i) {
    if (words[i] != (life.boots - 1) * (i + 1)) return false;
  }
  const nuthatch::CrashContext crash = retained.crash();
  return life.boots <= kCrashingBoot ? crash.crashes == 0 : crash.crashes == 1 && crash.input_hash == kHash;
}

}  // namespace

int main() {
  const nuthatch::Owner owner = {{1, 2}, 3};
  if (retained.begin(memory, owner, {false, kEpoch, 0}, words) != nuthatch::Status::kOk) return 1;
  const nuthatch::Life life = retained.life();
  if (!is_right(life)) {
    port_say("FAIL survival: not what the boot before left\n");
    return 1;
  }
  for (std::uint32_t i = 0; i < kWords; ++i) words[i] += i + 1;
  nuthatch::Life stamp;
  if (retained.take_sequence(words, stamp) != nuthatch::Status::kOk) return 1;
  if (life.boots == kBoots) {
    port_say("survived\n");
    return 0;
  }
  retained.arm(kHash);
  if (life.boots != kCrashingBoot) retained.disarm();
  reset();
}
