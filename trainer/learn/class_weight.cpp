#include "learn/class_weight.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/decimal.hpp"
#include "data/named_parts.hpp"
#include "data/number.hpp"

namespace nuthatch::learn {
namespace {

std::vector<double> balanced(std::size_t class_count, const std::vector<std::int32_t>& classes) {
  std::vector<double> rows(class_count, 0);
  for (const std::int32_t index : classes) ++rows[static_cast<std::size_t>(index)];
  std::vector<double> weights;
  for (const double count : rows) {
    weights.push_back(static_cast<double>(classes.size()) / (static_cast<double>(class_count) * std::max(count, 1.0)));
  }
  return weights;
}

std::vector<double> named(const std::string& text, const std::vector<std::string>& names) {
  std::vector<double> weights(names.size(), 1);
  for (const data::NamedPart& part : data::named_parts(text)) {
    const std::size_t place = data::place_of_name(part.name, names);
    if (place < names.size()) weights[place] = *data::parse_number(part.value);
  }
  return weights;
}

}  // namespace

std::string check_class_weight(const std::string& text) {
  constexpr double kLeast = 1e-6, kMost = 1e6;
  if (text == "none" || text == "balanced") return "";
  const std::vector<data::NamedPart> parts = data::named_parts(text);
  for (const data::NamedPart& part : parts) {
    const auto weight = data::parse_number(part.value);
    if (!part.name.empty() && weight && kLeast <= *weight && *weight <= kMost) continue;
    return fmt::format(
        "\"{}\" is none of none, balanced, CLASS=WEIGHT with a number from {} to {}; a class with a comma "
        "in its name stands in quotes",
        part.text, kLeast, kMost);
  }
  return parts.empty() ? "give none, balanced, or CLASS=WEIGHT,..." : "";
}

std::string unknown_class(const std::string& text, const std::vector<std::string>& names, bool by_number) {
  if (text == "none" || text == "balanced") return "";
  for (const data::NamedPart& part : data::named_parts(text)) {
    const std::size_t place = data::place_of_name(part.name, names);
    if (place == names.size() || (!by_number && names[place] != part.name)) return part.name;
  }
  return "";
}

std::string class_named_twice(const std::string& text, const std::vector<std::string>& names) {
  if (text == "none" || text == "balanced") return "";
  std::vector<bool> named(names.size(), false);
  for (const data::NamedPart& part : data::named_parts(text)) {
    const std::size_t place = data::place_of_name(part.name, names);
    if (place == names.size()) continue;
    if (named[place]) return names[place];
    named[place] = true;
  }
  return "";
}

std::vector<std::pair<std::string, std::string>> classes_by_number(const std::string& text,
                                                                   const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string>> found;
  if (text == "none" || text == "balanced") return found;
  for (const data::NamedPart& part : data::named_parts(text)) {
    const std::size_t place = data::place_of_name(part.name, names);
    if (place < names.size() && names[place] != part.name) found.emplace_back(part.name, names[place]);
  }
  return found;
}

std::vector<double> class_weights(const std::string& text, const std::vector<std::string>& names,
                                  const std::vector<std::int32_t>& classes) {
  if (text == "none" || classes.empty()) return {};
  std::vector<double> weights = text == "balanced" ? balanced(names.size(), classes) : named(text, names);
  for (double& weight : weights) weight = std::max(std::ldexp(std::round(std::ldexp(weight, 30)), -30), 0x1p-30);
  return weights;
}

}  // namespace nuthatch::learn
