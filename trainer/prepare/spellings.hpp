#ifndef NUTHATCH_TRAINER_PREPARE_SPELLINGS_HPP
#define NUTHATCH_TRAINER_PREPARE_SPELLINGS_HPP

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/csv.hpp"

/// When two texts are one label: 1 and 1.0 are one number, and may be two classes. Numbers are compared as they are
/// written, digit by digit, so that 2^53 and 2^53 + 1 are two. Where a notation is given, what it reads is a number:
/// 1,000 is 1000 with --thousands comma, and 5% is 5 with --units, as it is in a feature; 5 kg and 5 g are not one
/// number.
namespace nuthatch::prepare {

enum class Labels { kAsk, kText, kNumber };

/// Throws data::DataError where two labels are one number, and names both ways out; with kText they are two labels,
/// with kNumber one, in the first one's spelling. Labels that are no numbers are texts.
void settle_labels(const std::string& file, Labels how, const data::Notation& notation, data::Target& labels);

/// Puts the name in the place of each label that is none but is the number of one (kText: of none), and notes it in
/// `respelled`; kNumber compares numbers first. Throws data::DataError where a label is the number of two names.
void match_labels(const std::string& file, Labels how, const data::Notation& notation,
                  const std::vector<std::string>& names, data::Target& labels);

/// The place of the name that a flag means: by its text, else (not with kText) by the one that is the same number,
/// which `by_number` then tells. Throws std::invalid_argument, the rest of a sentence, where there is none or are
/// several.
std::size_t place_meant(const std::string& text, Labels how, const data::Notation& notation,
                        const std::vector<std::string>& names, bool& by_number);

/// settle_labels of the categories of text features.
void settle_categories(Labels how, const data::Notation& notation, data::Dataset& rows);

/// The same of text features and a model's categories, one list per feature, empty of numbers. Returns what was put in
/// the place of what, with the feature's name.
std::vector<std::pair<std::string, data::Respelling>> match_categories(
    Labels how, const data::Notation& notation, const std::vector<std::vector<std::string>>& categories,
    data::Dataset& rows);

/// Two of the texts that are the same number, if there are.
std::optional<std::pair<std::string, std::string>> first_same_number(const std::vector<std::string>& texts);

}  // namespace nuthatch::prepare

#endif
