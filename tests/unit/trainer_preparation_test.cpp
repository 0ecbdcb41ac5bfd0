// What is learned of columns, and that the device's integers stay near it.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "prepare/preparation.hpp"
#include "prepare/split.hpp"
#include "quantize/preparation.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {
namespace {

using prepare::Column;
using Texts = std::vector<std::string>;

data::Dataset with_text(const std::string& csv) {
  std::istringstream stream(csv);
  data::CsvOptions options;
  options.target = "label";
  options.text = {"colour"};
  return data::read_csv(stream, "rows.csv", options);
}

data::Dataset workshop() {
  data::CsvOptions options;
  options.target = "label";
  options.find_text = true;
  return data::read_csv(std::filesystem::path(NUTHATCH_TEST_DATA) / "data" / "workshop.train.csv", options);
}

prepare::Choices choose(const std::string& json) { return prepare::parse_choices(json, "p.json"); }

Texts names_of(const prepare::Preparation& preparation) {
  Texts names;
  for (const Column& column : preparation.columns) names.push_back(column.name);
  return names;
}

std::string error_of(const std::string& json) {
  try {
    choose(json);
  } catch (const data::DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("prepare: text is a column a category by default, and an unknown one is none of them") {
  const data::Dataset rows = with_text("x,colour,label\n1,red,a\n2,blue,b\n3,red,a\n4,,b\n");
  const prepare::Preparation preparation = prepare::learn_preparation(rows, {});
  CHECK(names_of(preparation) == Texts{"x", "colour=blue", "colour=red"});
  CHECK(preparation.categories[1] == Texts{"blue", "red"});
  const data::Dataset made = prepare::columns_of(preparation, rows);
  CHECK(made.columns[1] == std::vector<float>{0, 1, 0, 0});
  CHECK(made.columns[2] == std::vector<float>{1, 0, 1, 1});  // the missing one is the most frequent
  const data::Dataset other = with_text("x,colour,label\n1,green,a\n2,red,a\n");
  CHECK(prepare::columns_of(preparation, other).columns[1] == std::vector<float>{0, 0});
  CHECK(prepare::columns_of(preparation, other).columns[2] == std::vector<float>{0, 1});
}

TEST_CASE("prepare: ordinal keeps the order that was asked for; what is none becomes the most frequent") {
  const auto choices = choose(R"({"columns": {"colour": {"encode": "ordinal", "order": ["red", "blue", "green"]}}})");
  const data::Dataset rows = with_text("x,colour,label\n1,green,a\n2,blue,b\n3,green,a\n4,pink,b\n");
  const prepare::Preparation preparation = prepare::learn_preparation(rows, choices);
  CHECK(prepare::columns_of(preparation, rows).columns[1] == std::vector<float>{2, 1, 2, 2});
}

TEST_CASE("prepare: only the training rows tell, though the file has read more names and values") {
  const data::Dataset all = with_text("x,colour,label\n1,red,a\n2,blue,b\n3,red,a\n900,green,b\n");
  const data::Dataset train = prepare::select_rows(all, {0, 1, 2});
  const auto choices = choose(R"({"columns": {"x": {"clip": [0, 1], "transform": "yeo-johnson"}}})");
  const prepare::Preparation preparation = prepare::learn_preparation(train, choices);
  CHECK(preparation.categories[1] == Texts{"blue", "red"});
  CHECK(preparation.columns[0].high == 3);
  CHECK(preparation.inputs[0].maximum == 3);
  CHECK(prepare::columns_of(preparation, all).columns[1][3] == 0);
  CHECK(prepare::columns_of(preparation, all).columns[0][3] == prepare::columns_of(preparation, all).columns[0][2]);
}

TEST_CASE("prepare: what is imputed, clipped and indicated") {
  const data::Dataset rows = parse("x,label\n1,a\n2,b\n,a\n9,b\n4,a\n4,b\n");
  const auto imputed = [&](const std::string& how) {
    return prepare::learn_preparation(rows, choose(R"({"all": {"impute": )" + how + "}}")).inputs[0].imputed;
  };
  CHECK(imputed("\"median\"") == 4);
  CHECK(imputed("\"mean\"") == 4);
  CHECK(imputed("\"most_frequent\"") == 4);
  CHECK(imputed(R"("constant", "value": -2.5)") == -2.5F);
  const auto preparation =
      prepare::learn_preparation(rows, choose(R"({"all": {"indicator": true, "clip": [0.25, 0.75]}})"));
  const data::Dataset made = prepare::columns_of(preparation, rows);
  CHECK(made.columns[0] == std::vector<float>{2, 2, 4, 4, 4, 4});  // numpy.quantile of 1 2 4 4 9: 2 and 4
  CHECK(made.columns[1] == std::vector<float>{0, 0, 1, 0, 0, 0});
}

TEST_CASE("prepare: scales set what learning takes for 1") {
  const data::Dataset rows = parse("x,label\n0,a\n1,b\n2,a\n3,b\n10,a\n");
  const auto spread = [&](const std::string& scale) {
    const auto preparation = prepare::learn_preparation(rows, choose(R"({"all": {"scale": ")" + scale + "\"}}"));
    const auto z = prepare::standardize(rows, prepare::describe_columns(preparation, rows));
    return z(4, 0) - z(0, 0);
  };
  CHECK(spread("min-max") == doctest::Approx(1));
  CHECK(spread("robust") == doctest::Approx(5));  // quartiles 1 and 3
  CHECK(spread("none") == doctest::Approx(10));
  CHECK(spread("standard") == doctest::Approx(10 / std::sqrt(12.56)));  // mean 3.2
}

TEST_CASE("prepare: the device's columns are the transform's, but for eight codes and the feature's own rounding") {
  const data::Dataset rows = workshop();
  const auto choices = choose(R"({"all": {"indicator": true}, "columns": {"hours": {"transform": "log1p"},
      "load": {"clip": [0.01, 0.99], "transform": "yeo-johnson"}, "cooling": {"encode": "ordinal"}}})");
  const prepare::Preparation preparation = prepare::learn_preparation(rows, choices);
  const data::Dataset columns = prepare::columns_of(preparation, rows);
  const auto statistics = prepare::describe_columns(preparation, columns);
  const data::Dataset indices = prepare::with_categories(rows, preparation.categories);
  for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
    const quantize::Encoding encoding = quantize::encode_features(statistics, input);
    const quantize::Preparation folded = quantize::fold(preparation, encoding);
    const learn::CodeMatrix codes = quantize::codes_of(indices, preparation.inputs, folded.inputs);
    const learn::CodeMatrix made = quantize::column_codes(folded, codes, indices);
    const learn::CodeMatrix wanted = quantize::codes_of(columns, statistics, encoding);
    for (std::size_t i = 0; i < preparation.columns.size(); ++i) {
      const Column& column = preparation.columns[i];
      const quantize::FeatureEncoding& feature = folded.inputs.features[column.feature];
      const double half =
          std::abs(quantize::value_of_code(feature, input, 1) - quantize::value_of_code(feature, input, 0)) / 2;
      const auto code_of = [&](double value) {
        return quantize::code_of(encoding, i, static_cast<float>(column(value)));
      };
      CAPTURE(column.name);
      int beyond = 0;
      for (std::size_t row = 0; row < rows.rows(); ++row) {
        const auto at = static_cast<Eigen::Index>(row);
        const auto place = static_cast<Eigen::Index>(i);
        // A clip's own bound is rounded to a code, too.
        const double value = std::clamp(indices.columns[column.feature][row], column.low, column.high);
        int most = 0;
        if (column.transform.shape != prepare::Shape::kNone) {
          // Eight of the table, one of rounding, what half a step of the feature makes of the transform, and with int16
          // input the step of the column's own counts, which lines between knots do not have.
          const quantize::FeatureEncoding& own = encoding.features[i];
          const int count = input == quantize::Input::kInt16 ? own.multiplier >> own.shift : 0;
          most = 9 + count +
                 std::max(code_of(value + half) - wanted(at, place), wanted(at, place) - code_of(value - half));
        }
        beyond += std::abs(made(at, place) - wanted(at, place)) > most ? 1 : 0;
      }
      CHECK(beyond == 0);
    }
  }
}

