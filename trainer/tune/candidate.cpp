#include "tune/candidate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace nuthatch::tune {
namespace {

// Drawn without the library's distributions, which differ between libraries: one seed, one search.

double uniform(Random& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

std::size_t below(std::size_t count, Random& random) {
  return std::min(static_cast<std::size_t>(uniform(random) * static_cast<double>(count)), count - 1);
}

template <class Value>
const Value& one_of(const std::vector<Value>& values, Random& random) {
  return values[below(values.size(), random)];
}

/// Evenly on a logarithmic axis, with two digits.
std::string scale(double low, double high, Random& random) {
  return fmt::format("{:.2g}", low * std::pow(high / low, uniform(random)));
}

std::string count(std::size_t low, std::size_t high, Random& random) {
  return fmt::format("{}", low + below(high - low + 1, random));
}

/// A count, evenly on a logarithmic axis.
std::string many(double low, double high, Random& random) {
  return fmt::format("{:.0f}", std::round(low * std::pow(high / low, uniform(random))));
}

/// A flag's range in one family, or in all that have it where `family` is empty.
struct Range {
  const char* family;
  const char* flag;
  std::string (*draw)(Random& random);
};

using R = Random&;

const std::vector<Range>& ranges() {
  static const std::vector<Range> kRanges = {
      {"svm", "C", [](R r) { return scale(0.03, 1000, r); }},
      {"svr", "C", [](R r) { return scale(0.03, 1000, r); }},
      {"", "C", [](R r) { return scale(0.001, 1000, r); }},
      {"", "kernel",
       [](R r) {
         return one_of<std::string>({"rbf", "rbf", "rbf", "poly", "linear"}, r);
       }},
      {"", "gamma", [](R r) { return uniform(r) < 0.3 ? "scale" : scale(0.001, 2, r); }},
      {"", "degree", [](R r) { return count(2, 4, r); }},
      {"", "coef0",
       [](R r) {
         return one_of<std::string>({"0", "1"}, r);
       }},
      {"", "max-support-vectors", [](R r) { return uniform(r) < 0.5 ? "0" : many(10, 300, r); }},
      {"svr", "epsilon", [](R r) { return scale(0.003, 0.5, r); }},
      {"linear-svr", "epsilon", [](R r) { return scale(0.003, 0.5, r); }},
      {"huber", "epsilon", [](R r) { return scale(1.05, 3, r); }},
      {"", "var-smoothing", [](R r) { return scale(1e-10, 0.1, r); }},
      {"mlp", "alpha", [](R r) { return scale(1e-5, 3, r); }},
      {"", "alpha", [](R r) { return scale(1e-4, 100, r); }},
      {"", "l1-ratio",
       [](R r) {
         return one_of<std::string>({"0.1", "0.5", "0.9"}, r);
       }},
      {"boosting", "max-depth", [](R r) { return count(1, 6, r); }},
      {"tree", "max-depth", [](R r) { return count(2, 14, r); }},
      {"", "max-depth", [](R r) { return count(3, 14, r); }},
      {"", "min-samples-leaf", [](R r) { return many(1, 20, r); }},
      {"", "trees", [](R r) { return many(5, 120, r); }},
      {"", "max-features",
       [](R r) {
         return one_of<std::string>({"auto", "0.3", "0.6", "all"}, r);
       }},
      {"", "voting",
       [](R r) {
         return one_of<std::string>({"soft", "hard"}, r);
       }},
      {"", "rounds", [](R r) { return many(15, 300, r); }},
      {"boosting", "learning-rate", [](R r) { return scale(0.02, 0.5, r); }},
      {"", "subsample",
       [](R r) {
         return one_of<std::string>({"0.5", "0.7", "1"}, r);
       }},
      {"", "hidden",
       [](R r) {
         return one_of<std::string>({"8", "16", "24", "32", "48", "64", "96", "128", "16,8", "32,16", "64,32"}, r);
       }},
      {"", "members",
       [](R r) {
         return one_of<std::string>({"1", "1", "2", "4", "8"}, r);
       }},
      {"", "activation",
       [](R r) {
         return one_of<std::string>({"relu", "tanh"}, r);
       }},
      {"mlp", "learning-rate", [](R r) { return scale(5e-4, 0.02, r); }},
      {"", "epochs", [](R r) {
         return one_of<std::string>({"100", "200", "400"}, r);
       }}};
  return kRanges;
}

const Range* range_of(const learn::Family& family, const std::string& flag) {
  const auto is = [&](const char* name) {
    return std::find_if(ranges().begin(), ranges().end(),
                        [&](const Range& range) { return range.flag == flag && std::string(range.family) == name; });
  };
  auto found = is(family.name.c_str());
  if (found == ranges().end()) found = is("");
  return found == ranges().end() ? nullptr : &*found;
}

const learn::Family& family_of(const Candidate& candidate) { return *learn::find_family(candidate.family); }

std::string value_of(const Candidate& candidate, const std::string& name) {
  const auto given = candidate.flags.find(name);
  if (given != candidate.flags.end()) return given->second;
  for (const learn::Flag& flag : family_of(candidate).flags) {
    if (flag.name == name) return flag.default_value;
  }
  return "";
}

/// Flags at their defaults, or that the others leave without effect, would make one candidate look like several.
void drop_idle(Candidate& candidate) {
  const std::string kernel = value_of(candidate, "kernel");
  if (kernel == "linear") candidate.flags.erase("gamma");
  if (kernel != "poly") {
    candidate.flags.erase("degree");
    candidate.flags.erase("coef0");
  }
  for (const learn::Flag& flag : family_of(candidate).flags) {
    if (value_of(candidate, flag.name) == flag.default_value) candidate.flags.erase(flag.name);
  }
}

/// As it is typed behind --of. Trees share what the flash has for them with what they are blended with.
std::string as_member(const Candidate& candidate, const Space& space) {
  std::string text = candidate.family;
  for (const auto& [flag, value] : candidate.flags) {
    text += fmt::format(" --{} {}", flag, flag == "max-bytes" ? fmt::format("{}", space.tree_bytes / 2) : value);
  }
  return text;
}

/// Its flags, precision and input, each behind a space. A switch stands there only where it is on, without its value.
std::string typed(const Candidate& candidate) {
  std::string text;
  for (const auto& [flag, value] : candidate.flags) {
    const bool is_switch = learn::find_parameter_flag(flag)->type_name.empty();
    text += is_switch ? fmt::format(" --{}", flag) : fmt::format(" --{} {}", flag, shell_word(value));
  }
  return text + fmt::format(" --precision {} --input {}", candidate.precision, candidate.input);
}

bool blends(const learn::Family* family) { return family->common_codes; }

std::size_t draw_features(const Space& space, Random& random) {
  constexpr double kAll = 0.7;
  if (space.features < 4 || uniform(random) < kAll) return 0;
  const double share = 0.2 + 0.7 * uniform(random);
  return std::max<std::size_t>(2, static_cast<std::size_t>(share * static_cast<double>(space.features)));
}

}  // namespace

std::string shell_word(const std::string& text) {
  constexpr const char* kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+./,:=@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char character : text) quoted += character == '\'' ? std::string("'\\''") : std::string(1, character);
  return quoted + "'";
}

