// What is odd about data, each on rows made for it; and that the bundled sets have no more than they do.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "learn/random.hpp"
#include "prepare/alone.hpp"
#include "prepare/correlation.hpp"
#include "prepare/findings.hpp"
#include "prepare/labels.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using prepare::Finding;

namespace {

std::vector<Finding> of_classes(const data::Dataset& rows, const data::Dataset* test = nullptr) {
  const std::vector<std::string> names = prepare::class_names(rows);
  return prepare::find_in(rows, test, names, prepare::class_indices(rows, names), {});
}

/// Of a device that gives raw int16 counts.
std::vector<Finding> of_counts(const data::Dataset& rows) {
  const std::vector<std::string> names = prepare::class_names(rows);
  return prepare::find_in(rows, nullptr, names, prepare::class_indices(rows, names), {}, true);
}

std::vector<Finding> of_values(const data::Dataset& rows) {
  return prepare::find_in(rows, nullptr, {}, {}, prepare::target_values(rows, false));
}

const Finding* find(const std::vector<Finding>& all, const std::string& kind) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Finding& each) { return each.kind == kind; });
  return found == all.end() ? nullptr : &*found;
}

using Names = std::vector<std::string>;

/// Two noisy columns and one made for the test, of rows in two classes by turns.
data::Dataset with_column(
    std::size_t count, const std::function<std::string(std::size_t)>& value,
    const std::function<int(std::size_t)>& label = [](std::size_t row) { return int(row % 2); }) {
  learn::Random random(1, 0);
  std::string text = "a,b,made,label\n";
  for (std::size_t row = 0; row < count; ++row) {
    const std::uint64_t a = random.below(1000000), b = random.below(1000000);
    text += fmt::format("{}.5,{}.5,{},{}\n", a, b, value(row), label(row));
  }
  return parse(text);
}

}  // namespace

TEST_CASE("findings: rows that are there twice, and those that only the label tells apart") {
  const data::Dataset rows = parse("x,y,label\n1,2,a\n3,,b\n1,2,a\n-0,5,a\n0,5,b\n3,,b\n1,2,a\n1,3,a\n");
  const std::vector<Finding> all = of_classes(rows);
  REQUIRE(find(all, "duplicate_rows") != nullptr);
  CHECK(find(all, "duplicate_rows")->count == 3);
  CHECK(find(all, "duplicate_rows")->text.find("(row 3, 6, 7)") != std::string::npos);
  REQUIRE(find(all, "conflicting_rows") != nullptr);
  CHECK(find(all, "conflicting_rows")->count == 2);
  CHECK(find(all, "conflicting_rows")->text.find("(row 4, 5)") != std::string::npos);
  const data::Dataset test = parse("x,y,label\n1,2,b\n9,9,a\n3,,b\n3,1,a\n");
  const std::vector<Finding> beside = of_classes(rows, &test);
  REQUIRE(find(beside, "test_overlap") != nullptr);
  CHECK(find(beside, "test_overlap")->count == 2);
  CHECK(find(beside, "test_overlap")->text.find("2 rows of 4") == 0);
  CHECK(find(all, "test_overlap") == nullptr);
}

TEST_CASE("findings: columns that never change, hardly do, or are hardly there") {
  const auto kinds = [](const std::function<std::string(std::size_t)>& value) {
    std::set<std::string> found;
    for (const Finding& each : of_classes(with_column(200, value))) {
      found.insert(each.kind);
      CHECK(each.columns == Names{"made"});
    }
    return found;
  };
  using Kinds = std::set<std::string>;
  CHECK(kinds([](std::size_t) { return "7"; }) == Kinds{"constant"});
  CHECK(kinds([](std::size_t row) { return row < 2 ? "8" : "7"; }) == Kinds{"near_constant"});
  CHECK(kinds([](std::size_t row) { return row < 3 ? "8" : "7"; }).empty());
  CHECK(kinds([](std::size_t row) { return row % 100 < 51 ? "" : row % 3 == 0 ? "1" : "2"; }) == Kinds{"missing"});
  CHECK(kinds([](std::size_t row) { return row % 100 < 50 ? "" : row % 3 == 0 ? "1" : "2"; }).empty());
  // Numbers of rows, in order or shuffled (7 has no divisor with 200); of a wide range they may be measured.
  CHECK(kinds([](std::size_t row) { return fmt::format("{}", 1000 + 3 * row); }) == Kinds{"identifier"});
  CHECK(kinds([](std::size_t row) { return fmt::format("{}", row * 7 % 200); }) == Kinds{"identifier"});
  CHECK(kinds([](std::size_t row) { return fmt::format("{}", row * 7 % 200 * 1000); }).empty());
  CHECK(kinds([](std::size_t row) { return fmt::format("{}.25", row); }).empty());
}

