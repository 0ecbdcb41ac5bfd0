#include "quantize/encoding.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nuthatch::quantize {
namespace {

using prepare::FeatureStatistics;

constexpr double kMostStepsADeviation = 4096;
constexpr double kFewestStepsADeviation = 64;
constexpr double kHeadroom = 1.25;
constexpr double kLargestScale = 3.4e38;

double farthest_in_z(const FeatureStatistics& feature) {
  return std::max(std::abs(feature.minimum - feature.mean), std::abs(feature.maximum - feature.mean)) /
         feature.deviation;
}

double steps_a_deviation(const std::vector<FeatureStatistics>& statistics, Input input, std::int16_t code_limit) {
  double farthest = 0;
  for (const FeatureStatistics& feature : statistics) {
    if (resolves(feature, input)) farthest = std::max(farthest, farthest_in_z(feature));
  }
  const double scale = code_limit / 32767.0;
  const double most = kMostStepsADeviation * scale;
  // Beyond the fewest steps the rare outlier saturates rather than costing every feature its resolution.
  return farthest == 0 ? most : std::clamp(code_limit / (kHeadroom * farthest), kFewestStepsADeviation * scale, most);
}

void encode_float32(const FeatureStatistics& feature, double steps, FeatureEncoding& encoding) {
  encoding.offset = static_cast<float>(feature.mean);
  // Scales stay normal float32 numbers, whatever the column's spread.
  encoding.scale = static_cast<float>(std::clamp(steps / feature.deviation, 1.2e-38, kLargestScale));
  encoding.unit = feature.stretch / (double{encoding.scale} * feature.deviation);
  encoding.shift_in_z = (double{encoding.offset} - feature.mean) / feature.deviation * feature.stretch;
}

void encode_int16(const FeatureStatistics& feature, double steps, FeatureEncoding& encoding) {
  encoding.exponent = prepare::raw_exponent(feature);
  const double raw_deviation = std::ldexp(feature.deviation, encoding.exponent);
  const double raw_mean = std::ldexp(feature.mean, encoding.exponent);
  const double gain = steps / raw_deviation;
  encoding.center = static_cast<std::int16_t>(std::clamp(std::nearbyint(raw_mean), -32767.0, 32767.0));
  // As many bits of multiplier as fit.
  constexpr double most = INT16_MAX;
  int shift = 31;
  while (shift > 1 && std::nearbyint(std::ldexp(gain, shift)) > most) --shift;
  const double multiplier = std::clamp(std::nearbyint(std::ldexp(gain, shift)), 1.0, most);
  encoding.shift = static_cast<std::uint8_t>(shift);
  encoding.multiplier = static_cast<std::int16_t>(multiplier);
  encoding.unit = std::ldexp(feature.stretch, shift) / (multiplier * raw_deviation);
  encoding.shift_in_z = (encoding.center - raw_mean) / raw_deviation * feature.stretch;
}

/// The code is the raw count: 2 / 2^1 in the arithmetic of `code_of`.
void keep_counts(const FeatureStatistics& feature, FeatureEncoding& encoding) {
  encoding.exponent = prepare::covering_exponent(feature);
  encoding.saturates = feature.count_coverage.has_value();
  const double raw_deviation = std::ldexp(feature.deviation, encoding.exponent);
  encoding.multiplier = 2;
  encoding.unit = feature.stretch / raw_deviation;
  encoding.shift_in_z = -std::ldexp(feature.mean, encoding.exponent) / raw_deviation * feature.stretch;
}

/// Codes of octaves lie over the orders of floats; what they mean in z is said of values.
void encode_octaves(const FeatureStatistics& feature, FeatureEncoding& encoding) {
  const float low = feature.coverage->octaves_low;
  const float high = feature.coverage->octaves_high;
  const std::int64_t middle = (std::int64_t{prepare::order_of(low)} + prepare::order_of(high)) / 2;
  encoding.offset = prepare::value_of_order(static_cast<std::int32_t>(middle));
  encoding.scale = -std::ldexp(1.0F, -prepare::octave_shift(low, high));
  encoding.unit = feature.stretch / feature.deviation;
  encoding.shift_in_z = -feature.mean / feature.deviation * feature.stretch;
  encoding.saturates = true;
}

void encode_range(const FeatureStatistics& feature, std::int16_t code_limit, FeatureEncoding& encoding) {
  const double low = feature.coverage ? feature.coverage->low : feature.minimum;
  const double high = feature.coverage ? feature.coverage->high : feature.maximum;
  const double middle = (low + high) / 2;
  const double half = feature.constant ? feature.deviation : (high - low) / 2;
  encoding.saturates = feature.coverage.has_value();
  encoding.offset = static_cast<float>(middle);
  encoding.scale = static_cast<float>(std::clamp(code_limit / (kHeadroom * half), 1.2e-38, kLargestScale));
  encoding.unit = feature.stretch / (double{encoding.scale} * feature.deviation);
  encoding.shift_in_z = (double{encoding.offset} - feature.mean) / feature.deviation * feature.stretch;
}

/// Of codes laid over other statistics than z is made with: what they mean in z.
void mean_in(const FeatureStatistics& feature, const FeatureStatistics& over, FeatureEncoding& encoding) {
  const double ratio = over.deviation / feature.deviation;
  encoding.unit *= ratio;
  if (encoding.unit > 0) {
    encoding.shift_in_z =
        encoding.shift_in_z * ratio + (over.mean - feature.mean) / feature.deviation * feature.stretch;
  }
  encoding.saturates = true;
}

/// What the monitor compares with, and what stands in for a missing value.
void finish(const std::vector<FeatureStatistics>& statistics, Encoding& encoding) {
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    FeatureEncoding& feature = encoding.features[i];
    feature.low = code_of(encoding, i, statistics[i].minimum);
    feature.high = code_of(encoding, i, statistics[i].maximum);
    if (statistics[i].missing > 0) feature.imputation = code_of(encoding, i, statistics[i].imputed);
  }
}

}  // namespace

