#ifndef NUTHATCH_TESTS_UNIT_LABELLED_ROWS_HPP
#define NUTHATCH_TESTS_UNIT_LABELLED_ROWS_HPP

#include <fmt/format.h>

#include <string>
#include <vector>

#include "unit/trainer_pipeline.hpp"

/// What the tests of labels, and of texts that are one number, have in common.
namespace nuthatch::trainer_test {

using Texts = std::vector<std::string>;

/// Rows with these labels; the feature x is the row's number.
inline data::Dataset labelled(const Texts& labels) {
  std::string text = "x,label\n";
  for (std::size_t row = 0; row < labels.size(); ++row) text += fmt::format("{},\"{}\"\n", row, labels[row]);
  return parse(text);
}

/// What the action says of the data, empty where it says nothing.
template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const data::DataError& error) {
    return error.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace nuthatch::trainer_test

#endif