std::string Candidate::key() const {
  const std::string text = family + typed(*this);
  return features == 0 ? text : text + fmt::format(" with {} features", features);
}

std::string Candidate::train_flags() const { return "--model " + family + typed(*this); }

void fit(Candidate& candidate, const Space& space) {
  const learn::Family& family = family_of(candidate);
  for (const auto& [flag, value] : space.fixed) {
    if (learn::has_flag(family, flag)) candidate.flags[flag] = value;
  }
  if (space.tree_bytes == 0 || !learn::has_flag(family, "max-bytes")) return;
  candidate.flags["max-bytes"] = fmt::format("{}", space.tree_bytes);
}

bool is_blend(const Candidate& candidate) { return blends(&family_of(candidate)); }

std::vector<const learn::Family*> families_of(bool classifies, const std::vector<std::string>& names) {
  std::vector<const learn::Family*> chosen;
  for (const learn::Family& family : learn::families()) {
    const bool serves = classifies ? family.classifies : family.regresses;
    const bool named = std::find(names.begin(), names.end(), family.name) != names.end();
    if (named && !serves) {
      throw std::invalid_argument(
          fmt::format("--models {}: does not learn {}", family.name, classifies ? "classes" : "values"));
    }
    if (serves && (names.empty() || named)) chosen.push_back(&family);
  }
  return chosen;
}

