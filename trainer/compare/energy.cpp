#include "compare/energy.hpp"

#include <filesystem>
#include <fstream>

namespace nuthatch::compare {
namespace {

/// The product of constants; nothing where one is unknown.
template <class... Names>
std::optional<double> product(const Constants& constants, const Names&... names) {
  double value = 1;
  for (const std::string& name : {std::string(names)...}) {
    const std::optional<double> factor = constants.value(name);
    if (!factor) return std::nullopt;
    value *= *factor;
  }
  return value;
}

std::optional<double> number_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  double value = 0;
  return file >> value ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<double> estimated_us(const Constants& constants, const std::string& core, double instructions) {
  const auto cycles = constants.value(core + ".cycles_per_instruction");
  const auto clock = constants.value(core + ".clock");
  if (!cycles || !clock || *clock == 0) return std::nullopt;
  return 1e6 * instructions * *cycles / *clock;
}

Energy compute_energy(const Constants& constants, const std::string& core, double us) {
  const auto watts = product(constants, core + ".volts", core + ".active_current");
  if (!watts) return {{}, "unavailable", core + ".active_current is not known; give it in --constants"};
  return {*watts * us, "estimated", "volts x active current x estimated time of computing"};
}

Energy radio_energy(const Constants& constants, double sent_bytes, double received_bytes, double latency_us) {
  const auto sending = product(constants, "radio.volts", "radio.send_current");
  const auto receiving = product(constants, "radio.volts", "radio.receive_current");
  const auto waiting = product(constants, "radio.volts", "radio.wait_current");
  const auto bitrate = constants.value("radio.bitrate");
  if (!sending || !receiving || !waiting || !bitrate || *bitrate == 0) {
    return {{}, "unavailable", "a constant radio.* is not known; give it in --constants"};
  }
  const double send_us = 8e6 * sent_bytes / *bitrate;
  const double receive_us = 8e6 * received_bytes / *bitrate;
  const double wait_us = latency_us > send_us + receive_us ? latency_us - send_us - receive_us : 0;
  return {*sending * send_us + *receiving * receive_us + *waiting * wait_us, "estimated",
          "at the device: volts x (send current x bits sent / bit rate + receive current x bits received / bit rate + "
          "wait current x the rest of the latency); the server's is not in it"};
}

std::optional<double> rapl_joules() {
  const std::filesystem::path folder = "/sys/class/powercap";
  double sum = 0;
  bool found = false;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    // Packages: intel-rapl:0. Their parts (intel-rapl:0:1) are in them already.
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("intel-rapl:") || name.find(':') != name.rfind(':')) continue;
    const auto microjoules = number_in(entry.path() / "energy_uj");
    if (!microjoules) return std::nullopt;
    sum += *microjoules * 1e-6;
    found = true;
  }
  return found ? std::optional(sum) : std::nullopt;
}

Energy host_energy(const Constants& constants, std::optional<double> joules_before, std::optional<double> joules_after,
                   double predictions, double compute_us) {
  // A counter that was full in between has begun anew.
  if (joules_before && joules_after && *joules_after > *joules_before) {
    return {1e6 * (*joules_after - *joules_before) / predictions, "measured",
            "the processor's energy while the load ran (RAPL), waiting included, a prediction"};
  }
  if (const auto watts = constants.value("host.watts")) {
    return {*watts * compute_us, "estimated", "host.watts x time of computing"};
  }
  return {{}, "unavailable", "RAPL cannot be read here, and host.watts is not known"};
}

std::optional<double> cost_per_million(const Constants& constants, const Use& use) {
  double cost = 0;
  const auto add = [&](const char* price, double amount) {
    if (amount == 0) return true;
    const auto each = constants.value(price);
    if (each) cost += *each * amount;
    return each.has_value();
  };
  const bool known = add("price.request", 1e6 * use.requests) && add("price.cpu_second", use.cpu_us) &&
                     add("price.megabyte", use.bytes) && add("price.kilowatt_hour", use.device_uj.value_or(0) / 3.6e6);
  return known ? std::optional(cost) : std::nullopt;
}

}  // namespace nuthatch::compare
