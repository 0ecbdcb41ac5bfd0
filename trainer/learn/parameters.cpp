#include "learn/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "learn/class_weight.hpp"

namespace nuthatch::learn {
namespace {

/// The whole text as a number; NaN where it is none.
double number_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : std::numeric_limits<double>::quiet_NaN();
}

/// A number of [low, high].
ParameterFlag number(std::string name, std::string type_name, double Parameters::*member, double low, double high) {
  return {std::move(name), std::move(type_name), [=](const std::string& text, Parameters& parameters) {
            const double value = number_of(text);
            if (!(low <= value && value <= high)) {
              return fmt::format("{} is not a number from {:g} to {:g}", text, low, high);
            }
            parameters.*member = value;
            return std::string();
          }};
}

/// A whole number of [low, high].
ParameterFlag count(std::string name, std::string type_name, std::uint32_t Parameters::*member, std::uint32_t low,
                    std::uint32_t high) {
  return {std::move(name), std::move(type_name), [=](const std::string& text, Parameters& parameters) {
            const double value = number_of(text);
            if (!(low <= value && value <= high) || value != std::floor(value)) {
              return fmt::format("{} is not a whole number from {} to {}", text, low, high);
            }
            parameters.*member = static_cast<std::uint32_t>(value);
            return std::string();
          }};
}

/// One of a few words.
ParameterFlag word(std::string name, std::string type_name, std::string Parameters::*member,
                   std::vector<std::string> words) {
  return {std::move(name), std::move(type_name), [=](const std::string& text, Parameters& parameters) {
            if (std::find(words.begin(), words.end(), text) == words.end()) {
              return fmt::format("{} is not one of {}", text, fmt::join(words, ", "));
            }
            parameters.*member = text;
            return std::string();
          }};
}

/// A flag without a value: "yes" where it is given.
ParameterFlag toggle(std::string name, bool Parameters::*member) {
  return {std::move(name), "", [=](const std::string& text, Parameters& parameters) {
            parameters.*member = text == "yes";
            return std::string();
          }};
}

/// `--hidden`: sizes with commas between.
std::string set_hidden(const std::string& text, Parameters& parameters) {
  constexpr double kMost = 65535;  // a layer's outputs in the file
  parameters.hidden.clear();
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    const double value = number_of(text.substr(start, end - start));
    if (!(1 <= value && value <= kMost) || value != std::floor(value)) {
      return fmt::format("{} is not a list of whole numbers from 1 to {} such as 32,16", text, kMost);
    }
    parameters.hidden.push_back(static_cast<std::uint32_t>(value));
    start = end + 1;
  }
  return "";
}

std::string set_kernel(const std::string& text, Parameters& parameters) {
  constexpr std::pair<const char*, Kernel> kAll[] = {{"rbf", Kernel::kRbf},
                                                     {"polynomial", Kernel::kPolynomial},
                                                     {"poly", Kernel::kPolynomial},  // scikit-learn's name
                                                     {"sigmoid", Kernel::kSigmoid},
                                                     {"linear", Kernel::kLinear}};
  for (const auto& [name, kernel] : kAll) {
    if (text != name) continue;
    parameters.kernel = kernel;
    return "";
  }
  return fmt::format("{} is not one of rbf, polynomial, sigmoid, linear", text);
}

std::string set_gamma(const std::string& text, Parameters& parameters) {
  using Rule = Gamma::Rule;
  const double value = number_of(text);
  if (text == "scale" || text == "auto") {
    parameters.gamma = {text == "scale" ? Rule::kScale : Rule::kAuto, 0};
  } else if (1e-12 <= value && value <= 1e6) {
    parameters.gamma = {Rule::kNumber, value};
  } else {
    return fmt::format("{} is none of scale, auto, a number from 1e-12 to 1e6", text);
  }
  return "";
}

std::string set_activation(const std::string& text, Parameters& parameters) {
  const std::pair<const char*, Activation> all[] = {{"relu", Activation::kRelu},
                                                    {"tanh", Activation::kTanh},
                                                    {"none", Activation::kNone},
                                                    {"identity", Activation::kNone}};  // scikit-learn's name
  for (const auto& [name, activation] : all) {
    if (text != name) continue;
    parameters.activation = activation;
    return "";
  }
  return fmt::format("{} is not one of relu, tanh, none", text);
}

std::string set_class_weight(const std::string& text, Parameters& parameters) {
  parameters.class_weight = text;
  return check_class_weight(text);
}