TEST_CASE("prepare: the device's components are the projection's, but for what the columns' rounding makes of them") {
  const data::Dataset rows = load("wine.train");
  const prepare::Preparation preparation = prepare::learn_preparation(rows, choose(R"({"pca": 0.95})"));
  const data::Dataset components = prepare::columns_of(preparation, rows);
  const auto statistics = prepare::describe_columns(preparation, components);
  for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
    const quantize::Encoding encoding = quantize::encode_features(statistics, input);
    const quantize::Preparation folded = quantize::fold(preparation, encoding);
    const learn::CodeMatrix codes = quantize::codes_of(rows, preparation.inputs, folded.inputs);
    const learn::CodeMatrix made = quantize::column_codes(folded, codes, rows);
    const learn::CodeMatrix wanted = quantize::codes_of(components, statistics, encoding);
    REQUIRE(made.cols() == wanted.cols());
    for (Eigen::Index k = 0; k < made.cols(); ++k) {
      const auto place = static_cast<std::size_t>(k);
      const quantize::Component& component = folded.projection->components[place];
      // Half a code of each column; with int16 input half a count of it, too, and of the component's own counts.
      const auto gain = [&](const quantize::FeatureEncoding& feature) {
        return input == quantize::Input::kInt16 ? std::ldexp(feature.multiplier, -feature.shift) : 0;
      };
      double most = 1 + gain(encoding.features[place]) / 2;
      for (std::size_t i = 0; i < component.weights.size(); ++i) {
        const double weight = std::abs(std::ldexp(component.weights[i], -component.shift));
        most += weight * (0.5 + gain(folded.inputs.features[i]) / 2);
      }
      CHECK((made.col(k).cast<int>() - wanted.col(k).cast<int>()).cwiseAbs().maxCoeff() <= most);
      // Not so much that it would allow anything.
      CHECK(most < 0.02 * (wanted.col(k).maxCoeff() - wanted.col(k).minCoeff()));
    }
  }
}

