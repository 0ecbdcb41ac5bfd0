// Statistics, imputation, standardization and raw counts, against arithmetic done by hand.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using prepare::FeatureStatistics;
using prepare::raw_exponent;
using prepare::to_raw;

namespace {

FeatureStatistics describe_one(const std::string& values) {
  std::string text = "x,label\n";
  for (const char character : values) text += character == ' ' ? std::string(",0\n") : std::string(1, character);
  return prepare::describe(parse(text + ",0\n")).at(0);
}

FeatureStatistics range(float minimum, float maximum, bool integers) {
  FeatureStatistics feature;
  feature.minimum = minimum;
  feature.maximum = maximum;
  feature.integers = integers;
  return feature;
}

}  // namespace

TEST_CASE("prepare: mean and deviation are those of the imputed column") {
  const FeatureStatistics feature = describe_one("1 NA 2 4");
  CHECK(feature.name == "x");
  CHECK(feature.missing == 1);
  CHECK(feature.imputed == 2);
  CHECK(feature.minimum == 1);
  CHECK(feature.maximum == 4);
  CHECK(feature.mean == 2.25);  // of 1 2 2 4
  // Squares about it: 1.5625, 0.0625, 0.0625, 3.0625.
  CHECK(feature.deviation == doctest::Approx(std::sqrt(4.75 / 4)).epsilon(1e-15));
  CHECK_FALSE(feature.constant);
  CHECK(feature.integers);
}

TEST_CASE("prepare: the median of an even count is the mean of the middle two, whatever the order") {
  CHECK(describe_one("10 1 3 2").imputed == 2.5F);
  CHECK(describe_one("2 1").imputed == 1.5F);
  CHECK(describe_one("5 NA 1 ? 3").imputed == 3);
  CHECK(describe_one("3e38 3.2e38").imputed == 3.1e38F);  // their sum is no float32
  CHECK(describe_one("-1 -7 -3 -5").imputed == -4);
}

TEST_CASE("prepare: a constant column standardizes to zero, and a change of it shows") {
  const data::Dataset dataset = parse("a,b,c,label\n7,0.25,-40,0\n7,,-40,0\n7,0.25,-40,0\n");
  const auto statistics = prepare::describe(dataset);
  for (const FeatureStatistics& feature : statistics) CHECK(feature.constant);
  CHECK(statistics[0].deviation == 7);
  CHECK(statistics[1].deviation == 1);
  CHECK(statistics[2].deviation == 40);
  CHECK(statistics[1].missing == 1);
  CHECK(prepare::standardize(dataset, statistics).cwiseAbs().maxCoeff() == 0);
}

TEST_CASE("prepare: standardized training columns have mean 0 and deviation 1, missing values the median's z") {
  const data::Dataset dataset = parse("a,b,label\n1,-3e4,0\n2,8e4,0\n4,,0\n9,1e4,0\n");
  const auto statistics = prepare::describe(dataset);
  const Eigen::MatrixXd z = prepare::standardize(dataset, statistics);
  for (Eigen::Index i = 0; i < 2; ++i) {
    CHECK(std::abs(z.col(i).mean()) < 1e-15);
    CHECK(z.col(i).squaredNorm() / 4 == doctest::Approx(1).epsilon(1e-14));
  }
  CHECK(z(2, 1) == (1e4 - statistics[1].mean) / statistics[1].deviation);
}

TEST_CASE("prepare: a column without any value is refused with file, column and remedy") {
  std::string message;
  try {
    prepare::describe(parse("a,empty one,label\n1,,0\n2,NA,0\n"));
  } catch (const data::DataError& error) {
    message = error.what();
  }
  CHECK(message.find("rows.csv: column \"empty one\"") == 0);
  CHECK(message.find("--drop") != std::string::npos);
}

TEST_CASE("prepare: which columns are integers") {
  CHECK(describe_one("1 2.0 -3e2 NA").integers);
  CHECK(describe_one("16777216 3e9").integers);
  CHECK_FALSE(describe_one("1 2 2.5").integers);
}

