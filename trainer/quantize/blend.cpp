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
  return std::visit([&](const auto& model) -> QuantizedMember { return quantize(model, own); }, member.model);
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
