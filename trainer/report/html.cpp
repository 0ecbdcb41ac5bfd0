#include "report/html.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <stdexcept>

#include "export/model_file.hpp"
#include "report/exporters.hpp"

#ifndef NUTHATCH_NO_REPORTS
extern "C" {
extern const char nuthatch_web_libraries[];
extern const char nuthatch_web_libraries_end[];
extern const char nuthatch_web_script[];
extern const char nuthatch_web_script_end[];
extern const char nuthatch_web_style[];
extern const char nuthatch_web_style_end[];
}
#endif

namespace nuthatch::report::html {
namespace {

/// What lies in every page (web/).
struct Assets {
  std::string_view libraries;
  std::string_view script;
  std::string_view style;
};

#ifdef NUTHATCH_NO_REPORTS
Assets assets() {
  throw std::runtime_error(
      "this program was built without reports; build it with npm installed and without -DNUTHATCH_REPORTS=OFF (./run "
      "build)");
}
#else
std::string_view bytes_between(const char* start, const char* end) {
  return {start, static_cast<std::size_t>(end - start)};
}

Assets assets() {
  return {bytes_between(nuthatch_web_libraries, nuthatch_web_libraries_end),
          bytes_between(nuthatch_web_script, nuthatch_web_script_end),
          bytes_between(nuthatch_web_style, nuthatch_web_style_end)};
}
#endif

/// A script's hash as the page's policy names it.
std::string hash_of(std::string_view script) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(script.data());
  const exporting::Sha256 digest = exporting::sha256_of({bytes, script.size()});
  std::string text(4 * ((digest.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), digest.data(), static_cast<int>(digest.size()));
  text.resize(static_cast<std::size_t>(length));
  return "'sha256-" + text + "'";
}

/// JSON that no HTML parser takes for a tag.
std::string embedded(const Json& json) {
  std::string text;
  for (const char character : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (character == '<') {
      text += "\\u003c";
    } else {
      text += character;
    }
  }
  return text;
}

std::string legend(const std::vector<Key>& keys) {
  if (keys.empty()) return "";
  std::string html = "<div class=\"keys\">";
  for (const Key& key : keys) {
    html += fmt::format("<span style=\"--key:var(--{})\">{}</span>", escaped(key.color), escaped(key.meaning));
  }
  return html + "</div>";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string html;
  for (const char character : valid_utf8(std::string(text))) {
    switch (character) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default: html += character;
    }
  }
  return html;
}

std::string plural(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string figure(const Chart& chart) {
  Json spec = chart.spec;
  spec["description"] = chart.title + ". " + chart.description;
  return fmt::format(
      "<figure class=\"chart\"><figcaption>{}<span class=\"soft\">{}</span></figcaption>{}<div class=\"plot\"></div>"
      "<script type=\"application/json\">{}</script></figure>\n",
      escaped(chart.title), escaped(chart.description), legend(chart.keys), embedded(spec));
}

std::string figures(const std::vector<Chart>& charts) {
  std::string html = "<div class=\"charts\">\n";
  for (const Chart& chart : charts) html += figure(chart);
  return html + "</div>\n";
}

std::string name(std::string_view text) { return "<span class=\"name\">" + escaped(text) + "</span>"; }

std::string table(const std::vector<std::string>& labels, const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return "";
  std::string html = "<table class=\"cards\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">";
  for (const std::string& label : labels) {
    html += fmt::format("<th scope=\"col\" role=\"columnheader\">{}</th>", escaped(label));
  }
  html += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
  for (const std::vector<std::string>& cells : rows) {
    html += "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\" class=\"whole\">" + cells.front() + "</th>";
    for (std::size_t i = 1; i < cells.size(); ++i) {
      html += fmt::format("<td role=\"cell\" data-label=\"{}\">{}</td>", escaped(labels[i]), cells[i]);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table>\n";
}

std::string facts(const std::vector<std::pair<std::string, std::string>>& facts, Facts layout) {
  std::string html = layout == Facts::kLines ? "<dl class=\"facts lines\">\n" : "<dl class=\"facts\">\n";
  for (const auto& [name, value] : facts) {
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(name), escaped(value));
  }
  return html + "</dl>\n";
}

std::string details(std::string_view summary, std::string_view body) {
  return fmt::format("<details><summary>{}</summary>\n{}</details>\n", escaped(summary), body);
}

std::string section(std::string_view title, std::string_view body) {
  return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", escaped(title), body);
}

std::string page(std::string_view title, std::string_view subtitle, std::string_view body) {
  const Assets parts = assets();
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {} {}; style-src "
      "'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
      hash_of(parts.libraries), hash_of(parts.script), escaped(title), parts.style);
  html += fmt::format("<header class=\"page\"><h1>{}</h1><p class=\"soft\">{}</p></header>\n<main>\n", escaped(title),
                      escaped(subtitle));
  html += body;
  html +=
      "</main>\n<footer class=\"page\"><noscript>Charts need JavaScript; the tables do not.</noscript></footer>\n"
      "<script>";
  html += parts.libraries;
  html += "</script>\n<script>";
  html += parts.script;
  html += "</script>\n</body>\n</html>\n";
  return html;
}

}  // namespace nuthatch::report::html