TEST_CASE("prepare: no more components than vary, and none of what never does") {
  const auto components = [](const std::string& csv, const std::string& pca) {
    return prepare::learn_preparation(parse(csv), choose("{\"pca\": " + pca + "}"));
  };
  const std::string csv = "x,twice,same,label\n1,2,5,a\n2,4,5,b\n4,8,5,a\n5,10,5,b\n";
  const prepare::Preparation found = components(csv, "3");
  CHECK(found.projection->shares == std::vector<double>{1});
  CHECK(found.notes.back() == "1 principal component of 3 columns (3 were asked for, no more vary), 1 of the variance");
  CHECK(found.projection->directions(2, 0) == 0);
  CHECK(!found.is_plain());
  CHECK_THROWS_WITH_AS(components("x,label\n1,a\n1,b\n", "1"), "rows.csv: no column varies, so there are no components",
                       data::DataError);
}

TEST_CASE("prepare: an unknown category is refused where it was asked for, and not where training would be") {
  const data::Dataset rows = with_text("x,colour,label\n1,red,a\n2,blue,b\n3,red,a\n4,,b\n");
  const std::string refuse = R"({"all": {"unknown": "refuse"}, "columns": {"colour": {)";
  CHECK(prepare::learn_preparation(rows, {}).refusing.empty());
  CHECK(prepare::learn_preparation(rows, choose(refuse + "}}}")).refusing == std::vector<std::size_t>{1});
  const auto ordered = [&](const std::string& order) {
    return prepare::learn_preparation(rows, choose(refuse + R"("encode": "ordinal", "order": )" + order + "}}}"));
  };
  CHECK(ordered(R"(["red", "green", "blue"])").refusing.size() == 1);
  CHECK_THROWS_WITH_AS(ordered(R"(["red", "green"])"),
                       doctest::Contains("column \"colour\" has other categories than the 2 that are known"),
                       data::DataError);
}