std::vector<Candidate> defaults(const Space& space) {
  std::vector<Candidate> all;
  for (const learn::Family* family : space.families) {
    Candidate candidate{family->name, {}, family->precisions.front(), space.inputs.front(), 0};
    fit(candidate, space);
    all.push_back(std::move(candidate));
  }
  return all;
}

std::optional<Candidate> blend(const std::vector<Candidate>& best, const Space& space, Random& random) {
  const auto family = std::find_if(space.families.begin(), space.families.end(), blends);
  if (family == space.families.end()) return {};
  std::vector<const Candidate*> members;
  for (const Candidate& candidate : best) {
    if (!is_blend(candidate)) members.push_back(&candidate);
  }
  if (members.size() < learn::kFewestMembers) return {};
  const std::size_t most = std::min(learn::kMostMembers, members.size());
  const std::size_t count = learn::kFewestMembers + below(most - learn::kFewestMembers + 1, random);
  // The better ones more often.
  while (members.size() > count) {
    const std::size_t leaves = std::max(below(members.size(), random), below(members.size(), random));
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(leaves));
  }
  std::string of;
  for (const Candidate* member : members) of += (of.empty() ? "" : " + ") + as_member(*member, space);
  return Candidate{(*family)->name, {{"of", of}}, (*family)->precisions.front(), one_of(space.inputs, random), 0};
}

Candidate draw(const Space& space, const std::vector<std::string>& promising, Random& random) {
  constexpr double kPromising = 2.0 / 3;
  // What a blend is of, only a search knows.
  std::vector<const learn::Family*> families = space.families;
  if (families.size() > 1) std::erase_if(families, blends);
  const bool known = !promising.empty() && uniform(random) < kPromising;
  const learn::Family& family = known ? *learn::find_family(one_of(promising, random)) : *one_of(families, random);
  Candidate candidate{family.name, {}, one_of(family.precisions, random), one_of(space.inputs, random), 0};
  for (const learn::Flag& flag : family.flags) {
    if (const Range* range = range_of(family, flag.name)) candidate.flags[flag.name] = range->draw(random);
  }
  candidate.features = draw_features(space, random);
  drop_idle(candidate);
  fit(candidate, space);
  return candidate;
}

Candidate vary(const Candidate& candidate, const Space& space, Random& random) {
  const learn::Family& family = family_of(candidate);
  std::vector<const Range*> all;
  for (const learn::Flag& flag : family.flags) {
    if (const Range* range = range_of(family, flag.name)) all.push_back(range);
  }
  Candidate varied = candidate;
  const std::size_t changes = 1 + below(2, random);
  for (std::size_t i = 0; i < changes; ++i) {
    // Beside the flags: precision, input, features.
    const std::size_t choice = below(all.size() + 3, random);
    if (choice < all.size())
      varied.flags[all[choice]->flag] = all[choice]->draw(random);
    else if (choice == all.size())
      varied.precision = one_of(family.precisions, random);
    else if (choice == all.size() + 1)
      varied.input = one_of(space.inputs, random);
    else
      varied.features = draw_features(space, random);
  }
  drop_idle(varied);
  fit(varied, space);
  return varied;
}

}  // namespace nuthatch::tune
