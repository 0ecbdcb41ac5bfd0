#include "learn/families.hpp"

#include <algorithm>
#include <stdexcept>

namespace nuthatch::learn {

const std::vector<Family>& families() {
  static const std::vector<Family> all = [] {
    std::vector<Family> list;
    for (const auto& some :
         {linear_families(), svm_families(), bayes_families(), forest_families(), network_families()}) {
      list.insert(list.end(), some.begin(), some.end());
    }
    return list;
  }();
  return all;
}

const Family* find_family(const std::string& name) {
  const std::vector<Family>& all = families();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Family& family) { return family.name == name; });
  return found == all.end() ? nullptr : &*found;
}

Parameters default_parameters(const Family& family) {
  Parameters parameters;
  for (const Flag& flag : family.flags) {
    const ParameterFlag* typed = find_parameter_flag(flag.name);
    const std::string wrong = typed == nullptr ? "no such flag" : typed->set(flag.default_value, parameters);
    if (!wrong.empty()) throw std::logic_error(family.name + ": --" + flag.name + ": " + wrong);
  }
  return parameters;
}

}  // namespace nuthatch::learn
