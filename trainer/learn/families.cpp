#include "learn/families.hpp"

namespace nuthatch::learn {

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {"linear-regression", false, "ordinary least squares",
       [](const Examples& examples, const Parameters&) { return linear_regression(examples); }},
      {"ridge", false, "least squares with an L2 penalty (--alpha)",
       [](const Examples& examples, const Parameters& parameters) { return ridge(examples, parameters.alpha); }},
      {"logistic", true, "logistic regression, multinomial for more than two classes (--C)",
       [](const Examples& examples, const Parameters& parameters) { return logistic(examples, parameters.c); }},
      {"linear-svm", true, "linear support vector machine, one against the rest (--C)",
       [](const Examples& examples, const Parameters& parameters) { return linear_svm(examples, parameters.c); }},
  };
  return all;
}

const Family* find_family(const std::string& name) {
  for (const Family& family : families()) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

}  // namespace nuthatch::learn
