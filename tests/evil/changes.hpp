#ifndef NUTHATCH_TESTS_EVIL_CHANGES_HPP
#define NUTHATCH_TESTS_EVIL_CHANGES_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "evil/exercise.hpp"
#include "unit/runtime_buffer.hpp"

/// Models with something wrong in them, by the thousand.
namespace nuthatch::test {

using ModelBytes = Buffer<std::uint8_t>;

/// What became of the changed models.
struct Tally {
  std::map<Status, std::size_t> statuses;
  std::size_t broken = 0;
  std::string first;

  void add(const Outcome& outcome, const std::string& what);
  std::size_t opened() const;
  std::size_t total() const;
  std::string text() const;
};

/// Every byte to each of its other values, one at a time. Sealed: with the CRC-32 of what is then there (and not the
/// CRC's own bytes).
void change_every_byte(const ModelBytes& bytes, bool sealed, Tally& tally);

/// The same, sealed, of a model that must be good as it is.
void change_good_model(const ModelBytes& bytes, Tally& tally);
/// Nothing broke, and more than so many changed models were opened, and refused.
void check_tally(const Tally& tally, std::size_t opened, std::size_t refused);

/// Every length from nothing to all but the last byte, as it is.
void cut_everywhere(const ModelBytes& bytes, Tally& tally);
/// The FlatBuffer cut off at every multiple of 8, the whole of it included, and a seal that says so.
void cut_and_seal_everywhere(const ModelBytes& bytes, Tally& tally);

}  // namespace nuthatch::test

#endif
