#ifndef NUTHATCH_TRAINER_COMPARE_COMPARISON_HPP
#define NUTHATCH_TRAINER_COMPARE_COMPARISON_HPP

#include <optional>
#include <string>
#include <vector>

#include "compare/agreement.hpp"
#include "compare/choice.hpp"
#include "compare/constants.hpp"
#include "compare/energy.hpp"
#include "compare/load.hpp"

/// All that a comparison of deployments found; what reports are written from.
namespace nuthatch::compare {

enum class Place { kLocal, kCloud, kEdge };

/// One deployment.
struct Target {
  std::string name;  ///< as it was asked for: "edge:cortex-m4"
  Place place = Place::kLocal;
  std::string error;  ///< why it failed; then nothing below means anything
  exporting::Predictions predictions;

  std::optional<double> score;
  bool identical_bits = false;  ///< to the host's answers of the same model
  Agreement agreement;

  std::optional<LoadResult> load;
  std::optional<Percentiles> latency;
  std::string latency_kind;  ///< measured, estimated or unavailable
  std::string latency_how;   ///< with what, or why not
  std::optional<double> answered_in_deadline;
  std::optional<double> cold_start_us;
  std::string cold_start_how;
  double bytes_per_prediction = 0;  ///< that leave the device, packets' headers included
  double bytes_received = 0;

  std::optional<double> instructions;        ///< mean of the rows
  std::optional<std::uint64_t> flash_bytes;  ///< code; the model's bytes come on top
  std::optional<std::uint64_t> ram_bytes;
  Energy energy;
  std::optional<double> cost_per_million;
};

struct Comparison {
  std::string model;
  std::string data;
  std::string metric;
  std::string reference;  ///< what agreement is with
  std::size_t rows = 0;
  std::size_t model_bytes = 0;
  Conditions network;
  Load load;
  double deadline_us = 0;
  std::uint64_t seed = 0;
  Constants constants;
  std::vector<Target> targets;
  std::vector<BreakEven> break_even;
  std::string hybrid_local;
  std::string hybrid_cloud;
  std::vector<HybridPoint> hybrid;  ///< empty for a regression, or without both sides
};

}  // namespace nuthatch::compare

#endif
