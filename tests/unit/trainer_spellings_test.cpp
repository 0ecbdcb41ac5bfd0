// Texts that are one number: labels, groups, categories, and the classes that flags name.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "data/decimal.hpp"
#include "data/named_parts.hpp"
#include "learn/class_weight.hpp"
#include "prepare/labels.hpp"
#include "prepare/spellings.hpp"
#include "unit/labelled_rows.hpp"

namespace nuthatch::trainer_test {

using data::Decimal;
using data::parse_decimal;
using prepare::Labels;

namespace {

data::Target target_of(const Texts& labels) { return *labelled(labels).target; }

Texts rows_of(const data::Target& target) {
  Texts rows;
  for (const std::uint32_t id : target.ids) rows.push_back(target.labels[id]);
  return rows;
}

std::string settle(const Texts& labels, Labels how, const data::Notation& notation = {}) {
  data::Target target = target_of(labels);
  return error_of([&] { prepare::settle_labels("rows.csv", how, notation, target); });
}

}  // namespace

TEST_CASE("decimals: numbers are equal where they are written as one, to the last digit") {
  for (const auto& [left, right] :
       {std::pair("1", "1.0"), std::pair("01", "1"), std::pair("+1", "1"), std::pair("1e3", "1000"),
        std::pair(".5", "0.50"), std::pair("5.", "5"), std::pair("0e12", "0e34"), std::pair("-0", "0"),
        std::pair("1.5e-3", "0.0015"), std::pair("120e-1", "12"), std::pair(" 7 ", "7"),
        std::pair("\xE2\x88\x92"
                  "3",
                  "-3"),
        std::pair("inf", "Infinity"), std::pair("1e-400", "10e-401"), std::pair("0e99999999999999999999", "0"),
        std::pair("-0.0e-99999999999999999999", "0"), std::pair("1e99999999999999999999", "1.0e+099999999999999999999"),
        std::pair("-2e-99999999999999999999", "-02E-99999999999999999999 ")}) {
    const char* const text = left;  // clang captures no bindings
    CAPTURE(text);
    REQUIRE(parse_decimal(left).has_value());
    CHECK(*parse_decimal(left) == *parse_decimal(right));
  }
  for (const auto& [less, more] :
       {std::pair("9007199254740992", "9007199254740993"), std::pair("0.1", "0.10000000000000000001"),
        std::pair("-2", "-1"), std::pair("-1", "0"), std::pair("0", "1e-400"), std::pair("9", "10"),
        std::pair("0.09", "0.1"), std::pair("1e400", "1e401"), std::pair("1e401", "inf"), std::pair("-inf", "-1e401"),
        std::pair("123", "124"), std::pair("12", "123"), std::pair("1e400", "1e99999999999999999999"),
        std::pair("1e99999999999999999998", "1e99999999999999999999"), std::pair("1e-99999999999999999999", "1e-400"),
        std::pair("1e99999999999999999999", "inf"), std::pair("0", "1e-99999999999999999999")}) {
    const char* const text = less;
    CAPTURE(text);
    CHECK(*parse_decimal(less) < *parse_decimal(more));
    CHECK(*parse_decimal(more) > *parse_decimal(less));
  }
  for (const char* text : {"", "a", "1,5", "0x1", "1e", "nan"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text).has_value());
  }
  CHECK(*parse_decimal("1,50", true) == *parse_decimal("1.5"));
}

TEST_CASE("spellings: two of one number are asked about, and both ways out are named") {
  for (const Texts& labels : {Texts{"1.1", "1.10"},
                              {"01", "1", "a"},
                              {"0e12", "0e34"},
                              {"-0", "0"},
                              {"x", "1e3", "1000"},
                              {" 1", "1"},
                              {"inf", "Infinity"}}) {
    CAPTURE(labels[0]);
    const std::string error = settle(labels, Labels::kAsk);
    CHECK(contains(error, "rows.csv: line "));
    CHECK(contains(error, "--labels text"));
    CHECK(contains(error, "--labels number"));
    CHECK(settle(labels, Labels::kText) == "");
  }
  CHECK(contains(settle({"1.1", "1.2", "1.10"}, Labels::kAsk),
                 "line 4, column \"label\": \"1.10\" and \"1.1\" (line 2)"));
  for (const Texts& labels : {Texts{"9007199254740992", "9007199254740993"}, {"1", "2"}, {"a", "A"}, {"1", "1 x"}}) {
    CHECK(settle(labels, Labels::kAsk) == "");
  }
  CHECK(settle({"1,5", "1,50"}, Labels::kAsk) == "");
  CHECK(settle({"1,5", "1,50"}, Labels::kAsk, {true}) != "");
}

