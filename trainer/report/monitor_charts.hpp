#ifndef NUTHATCH_TRAINER_REPORT_MONITOR_CHARTS_HPP
#define NUTHATCH_TRAINER_REPORT_MONITOR_CHARTS_HPP

#include <optional>
#include <span>
#include <vector>

#include "report/findings.hpp"
#include "report/html.hpp"

/// The charts of monitor_page: findings as Vega-Lite. A chart that has nothing to show is none.
namespace nuthatch::report {

/// A feature's shares by bin, deployed and in training; of features with a histogram.
std::optional<html::Chart> feature_chart(const Findings& findings, std::size_t feature);

/// The same of the output: margins of a classifier, scores of a regression.
std::optional<html::Chart> output_chart(const Findings& findings);

/// How far features are from training, interval by interval of one device.
std::optional<html::Chart> timeline_chart(const Findings& device, std::span<const std::size_t> features);

/// The same, device by device.
std::optional<html::Chart> devices_chart(std::span<const Findings> devices, std::span<const std::size_t> features);

std::optional<html::Chart> class_chart(const Findings& findings);
std::optional<html::Chart> latency_chart(const Findings& findings);

}  // namespace nuthatch::report

#endif
