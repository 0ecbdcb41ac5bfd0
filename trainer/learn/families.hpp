#ifndef NUTHATCH_TRAINER_LEARN_FAMILIES_HPP
#define NUTHATCH_TRAINER_LEARN_FAMILIES_HPP

#include <string>
#include <vector>

#include "learn/linear.hpp"

namespace nuthatch::learn {

/// The flags of `train` that families read.
struct Parameters {
  double alpha = 1.0;  ///< ridge
  double c = 1.0;      ///< logistic, linear-svm
};

/// A model that `--model` names.
struct Family {
  std::string name;
  bool classifies;
  std::string summary;
  LinearModel (*fit)(const Examples& examples, const Parameters& parameters);
};

const std::vector<Family>& families();

/// Null if there is none of that name.
const Family* find_family(const std::string& name);

}  // namespace nuthatch::learn

#endif
