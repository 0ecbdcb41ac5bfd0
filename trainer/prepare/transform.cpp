#include "prepare/transform.hpp"

#include <cmath>

#include "prepare/features.hpp"

namespace nuthatch::prepare {
namespace {

double power(double value, double lambda) {
  if (value >= 0) {
    return lambda == 0 ? std::log1p(value) : std::expm1(lambda * std::log1p(value)) / lambda;
  }
  const double other = 2 - lambda;
  return other == 0 ? -std::log1p(-value) : -std::expm1(other * std::log1p(-value)) / other;
}

struct Moments {
  double count = 0;
  double mean = 0;
  double variance = 0;
  double third = 0;
};

Moments moments_of(const std::vector<float>& column, const Transform& transform) {
  Moments moments;
  for (const float value : column) {
    if (std::isnan(value)) continue;
    ++moments.count;
    moments.mean += transform(value);
  }
  moments.mean /= moments.count;
  for (const float value : column) {
    if (std::isnan(value)) continue;
    const double difference = transform(value) - moments.mean;
    moments.variance += difference * difference / moments.count;
    moments.third += difference * difference * difference / moments.count;
  }
  return moments;
}

/// Up to a constant: of a normal distribution with the transformed values' own mean and variance.
double log_likelihood(const std::vector<float>& column, double lambda) {
  const Moments moments = moments_of(column, {Shape::kYeoJohnson, lambda});
  double jacobian = 0;
  for (const float value : column) {
    if (!std::isnan(value)) jacobian += std::copysign(std::log1p(std::abs(double{value})), double{value});
  }
  return -moments.count / 2 * std::log(moments.variance) + (lambda - 1) * jacobian;
}

}  // namespace

double Transform::operator()(double value) const {
  if (shape == Shape::kNone) return value;
  if (shape == Shape::kOctaves) return std::ldexp(order_of(static_cast<float>(value)), -23);
  return shape == Shape::kLog1p ? std::log1p(value) : power(value, lambda);
}

Transform yeo_johnson(const std::vector<float>& column) {
  Transform found{Shape::kYeoJohnson, 1};
  // What is mostly one value cannot become normal. The likelihood then only grows the farther a power sends that value
  // from the others, or the others together: up to the limit.
  if (!(quantile(column, 0.75) > quantile(column, 0.25))) return found;
  // Golden section: each step keeps 0.618 of the interval, and one of the two values that were asked for.
  constexpr double kGolden = 0.6180339887498949;
  double low = -5, high = 5;
  double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
  double at_left = log_likelihood(column, left), at_right = log_likelihood(column, right);
  while (high - low > 1e-9) {
    if (at_left > at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - kGolden * (high - low);
      at_left = log_likelihood(column, left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + kGolden * (high - low);
      at_right = log_likelihood(column, right);
    }
  }
  found.lambda = (low + high) / 2;
  return found;
}

double skewness(const std::vector<float>& column, const Transform& transform) {
  const Moments moments = moments_of(column, transform);
  return moments.variance > 0 ? moments.third / std::pow(moments.variance, 1.5) : 0;
}

}  // namespace nuthatch::prepare
