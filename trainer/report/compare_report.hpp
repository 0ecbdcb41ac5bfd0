#ifndef NUTHATCH_TRAINER_REPORT_COMPARE_REPORT_HPP
#define NUTHATCH_TRAINER_REPORT_COMPARE_REPORT_HPP

#include <string>

#include "compare/comparison.hpp"
#include "report/html.hpp"

/// A comparison of deployments, as its readers want it.
namespace nuthatch::report {

/// One JSON document; what is not known is null, and a field beside it says why.
html::Json compare_json(const compare::Comparison& comparison);
/// For a terminal.
std::string compare_text(const compare::Comparison& comparison);
/// One offline HTML file.
std::string compare_page(const compare::Comparison& comparison);

}  // namespace nuthatch::report

#endif
