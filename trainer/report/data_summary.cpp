#include "report/data_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.hpp"

namespace nuthatch::report {
namespace {

constexpr double kBarWidth = 6;
constexpr double kBarHeight = 24;

/// Bars, as tall as their bin's share of the fullest.
std::string histogram_svg(const ColumnSummary& column) {
  if (column.bins.empty()) return "<span class=\"soft\">constant</span>";
  const auto most = static_cast<double>(*std::max_element(column.bins.begin(), column.bins.end()));
  std::string svg = fmt::format("<svg class=\"bins\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"values of {}\">",
                                kBarWidth * kSummaryBins, kBarHeight, html::escaped(column.name));
  for (std::size_t i = 0; i < column.bins.size(); ++i) {
    if (column.bins[i] == 0) continue;
    const double height = std::max(1.0, kBarHeight * static_cast<double>(column.bins[i]) / most);
    svg += fmt::format("<rect x=\"{:g}\" y=\"{:.1f}\" width=\"{:g}\" height=\"{:.1f}\"/>",
                       kBarWidth * static_cast<double>(i), kBarHeight - height, kBarWidth - 1, height);
  }
  return svg + "</svg>";
}

std::string number(float value) { return fmt::format("{:.5g}", value); }

}  // namespace

ColumnSummary summarize(const std::string& name, const std::vector<float>& values) {
  ColumnSummary column{name, 0, 0, 0, 0, {}, 0, {}};
  std::vector<float> finite;
  for (const float value : values) {
    column.missing += std::isnan(value) ? 1U : 0U;
    if (std::isfinite(value)) finite.push_back(value);
  }
  if (finite.empty()) return column;
  std::sort(finite.begin(), finite.end());
  column.minimum = finite.front();
  column.median = finite[(finite.size() - 1) / 2];
  column.maximum = finite.back();
  const double width = (double{column.maximum} - column.minimum) / kSummaryBins;
  if (width == 0) return column;
  column.bins.assign(kSummaryBins, 0);
  for (const float value : finite) {
    ++column.bins[std::min(static_cast<std::size_t>((double{value} - column.minimum) / width), kSummaryBins - 1)];
  }
  return column;
}

ColumnSummary summarize(const std::string& name, const std::vector<float>& values,
                        const std::vector<std::string>& categories) {
  ColumnSummary column{name, 0, 0, 0, 0, std::vector<std::size_t>(categories.size(), 0), categories.size(), {}};
  for (const float value : values) {
    if (std::isnan(value)) {
      ++column.missing;
    } else {
      ++column.bins[static_cast<std::size_t>(value)];
    }
  }
  const auto most = std::max_element(column.bins.begin(), column.bins.end());
  column.commonest = categories[static_cast<std::size_t>(most - column.bins.begin())];
  column.bins.resize(std::min(column.bins.size(), kSummaryBins));
  return column;
}

std::string summary_table(const std::vector<ColumnSummary>& columns, std::size_t rows) {
  std::vector<std::vector<std::string>> cells;
  for (const ColumnSummary& column : columns) {
    const double share = rows == 0 ? 0 : 100.0 * static_cast<double>(column.missing) / static_cast<double>(rows);
    const bool text = column.categories > 0;
    cells.push_back({html::name(column.name), histogram_svg(column),
                     text ? fmt::format("{} categories", column.categories) : number(column.minimum),
                     text ? "mostly " + html::escaped(column.commonest) : number(column.median),
                     text ? "" : number(column.maximum),
                     column.missing == 0 ? "none" : fmt::format("{} ({:.1f} %)", column.missing, share)});
  }
  return html::table({"Column", "Values", "Smallest", "Median", "Largest", "Missing"}, cells);
}

}  // namespace nuthatch::report
