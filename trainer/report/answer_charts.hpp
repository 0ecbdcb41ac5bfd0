#ifndef NUTHATCH_TRAINER_REPORT_ANSWER_CHARTS_HPP
#define NUTHATCH_TRAINER_REPORT_ANSWER_CHARTS_HPP

#include <optional>

#include "report/html.hpp"
#include "report/model_report.hpp"

/// How good a model's answers are, as charts. None where there is nothing to draw.
namespace nuthatch::report {

/// More classes than that are too many for a chart that tells each of them apart.
inline constexpr std::size_t kColoredClasses = 8;
inline constexpr std::size_t kConfusionClasses = 20;

/// The style sheet's colour of a class or a line.
std::string class_color(std::size_t index);

std::optional<html::Chart> confusion_chart(const ScoredRows& scored);
/// ROC and precision-recall, of the second of two classes, else of each against the rest.
std::vector<html::Chart> ranking_charts(const exporting::LoadedModel& model, const ScoredRows& scored);
std::optional<html::Chart> calibration_chart(const ScoredRows& scored);
/// Prediction against truth, residuals against prediction, and their histogram.
std::vector<html::Chart> residual_charts(const exporting::LoadedModel& model, const ScoredRows& scored,
                                         bool decimal_comma);

}  // namespace nuthatch::report

#endif
