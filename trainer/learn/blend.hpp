#ifndef NUTHATCH_TRAINER_LEARN_BLEND_HPP
#define NUTHATCH_TRAINER_LEARN_BLEND_HPP

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "learn/forest.hpp"
#include "learn/linear.hpp"
#include "learn/network.hpp"
#include "learn/parameters.hpp"
#include "learn/svm.hpp"

namespace nuthatch::learn {

struct Family;

constexpr std::size_t kFewestMembers = 2;
constexpr std::size_t kMostMembers = 4;

/// A model of values whose answer counts in a blend.
using MemberModel = std::variant<LinearModel, SvmModel, ForestModel, NetworkModel>;

struct BlendMember {
  MemberModel model;
  Parameters parameters;  ///< what it was learned with
  std::string precision;  ///< its family's default
};

/// Values: the mean of what its members answer.
struct BlendModel {
  std::vector<BlendMember> members;
};

/// A family and its flags, as they are to be learned.
struct BlendPart {
  const Family* family;
  Parameters parameters;
};

/// "ridge --alpha 3 + boosting": 2 to 4 families of values, each with flags of its own. Throws std::invalid_argument,
/// whose what() says what is wrong.
std::vector<BlendPart> blend_parts(const std::string& text);

/// Learns each of --of by itself. examples: with codes (Family::common_codes).
BlendModel blend(const Examples& examples, const Parameters& parameters);

}  // namespace nuthatch::learn

#endif
