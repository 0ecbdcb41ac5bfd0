#include <fmt/format.h>

#include "report/exporters.hpp"

namespace nuthatch::report {
namespace {

struct AsCell {
  std::string operator()(std::monostate /*unknown*/) const { return ""; }
  std::string operator()(bool value) const { return value ? "1" : "0"; }
  std::string operator()(std::uint64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return csv_cell(value); }
};

void append_header(std::string& text) {
  text += "name";
  for (const Column& column : feature_columns()) {
    text += fmt::format(",{}", column.name);
    if (column.threshold != nullptr) text += fmt::format(",{}_threshold", column.name);
  }
  text += ",since_device_id,since_epoch,since_sequence,since_rows_before\n";
}

void append_feature(const Findings& findings, std::size_t feature, std::string& text) {
  text += csv_cell(findings.feature_name(feature));
  for (const Column& column : feature_columns()) {
    text += ',';
    text += std::visit(AsCell(), column.value(findings, feature));
    if (column.threshold == nullptr) continue;
    text += ',';
    text += std::visit(AsCell(), column.threshold(findings, feature));
  }
  const std::optional<Since>& since = findings.since[feature];
  text += since ? fmt::format(",{},{},{},{}\n", since->device_id, since->epoch, since->sequence, since->rows_before)
                : ",,,,\n";
}

}  // namespace

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char character : text) {
    if (character == '"') quoted += '"';
    quoted += character;
  }
  quoted += '"';
  return quoted;
}

std::string to_csv(const Findings& findings) {
  std::string text;
  append_header(text);
  for (std::size_t i = 0; i < findings.history.features; ++i) append_feature(findings, i, text);
  return text;
}

}  // namespace nuthatch::report
