#ifndef NUTHATCH_TRAINER_LEARN_PARAMETERS_HPP
#define NUTHATCH_TRAINER_LEARN_PARAMETERS_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nuthatch::learn {

enum class Activation : std::uint8_t { kNone, kRelu, kTanh };

/// How many features a split of a tree chooses from.
struct MaxFeatures {
  enum class Rule { kAuto, kSqrt, kLog2, kAll, kFraction, kCount };
  Rule rule = Rule::kAuto;  ///< kAuto: the square root for classes, all for values
  double number = 0;        ///< kFraction, kCount

  /// Of `features`; at least 1.
  std::size_t of(std::size_t features, bool classifies) const;
};

/// What support vector machines measure likeness by: exp(-gamma |a - b|^2), (gamma a.b + coef0)^degree,
/// tanh(gamma a.b + coef0), a.b.
enum class Kernel : std::uint8_t { kLinear, kPolynomial, kRbf, kSigmoid };

/// A kernel's gamma.
struct Gamma {
  enum class Rule { kScale, kAuto, kNumber };
  Rule rule = Rule::kScale;  ///< kScale: 1 / (features * variance of all of them); kAuto: 1 / features
  double number = 0;         ///< kNumber
};

/// The flags of `train` that families read; each family sets the defaults of its own (Family::flags).
struct Parameters {
  double alpha = 0;
  double c = 0;
  std::vector<std::uint32_t> hidden;
  Activation activation = Activation::kRelu;
  std::uint32_t members = 1;  ///< networks whose mean the model is
  std::uint32_t epochs = 0;
  std::uint32_t batch_size = 0;
  double learning_rate = 0;
  double early_stopping = 0;
  std::uint32_t patience = 0;
  double var_smoothing = 0;
  double epsilon = 0;
  double l1_ratio = 0;
  std::string loss;
  bool probability = false;
  Kernel kernel = Kernel::kRbf;
  Gamma gamma;
  std::uint32_t degree = 0;
  double coef0 = 0;
  std::uint32_t max_support_vectors = 0;  ///< 0: no limit
  std::uint32_t trees = 0;
  std::uint32_t max_depth = 0;  ///< 0: no limit
  std::uint32_t min_samples_leaf = 1;
  MaxFeatures max_features;
  std::uint32_t rounds = 0;
  double subsample = 1;
  double ccp_alpha = 0;
  std::uint32_t max_bytes = 0;        ///< 0: no limit
  std::string voting;                 ///< soft, hard
  std::string of;                     ///< families of a blend (blend.hpp)
  std::string class_weight = "none";  ///< or balanced, or by name (class_weight.hpp)
  std::uint64_t seed = 0;
};

/// A flag that some family has: how it is typed, checked and kept.
struct ParameterFlag {
  std::string name;       ///< without the dashes
  std::string type_name;  ///< as help shows it; empty: a switch, which is "yes" where it is given and else "no"
  /// Keeps the value; what is wrong with it, or empty.
  std::function<std::string(const std::string& text, Parameters& parameters)> set;
};

const std::vector<ParameterFlag>& parameter_flags();

/// Null if there is none of that name.
const ParameterFlag* find_parameter_flag(const std::string& name);

}  // namespace nuthatch::learn

#endif