TEST_CASE("findings: a column that predicts alone, of classes and of values") {
  const auto label = [](std::size_t row) { return static_cast<int>(row * 7 % 10); };
  const data::Dataset classes = with_column(
      400, [](std::size_t row) { return fmt::format("{}", row * 7 % 10 < 5 ? 3 + row * 7 % 10 : 90 - row * 7 % 10); },
      [&](std::size_t row) { return label(row); });
  const Finding* leak = nullptr;
  const std::vector<Finding> of_class = of_classes(classes);
  REQUIRE((leak = find(of_class, "leak")) != nullptr);
  CHECK(leak->columns == Names{"made"});
  CHECK(of_class.size() == 1);
  const std::vector<Finding> of_value = of_values(classes);
  REQUIRE((leak = find(of_value, "leak")) != nullptr);
  CHECK(leak->columns == Names{"made"});
  // A fifth of the rows says something else: no leak, but a good feature.
  const data::Dataset noisy = with_column(
      400, [](std::size_t row) { return fmt::format("{}", row % 5 == 0 ? row % 3 : row * 7 % 10); },
      [&](std::size_t row) { return label(row); });
  CHECK(find(of_classes(noisy), "leak") == nullptr);
  CHECK(find(of_values(noisy), "leak") == nullptr);
}

TEST_CASE("findings: how well one column tells, by hand") {
  using Rows = std::vector<prepare::Told>;
  // Of 5 two rows say class 1, one 0. Asked: 2 (0, right), 4 (0, wrong), 8 (1, right).
  const Rows classes = {{9, 1}, {5, 1}, {5, 0}, {5, 1}, {1, 0}};
  CHECK(prepare::score_alone(classes, {{2, 0}, {4, 0}, {8, 1}}, 2) == doctest::Approx((0.5 + 1.0) / 2));
  // 1 has 10, 5 the mean 20, 9 has 30. Asked 2 (12), 4 (18), 8 (33): errors 4 + 4 + 9, mean 21.
  const Rows values = {{9, 30}, {5, 15}, {5, 25}, {1, 10}};
  CHECK(prepare::score_alone(values, {{2, 12}, {4, 18}, {8, 33}}, 0) == doctest::Approx(1 - 17.0 / (81 + 9 + 144)));
}

TEST_CASE("findings: columns that equal another, or go with it") {
  data::Dataset rows =
      with_column(60, [](std::size_t row) { return row % 7 == 0 ? "" : fmt::format("{}", row * row % 61); });
  const auto add = [&](const std::string& name, const std::function<float(float)>& value) {
    rows.feature_names.push_back(name);
    rows.columns.push_back(rows.columns[2]);
    for (float& each : rows.columns.back()) each = value(each);
  };
  add("copy", [](float x) { return x; });
  add("fahrenheit", [](float x) { return 1.8F * x + 32; });
  add("square", [](float x) { return x * x; });
  const std::vector<Finding> all = of_classes(rows);
  REQUIRE(all.size() == 2);
  CHECK(all[0].kind == "equal_columns");
  CHECK(all[0].columns == Names{"made", "copy"});
  CHECK(all[1].kind == "correlated_columns");
  CHECK(all[1].columns == Names{"made", "fahrenheit"});
  CHECK(all[1].text.find("--drop fahrenheit") != std::string::npos);
}

TEST_CASE("findings: a correlation is Pearson's, a missing value its column's mean") {
  const data::Dataset rows = parse("a,b,c,label\n1,2,5,x\n2,,5,y\n4,7,5,x\n");
  const Eigen::MatrixXd found = prepare::correlations(rows);
  // a less its mean: -4/3 -1/3 5/3, b less its mean 4.5: -2.5 0 2.5.
  const double expected = (4.0 / 3 * 2.5 + 5.0 / 3 * 2.5) / std::sqrt((16.0 + 1 + 25) / 9 * 12.5);
  CHECK(found(0, 1) == doctest::Approx(expected).epsilon(1e-12));
  CHECK(found(1, 0) == found(0, 1));
  CHECK(found(0, 0) == doctest::Approx(1).epsilon(1e-12));
  CHECK(found(2, 2) == 0);
  CHECK(found(0, 2) == 0);
}

