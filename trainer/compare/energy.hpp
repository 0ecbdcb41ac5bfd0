#ifndef NUTHATCH_TRAINER_COMPARE_ENERGY_HPP
#define NUTHATCH_TRAINER_COMPARE_ENERGY_HPP

#include <optional>
#include <string>

#include "compare/constants.hpp"

/// Energy and money of a prediction. Everything is estimated from constants, but what RAPL measures.
namespace nuthatch::compare {

struct Energy {
  std::optional<double> microjoules;  ///< of one prediction
  std::string label = "unavailable";  ///< measured, estimated or unavailable
  std::string how;                    ///< the formula, or why there is none
};

/// instructions x cycles_per_instruction / clock of a core; nothing where a constant is unknown.
std::optional<double> estimated_us(const Constants& constants, const std::string& core, double instructions);

/// volts x active_current x time.
Energy compute_energy(const Constants& constants, const std::string& core, double us);

/// What asking a server costs the device that asks: volts x (send_current x sent bits / bitrate + receive_current x
/// received bits / bitrate + wait_current x the rest of the time).
Energy radio_energy(const Constants& constants, double sent_bytes, double received_bytes, double latency_us);

/// Of the machine's processor, by the kernel's counters (Linux powercap, Intel's RAPL). Nothing where they cannot be
/// read: they are missing in most virtual machines, and only root may read them.
std::optional<double> rapl_joules();

/// What one prediction of a load took, from counters before and after it, idle included; else from host.watts and the
/// time of its computing.
Energy host_energy(const Constants& constants, std::optional<double> joules_before, std::optional<double> joules_after,
                   double predictions, double compute_us);

/// Of a million predictions: requests, the server's CPU, bytes each way, and the device's energy. Nothing where a price
/// that it needs is unknown.
struct Use {
  double requests = 0;  ///< to a server
  double cpu_us = 0;    ///< of a server
  double bytes = 0;     ///< on the wire, both ways
  std::optional<double> device_uj;
};
std::optional<double> cost_per_million(const Constants& constants, const Use& use);

}  // namespace nuthatch::compare

#endif
