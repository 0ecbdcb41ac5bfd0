#ifndef NUTHATCH_TESTS_UNIT_SURVIVAL_RAM_HPP
#define NUTHATCH_TESTS_UNIT_SURVIVAL_RAM_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "runtime/src/retained_protocol.hpp"

namespace nuthatch::test {

/// Retained memory that can lose its supply at any store, and be interrupted at any access.
struct Ram {
  explicit Ram(std::size_t size) : words(size), written(size, false) {}

  std::vector<std::uint32_t> words;
  std::vector<bool> written;      // reading a word that was not faults, where there is parity
  bool faulted = false;           // that happened
  bool out_of_bounds = false;     // likewise
  std::int64_t stores_left = -1;  // negative: no end; at 0 nothing is stored any more
  std::size_t stores = 0;
  std::size_t loads = 0;
  std::function<void()> at_store, at_load;

  bool is_dead() const { return stores_left == 0; }

  void power_off(std::mt19937& random) {
    for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random());
    written.assign(words.size(), false);
  }

  static void run(std::function<void()>& hook) {
    if (!hook) return;
    const std::function<void()> taken = std::move(hook);
    hook = nullptr;  // an interrupt is not interrupted
    taken();
    if (!hook) hook = taken;
  }
};

/// The protocol's memory policy.
struct SimulatedMemory {
  Ram* ram;

  std::uint32_t load(std::size_t index) const {
    ++ram->loads;
    Ram::run(ram->at_load);
    if (index >= ram->words.size()) {
      ram->out_of_bounds = true;
      return 0;
    }
    if (!ram->written[index] && !ram->is_dead()) ram->faulted = true;
    return ram->words[index];
  }

  void store(std::size_t index, std::uint32_t value) const {
    ++ram->stores;
    if (ram->stores_left == 0) return;
    if (ram->stores_left > 0) --ram->stores_left;
    if (index >= ram->words.size()) {
      ram->out_of_bounds = true;
      return;
    }
    ram->words[index] = value;
    ram->written[index] = true;
    Ram::run(ram->at_store);
  }

  static void barrier() {}
};

}  // namespace nuthatch::test

#endif