TEST_CASE("findings: a class of a tenth of another's rows, and the remedy") {
  const auto rows = [](std::size_t rare) {
    return with_column(
        110, [](std::size_t row) { return row % 3 == 0 ? "1" : "2"; },
        [=](std::size_t row) { return row < rare ? 1 : 0; });
  };
  const std::vector<Finding> all = of_classes(rows(10));
  REQUIRE(all.size() == 1);
  CHECK(all[0].kind == "imbalance");
  CHECK(all[0].columns == Names{"label"});
  CHECK(all[0].count == 10);
  CHECK(all[0].text.find("--class-weight balanced") != std::string::npos);
  CHECK(of_classes(rows(11)).empty());
}

TEST_CASE("findings: the bundled data have what they have, and no leak, no identifier, no imbalance") {
  for (const char* set : {"breast_cancer", "digits", "iris", "pima", "satellite", "sonar", "wine"}) {
    CAPTURE(set);
    for (const Finding& each : of_classes(load(fmt::format("{}.train", set)))) {
      CAPTURE(each.text);
      const bool fact = each.kind == "duplicate_rows" || each.kind == "constant" || each.kind == "near_constant" ||
                        each.kind == "missing";
      CHECK(fact);
    }
  }
  for (const char* set : {"boston_housing", "diabetes"}) {
    CAPTURE(set);
    for (const Finding& each : of_values(load(fmt::format("{}.train", set)))) CHECK(each.text == "");
  }
}

TEST_CASE("findings: values that float32 merges are said with an offset that takes them apart") {
  // One float32 step at 1.7e12 is 131,072 and at 101,325 is 1/128.
  std::string times = "t,x,label\n";
  std::string pressures = "p,x,label\n";
  for (int i = 0; i < 100; ++i) {
    times += fmt::format("{},{},{}\n", 1700000000000 + 1000 * i, i * 7 % 10, i % 3 == 0 ? "a" : "b");
    pressures += fmt::format("{:.4f},{},{}\n", 101325 + 0.0001 * (i * 37 % 100), i % 3, i % 2 == 0 ? "a" : "b");
  }
  for (const auto& [text, kept] : {std::pair(times, 1), std::pair(pressures, 2)}) {
    const data::Dataset rows = parse(text);
    const std::vector<Finding> all = of_classes(rows);
    const Finding* found = find(all, "float32_merges");
    REQUIRE(found != nullptr);
    CHECK(found->text.find(fmt::format("has 100 different values, of which float32 tells {} apart", kept)) !=
          std::string::npos);
    CHECK(found->text.find("--input int16") != std::string::npos);
    CHECK(find(all, "duplicate_rows") == nullptr);
    CHECK(find(all, "conflicting_rows") == nullptr);
    CHECK(find(all, "constant") == nullptr);
  }
  CHECK(find(of_classes(parse(times)), "float32_merges")->text.find("such as 1700000000000,") != std::string::npos);
  CHECK(find(of_classes(parse(pressures)), "float32_merges")->text.find("such as 101325,") != std::string::npos);
  CHECK(find(of_classes(parse(times)), "identifier") != nullptr);
}

TEST_CASE("findings: values that int16 counts merge are said with what keeps them apart") {
  struct Case {
    std::function<std::string(int)> value;
    std::size_t kept;    ///< counts: the range by a count, with the power of two that holds the largest value in 26,213
    const char* offset;  ///< empty: none helps
    bool by_float32;
    bool by_logarithm;
  };
  // 48.2 * 2^9 = 24,680: a count is 1/512, of which 400 values 1e-5 apart have 3. Of 1000.4 it is 1/16: 0 to 0.4 have 7
  // (to 0.406 that is 6.5); of 100,040 it is 4: 40 have 11. Their logarithms lie as close.
  const std::vector<Case> cases = {
      {[](int i) { return fmt::format("{:.7f}", 48.2081234 + 1e-5 * i); }, 3, "48.21", true, false},
      {[](int i) { return fmt::format("{:.3f}", 1000 + 1e-3 * i); }, 7, "1000", true, false},
      {[](int i) { return fmt::format("{:.1f}", 1e5 + 0.1 * i); }, 11, "100000", true, false},
      {[](int i) { return fmt::format("{:.6g}", std::pow(10, 0.03 * i - 6)); }, 0, "", true, true}};
  for (const Case& one : cases) {
    std::string text = "x,y,label\n";
    for (int i = 0; i < 400; ++i)
      text += fmt::format("{},{},{}\n", one.value(i * 37 % 400), i * i % 17, i % 3 ? "a" : "b");
    CAPTURE(text.substr(0, 40));
    const std::vector<Finding> all = of_counts(parse(text));
    const Finding* found = find(all, "count_merges");
    REQUIRE(found != nullptr);
    CAPTURE(found->text);
    const auto says = [&](const std::string& words) { return found->text.find(words) != std::string::npos; };
    if (one.kept != 0) CHECK(says(fmt::format("400 different values, of which int16 counts tell {} apart", one.kept)));
    CHECK(says("subtract an offset, such as ") == (*one.offset != '\0'));
    CHECK(says(fmt::format("such as {},", one.offset)) == (*one.offset != '\0'));
    CHECK(says("--input float32") == one.by_float32);
    CHECK(says("logarithm") == one.by_logarithm);
    CHECK_FALSE(says("--input int16"));
    CHECK(find(of_classes(parse(text)), "count_merges") == nullptr);
  }
}

