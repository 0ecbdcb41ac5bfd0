#ifndef NUTHATCH_TRAINER_REPORT_HTML_HPP
#define NUTHATCH_TRAINER_REPORT_HTML_HPP

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The frame of a report: one HTML file with everything in it, that opens without a network and asks for none.
namespace nuthatch::report::html {

using Json = nlohmann::ordered_json;

/// Text as HTML, fit for an attribute in double quotes too.
std::string escaped(std::string_view text);

/// "1 row", "2 rows".
std::string plural(std::uint64_t count, const char* what);

/// A colour of the style sheet ("deployed") and what it means.
struct Key {
  std::string color;
  std::string meaning;
};

struct Chart {
  std::string title;
  std::string description;  ///< what it shows, in a sentence: under the title and for those who do not see the chart
  Json spec;                ///< Vega-Lite; its width is the page's to say
  std::vector<Key> keys;    ///< its legend, which wraps where the page is narrow
};

/// A figure that the page's script draws.
std::string figure(const Chart& chart);

/// Figures side by side, where there is room.
std::string figures(const std::vector<Chart>& charts);

/// A name of any length, as HTML that wraps anywhere.
std::string name(std::string_view text);

/// A table whose rows become cards where the page is narrow: labels of the columns, and cells as HTML, a row each, the
/// first of which names the row. Empty of no rows.
std::string table(const std::vector<std::string>& labels, const std::vector<std::vector<std::string>>& rows);

/// Names and values side by side, or long ones with a line each; both are text.
enum class Facts { kSideBySide, kLines };
std::string facts(const std::vector<std::pair<std::string, std::string>>& facts, Facts layout = Facts::kSideBySide);

/// HTML that is folded away under a summary.
std::string details(std::string_view summary, std::string_view body);

/// A section with a heading. `body` is HTML, as it is.
std::string section(std::string_view title, std::string_view body);

/// The whole file around sections. Throws std::runtime_error if the program cannot write pages.
std::string page(std::string_view title, std::string_view subtitle, std::string_view body);

}  // namespace nuthatch::report::html

#endif
