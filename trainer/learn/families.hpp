#ifndef NUTHATCH_TRAINER_LEARN_FAMILIES_HPP
#define NUTHATCH_TRAINER_LEARN_FAMILIES_HPP

#include <string>
#include <vector>

#include "learn/learned.hpp"

namespace nuthatch::learn {

/// A family's flag as `train --help` shows it; the flag's type and limits are in parameters.cpp.
struct Flag {
  std::string name;           ///< without the dashes
  std::string default_value;  ///< as it would be typed
  std::string help;
};

/// A model that `--model` names.
struct Family {
  std::string name;
  bool classifies;
  bool regresses;
  std::string summary;
  std::vector<Flag> flags;
  /// Precisions it can be written with, the default first.
  std::vector<std::string> precisions;
  /// Learns on codes (Examples::codes) instead of standardized features.
  bool on_codes;
  Learned (*fit)(const Examples& examples, const Parameters& parameters);
  /// What is wrong with flags that each are as they should be, or empty.
  std::string (*check)(const Parameters& parameters) = nullptr;
  /// Of families on codes: on such as serve every kind, not on the finest there are (quantize::learning_codes).
  bool common_codes = false;
};

/// All of them; a kind's own in its own file.
const std::vector<Family>& families();

std::vector<Family> bayes_families();
std::vector<Family> linear_families();
std::vector<Family> svm_families();
std::vector<Family> forest_families();
std::vector<Family> network_families();
std::vector<Family> blend_families();

/// Names of those whose scores the device can explain: the linear ones and the trees.
std::vector<std::string> explained_families();

/// `family.fit`, the same to the bit whatever the machine's caches are.
Learned fit(const Family& family, const Examples& examples, const Parameters& parameters);

/// Null if there is none of that name.
const Family* find_family(const std::string& name);

bool has_flag(const Family& family, const std::string& name);

/// What to type instead where the target asks for the family's other task: "--model svr", or "--task regression".
std::string for_values(const Family& family);
std::string for_classes(const Family& family);

/// What to type for smaller weights: "a lower --learning-rate".
std::string for_smaller_weights(const Family& family);

/// The family's flags at their defaults.
Parameters default_parameters(const Family& family);

}  // namespace nuthatch::learn

#endif
