#ifndef NUTHATCH_TRAINER_REPORT_LEARNING_CHARTS_HPP
#define NUTHATCH_TRAINER_REPORT_LEARNING_CHARTS_HPP

#include <optional>

#include "report/html.hpp"
#include "report/model_report.hpp"

/// How a model came about, as charts. None where there is nothing to draw.
namespace nuthatch::report {

std::optional<html::Chart> learning_chart(const LearningCurve& curve, const std::string& metric);
html::Chart validation_chart(const ValidationCurve& curve, const std::string& metric);
/// The most important features, with one standard deviation over the repeats.
std::optional<html::Chart> importance_chart(const ModelReport& report);
/// None where all score alike.
std::optional<html::Chart> precision_chart(const ModelReport& report, const std::string& metric);
/// Score against flash, RAM and instructions.
std::vector<html::Chart> front_charts(const ModelReport& report, const std::string& metric);

/// Places of the features, the most important first.
std::vector<std::size_t> by_importance(const explain::Importance& importance);

}  // namespace nuthatch::report

#endif