bool resolves(const FeatureStatistics& feature, Input input) {
  if (feature.constant) return true;
  if (input == Input::kFloat32) return kMostStepsADeviation / feature.deviation <= kLargestScale;
  const int exponent = prepare::raw_exponent(feature);
  if (feature.integers && exponent >= 0) return true;  // whole counts lose nothing, however rarely they vary
  const double raw_deviation = std::ldexp(feature.deviation, exponent);
  return raw_deviation * raw_deviation >= 1.0 / 12;  // the variance of rounding to whole counts
}

std::int16_t code_of(const Encoding& encoding, std::size_t index, float value) {
  const FeatureEncoding& feature = encoding.features[index];
  const double limit = encoding.code_limit;
  if (std::isnan(value)) return feature.imputation;
  if (feature.is_octaves()) {
    const std::int64_t code = (prepare::order_of(value) >> feature.octave_shift()) - feature.octave_base();
    return static_cast<std::int16_t>(std::clamp<std::int64_t>(code, -encoding.code_limit, encoding.code_limit));
  }
  if (encoding.input == Input::kFloat32) {
    const float scaled = (value - feature.offset) * feature.scale;
    return static_cast<std::int16_t>(std::clamp(std::nearbyint(double{scaled}), -limit, limit));
  }
  const std::int64_t raw = prepare::to_raw(value, feature.exponent);
  const std::int64_t half = std::int64_t{1} << (feature.shift - 1);
  const std::int64_t code = ((raw - feature.center) * feature.multiplier + half) >> feature.shift;
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(code, -encoding.code_limit, encoding.code_limit));
}

int FeatureEncoding::octave_shift() const { return -std::ilogb(scale); }

std::int32_t FeatureEncoding::octave_base() const { return prepare::order_of(offset) >> octave_shift(); }