TEST_CASE("findings: an offset is found beside a value that is far from all others") {
  std::string counts = "x,y,label\n";
  std::string times = "t,y,label\n";
  for (int i = 0; i < 400; ++i) {
    const char* label = i % 3 ? "a" : "b";
    counts += fmt::format("{},{},{}\n", i == 57 ? "65535" : fmt::format("{:.3f}", 1000 + 1e-3 * (i * 37 % 400)), i % 17,
                          label);
    times += fmt::format("{},{},{}\n", i == 57 ? 0 : 1700000000000 + 1000 * i, i % 17, label);
  }
  const Finding* found = nullptr;
  const std::vector<Finding> of_both = of_counts(parse(counts));
  found = find(of_both, "count_merges");
  REQUIRE(found != nullptr);
  CAPTURE(found->text);
  CHECK(found->text.find("subtract an offset, such as 1000,") != std::string::npos);
  const std::vector<Finding> of_times = of_classes(parse(times));
  found = find(of_times, "float32_merges");
  REQUIRE(found != nullptr);
  CHECK(found->text.find("subtract an offset, such as 1700000000000,") != std::string::npos);
}

TEST_CASE("findings: of values close to 0 the remedy is a factor, and one that works") {
  // float32 has no number between 0 and 1.4e-45, and steps of it up to 1.2e-38; a float32 step at 16777216 is 2.
  const std::tuple<std::function<std::string(int)>, const char*> cases[] = {
      {[](int i) { return fmt::format("{}.{}e-310", 1 + i / 10 % 9, i % 10); }, "multiply it by 1e310,"},
      {[](int i) { return fmt::format("{:.4f}e-42", 1 + 0.0001 * i); }, "multiply it by 1e42,"},
      {[](int i) { return fmt::format("{}.{:03}", 16777216 + 40000 * (i % 3), i); },
       "its whole part and its fraction"}};
  for (const auto& one : cases) {
    std::string text = "x,y,label\n";
    for (int i = 0; i < 200; ++i)
      text += fmt::format("{},{},{}\n", std::get<0>(one)(i * 37 % 200), i % 17, i % 3 ? "a" : "b");
    const std::string remedy = std::get<1>(one);
    const std::vector<Finding> all = of_classes(parse(text));
    const Finding* found = find(all, "float32_merges");
    REQUIRE(found != nullptr);
    CAPTURE(found->text);
    CHECK(found->text.find(remedy) != std::string::npos);
    CHECK(found->text.find("coarser") == std::string::npos);
    // int16 is no better, and float32 is no remedy.
    for (const Finding& each : of_counts(parse(text))) {
      if (each.kind != "count_merges") continue;
      CHECK(each.text.find(remedy) != std::string::npos);
      CHECK(each.text.find("--input float32") == std::string::npos);
    }
  }
}

TEST_CASE("findings: what int16 counts tell apart, or saturate, is not said to be merged") {
  std::string text = "count,fraction,far,label\n";
  for (int i = 0; i < 400; ++i) {
    text += fmt::format("{},{:.4f},{:.4f},{}\n", i * 77, std::sin(i), i == 57 ? 65535 : std::cos(i), i % 3 ? "a" : "b");
  }
  CHECK(find(of_counts(parse(text)), "count_merges") == nullptr);
}

