#ifndef NUTHATCH_TRAINER_TUNE_BUDGET_HPP
#define NUTHATCH_TRAINER_TUNE_BUDGET_HPP

#include <cstdint>
#include <optional>
#include <string>

#include "report/footprint.hpp"

/// What a model may cost on its core.
namespace nuthatch::tune {

/// Of one model on one core.
struct Cost {
  std::uint64_t flash_bytes = 0;               ///< the code that its product links (`code`), and the file
  std::uint64_t ram_bytes = 0;                 ///< Model, Monitor and its words, scratch, outputs, one row
  std::uint64_t instructions = 0;              ///< of a prediction, the most that a row can take
  std::optional<report::Footprint> code = {};  ///< nothing where no table has its parts
};

struct Budget {
  std::string core = "cortex-m4";
  std::optional<std::uint64_t> flash_bytes = {};
  std::optional<std::uint64_t> ram_bytes = {};
  std::optional<std::uint64_t> instructions = {};

  bool allows(const Cost& cost) const;
  /// A sentence that says by how much it does not; empty where it does.
  std::string why_not(const Cost& cost) const;
};

/// "flash=8K,ram=1K,instructions=20000,core=cortex-m4", in any order, all optional; K is 1,024 bytes. Throws
/// std::invalid_argument that says what is wrong with which part; the core's name is not looked at.
Budget parse_budget(const std::string& text);

}  // namespace nuthatch::tune

#endif