double value_of_code(const FeatureEncoding& feature, Input input, double code) {
  if (feature.is_octaves()) {
    // The least value that has the code; what the largest float has is as far as it goes.
    const double most = prepare::order_of(std::numeric_limits<float>::max());
    const double order = std::ldexp(std::floor(code) + feature.octave_base(), feature.octave_shift());
    return prepare::value_of_order(static_cast<std::int32_t>(std::clamp(order, -most, most)));
  }
  if (input == Input::kFloat32) return feature.offset + code / feature.scale;
  return std::ldexp(feature.center + std::ldexp(code / feature.multiplier, feature.shift), -feature.exponent);
}

Encoding encode_features(const std::vector<FeatureStatistics>& statistics, Input input, std::int16_t code_limit) {
  return encode_features(statistics, input, code_limit, statistics);
}

Encoding encode_features(const std::vector<FeatureStatistics>& over, Input input, std::int16_t code_limit,
                         const std::vector<FeatureStatistics>& statistics) {
  const double steps = steps_a_deviation(over, input, code_limit);
  Encoding encoding{input, code_limit, std::vector<FeatureEncoding>(statistics.size()), false};
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    FeatureEncoding& feature = encoding.features[i];
    if (input == Input::kFloat32) {
      encode_float32(over[i], steps, feature);
    } else {
      encode_int16(over[i], steps, feature);
    }
    if (!resolves(over[i], input)) feature.unit = feature.shift_in_z = 0;
    if (over[i].deviation != statistics[i].deviation || over[i].mean != statistics[i].mean) {
      mean_in(statistics[i], over[i], feature);
    }
  }
  finish(statistics, encoding);
  return encoding;
}

Encoding encode_finely(const std::vector<FeatureStatistics>& statistics, Input input, std::int16_t code_limit,
                       bool octaves) {
  Encoding encoding{input, code_limit, std::vector<FeatureEncoding>(statistics.size()), input == Input::kInt16};
  if (encoding.counts) encoding.code_limit = INT16_MAX;
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    if (encoding.counts) {
      keep_counts(statistics[i], encoding.features[i]);
    } else if (octaves && statistics[i].coverage && statistics[i].coverage->octaves) {
      encode_octaves(statistics[i], encoding.features[i]);
    } else {
      encode_range(statistics[i], code_limit, encoding.features[i]);
    }
    if (!resolves(statistics[i], input)) encoding.features[i].unit = encoding.features[i].shift_in_z = 0;
  }
  finish(statistics, encoding);
  return encoding;
}

bool low_saturates(const Encoding& encoding, std::size_t index) {
  return encoding.features[index].low <= -encoding.code_limit;
}

bool high_saturates(const Encoding& encoding, std::size_t index) {
  return encoding.features[index].high >= encoding.code_limit;
}

learn::CodeMatrix codes_of(const data::Dataset& dataset, const std::vector<FeatureStatistics>& statistics,
                           const Encoding& encoding) {
  learn::CodeMatrix codes(static_cast<Eigen::Index>(dataset.rows()), std::ssize(dataset.columns));
  for (std::size_t i = 0; i < dataset.columns.size(); ++i) {
    auto out = codes.col(static_cast<Eigen::Index>(i));
    for (std::size_t row = 0; row < dataset.columns[i].size(); ++row) {
      const float value = dataset.columns[i][row];
      out[static_cast<Eigen::Index>(row)] = code_of(encoding, i, std::isnan(value) ? statistics[i].imputed : value);
    }
  }
  return codes;
}

std::vector<learn::CodeScale> code_scales(const Encoding& encoding) {
  std::vector<learn::CodeScale> scales;
  for (const FeatureEncoding& feature : encoding.features) {
    // A value of the column's middle may lie so far from those of its codes that it says nothing of a border.
    scales.push_back({feature.unit, feature.shift_in_z, encoding.counts || feature.saturates});
    if (!feature.is_octaves()) continue;
    scales.back().border = [feature](std::int16_t code) {
      const auto above = static_cast<float>(value_of_code(feature, Input::kFloat32, code + 1.0));
      return std::nextafter(above, -HUGE_VALF) * feature.unit + feature.shift_in_z;
    };
  }
  return scales;
}

}  // namespace nuthatch::quantize
