#ifndef NUTHATCH_TRAINER_REPORT_EXPORTERS_HPP
#define NUTHATCH_TRAINER_REPORT_EXPORTERS_HPP

#include <string>

#include "report/findings.hpp"

/// Findings as text for people and for programs. A format a file: export_*.cpp.
namespace nuthatch::report {

std::string to_text(const Findings& findings);

/// One document.
std::string to_json(const Findings& findings);

/// A header, then a line a feature.
std::string to_csv(const Findings& findings);

/// Prometheus' text exposition format. device_label: each device alone, told apart by a label; else all together, as a
/// label of many values is expensive there.
std::string to_prometheus(const Findings& findings, bool device_label);

/// What a server's monitor of one model says.
struct ServedFindings {
  std::string name;
  std::string version;
  Findings findings;
};
/// The same of several models, told apart by labels `name` and `version`.
std::string to_prometheus(const std::vector<ServedFindings>& models);

/// A CSV cell, quoted where it must be.
std::string csv_cell(const std::string& text);

/// Where it is not UTF-8, the replacement character.
std::string valid_utf8(const std::string& text);

}  // namespace nuthatch::report

#endif
