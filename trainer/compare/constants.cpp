#include "compare/constants.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "data/nearest.hpp"

namespace nuthatch::compare {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kAssumed =
    "assumed, of Arm's instruction timings (one cycle for most, two for a load, two to four for a taken branch) and "
    "memory without wait states; count the cycles on your own board";
// Quoted from memory: nobody has held them against the sheets yet, and the file that is printed says so.
constexpr const char* kNrf51 = "nRF51822 Product Specification v3.1, quoted from memory";
constexpr const char* kStm32F4 =
    "STM32F405 data sheet (DS8626), quoted from memory, run mode from flash with the accelerator";
constexpr const char* kStm32F1 = "STM32F103 data sheet (DS5319), quoted from memory, run mode from flash";
constexpr const char* kYours = "no figure is given: put in that of your part";

/// What is told of a core: nullopt where nobody should guess.
struct Core {
  const char* name;
  double clock;
  double cycles;
  std::optional<double> active;
  std::optional<double> idle;
  double volts;
  std::string clock_source;
  std::string current_source;
};

const std::vector<Core>& cores() {
  static const std::vector<Core> kCores = {
      {"cortex-m0", 16e6, 1.6, 4.4e-3, 2.6e-6, 3.0, "nRF51822 of the BBC micro:bit",
       std::string(kNrf51) + ": the CPU from flash at 16 MHz; idle: System ON"},
      {"cortex-m3", 72e6, 1.4, 27e-3, 14.4e-3, 3.3, "STM32F103 at its highest",
       std::string(kStm32F1) + ", 72 MHz, peripherals off; idle: sleep, peripherals on"},
      {"cortex-m4", 168e6, 1.4, 40e-3, 12e-3, 3.3, "STM32F405 at its highest",
       std::string(kStm32F4) + ", 168 MHz, peripherals off; idle: sleep"},
      {"cortex-m7", 216e6, 1.0, {}, {}, 3.3, "STM32F746 at its highest", kYours},
      {"cortex-m33", 110e6, 1.4, {}, {}, 3.3, "STM32L552 at its highest", kYours},
      {"cortex-m55", 160e6, 1.3, {}, {}, 3.3, "a 160 MHz part", kYours}};
  return kCores;
}

std::map<std::string, Constant> general() {
  return {{"host.watts",
           {{}, "W", "no figure is given: what one busy core of the machine takes, where RAPL cannot be read"}},
          {"radio.bitrate", {1e6, "bit/s", "Bluetooth LE's 1 Mbit/s, without its own framing"}},
          {"radio.send_current", {10.5e-3, "A", std::string(kNrf51) + ": sending at 0 dBm"}},
          {"radio.receive_current", {13e-3, "A", std::string(kNrf51) + ": receiving at 1 Mbit/s"}},
          {"radio.wait_current",
           {2.6e-6, "A",
            std::string(kNrf51) + ": System ON, asleep until the answer; a radio that "
                                  "must listen takes its receive_current"}},
          {"radio.volts", {3.0, "V", "a coin cell or two AA cells"}},
          {"price.cpu_second",
           {0.0042 / 2 / 3600, "per s",
            "an on-demand virtual machine of 0.0042 an hour with two cores "
            "(a t4g.nano, from memory); put in your own"}},
          {"price.request", {0.0, "each", "a server of your own; a function service takes about 0.2e-6"}},
          {"price.megabyte", {0.02, "per 10^6 B", "an IoT data plan of 10 for 500 MB; put in your own"}},
          {"price.kilowatt_hour", {0.30, "per kWh", "mains; of a coin cell it is about a thousand times as much"}}};
}

std::string nearest_constant(const std::map<std::string, Constant>& constants, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, constant] : constants) names.push_back(known);
  const std::string* nearest = data::nearest_name(name, names);
  return nearest == nullptr ? "" : *nearest;
}

void replace(std::map<std::string, Constant>& constants, const std::string& name, const Json& json) {
  const auto known = constants.find(name);
  if (known == constants.end()) {
    const std::string nearest = nearest_constant(constants, name);
    throw std::runtime_error(
        fmt::format("there is no constant \"{}\"{}; `nuthatch compare --print-constants` lists all", name,
                    nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
  }
  if (!json.is_object() || !json.contains("value")) {
    throw std::runtime_error(fmt::format(R"("{}": give {{"value": ..., "source": "..."}})", name));
  }
  const Json& value = json.at("value");
  const bool is_price_or_time = value.is_number() && std::isfinite(value.get<double>()) && value.get<double>() >= 0;
  if (!value.is_null() && !is_price_or_time) {
    throw std::runtime_error(fmt::format("\"{}\": its value is neither null nor a number from 0 on", name));
  }
  known->second.value = value.is_null() ? std::nullopt : std::optional(value.get<double>());
  known->second.source = json.value("source", "the user's file, which does not say from where");
  known->second.unit = json.value("unit", known->second.unit);
}

}  // namespace

Constants Constants::defaults() {
  Constants constants;
  constants.constants_ = general();
  for (const Core& core : cores()) {
    const std::string name = core.name;
    constants.constants_[name + ".clock"] = {core.clock, "Hz", core.clock_source};
    constants.constants_[name + ".cycles_per_instruction"] = {core.cycles, "cycles", kAssumed};
    constants.constants_[name + ".active_current"] = {core.active, "A", core.current_source};
    constants.constants_[name + ".idle_current"] = {core.idle, "A", core.current_source};
    constants.constants_[name + ".volts"] = {core.volts, "V", "a usual supply"};
  }
  return constants;
}

Constants Constants::from_file(const std::string& path) try {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot be read");
  Constants constants = defaults();
  const Json json = Json::parse(file);
  if (!json.is_object()) throw std::runtime_error("is no JSON object of constants");
  for (const auto& [name, constant] : json.items()) replace(constants.constants_, name, constant);
  return constants;
} catch (const std::exception& error) {
  throw std::runtime_error(fmt::format("{}: {}", path, error.what()));
}

std::optional<double> Constants::value(const std::string& name) const {
  const auto found = constants_.find(name);
  return found == constants_.end() ? std::nullopt : found->second.value;
}

std::string Constants::to_json() const {
  Json json;
  for (const auto& [name, constant] : constants_) {
    json[name] = {{"value", constant.value ? Json(*constant.value) : Json()},
                  {"unit", constant.unit},
                  {"source", constant.source}};
  }
  return json.dump(2);
}

}  // namespace nuthatch::compare