TEST_CASE("findings: who has counts already is not told to take counts") {
  std::string times = "t,x,label\n";
  for (int i = 0; i < 100; ++i) times += fmt::format("{},{},{}\n", 1700000000000 + 1000 * i, i % 7, i % 3 ? "a" : "b");
  const std::vector<Finding> all = of_counts(parse(times));
  const Finding* found = find(all, "float32_merges");
  REQUIRE(found != nullptr);
  CHECK(found->text.find("--input int16") == std::string::npos);
  CHECK(found->text.find("such as 1700000000000, here and on the device, before the value becomes a count") !=
        std::string::npos);
}

TEST_CASE("findings: values that float32 tells apart are not said to be merged") {
  std::string rows = "t,u,label\n";
  for (int i = 0; i < 200; ++i) {
    rows += fmt::format("{},{:.9f},{}\n", 16000000 + i * 3, std::sin(i) / 3, i % 3 == 0 ? "a" : "b");
  }
  CHECK(find(of_classes(parse(rows)), "float32_merges") == nullptr);
}

TEST_CASE("findings: rows are duplicates and contradictions as they are written") {
  const std::string rows =
      "t,x,label\n1700000000000,1,a\n1700000000001,1,b\n1.7e12,1,a\n1700000000001.0,1,a\n9007199254740993,2,a\n"
      "9007199254740992,2,a\n9007199254740992,2,b\n";
  const std::vector<Finding> all = of_classes(parse(rows));
  CHECK(find(all, "duplicate_rows")->count == 1);    // row 3 is row 1
  CHECK(find(all, "conflicting_rows")->count == 4);  // rows 2 and 4, 6 and 7
  const data::Dataset test = parse("t,x,label\n1700000000001,1,a\n1700000000002,1,a\n");
  const data::Dataset train = parse(rows);
  CHECK(find(of_classes(train, &test), "test_overlap")->count == 1);
}

TEST_CASE("findings: a column that is elsewhere in the test rows, as in another unit") {
  const auto rows = [](double factor, double offset) {
    std::string text = "x,y,label\n";
    for (int i = 0; i < 20; ++i) text += fmt::format("{},{},{}\n", factor * i + offset, i % 3, i % 2 == 0 ? "a" : "b");
    return parse(text);
  };
  const data::Dataset train = rows(1, 15);         // 15 to 34, as degrees Celsius
  const data::Dataset fahrenheit = rows(1.8, 59);  // 59 to 93.2
  const std::vector<Finding> all = of_classes(train, &fahrenheit);
  REQUIRE(find(all, "other_range") != nullptr);
  CHECK(find(all, "other_range")->columns == Names{"x"});
  CHECK(find(all, "other_range")->count == 20);
  CHECK(find(all, "other_range")->text.find("from 15 to 34 in rows.csv and from 59 to 93.2 in rows.csv") !=
        std::string::npos);
  const data::Dataset warmer = rows(1, 30);  // 30 to 49: within the width of 19
  CHECK(find(of_classes(train, &warmer), "other_range") == nullptr);
}

TEST_CASE("findings: values that are one value are nothing to learn") {
  const std::vector<Finding> all = of_values(parse("x,label\n1,3\n2,3.0\n5,3\n"));
  REQUIRE(find(all, "constant_target") != nullptr);
  CHECK(find(all, "constant_target")->columns == Names{"label"});
  CHECK(find(all, "constant_target")->text.find("column \"label\" is 3 in all 3 rows") == 0);
  CHECK(find(of_values(parse("x,label\n1,3\n2,4\n5,3\n")), "constant_target") == nullptr);
  // Any column predicts it, which is no leak.
  std::string many = "x,y,label\n";
  for (int i = 0; i < 60; ++i) many += fmt::format("{},{},3\n", i % 7, i % 5);
  CHECK(find(of_values(parse(many)), "leak") == nullptr);
}

TEST_CASE("findings: a text column with one number in two spellings") {
  data::Dataset rows = parse("x,label\n1,a\n2,b\n");
  rows.names = {{"1", "1.0", "A"}};
  const std::vector<Finding> all = of_classes(rows);
  REQUIRE(find(all, "same_number") != nullptr);
  CHECK(find(all, "same_number")->text.find("\"1\" and \"1.0\"") != std::string::npos);
  rows.names = {{"1", "2", "A"}};
  CHECK(find(of_classes(rows), "same_number") == nullptr);
}

}  // namespace nuthatch::trainer_test
