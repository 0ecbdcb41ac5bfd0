#include "quantize/bayes.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "quantize/far_values.hpp"
#include "quantize/quantize.hpp"

namespace nuthatch::quantize {
namespace {

using learn::BayesModel;

/// A class whose deviation is below 1/64 of the feature's may be taken as one of 1/64: its weight, 1 / (2 variance) in
/// squared deviations, is capped. Scikit-learn's 5e8 for a feature that is constant within a class needs no more.
constexpr double kEnoughWeight = 2048;
/// Natural logarithms: what rounding the squares may cost a row whose features are all a deviation from the mean.
constexpr double kMostError = 1.0 / 64;
constexpr int kEnoughFractionBits = 16;  // 2^30 score words are then e^16384
constexpr int kFewestBits = 12;
constexpr int kMostBits = 62;
constexpr double kMostBracket = 2147483647.0;
constexpr double kMostSum = 4.6e18;  // below 2^62
constexpr std::int16_t kLeastCodeLimit = 255;

/// The learned model on codes: class k adds -weights(k, i) * (code_i - means(k, i))^2. A feature that the device cannot
/// tell apart, or that is constant, speaks for no class: weight 0.
struct OnCodes {
  Encoding encoding;
  Eigen::MatrixXd weights;   ///< in squared deviations, not capped
  Eigen::MatrixXd means;     ///< in codes
  Eigen::VectorXd peaks;     ///< log(prior * density) of each class at its means
  Eigen::RowVectorXd units;  ///< deviations a code; 0: the feature is not used
};

/// A feature's statistics without a few far values, where there are such: its coverages are of what is left.
using Statistics = std::vector<prepare::FeatureStatistics>;

const std::optional<prepare::Coverage>& coverage_of(const prepare::FeatureStatistics& feature, Input input) {
  return input == Input::kFloat32 ? feature.coverage : feature.count_coverage;
}

/// What the deviation of the values is that far ones are not counted in, in the feature's deviations. Weights are
/// judged by it, so that no class is as wide as what its codes leave out.
double covered_deviation(const prepare::FeatureStatistics& feature, Input input) {
  const auto& coverage = coverage_of(feature, input);
  if (!coverage) return 1;
  return std::min(1.0, (double{coverage->high} - double{coverage->low}) / 4 / feature.deviation);
}

OnCodes on_codes(const BayesModel& model, const Encoding& encoding, const Statistics& statistics) {
  OnCodes result{encoding, 0.5 / model.variances.array(), model.means, {}, {}};
  BayesModel used = model;
  result.units.resize(model.means.cols());
  for (Eigen::Index i = 0; i < model.means.cols(); ++i) {
    const FeatureEncoding& feature = encoding.features[static_cast<std::size_t>(i)];
    const double limit = encoding.code_limit;
    const bool in_use = feature.unit > 0 && !statistics[static_cast<std::size_t>(i)].constant;
    result.units[i] = in_use ? feature.unit : 0;
    if (!in_use) {
      result.weights.col(i).setZero();
      result.means.col(i).setZero();
      used.variances.col(i).setOnes();
      continue;
    }
    // Rows beyond the limit have its code, so a class that lies there is met there.
    result.means.col(i) =
        ((result.means.col(i).array() - feature.shift_in_z) / feature.unit).cwiseMax(-limit).cwiseMin(limit);
    const double covered = covered_deviation(statistics[static_cast<std::size_t>(i)], encoding.input);
    result.units[i] /= covered;
    result.weights.col(i) *= covered * covered;
  }
  result.peaks = learn::peak_log_likelihoods(used);
  return result;
}

/// The bits (sums are natural logarithms times 2^bits) from which on rounding the squares costs at most kMostError: an
/// error of at most 1/2, 1/12 in the mean square, times a squared deviation in codes, a feature.
int fewest_bits(const OnCodes& model) {
  double squares = 0;
  for (const double unit : model.units) squares += unit > 0 ? std::pow(unit, -4.0) : 0;
  const double bits = std::ceil(std::log2(std::max(std::sqrt(squares / 12) / kMostError, 1.0)));
  return static_cast<int>(std::clamp(bits, double{kFewestBits}, double{kMostBits}));
}

/// The largest weight with which every bracket fits 32 bits: no smaller weight need be capped.
double largest_weight(const OnCodes& model, int bits) {
  const double limit = model.encoding.code_limit;
  // Two classes share a bracket; rounding adds at most limit / 2 + 1 each.
  const double room = (kMostBracket - 2 * limit - 4) / (model.weights.rows() == 2 ? 2 : 1);
  double cap = model.weights.maxCoeff();
  for (Eigen::Index k = 0; k < model.weights.rows(); ++k) {
    for (Eigen::Index i = 0; i < model.weights.cols(); ++i) {
      const double reach =
          std::ldexp(model.units[i] * model.units[i] * (limit + 2 * std::abs(model.means(k, i))), bits);
      if (model.weights(k, i) * reach > room) cap = std::min(cap, room / reach);
    }
  }
  return cap;
}

double wanted_weight(const OnCodes& model) { return std::min(model.weights.maxCoeff(), kEnoughWeight); }

/// One class's form, in doubles that hold integers but for the constant.
struct Form {
  Eigen::VectorXd squares;
  Eigen::VectorXd linears;
  double constant;
};

Form form_of(const OnCodes& model, Eigen::Index k, int bits, double cap) {
  const Eigen::Index features = model.weights.cols();
  Form form{Eigen::VectorXd(features), Eigen::VectorXd(features), std::ldexp(model.peaks[k], bits)};
  for (Eigen::Index i = 0; i < features; ++i) {
    const double unit = model.units[i];
    const double mean = model.means(k, i);
    form.squares[i] = -std::nearbyint(std::ldexp(std::min(model.weights(k, i), cap) * unit * unit, bits));
    // Of the rounded square, so that the form's peak stays at the mean.
    form.linears[i] = std::nearbyint(-2 * form.squares[i] * mean);
    form.constant += form.squares[i] * mean * mean;
  }
  return form;
}

std::vector<Form> forms_of(const OnCodes& model, int bits, double cap) {
  std::vector<Form> forms;
  for (Eigen::Index k = 0; k < model.weights.rows(); ++k) forms.push_back(form_of(model, k, bits, cap));
  if (forms.size() != 2) return forms;
  return {{forms[1].squares - forms[0].squares, forms[1].linears - forms[0].linears,
           forms[1].constant - forms[0].constant}};
}

/// The most bits that leave the wanted weights as they are, but never so few that squares round too coarsely.
int choose_bits(const OnCodes& model) {
  const int fewest = fewest_bits(model);
  int bits = kMostBits;
  while (bits > fewest && largest_weight(model, bits) < wanted_weight(model)) --bits;
  return bits;
}

bool sums_fit(const std::vector<Form>& forms, double limit) {
  return std::all_of(forms.begin(), forms.end(), [&](const Form& form) {
    const double brackets = form.squares.cwiseAbs().sum() * limit + form.linears.cwiseAbs().sum();
    return brackets * limit + std::abs(form.constant) < kMostSum;
  });
}

QuantizedBayes quantize_on(const OnCodes& model) {
  int bits = choose_bits(model);
  std::vector<Form> forms = forms_of(model, bits, largest_weight(model, bits));
  while (bits > 0 && !sums_fit(forms, model.encoding.code_limit)) {
    --bits;
    forms = forms_of(model, bits, largest_weight(model, bits));
  }
  QuantizedBayes quantized;
  quantized.precision = Precision::kInt16;
  quantized.encoding = model.encoding;
  quantized.fraction_bits = std::min(bits, kEnoughFractionBits);
  quantized.shift = static_cast<std::uint8_t>(bits - quantized.fraction_bits);
  quantized.outputs = static_cast<std::uint32_t>(forms.size());
  quantized.stride = (static_cast<std::uint32_t>(model.weights.cols()) + 3) / 4 * 4;
  quantized.terms.assign(std::size_t{2} * quantized.outputs * quantized.stride, 0);
  for (std::size_t k = 0; k < forms.size(); ++k) {
    for (Eigen::Index i = 0; i < model.weights.cols(); ++i) {
      const std::size_t at = 2 * (k * quantized.stride + static_cast<std::size_t>(i));
      quantized.terms[at] = static_cast<std::int32_t>(forms[k].squares[i]);
      quantized.terms[at + 1] = static_cast<std::int32_t>(forms[k].linears[i]);
    }
    quantized.constants.push_back(static_cast<std::int64_t>(std::nearbyint(forms[k].constant)));
  }
  return quantized;
}

/// Statistics whose coverages are of the values without a few far ones, and in float32 around the class that is
/// narrowest: beyond 32 of its deviations it is out of the question, and the others, which are wide, can do without
/// what saturates there.
Statistics without_far(const BayesModel& model, const Request& request) {
  constexpr double kReach = 32;
  Statistics statistics = request.statistics;
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    prepare::FeatureStatistics& feature = statistics[i];
    const auto column = static_cast<Eigen::Index>(i);
    const double unit = feature.deviation / feature.stretch;
    const auto narrow = [&](std::optional<prepare::Coverage>& coverage, double low_z, double high_z) {
      const auto low = static_cast<float>(std::max(feature.mean + unit * low_z, double{feature.minimum}));
      const auto high = static_cast<float>(std::min(feature.mean + unit * high_z, double{feature.maximum}));
      if (!(low < high) || (coverage && high - low >= coverage->high - coverage->low)) return;
      if (!coverage) coverage.emplace();
      coverage->low = low;
      coverage->high = high;
    };
    if (const auto range = range_without_far(request.examples.features.col(column), feature.stretch)) {
      narrow(feature.coverage, range->first, range->second);
      narrow(feature.count_coverage, range->first, range->second);
    }
    if (!feature.coverage) continue;
    Eigen::Index narrowest = 0;
    const double reach = kReach * std::sqrt(model.variances.col(column).minCoeff(&narrowest));
    const double middle = model.means(narrowest, column);
    narrow(feature.coverage, middle - reach, middle + reach);
  }
  return statistics;
}

/// As if there were nothing beyond the coverages.
Statistics within_coverages(Statistics statistics, Input input) {
  for (prepare::FeatureStatistics& feature : statistics) {
    const auto& coverage = coverage_of(feature, input);
    if (coverage) feature = within(feature, coverage->low, coverage->high);
  }
  return statistics;
}

/// Whether codes are fine enough for the variances of all features that have far values: they have 32 a deviation of
/// the others, or are whole numbers as they are.
bool resolves_all(const OnCodes& model, const Statistics& statistics) {
  constexpr double kFewestSteps = 32;
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    const bool exact = model.encoding.counts && statistics[i].integers && model.encoding.features[i].exponent >= 0;
    const double unit = model.units[static_cast<Eigen::Index>(i)];
    if (coverage_of(statistics[i], model.encoding.input) && !exact && unit * kFewestSteps > statistics[i].stretch) {
      return false;
    }
  }
  return true;
}

