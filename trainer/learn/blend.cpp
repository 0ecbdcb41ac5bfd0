#include "learn/blend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <stdexcept>

#include "data/nearest.hpp"
#include "learn/families.hpp"

namespace nuthatch::learn {
namespace {

/// With each + a word of its own, but that of 1e+3.
std::vector<std::string> words_of(const std::string& text) {
  std::string spaced;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool exponent = i > 1 && (text[i - 1] == 'e' || text[i - 1] == 'E') &&
                          std::isdigit(static_cast<unsigned char>(text[i - 2])) != 0;
    spaced += text[i] == '+' && !exponent ? std::string(" + ") : std::string(1, text[i]);
  }
  std::istringstream stream(spaced);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

const Family& family_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Family& family : families()) {
    if (family.regresses && !family.common_codes) names.push_back(family.name);
  }
  const Family* family = find_family(name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return *family;
  if (family != nullptr)
    throw std::invalid_argument(fmt::format("{} is no family of values that can be blended", name));
  const std::string* nearest = data::nearest_name(name, names);
  throw std::invalid_argument(fmt::format(
      "there is no family {}{}", name,
      nearest == nullptr ? fmt::format("; there are {}", fmt::join(names, ", ")) : fmt::format("; {}?", *nearest)));
}

/// "boosting --rounds 50 --subsample 0.7"
BlendPart part_of(const std::vector<std::string>& words) {
  if (words.empty()) throw std::invalid_argument("a family is missing before or after +");
  const Family& family = family_named(words[0]);
  BlendPart part{&family, default_parameters(family)};
  for (std::size_t i = 1; i < words.size(); i += 2) {
    const std::string name = words[i].substr(std::min<std::size_t>(2, words[i].size()));
    if (!words[i].starts_with("--") || !has_flag(family, name)) {
      throw std::invalid_argument(fmt::format("{} is no flag of {}", words[i], family.name));
    }
    const ParameterFlag& flag = *find_parameter_flag(name);
    if (flag.type_name.empty() || i + 1 == words.size()) {
      throw std::invalid_argument(fmt::format("{} of {} wants a value", words[i], family.name));
    }
    const std::string wrong = flag.set(words[i + 1], part.parameters);
    if (!wrong.empty()) throw std::invalid_argument(fmt::format("{} --{}: {}", family.name, name, wrong));
  }
  const std::string wrong = family.check == nullptr ? "" : family.check(part.parameters);
  if (!wrong.empty()) throw std::invalid_argument(fmt::format("{} {}", family.name, wrong));
  return part;
}

MemberModel member_of(Learned learned) {
  return std::visit(
      [](auto& model) -> MemberModel {
        if constexpr (std::is_constructible_v<MemberModel, decltype(model)>) {
          return std::move(model);
        } else {
          throw std::logic_error("a family of values that no blend can hold");
        }
      },
      learned);
}

std::string check_blend(const Parameters& parameters) {
  try {
    (void)blend_parts(parameters.of);
    return {};
  } catch (const std::invalid_argument& error) {
    return fmt::format("--of \"{}\": {}", parameters.of, error.what());
  }
}

}  // namespace

std::vector<BlendPart> blend_parts(const std::string& text) {
  std::vector<BlendPart> parts;
  std::vector<std::string> words;
  for (const std::string& word : words_of(text)) {
    if (word != "+") {
      words.push_back(word);
      continue;
    }
    parts.push_back(part_of(words));
    words.clear();
  }
  parts.push_back(part_of(words));
  if (parts.size() < kFewestMembers || parts.size() > kMostMembers) {
    throw std::invalid_argument(fmt::format("{} to {} families, with + between, can be blended, not {}", kFewestMembers,
                                            kMostMembers, parts.size()));
  }
  return parts;
}

BlendModel blend(const Examples& examples, const Parameters& parameters) {
  BlendModel model;
  const std::vector<BlendPart> parts = blend_parts(parameters.of);
  constexpr std::uint64_t kSteps = 1000;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Examples seen = examples;
    if (examples.progress) {
      seen.progress = [&, i](std::uint64_t done, std::uint64_t total) {
        examples.progress(kSteps * i + kSteps * done / std::max<std::uint64_t>(total, 1), kSteps * parts.size());
      };
    }
    BlendMember member{LinearModel{}, parts[i].parameters, parts[i].family->precisions.front()};
    member.parameters.seed = parameters.seed;
    member.model = member_of(parts[i].family->fit(seen, member.parameters));
    model.members.push_back(std::move(member));
  }
  return model;
}

Eigen::MatrixXd scores(const BlendModel& model, const Eigen::MatrixXd& features) {
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(features.rows(), 1);
  for (const BlendMember& member : model.members) {
    sum += std::visit([&](const auto& one) -> Eigen::MatrixXd { return scores(one, features); }, member.model);
  }
  return sum / static_cast<double>(model.members.size());
}

std::vector<Family> blend_families() {
  return {
      {"blend",
       false,
       true,
       "the mean of a few families of values, each learned by itself",
       {{"of", "boosting + mlp", "families with + between, each with flags of its own: \"ridge --alpha 3 + svr\""}},
       {"int8"},
       true,
       [](const Examples& examples, const Parameters& parameters) -> Learned { return blend(examples, parameters); },
       check_blend,
       true}};
}

}  // namespace nuthatch::learn