TEST_CASE("spellings: what a notation reads is the number of a label") {
  using data::Notation;
  using data::Thousands;
  const Notation thousands{false, Thousands::kComma, false};
  const Notation points{true, Thousands::kPoint, false};
  const Notation units{false, Thousands::kNone, true};
  for (const auto& [labels, notation] : {std::pair(Texts{"1,000", "1000"}, thousands),
                                         {Texts{"1.000", "1000,0"}, points},
                                         {Texts{"5%", "5"}, units},
                                         {Texts{"5 %", "5%"}, units},
                                         {Texts{"5 mm", "5.0mm"}, units},
                                         {Texts{"0e99999999999999999999", "0"}, Notation{}}}) {
    const std::string first = labels[0];
    CAPTURE(first);
    const std::string error = settle(labels, Labels::kAsk, notation);
    CHECK(contains(error, "--labels text"));
    CHECK(contains(error, "--labels number"));
    CHECK(settle(labels, Labels::kText, notation) == "");
    data::Target target = target_of(labels);
    prepare::settle_labels("rows.csv", Labels::kNumber, notation, target);
    CHECK(target.labels == Texts{first});
    if (!(notation == Notation{})) CHECK(settle(labels, Labels::kAsk) == "");
    data::Target later = target_of({labels[1]});
    prepare::match_labels("rows.csv", Labels::kAsk, notation, {first}, later);
    CHECK(later.labels == Texts{first});
  }
  CHECK(settle({"1,000", "1.000"}, Labels::kAsk, thousands) == "");
  // Two units are two numbers: no flag makes them one.
  for (const Labels how : {Labels::kAsk, Labels::kNumber}) {
    for (const Texts& labels : {Texts{"5 kg", "5 g"}, {"5", "5 kg", "5 g"}}) {
      data::Target target = target_of(labels);
      const std::string error = settle(labels, how, units);
      CHECK(contains(error, "--labels text"));
    }
  }
  CHECK(settle({"5 kg", "5 g"}, Labels::kText, units) == "");
  data::Target grams = target_of({"5 g"});
  prepare::match_labels("rows.csv", Labels::kAsk, units, {"5 kg"}, grams);
  CHECK(grams.labels == Texts{"5 g"});
}

TEST_CASE("spellings: compared as numbers, labels of one number are one, in the first one's spelling") {
  data::Target target = target_of({"1.0", "2", "1", "1e0", "0", "-0", "+2"});
  prepare::settle_labels("rows.csv", Labels::kNumber, {}, target);
  CHECK(target.labels == Texts{"1.0", "2", "0"});
  CHECK(rows_of(target) == Texts{"1.0", "2", "1.0", "1.0", "0", "0", "2"});
  CHECK(target.first_line == std::vector<std::uint64_t>{2, 3, 6});
  data::Target mixed = target_of({"1", "a", "1.0", "A"});
  prepare::settle_labels("rows.csv", Labels::kNumber, {}, mixed);
  CHECK(rows_of(mixed) == Texts{"1", "a", "1", "A"});
}

TEST_CASE("spellings: a model's class is found by its text, then by the one number, and noted") {
  data::Target target = target_of({"1", "1.0", "2.0", "1.0", "b"});
  prepare::match_labels("rows.csv", Labels::kAsk, {}, {"1", "2", "b"}, target);
  CHECK(rows_of(target) == Texts{"1", "1", "2", "1", "b"});
  REQUIRE(target.respelled.size() == 2);
  CHECK(target.respelled[0].written == "1.0");
  CHECK(target.respelled[0].meant == "1");
  CHECK(target.respelled[0].rows == 2);
  CHECK(target.respelled[1].meant == "2");
  data::Target two = target_of({"1.1", "1.100"});
  CHECK(contains(error_of([&] {
                   prepare::match_labels("r", Labels::kAsk, {}, {"1.1", "1.10"}, two);
                 }),
                 "line 3, column \"label\": \"1.100\" is the number of 2 labels of the model (\"1.1\", \"1.10\")"));
  data::Target exact = target_of({"1.1", "1.10", "1.1"});
  prepare::match_labels("r", Labels::kAsk, {}, {"1.1", "1.10"}, exact);
  CHECK(exact.respelled.empty());
  CHECK(error_of([&] { prepare::match_labels("r", Labels::kNumber, {}, {"1.1", "1.10"}, exact); }) != "");
  data::Target as_text = target_of({"1.0"});
  prepare::match_labels("r", Labels::kText, {}, {"1"}, as_text);
  CHECK(rows_of(as_text) == Texts{"1.0"});
}

