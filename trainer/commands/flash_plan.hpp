#ifndef NUTHATCH_TRAINER_COMMANDS_FLASH_PLAN_HPP
#define NUTHATCH_TRAINER_COMMANDS_FLASH_PLAN_HPP

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace CLI {
class App;
}

/// How long a flash ring (nuthatch/flash_ring.hpp) lasts with a model's snapshots.
namespace nuthatch::commands {

struct FlashPlan {
  std::string ring;  // "4x1024": sectors x bytes; empty: nobody asked
  std::uint32_t program_unit = 4;
  std::uint32_t endurance = 10000;
  std::uint32_t every = 3600;
  std::uint32_t records_a_boot = 0;
};

void add_flash_flags(CLI::App& command, FlashPlan& plan);

/// Throws CLI::ValidationError where no ring is like that, std::runtime_error where the record does not fit into it.
nlohmann::ordered_json flash_json(const FlashPlan& plan, std::size_t record_bytes);
/// A line of it.
void print_flash(const nlohmann::ordered_json& json);

}  // namespace nuthatch::commands

#endif