std::vector<Encoding> candidates(const Statistics& near, const Request& request) {
  std::vector<Encoding> encodings;
  const auto add = [&](const auto& encode) {
    for (int limit = INT16_MAX; limit >= kLeastCodeLimit; limit /= 2) {
      encodings.push_back(encode(static_cast<std::int16_t>(limit)));
    }
  };
  if (request.input == Input::kInt16) encodings.push_back(encode_finely(request.statistics, request.input));
  const bool far = std::any_of(near.begin(), near.end(), [&](const prepare::FeatureStatistics& feature) {
    return coverage_of(feature, request.input).has_value();
  });
  if (far && request.input == Input::kFloat32) {
    add([&](std::int16_t limit) { return encode_finely(near, request.input, limit, false); });
  }
  if (far) {
    const Statistics within = within_coverages(near, request.input);
    add([&](std::int16_t limit) { return encode_features(within, request.input, limit, request.statistics); });
  }
  add([&](std::int16_t limit) { return encode_features(request.statistics, request.input, limit); });
  return encodings;
}

/// Raw counts as they are if they serve: they cost the device almost nothing. Else the finest codes that leave room for
/// the weights; else those that cap them the least.
OnCodes choose_codes(const BayesModel& model, const Request& request) {
  const Statistics near = without_far(model, request);
  std::optional<OnCodes> best;
  double most = -1;
  for (const Encoding& encoding : candidates(near, request)) {
    OnCodes candidate = on_codes(model, encoding, near);
    const bool fine = resolves_all(candidate, near);
    const double weight = fine ? largest_weight(candidate, fewest_bits(candidate)) : 0;
    if (fine && weight >= wanted_weight(candidate)) return candidate;
    if (weight > most) best = std::move(candidate);
    most = std::max(most, weight);
  }
  return *best;
}

}  // namespace

QuantizedBayes quantize(const BayesModel& model, const Request& request) {
  QuantizedBayes quantized = quantize_on(choose_codes(model, request));
  // Scores are natural logarithms; the link's exponent counts powers of two.
  quantized.link.kind = LinkKind::kLogistic;
  quantized.link.scale = {requantization_of(std::ldexp(std::numbers::log2e, 16 - quantized.fraction_bits), 0)};
  return quantized;
}

}  // namespace nuthatch::quantize
