#include "prepare/spellings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "data/decimal.hpp"
#include "data/first_few.hpp"
#include "data/nearest.hpp"

namespace nuthatch::prepare {
namespace {

using data::Decimal;
using data::Target;

std::string place(const std::string& file, const Target& labels, std::size_t label) {
  return fmt::format("{}: line {}, column \"{}\"", file, labels.first_line[label], labels.name);
}

/// A number and what stands beside it.
struct Written {
  Decimal number;
  std::string unit;
};

/// In the given notation, or else in the usual one: names may come from another file.
std::optional<Written> written_in(const std::string& text, const data::Notation& notation) {
  const std::optional<data::PlainNumber> plain = data::to_plain(text, notation);
  const std::optional<Decimal> number =
      plain ? data::parse_decimal(plain->text, notation.has_decimal_comma()) : data::parse_decimal(text);
  if (!number) return std::nullopt;
  return Written{*number, plain ? plain->unit : ""};
}

/// No unit may be any.
bool are_other_units(const std::string& left, const std::string& right) {
  return !left.empty() && !right.empty() && left != right;
}

/// Replaces texts by others; labels that become one share an id.
void rename(const std::vector<std::string>& texts, Target& labels) {
  Target renamed{labels.name, {}, {}, {}, std::move(labels.respelled)};
  std::unordered_map<std::string, std::uint32_t> ids;
  std::vector<std::uint32_t> new_id;
  for (std::size_t label = 0; label < texts.size(); ++label) {
    const auto [known, is_new] = ids.emplace(texts[label], static_cast<std::uint32_t>(ids.size()));
    new_id.push_back(known->second);
    if (!is_new) continue;
    renamed.labels.push_back(texts[label]);
    renamed.first_line.push_back(labels.first_line[label]);
  }
  renamed.ids.reserve(labels.ids.size());
  for (const std::uint32_t id : labels.ids) renamed.ids.push_back(new_id[id]);
  labels = std::move(renamed);
}

/// The same of a text feature: values are indices of names.
void merge_names(const std::vector<std::string>& texts, std::vector<float>& column, std::vector<std::string>& names) {
  std::vector<std::string> kept;
  std::vector<float> new_index;
  for (const std::string& text : texts) {
    const auto known = std::find(kept.begin(), kept.end(), text);
    new_index.push_back(static_cast<float>(known - kept.begin()));
    if (known == kept.end()) kept.push_back(text);
  }
  for (float& value : column) {
    if (!std::isnan(value)) value = new_index[static_cast<std::size_t>(value)];
  }
  names = std::move(kept);
}

/// The names that are a number, by it: the place of one, its unit, and how many there are.
struct Numbered {
  std::size_t place = 0;
  std::string unit;
  std::size_t count = 0;
};

class ByNumber {
 public:
  ByNumber(const std::vector<std::string>& names, const data::Notation& notation) : notation_(notation) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::optional<Written> written = written_in(names[i], notation);
      if (!written) continue;
      const auto [found, is_new] = numbers_.try_emplace(written->number, Numbered{i, written->unit});
      ++found->second.count;
    }
  }

  /// Those that are the number of the text; nullptr of none, and of one in another unit.
  const Numbered* find(const std::string& text) const {
    const std::optional<Written> written = written_in(text, notation_);
    const auto found = written ? numbers_.find(written->number) : numbers_.end();
    if (found == numbers_.end()) return nullptr;
    const Numbered& names = found->second;
    return names.count == 1 && are_other_units(names.unit, written->unit) ? nullptr : &names;
  }

 private:
  const data::Notation& notation_;
  std::map<Decimal, Numbered> numbers_;
};

/// `"1", "1.0"`: the names that are the number of the text.
std::string those_of(const std::string& text, const std::vector<std::string>& names, const data::Notation& notation) {
  const Decimal number = written_in(text, notation)->number;
  std::vector<std::string> same;
  for (const std::string& name : names) {
    const std::optional<Written> written = written_in(name, notation);
    if (written && written->number == number) same.push_back(data::in_quotes(name));
  }
  return fmt::format("{}", fmt::join(same, ", "));
}

/// Hears of the places of two texts that are one number, and what is so of them and may be done.
using Asking = std::function<void(std::size_t, std::size_t, const std::string&)>;

/// The texts with the first spelling in the place of others of its number. `fail` hears of the first two that are one
/// where that is to be asked, or where they have two units.
std::vector<std::string> first_spellings(std::vector<std::string> texts, bool asks, const data::Notation& notation,
                                         const char* noun, const Asking& fail) {
  std::map<Decimal, Numbered> known;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::optional<Written> written = written_in(texts[i], notation);
    if (!written) continue;
    const auto [found, is_new] = known.try_emplace(written->number, Numbered{i, written->unit});
    if (is_new) continue;
    Numbered& first = found->second;
    if (are_other_units(first.unit, written->unit)) {
      fail(first.place, i, fmt::format("are the same number in two units; --labels text takes them for two {}", noun));
    }
    if (asks) {
      fail(first.place, i,
           fmt::format("are the same number in two spellings; --labels text takes them for two {}, --labels number for "
                       "one",
                       noun));
    }
    if (first.unit.empty()) first.unit = written->unit;
    texts[i] = texts[first.place];
  }
  return texts;
}

}  // namespace

