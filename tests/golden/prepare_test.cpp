// Transforms against scikit-learn's and scipy's (make_prepare.py).

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "prepare/transform.hpp"

namespace nuthatch::prepare {
namespace {

struct Golden {
  std::vector<float> values;
  std::vector<double> transformed;
  double lambda = 0;
  double skewness = 0;
};

std::map<std::string, Golden> read_golden() {
  std::ifstream file(std::string(NUTHATCH_TEST_DATA) + "/golden/prepare.csv");
  std::map<std::string, Golden> columns;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    std::string name, value, lambda, transformed, skewness;
    std::getline(cells, name, ',');
    std::getline(cells, value, ',');
    std::getline(cells, lambda, ',');
    std::getline(cells, transformed, ',');
    std::getline(cells, skewness, ',');
    Golden& golden = columns[name];
    golden.values.push_back(std::stof(value));
    golden.transformed.push_back(std::stod(transformed));
    golden.lambda = std::stod(lambda);
    golden.skewness = std::stod(skewness);
  }
  return columns;
}

}  // namespace

TEST_CASE("prepare: Yeo-Johnson's lambda and values, and skewness, are scikit-learn's and scipy's") {
  const auto columns = read_golden();
  REQUIRE(columns.size() == 4);
  for (const auto& [name, golden] : columns) {
    CAPTURE(name);
    const Transform found = yeo_johnson(golden.values);
    CHECK(found.lambda == doctest::Approx(golden.lambda).epsilon(1e-5));  // Brent's own tolerance there
    CHECK(skewness(golden.values) == doctest::Approx(golden.skewness).epsilon(1e-9));
    const Transform same{Shape::kYeoJohnson, golden.lambda};
    for (std::size_t i = 0; i < golden.values.size(); ++i) {
      CHECK(same(golden.values[i]) == doctest::Approx(golden.transformed[i]).epsilon(1e-12));
    }
  }
}

TEST_CASE("prepare: what is mostly one value stays as it is") {
  std::vector<float> values(100, 0);
  for (std::size_t i = 0; i < 20; ++i) values[5 * i] = static_cast<float>(i);
  CHECK(yeo_johnson(values).lambda == 1);
  for (std::size_t i = 0; i < 30; ++i) values[2 * i] = static_cast<float>(i);
  CHECK(yeo_johnson(values).lambda != 1);
}

}  // namespace nuthatch::prepare
