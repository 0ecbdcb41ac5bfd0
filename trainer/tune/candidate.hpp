#ifndef NUTHATCH_TRAINER_TUNE_CANDIDATE_HPP
#define NUTHATCH_TRAINER_TUNE_CANDIDATE_HPP

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "learn/families.hpp"

/// What may be tried: a family, its flags, how it is written and which features it sees.
namespace nuthatch::tune {

struct Candidate {
  std::string family;
  std::map<std::string, std::string> flags = {};  ///< as typed; the others are at their defaults
  std::string precision;
  std::string input;
  std::size_t features = 0;  ///< the so many that tell most by themselves; 0: all

  /// The same for the same candidate, and only for that.
  std::string key() const;
  /// As `train` takes it, but which features it sees: "--model tree --max-depth 5 --precision int16 --input float32".
  std::string train_flags() const;
};

/// Where candidates come from.
struct Space {
  std::vector<const learn::Family*> families;
  std::vector<std::string> inputs;
  std::size_t features = 0;      ///< that the data have
  std::uint64_t tree_bytes = 0;  ///< that trees may take; 0: no limit
  /// What the candidates of every family that has the flag are given, as typed.
  std::map<std::string, std::string> fixed = {};
};

using Random = std::mt19937_64;

/// As a shell takes it for one word: quoted where it must be.
std::string shell_word(const std::string& text);

/// The families of a task, or those of them that `names` has; throws std::invalid_argument of one that does not do it.
std::vector<const learn::Family*> families_of(bool classifies, const std::vector<std::string>& names);

/// Of several families.
bool is_blend(const Candidate& candidate);

/// Gives a candidate what the space fixes; forests are pruned to what the flash has for trees.
void fit(Candidate& candidate, const Space& space);

/// Each family as it is without flags of its own.
std::vector<Candidate> defaults(const Space& space);
/// Two to four of these together, the first ones more likely: each the best of its family. Nothing where there are
/// fewer, or the space has no blends.
std::optional<Candidate> blend(const std::vector<Candidate>& best, const Space& space, Random& random);
/// Anything in the space but blends, two times of three of a promising family if there are any: scales evenly on a
/// logarithmic axis, counts and choices evenly.
Candidate draw(const Space& space, const std::vector<std::string>& promising, Random& random);
/// One or two of its choices drawn anew.
Candidate vary(const Candidate& candidate, const Space& space, Random& random);

}  // namespace nuthatch::tune

#endif