void settle_labels(const std::string& file, Labels how, const data::Notation& notation, Target& labels) {
  if (how == Labels::kText) return;
  const auto fail = [&](std::size_t first, std::size_t second, const std::string& why) {
    throw data::DataError(fmt::format("{}: \"{}\" and \"{}\" (line {}) {}", place(file, labels, second),
                                      labels.labels[second], labels.labels[first], labels.first_line[first], why));
  };
  rename(first_spellings(labels.labels, how == Labels::kAsk, notation, "labels", fail), labels);
}

void settle_categories(Labels how, const data::Notation& notation, data::Dataset& rows) {
  if (how == Labels::kText) return;
  for (std::size_t feature = 0; feature < rows.names.size(); ++feature) {
    const std::vector<std::string>& names = rows.names[feature];
    const auto fail = [&](std::size_t first, std::size_t second, const std::string& why) {
      throw data::DataError(fmt::format("{}: column \"{}\": \"{}\" and \"{}\" {}", rows.file,
                                        rows.feature_names[feature], names[first], names[second], why));
    };
    const std::vector<std::string> texts = first_spellings(names, how == Labels::kAsk, notation, "categories", fail);
    if (texts != names) merge_names(texts, rows.columns[feature], rows.names[feature]);
  }
}

std::size_t place_meant(const std::string& text, Labels how, const data::Notation& notation,
                        const std::vector<std::string>& names, bool& by_number) {
  by_number = false;
  const auto exact = std::find(names.begin(), names.end(), text);
  if (exact != names.end()) return static_cast<std::size_t>(exact - names.begin());
  const ByNumber numbers(names, notation);
  const Numbered* found = how == Labels::kText ? nullptr : numbers.find(text);
  if (found == nullptr) {
    const std::string* nearest = data::nearest_name(text, names);
    throw std::invalid_argument(
        fmt::format("is no class; {} {}",
                    nearest == nullptr ? "there are" : fmt::format("did you mean {}? There are", data::shown(*nearest)),
                    data::first_few(names)));
  }
  if (found->count > 1) {
    throw std::invalid_argument(fmt::format("is the number of {} classes ({}); give the one that is meant",
                                            found->count, those_of(text, names, notation)));
  }
  by_number = true;
  return found->place;
}

namespace {

/// The texts with names in the place of those that are none but the number of one. rows: how many each text has; of
/// none it does not count. `where` says a text's place.
std::vector<std::string> match(const std::vector<std::string>& given, const std::vector<std::size_t>& rows, Labels how,
                               const data::Notation& notation, const std::vector<std::string>& names, const char* noun,
                               const std::function<std::string(std::size_t)>& where,
                               std::vector<data::Respelling>& respelled) {
  const ByNumber numbers(names, notation);
  const std::unordered_set<std::string> known(names.begin(), names.end());
  std::vector<std::string> texts = given;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (rows[i] == 0) continue;
    const bool exact = known.contains(texts[i]);
    if (exact && how != Labels::kNumber) continue;
    const Numbered* found = numbers.find(texts[i]);
    if (found == nullptr) continue;
    if (found->count > 1) {
      throw data::DataError(
          fmt::format("{}: \"{}\" is the number of {} {} of the model ({}); write it as the one that is meant, or with "
                      "--labels text it is none of them",
                      where(i), texts[i], found->count, noun, those_of(texts[i], names, notation)));
    }
    if (exact) continue;
    const std::string& name = names[found->place];
    respelled.push_back({texts[i], name, rows[i]});
    texts[i] = name;
  }
  return texts;
}

}  // namespace

void match_labels(const std::string& file, Labels how, const data::Notation& notation,
                  const std::vector<std::string>& names, Target& labels) {
  if (how == Labels::kText) return;
  std::vector<std::size_t> rows(labels.labels.size(), 0);
  for (const std::uint32_t id : labels.ids) ++rows[id];
  const std::vector<std::string> texts = match(
      labels.labels, rows, how, notation, names, "labels",
      [&](std::size_t label) { return place(file, labels, label); }, labels.respelled);
  if (!labels.respelled.empty()) rename(texts, labels);
}

std::vector<std::pair<std::string, data::Respelling>> match_categories(
    Labels how, const data::Notation& notation, const std::vector<std::vector<std::string>>& categories,
    data::Dataset& rows) {
  std::vector<std::pair<std::string, data::Respelling>> matched;
  if (how == Labels::kText) return matched;
  for (std::size_t i = 0; i < categories.size(); ++i) {
    if (categories[i].empty() || !rows.is_text(i)) continue;
    std::vector<std::size_t> counts(rows.names[i].size(), 0);
    for (const float value : rows.columns[i]) {
      if (!std::isnan(value)) ++counts[static_cast<std::size_t>(value)];
    }
    const std::string& feature = rows.feature_names[i];
    const auto where = [&](std::size_t) { return fmt::format("{}: column \"{}\"", rows.file, feature); };
    std::vector<data::Respelling> respelled;
    rows.names[i] = match(rows.names[i], counts, how, notation, categories[i], "categories", where, respelled);
    for (data::Respelling& each : respelled) matched.emplace_back(feature, std::move(each));
  }
  return matched;
}

std::optional<std::pair<std::string, std::string>> first_same_number(const std::vector<std::string>& texts) {
  std::map<Decimal, std::size_t> known;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::optional<Decimal> number = data::parse_decimal(texts[i]);
    if (!number) continue;
    const auto [first, is_new] = known.emplace(*number, i);
    if (!is_new) return std::pair(texts[first->second], texts[i]);
  }
  return std::nullopt;
}

}  // namespace nuthatch::prepare