TEST_CASE("prepare: integers that fit int16 are raw as they stand; -32768 is kept for missing") {
  CHECK(raw_exponent(range(0, 1, true)) == 0);
  CHECK(raw_exponent(range(0, 0, true)) == 0);
  CHECK(raw_exponent(range(-32767, 32767, true)) == 0);
  CHECK(raw_exponent(range(-32768, 0, true)) == -1);
  CHECK(raw_exponent(range(0, 65535, true)) == -2);  // 65535 / 4 = 16384, and half of it more than 26213
}

TEST_CASE("prepare: the range without far values, where those make the deviation") {
  std::vector<double> bits(400, 0);
  for (std::size_t i = 0; i < bits.size(); i += 2) bits[i] = 1;
  // One of 400 at x makes the deviation x / 20 and more; eight times that of the bits, 1/2, from 80 on.
  for (const double far : {100.0, 5000.0, -9999.0, 1e12}) {
    CAPTURE(far);
    std::vector<double> values = bits;
    values[7] = far;
    const auto range = prepare::range_without_far(values, 8);
    REQUIRE(range.has_value());
    CHECK(range->first == 0);
    CHECK(range->second == 1);
  }
  bits[7] = 20;
  CHECK_FALSE(prepare::range_without_far(bits, 8).has_value());
  // A tenth of the rows is no exception, nor are the few values that a column has.
  std::vector<double> often = bits;
  for (std::size_t i = 0; i < often.size(); i += 10) often[i] = 5000;
  CHECK_FALSE(prepare::range_without_far(often, 8).has_value());
  CHECK_FALSE(prepare::range_without_far({0, 0, 0, 1}, 8).has_value());
  CHECK_FALSE(prepare::range_without_far({3, 3}, 8).has_value());
}

TEST_CASE("prepare: other columns take the largest power of two that leaves a quarter of headroom") {
  constexpr double kRoom = 32767 / 1.25;
  for (double largest = 1e-30; largest < 1e30; largest *= 3.7) {
    CAPTURE(largest);
    const auto value = static_cast<float>(largest);
    const int exponent = raw_exponent(range(-value / 2, value, false));
    CHECK(exponent == raw_exponent(range(-value, 0, false)));
    CHECK(std::ldexp(value, exponent) <= kRoom);
    CHECK(std::ldexp(value, exponent + 1) > kRoom);
  }
  CHECK(raw_exponent(range(0, std::numeric_limits<float>::denorm_min(), false)) == 126);  // the format's end
  CHECK(raw_exponent(range(std::numeric_limits<float>::lowest(), 0, false)) == -114);     // 2^128 / 2^114 = 2^14
}

TEST_CASE("prepare: raw counts round half to even, saturate short of the missing count, and NaN is missing") {
  CHECK(to_raw(2.5F, 0) == 2);
  CHECK(to_raw(3.5F, 0) == 4);
  CHECK(to_raw(-2.5F, 0) == -2);
  CHECK(to_raw(-0.5F, 0) == 0);
  CHECK(to_raw(1.25F, 1) == 2);
  CHECK(to_raw(10, -2) == 2);
  CHECK(to_raw(14, -2) == 4);
  CHECK(to_raw(0.3F, 14) == 4915);  // 4915.2
  CHECK(to_raw(32767.4F, 0) == 32767);
  CHECK(to_raw(40000, 0) == 32767);
  CHECK(to_raw(-32768, 0) == -32767);
  CHECK(to_raw(std::numeric_limits<float>::infinity(), 0) == 32767);
  CHECK(to_raw(-std::numeric_limits<float>::infinity(), -126) == -32767);
  CHECK(to_raw(std::numeric_limits<float>::max(), 126) == 32767);
  CHECK(to_raw(std::numeric_limits<float>::denorm_min(), 126) == 0);
  CHECK(to_raw(std::numeric_limits<float>::quiet_NaN(), 3) == -32768);
}

}  // namespace nuthatch::trainer_test
