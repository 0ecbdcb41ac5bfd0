#ifndef NUTHATCH_TRAINER_REPORT_SHAPE_CHARTS_HPP
#define NUTHATCH_TRAINER_REPORT_SHAPE_CHARTS_HPP

#include <optional>

#include "report/html.hpp"
#include "report/model_report.hpp"

/// A model drawn whole, where it has so few features that it can be.
namespace nuthatch::report {

/// Of two features: the plane coloured by the class that the model answers, with the rows over it; of two classes and a
/// linear kind the separating line, too. Of two features and values, or of other numbers of features: none.
std::optional<html::Chart> plane_chart(const exporting::LoadedModel& model, const ScoredRows& scored);

/// Of one feature and values: truth and prediction over the feature, and the fitted line.
std::optional<html::Chart> fit_chart(const exporting::LoadedModel& model, const ScoredRows& scored, bool decimal_comma);

}  // namespace nuthatch::report

#endif
