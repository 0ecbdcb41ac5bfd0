// Which features tell: by hand, and the order that comes of it.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/random.hpp"
#include "select/learned.hpp"
#include "select/ranking.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using Places = std::vector<std::size_t>;

namespace {

const data::Dataset& four_rows() {
  // By hand: a is the class, b has classes' means 1 and 2 about 1.5 (1 of 5 squares between), c does not vary.
  static const data::Dataset rows = parse("c,b,a,label\n7,0,0,x\n7,2,0,x\n7,1,1,y\n7,3,1,y\n");
  return rows;
}

}  // namespace

TEST_CASE("select: F, variance and mutual information by hand") {
  const select::Target classes{{0, 0, 1, 1}, 2, {}};
  const std::vector<double> f = select::f_statistics(four_rows(), classes);
  CHECK(f[0] == 0);
  CHECK(f[1] == doctest::Approx(1.0 / (4.0 / 2)));
  CHECK(std::isinf(f[2]));
  CHECK(select::best_first(f) == Places{2, 1, 0});
  // b and the values 0 2 1 3 are the same; a correlates with them to 1 / sqrt(5).
  const std::vector<double> of_values = select::f_statistics(four_rows(), {{}, 0, {0, 2, 1, 3}});
  CHECK(select::best_first(of_values) == Places{1, 2, 0});
  CHECK(of_values[2] == doctest::Approx(0.2 / 0.8 * 2));
  const std::vector<double> mutual = select::mutual_information(four_rows(), classes);
  CHECK(mutual[0] == doctest::Approx(0));
  CHECK(mutual[1] == doctest::Approx(std::log(2)));  // each value has a bin, each bin one class
  CHECK(mutual[2] == doctest::Approx(std::log(2)));
  const std::vector<double> variances = select::variances(four_rows());
  CHECK(variances[0] == 0);
  CHECK(variances[1] == doctest::Approx(5.0 / 36));
  CHECK(variances[2] == doctest::Approx(0.25));
}

TEST_CASE("select: text is judged by its categories, not by the index that they have") {
  // Of the categories 0, 1, 2 only the middle one is class y: no line through the indices tells it.
  data::Dataset rows = parse("x,colour,label\n1,0,a\n5,1,b\n2,2,a\n4,1,b\n3,0,a\n2,1,b\n4,2,a\n3,1,b\n");
  const select::Target target{{0, 1, 0, 1, 0, 1, 0, 1}, 2, {}};
  CHECK(select::f_statistics(rows, target)[1] < 1e-9);
  rows.names = {{}, {"red", "green", "blue"}};
  CHECK(std::isinf(select::f_statistics(rows, target)[1]));
  CHECK(std::isinf(select::f_statistics(rows, {{}, 0, {1, 9, 1, 9, 1, 9, 1, 9}})[1]));
  CHECK(select::mutual_information(rows, target)[1] == doctest::Approx(std::log(2)));
  for (const select::Method& method : select::methods()) {
    CAPTURE(method.name);
    const std::vector<double> scores = method.scores(rows, target, 1);
    REQUIRE(scores.size() == 2);
    if (method.name != "variance") CHECK(scores[1] > scores[0]);
  }
  rows.columns[1][0] = std::nanf("");  // missing
  CHECK(std::isinf(select::f_statistics(rows, target)[1]));
}

TEST_CASE("select: text that is missing in all rows of a fold comes last, and takes no feature's place") {
  data::Dataset rows = four_rows();
  rows.feature_names.push_back("text");
  rows.columns.emplace_back(4, NAN);
  rows.names.resize(4);
  rows.names[3] = {"red", "blue"};
  const select::Target classes{{0, 0, 1, 1}, 2, {}};
  for (const select::Method& method : select::methods()) {
    CAPTURE(method.name);
    const std::vector<double> scores = method.scores(rows, classes, 0);
    REQUIRE(scores.size() == 4);
    CHECK(scores[3] <= *std::min_element(scores.begin(), scores.end()));
  }
}

TEST_CASE("select: of two that go together the better is kept before all others") {
  const data::Dataset rows = parse("a,b,c,label\n1,2,5,x\n2,4.1,1,x\n3,6,4,y\n4,8,2,y\n");
  CHECK(select::best_first(select::without_redundant(rows, {3, 4, 1})) == Places{1, 2, 0});
}

TEST_CASE("select: features by place and by name are those, in the data's order") {
  const data::Dataset two = select::with_features(four_rows(), Places{2, 0});
  CHECK(two.feature_names == std::vector<std::string>{"c", "a"});
  CHECK(two.columns[1] == std::vector<float>{0, 0, 1, 1});
  CHECK(two.target->ids == four_rows().target->ids);
  CHECK(select::with_features(four_rows(), std::vector<std::string>{"b"}).columns[0] == std::vector<float>{0, 2, 1, 3});
  CHECK(select::counts_to_try(8) == Places{8, 6, 4, 3, 2, 1});
  CHECK(select::counts_to_try(1) == Places{1});
}

TEST_CASE("select: every method finds the two of six features that the target is made of") {
  learn::Random random(1, 0);
  std::string classes = "n0,a,n1,n2,b,n3,label\n", values = classes;
  for (int row = 0; row < 300; ++row) {
    std::vector<double> x;
    for (int i = 0; i < 6; ++i) x.push_back(static_cast<double>(random.below(1000)) / 1000);
    const std::string features = fmt::format("{},", fmt::join(x, ","));
    classes += features + (x[1] + x[4] > 1 ? "y\n" : "n\n");
    values += features + fmt::format("{}\n", 3 * x[1] - 2 * x[4]);
  }
  for (const bool regression : {false, true}) {
    const data::Dataset rows = parse(regression ? values : classes);
    select::Target target;
    for (const std::uint32_t id : rows.target->ids) {
      if (regression) target.values.push_back(std::stod(rows.target->labels[id]));
      if (!regression) target.classes.push_back(static_cast<std::int32_t>(id));
    }
    target.class_count = regression ? 0 : 2;
    for (const select::Method& method : select::methods()) {
      if (method.name == "variance") continue;  // knows no target
      CAPTURE(method.name);
      CAPTURE(regression);
      Places best = select::best_first(method.scores(rows, target, 0));
      best.resize(2);
      CHECK((best == Places{1, 4} || best == Places{4, 1}));
    }
  }
  const std::vector<double> importance = select::forest_importance(parse(classes),
                                                                   {[&] {
                                                                      std::vector<std::int32_t> ids;
                                                                      const data::Dataset rows = parse(classes);
                                                                      for (const std::uint32_t id : rows.target->ids)
                                                                        ids.push_back(static_cast<std::int32_t>(id));
                                                                      return ids;
                                                                    }(),
                                                                    2,
                                                                    {}},
                                                                   0);
  CHECK(std::accumulate(importance.begin(), importance.end(), 0.0) == doctest::Approx(1));
}

}  // namespace nuthatch::trainer_test
