#ifndef NUTHATCH_TRAINER_REPORT_COMPARE_CHARTS_HPP
#define NUTHATCH_TRAINER_REPORT_COMPARE_CHARTS_HPP

#include <optional>

#include "compare/comparison.hpp"
#include "report/html.hpp"

/// The charts of a comparison; nothing where there is nothing to draw.
namespace nuthatch::report {

std::optional<html::Chart> latency_chart(const compare::Comparison& comparison);
std::optional<html::Chart> split_chart(const compare::Comparison& comparison);
std::optional<html::Chart> energy_chart(const compare::Comparison& comparison);
std::optional<html::Chart> hybrid_chart(const compare::Comparison& comparison);

}  // namespace nuthatch::report

#endif
