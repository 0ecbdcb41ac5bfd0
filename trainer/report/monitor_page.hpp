#ifndef NUTHATCH_TRAINER_REPORT_MONITOR_PAGE_HPP
#define NUTHATCH_TRAINER_REPORT_MONITOR_PAGE_HPP

#include <string>

#include "report/findings.hpp"

namespace nuthatch::report {

/// Findings as an HTML page. model_name: what the reader calls the model; its file's name.
/// Throws std::runtime_error if the program cannot write pages.
std::string monitor_page(const Findings& findings, const std::string& model_name);

}  // namespace nuthatch::report

#endif
