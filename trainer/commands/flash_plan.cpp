#include "commands/flash_plan.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "commands/write_text.hpp"
#include "nuthatch/flash_ring.hpp"

namespace nuthatch::commands {
namespace {

using Json = nlohmann::ordered_json;

/// Digits and nothing else, that fit.
std::optional<std::uint32_t> parse_whole(const std::string& text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<FlashGeometry> parse_ring(const std::string& text) {
  const std::size_t x = text.find('x');
  if (x == std::string::npos) return std::nullopt;
  const auto sectors = parse_whole(text.substr(0, x));
  const auto bytes = parse_whole(text.substr(x + 1));
  if (!sectors || !bytes) return std::nullopt;
  return FlashGeometry{*bytes, *sectors, 0};
}

std::string ring_text(const std::string& text) {
  if (parse_ring(text)) return "";
  return fmt::format("{} is not SECTORSxBYTES, as 4x1024", text);
}

/// For CLI11's `check`, which reads -1 as a large number.
auto from_to(std::uint32_t low, std::uint32_t high) {
  return [low, high](const std::string& text) {
    const auto value = parse_whole(text);
    if (value && *value >= low && *value <= high) return std::string();
    return fmt::format("{} is not a whole number from {} to {}", text, low, high);
  };
}

FlashGeometry geometry_of(const FlashPlan& plan) {
  FlashGeometry geometry = parse_ring(plan.ring).value_or(FlashGeometry());
  geometry.program_bytes = plan.program_unit;
  if (geometry.sectors < 2) throw CLI::ValidationError("--flash-ring", "a ring has two sectors or more");
  const std::uint32_t unit = plan.program_unit;
  if ((unit & (unit - 1)) != 0) {
    throw CLI::ValidationError("--program-unit", fmt::format("{} is not a power of two up to 64", unit));
  }
  if (!detail::is_ring(geometry)) {
    throw CLI::ValidationError(
        "--flash-ring", fmt::format("sectors of {} bytes: a multiple of {}, more than {}, and 4 GiB together at most",
                                    geometry.sector_bytes, detail::record_unit(geometry), detail::kRecordHeader));
  }
  return geometry;
}

/// Erases of all sectors together for a record, on average.
double erases_a_record(const FlashPlan& plan, std::uint32_t records_a_sector) {
  if (plan.records_a_boot == 0) return 1.0 / records_a_sector;
  const std::uint32_t erases_a_boot = (plan.records_a_boot - 1) / records_a_sector + 1;
  return static_cast<double>(erases_a_boot) / plan.records_a_boot;
}

}  // namespace

void add_flash_flags(CLI::App& command, FlashPlan& plan) {
  CLI::Option* ring =
      command.add_option("--flash-ring", plan.ring, "say how long snapshots in a ring of flash sectors last: 4x1024")
          ->type_name("SxBYTES")
          ->check(ring_text);
  const auto add = [&](const char* name, std::uint32_t& value, const char* help, std::uint32_t low,
                       std::uint32_t high) {
    command.add_option(name, value, help)->type_name("N")->check(from_to(low, high))->needs(ring);
  };
  add("--program-unit", plan.program_unit, "bytes that the flash programs at once (4)", 1, 64);
  add("--endurance", plan.endurance, "erases that a sector stands (10000)", 1, 100000000);
  add("--every", plan.every, "seconds between two snapshots (3600)", 1, 1000000000);
  add("--records-a-boot", plan.records_a_boot, "snapshots between two boots; 0: it never boots again (0)", 0,
      1000000000);
}

Json flash_json(const FlashPlan& plan, std::size_t record_bytes) {
  const FlashGeometry geometry = geometry_of(plan);
  const std::uint32_t records = flash_ring_records(geometry, record_bytes);
  if (records == 0) {
    throw std::runtime_error(fmt::format(
        "a snapshot of {} bytes and the record's {} do not fit into a sector of {}; several pages may be one sector",
        record_bytes, detail::kRecordHeader, geometry.sector_bytes));
  }
  return {
      {"sectors", geometry.sectors},
      {"sector_bytes", geometry.sector_bytes},
      {"program_unit", plan.program_unit},
      {"endurance", plan.endurance},
      {"every_seconds", plan.every},
      {"records_a_boot", plan.records_a_boot},
      {"record_bytes", record_bytes},
      {"slot_bytes", flash_ring_slot(geometry, record_bytes)},
      {"records_a_sector", records},
      {"erases_a_day", erases_a_record(plan, records) * 86400 / plan.every},
      {"lifetime_records", flash_ring_total(geometry, record_bytes, plan.endurance, plan.records_a_boot)},
      {"lifetime_days", flash_ring_lifetime(geometry, record_bytes, plan.endurance, plan.every, plan.records_a_boot)}};
}

void print_flash(const Json& json) {
  write_text("flash ring  a snapshot of {} bytes takes {}: {} in each of {} sectors of {} bytes\n",
             json["record_bytes"].get<std::size_t>(), json["slot_bytes"].get<std::uint32_t>(),
             json["records_a_sector"].get<std::uint32_t>(), json["sectors"].get<std::uint32_t>(),
             json["sector_bytes"].get<std::uint32_t>());
  const auto days = json["lifetime_days"].get<std::uint64_t>();
  const auto boot = json["records_a_boot"].get<std::uint32_t>();
  write_text("lasts       {} days ({:.1f} years) of one every {} s: {:.4g} erases a day, {} a sector in all; {}\n",
             days, static_cast<double>(days) / 365.25, json["every_seconds"].get<std::uint32_t>(),
             json["erases_a_day"].get<double>(), json["endurance"].get<std::uint32_t>(),
             boot == 0 ? "without boots (--records-a-boot)" : fmt::format("a boot every {}", boot));
}

}  // namespace nuthatch::commands