TEST_CASE("prepare: what is wrong with --prepare is said with its place") {
  const auto says = [](const std::string& json, const std::string& text) {
    CAPTURE(json);
    CHECK(error_of(json).find(text) != std::string::npos);
  };
  says("[", "p.json: is no JSON");
  says("[]", "p.json: give an object");
  says(R"({"colums": {}})", "p.json: colums: is none of columns, all, pca");
  for (const char* pca : {"0", "-1", "1.5", "\"8\"", "null"}) {
    says(fmt::format("{{\"pca\": {}}}", pca), fmt::format("p.json: pca: {} is neither a number of components", pca));
  }
  says(R"({"columns": {"x": {"unknown": true}}})", "p.json: columns.x.unknown: true is none of none, refuse");
  says(R"({"all": {"imput": 1}})", "p.json: all.imput: is none of impute,");
  says(R"({"columns": {"x": {"impute": "modus"}}})", "p.json: columns.x.impute: \"modus\" is none of median, mean");
  says(R"({"columns": {"x": {"impute": "constant"}}})", "columns.x: impute constant needs a value");
  says(R"({"columns": {"x": {"value": 1}}})", "columns.x: value belongs to impute constant");
  says(R"({"all": {"clip": [0.9, 0.1]}})", "all.clip");
  says(R"({"all": {"clip": 0.1}})", "all.clip");
  says(R"({"all": {"indicator": 1}})", "all.indicator: give true or false");
  says(R"({"columns": {"x": {"order": ["a"]}}})", "order belongs to encode ordinal");
  says(R"({"columns": {"x": {"encode": "ordinal", "order": ["a", "a"]}}})", "list of different texts");
  CHECK(error_of(R"({"all": {"transform": "log1p"}, "columns": {"x": {"transform": "none"}}})").empty());
  const data::Dataset rows = parse("hours,label\n1,a\n-3,b\n");
  CHECK_THROWS_WITH_AS(prepare::check_columns(choose(R"({"columns": {"hour": {}}})"), rows.feature_names, "p.json"),
                       doctest::Contains("Did you mean \"hours\"?"), data::DataError);
  CHECK_THROWS_WITH_AS(prepare::learn_preparation(rows, choose(R"({"all": {"transform": "log1p"}})")),
                       doctest::Contains("column \"hours\" has values of -1 or below"), data::DataError);
}

TEST_CASE("csv: columns that are mostly text are text, where they are looked for; a few slips stay an error") {
  const auto path = std::filesystem::temp_directory_path() / "nuthatch_find_text.csv";
  const auto read = [&](const std::string& text) {
    std::ofstream(path) << text;
    data::CsvOptions options;
    options.find_text = true;
    return data::read_csv(path, options);
  };
  const data::Dataset rows = read("a,colour\n1,red\n2,7\n3,\n4,blue\n");
  CHECK(!rows.is_text(0));
  CHECK(rows.names[1] == Texts{"red", "7", "blue"});
  CHECK(rows.columns[1][1] == 1);
  CHECK(std::isnan(rows.columns[1][2]));
  CHECK_THROWS_WITH_AS(read("a\n1\n2\n3\nx\n"),
                       doctest::Contains("row 4 (line 5), column \"a\": \"x\" is not a number"), data::DataError);
  std::filesystem::remove(path);
}

}  // namespace nuthatch::trainer_test
