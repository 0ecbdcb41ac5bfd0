#include "learn/families.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <stdexcept>

namespace nuthatch::learn {
namespace {

/// Families that do one task, and what does the other in their way; any other classifier is answered with ridge, any
/// other regression with logistic.
constexpr std::pair<const char*, const char*> kCounterparts[] = {{"svm", "svr"}, {"linear-svm", "linear-svr"}};

/// Of all that learn classes.
const Flag kClassWeight = {"class-weight", "none",
                           "how much rows of a class count: none, balanced (rare classes as much as common ones), or "
                           "CLASS=W,..."};

}  // namespace

bool has_flag(const Family& family, const std::string& name) {
  return std::any_of(family.flags.begin(), family.flags.end(), [&](const Flag& flag) { return flag.name == name; });
}

const std::vector<Family>& families() {
  static const std::vector<Family> all = [] {
    std::vector<Family> list;
    for (const auto& some : {linear_families(), svm_families(), bayes_families(), forest_families(), network_families(),
                             blend_families()}) {
      list.insert(list.end(), some.begin(), some.end());
    }
    for (Family& family : list) {
      if (family.classifies) family.flags.push_back(kClassWeight);
    }
    return list;
  }();
  return all;
}

std::vector<std::string> explained_families() {
  std::vector<std::string> names;
  for (const auto& some : {linear_families(), forest_families()}) {
    for (const Family& family : some) names.push_back(family.name);
  }
  return names;
}

Learned fit(const Family& family, const Examples& examples, const Parameters& parameters) {
  // Eigen cuts its products to the machine's caches, and sums in another order where they are cut elsewhere.
  Eigen::setCpuCacheSizes(32 << 10, 1 << 20, 8 << 20);
  return family.fit(examples, parameters);
}

const Family* find_family(const std::string& name) {
  const std::vector<Family>& all = families();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Family& family) { return family.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string for_values(const Family& family) {
  if (family.regresses) return "--task regression";
  for (const auto& [classifier, regression] : kCounterparts) {
    if (family.name == classifier) return fmt::format("--model {}", regression);
  }
  return "--model ridge";
}

std::string for_classes(const Family& family) {
  if (family.classifies) return "--task classification";
  for (const auto& [classifier, regression] : kCounterparts) {
    if (family.name == regression) return fmt::format("--model {}", classifier);
  }
  return "--model logistic";
}

std::string for_smaller_weights(const Family& family) {
  if (has_flag(family, "learning-rate")) return "give a lower --learning-rate";
  if (has_flag(family, "gamma")) return "give a lower --C, --gamma or --degree";
  if (has_flag(family, "C")) return "give a lower --C";
  return has_flag(family, "alpha") ? "give a higher --alpha" : "use --model ridge, whose --alpha holds them down";
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
