#ifndef NUTHATCH_TRAINER_LEARN_CLASS_WEIGHT_HPP
#define NUTHATCH_TRAINER_LEARN_CLASS_WEIGHT_HPP

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// `--class-weight`: how much the rows of each class count while a model is learned.
namespace nuthatch::learn {

/// What is wrong with the flag's text, or empty: "none", "balanced", or "NAME=W,NAME=W" with numbers of [1e-6, 1e6].
std::string check_class_weight(const std::string& text);

/// The first class that the text names and `names` has not, by its text or else, by_number, its number alone; or empty.
std::string unknown_class(const std::string& text, const std::vector<std::string>& names, bool by_number = true);

/// The first class that the text gives two weights, in one spelling or two; or empty.
std::string class_named_twice(const std::string& text, const std::vector<std::string>& names);

/// What the text names by its number only, with the class's own name: {"1.0", "1"}.
std::vector<std::pair<std::string, std::string>> classes_by_number(const std::string& text,
                                                                   const std::vector<std::string>& names);

/// The weight of each class; empty where all rows count alike. balanced: rows / (classes * rows of the class), as
/// scikit-learn has it; of named ones, classes that are not named have 1. Weights are rounded to 2^-30, so that sums of
/// them, and what trees take from such sums, are exact.
std::vector<double> class_weights(const std::string& text, const std::vector<std::string>& names,
                                  const std::vector<std::int32_t>& classes);

}  // namespace nuthatch::learn

#endif
