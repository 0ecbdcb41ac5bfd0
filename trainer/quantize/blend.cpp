#include "quantize/blend.hpp"

#include <algorithm>
#include <cmath>

#include "quantize/quantize.hpp"

namespace nuthatch::quantize {
namespace {

/// All members are to have the encoding of the request, whatever each would have chosen for itself.
QuantizedMember quantize_member(const learn::BlendMember& member, const Request& request) {
  const Precision precision = member.precision == "int16" ? Precision::kInt16 : Precision::kInt8;
  const Request own{request.statistics, request.examples, member.parameters,          request.encoding,
                    request.input,      precision,        request.encoding.code_limit};
  if (const auto* linear = std::get_if<learn::LinearModel>(&member.model)) {
    return quantize_linear(*linear, own.statistics, own.input, precision, own.most_code);
  }
  return std::visit([&](const auto& model) -> QuantizedMember { return quantize(model, own); }, member.model);
}

constexpr double kFar = 8;  // times the deviation of the others

/// With an eighth more on both sides, so that what is far stays apart from the rest. values: those that are there.
std::optional<std::pair<float, float>> range_without_far(const std::vector<float>& values,
                                                         const prepare::FeatureStatistics& feature) {
  const auto range = prepare::range_without_far({values.begin(), values.end()}, kFar);
  if (!range) return {};
  const double eighth = (range->second - range->first) / 8;
  return std::pair(static_cast<float>(std::max(range->first - eighth, double{feature.minimum})),
                   static_cast<float>(std::min(range->second + eighth, double{feature.maximum})));
}

/// Naive Bayes squares its codes, so that linear ones cannot hold the variances of classes decades apart; Gaussians of
/// octaves can.
std::vector<Sharpening> octaves_of(const prepare::Preparation& preparation,
                                   const std::vector<prepare::FeatureStatistics>& statistics, Input input) {
  std::vector<Sharpening> all(statistics.size());
  bool any = false;
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    const bool decades = statistics[i].coverage && statistics[i].coverage->octaves;
    all[i].by_octaves = decades && input == Input::kFloat32 && preparation.columns[i].is_as_it_is();
    any = any || all[i].by_octaves;
  }
  return any ? all : std::vector<Sharpening>();
}

}  // namespace

std::int16_t common_code_limit(std::size_t features) {
  // Vectors of an rbf kernel have elements below twice the limit (quantize/svm.cpp): nine squares of it a feature.
  const double limit = std::sqrt(2147483647.0 / static_cast<double>(features)) / 3;
  return static_cast<std::int16_t>(std::clamp(std::floor(limit), 1.0, double{INT16_MAX}));
}

Encoding learning_codes(const learn::Family& family, const std::vector<prepare::FeatureStatistics>& statistics,
                        Input input) {
  return family.common_codes ? encode_features(statistics, input, common_code_limit(statistics.size()))
                             : encode_finely(statistics, input);
}

std::vector<Sharpening> sharpenings(const learn::Family& family, const data::Dataset& columns,
                                    const prepare::Preparation& preparation,
                                    const std::vector<prepare::FeatureStatistics>& statistics,
                                    const std::vector<double>& targets, Input input) {
  if (preparation.projection) return {};
  if (family.name == "naive-bayes") return octaves_of(preparation, statistics, input);
  if (!family.common_codes) return {};
  const Encoding encoding = learning_codes(family, statistics, input);
  const bool far_targets = prepare::range_without_far(targets, kFar).has_value();
  std::vector<Sharpening> all(statistics.size());
  bool blurred = false;
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    if (!preparation.columns[i].is_as_it_is()) continue;
    const std::vector<float> values = prepare::present_values(columns.columns[i]);
    const bool blurs = !prepare::tells_apart(values, [&](float value) { return code_of(encoding, i, value); });
    const bool decades = statistics[i].coverage && statistics[i].coverage->octaves;
    all[i].by_octaves = blurs && decades && input == Input::kFloat32;
    if (!all[i].by_octaves && !far_targets) all[i].within = range_without_far(values, statistics[i]);
    blurred = blurred || (blurs && (all[i].by_octaves || all[i].within));
  }
  // One column's far values cost all the others steps.
  return blurred ? all : std::vector<Sharpening>();
}

QuantizedBlend quantize(const learn::BlendModel& model, const Request& request) {
  QuantizedBlend blend;
  blend.precision = Precision::kInt8;
  blend.encoding = request.encoding;
  blend.outputs = 1;
  blend.fraction_bits = 64;
  for (const learn::BlendMember& member : model.members) {
    blend.members.push_back({quantize_member(member, request), {}});
    blend.fraction_bits = std::min(blend.fraction_bits, common(blend.members.back().predictor).fraction_bits);
  }
  // A bit less than any member has: a sum of their shares is at most half of the largest score then.
  blend.fraction_bits = std::max(blend.fraction_bits - 1, -64);
  const double share = 1 / static_cast<double>(model.members.size());
  for (BlendMember& member : blend.members) {
    const int down = common(member.predictor).fraction_bits - blend.fraction_bits;
    member.scale = requantization_of(std::ldexp(share, -down), 0);
  }
  return blend;
}

}  // namespace nuthatch::quantize