TEST_CASE("spellings: categories of one number are asked about, two, or one in the first one's spelling") {
  data::Dataset rows = parse("x,label\n1,a\n2,b\n3,a\n4,b\n5,a\n");
  rows.columns = {{0, 1, 2, NAN, 3}};
  rows.names = {{"1", "1.0", "S", "01"}};
  data::Dataset same = rows;
  const std::string asked = error_of([&] { prepare::settle_categories(Labels::kAsk, {}, same); });
  CHECK(contains(asked, "column \"x\": \"1\" and \"1.0\" are the same number"));
  prepare::settle_categories(Labels::kText, {}, same);
  CHECK(same.names == rows.names);
  prepare::settle_categories(Labels::kNumber, {}, rows);
  CHECK(rows.names[0] == Texts{"1", "S"});
  CHECK(rows.columns[0][0] == 0);
  CHECK(rows.columns[0][1] == 0);
  CHECK(rows.columns[0][2] == 1);
  CHECK(std::isnan(rows.columns[0][3]));
  CHECK(rows.columns[0][4] == 0);
}

TEST_CASE("spellings: what a flag calls a class is found as labels are") {
  const Texts names = {"1", "2", "2.0", "b"};
  bool by_number = true;
  CHECK(prepare::place_meant("2.0", Labels::kAsk, {}, names, by_number) == 2);
  CHECK(!by_number);
  CHECK(prepare::place_meant("01", Labels::kNumber, {}, names, by_number) == 0);
  CHECK(by_number);
  CHECK(prepare::place_meant("1,0", Labels::kAsk, {true}, names, by_number) == 0);
  CHECK_THROWS_WITH(prepare::place_meant("01", Labels::kText, {}, names, by_number),
                    "is no class; did you mean 1? There are 1, 2, 2.0, b");
  CHECK_THROWS_WITH(prepare::place_meant("2.00", Labels::kAsk, {}, names, by_number),
                    "is the number of 2 classes (\"2\", \"2.0\"); give the one that is meant");
  CHECK_THROWS_WITH(prepare::place_meant("rose", Labels::kAsk, {}, {"setosa", "virginica"}, by_number),
                    "is no class; there are setosa, virginica");
}

TEST_CASE("spellings: class names keep the order of their values, and of one value that of their texts") {
  const auto names = [](const Texts& labels) {
    std::string text = "x,label\n";
    for (const std::string& label : labels) text += fmt::format("1,{}\n", label);
    return prepare::class_names(parse(text));
  };
  CHECK(names({"1.10", "1.2", "1.1", "01"}) == Texts{"01", "1.1", "1.10", "1.2"});
  CHECK(names({"9007199254740993", "9007199254740992", "10"}) == Texts{"10", "9007199254740992", "9007199254740993"});
  CHECK(names({"1", "001", "01"}) == Texts{"001", "01", "1"});
}

TEST_CASE("spellings: a name in quotes may have commas, quotes and equals signs") {
  const auto parts = data::named_parts("\"a, b\"=2,c=3,\"say \"\"hi\"\"\"=4,\"k=v\"=5,x=y=6,lone");
  REQUIRE(parts.size() == 6);
  CHECK(parts[0].name == "a, b");
  CHECK(parts[0].value == "2");
  CHECK(parts[2].name == "say \"hi\"");
  CHECK(parts[3].name == "k=v");
  CHECK(parts[4].name == "x=y");
  CHECK(parts[4].value == "6");
  CHECK(parts[5].name == "lone");
  CHECK(parts[5].value == "");
  CHECK(data::named_parts("\"a").size() == 1);
}

TEST_CASE("spellings: --class-weight names a class by its text, or by its number where it is one class's") {
  const Texts names = {"1", "2", "2.0", "a, b"};
  CHECK(learn::unknown_class("1.0=3,\"a, b\"=2", names) == "");
  CHECK(learn::class_weights("1.0=3,\"a, b\"=2", names, {0, 1, 2, 3}) == std::vector<double>{3, 1, 1, 2});
  CHECK(learn::classes_by_number("1.0=3,2=4", names) == std::vector<std::pair<std::string, std::string>>{{"1.0", "1"}});
  CHECK(learn::unknown_class("2.00=3", names) == "2.00");  // of two classes
  CHECK(learn::unknown_class("1.0=3", names, false) == "1.0");
  CHECK(learn::class_named_twice("1=3,2=4,2.0=5", names) == "");
  CHECK(learn::class_named_twice("1=3,2=4,1=3", names) == "1");
  CHECK(learn::class_named_twice("1=3,01=4", names) == "1");
  CHECK(learn::class_named_twice("balanced", names) == "");
  CHECK(learn::check_class_weight("\"a, b\"=2") == "");
  CHECK(learn::check_class_weight("a, b=2") != "");
}

}  // namespace nuthatch::trainer_test