/// Read by the family that has it, which knows the others.
std::string set_of(const std::string& text, Parameters& parameters) {
  parameters.of = text;
  return {};
}

/// As in scikit-learn a number with a point is a share, one without a count.
std::string set_max_features(const std::string& text, Parameters& parameters) {
  using Rule = MaxFeatures::Rule;
  constexpr std::pair<const char*, Rule> kWords[] = {
      {"auto", Rule::kAuto}, {"sqrt", Rule::kSqrt}, {"log2", Rule::kLog2}, {"all", Rule::kAll}};
  for (const auto& [word, rule] : kWords) {
    if (text != word) continue;
    parameters.max_features = {rule, 0};
    return {};
  }
  const double value = number_of(text);
  const bool share = text.find_first_of(".eE") != std::string::npos;
  const bool good = share ? 0 < value && value <= 1 : 1 <= value && value <= 65535 && value == std::floor(value);
  if (!good) return fmt::format("{} is none of auto, sqrt, log2, all, a share like 0.5, or a count like 5", text);
  parameters.max_features = {share ? Rule::kFraction : Rule::kCount, value};
  return {};
}

}  // namespace

std::size_t MaxFeatures::of(std::size_t features, bool classifies) const {
  const auto all = static_cast<double>(features);
  double wanted = all;
  if (rule == Rule::kSqrt || (rule == Rule::kAuto && classifies)) wanted = std::floor(std::sqrt(all));
  if (rule == Rule::kLog2) wanted = std::floor(std::log2(all));
  if (rule == Rule::kFraction) wanted = std::floor(number * all);
  if (rule == Rule::kCount) wanted = number;
  return static_cast<std::size_t>(std::clamp(wanted, 1.0, all));
}

const std::vector<ParameterFlag>& parameter_flags() {
  static const std::vector<ParameterFlag> all = {
      number("alpha", "A", &Parameters::alpha, 0, 1e300),
      number("C", "C", &Parameters::c, 1e-12, 1e12),
      number("epsilon", "E", &Parameters::epsilon, 0, 1e12),
      number("l1-ratio", "R", &Parameters::l1_ratio, 0, 1),
      word("loss", "L", &Parameters::loss, {"epsilon-insensitive", "squared-epsilon-insensitive", "huber"}),
      toggle("probability", &Parameters::probability),
      {"kernel", "K", set_kernel},
      {"gamma", "scale|auto|G", set_gamma},
      count("degree", "N", &Parameters::degree, 1, 16),
      number("coef0", "C0", &Parameters::coef0, -1e6, 1e6),
      count("max-support-vectors", "N", &Parameters::max_support_vectors, 0, 1000000000),
      {"hidden", "N,N", set_hidden},
      {"activation", "relu|tanh|none", set_activation},
      count("members", "N", &Parameters::members, 1, 1000),
      count("epochs", "N", &Parameters::epochs, 1, 1000000),
      count("batch-size", "N", &Parameters::batch_size, 1, 1000000),
      number("learning-rate", "R", &Parameters::learning_rate, 1e-9, 100),
      number("early-stopping", "0.1", &Parameters::early_stopping, 0, 0.9),
      count("patience", "N", &Parameters::patience, 1, 1000000),
      number("var-smoothing", "F", &Parameters::var_smoothing, 1e-30, 1e12),
      count("trees", "N", &Parameters::trees, 1, 65535),
      count("max-depth", "N", &Parameters::max_depth, 0, 1000000),
      count("min-samples-leaf", "N", &Parameters::min_samples_leaf, 1, 1000000000),
      {"max-features", "F", set_max_features},
      count("rounds", "N", &Parameters::rounds, 1, 65535),
      number("subsample", "S", &Parameters::subsample, 1e-6, 1),
      number("ccp-alpha", "A", &Parameters::ccp_alpha, 0, 1e300),
      count("max-bytes", "N", &Parameters::max_bytes, 0, 2147483647),
      word("voting", "V", &Parameters::voting, {"soft", "hard"}),
      {"of", "\"F + F\"", set_of},
      {"class-weight", "W", set_class_weight},
  };
  return all;
}

const ParameterFlag* find_parameter_flag(const std::string& name) {
  const std::vector<ParameterFlag>& all = parameter_flags();
  const auto found = std::find_if(all.begin(), all.end(), [&](const ParameterFlag& flag) { return flag.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace nuthatch::learn
