// What reports draw, against what follows from the rows by definition.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "report/answer_charts.hpp"
#include "report/data_summary.hpp"
#include "report/sample.hpp"
#include "report/shape_charts.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using report::ColumnSummary;
using report::ScoredRows;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

ScoredRows scored_by(const exporting::LoadedModel& model, const data::Dataset& rows) {
  exporting::Predictions predictions = model.predict(rows);
  evaluate::Evaluation evaluation = evaluate::evaluate(model, rows, predictions, false);
  return {"the rows", false, &rows, std::move(predictions), std::move(evaluation)};
}

/// Two classes in a plane, apart where x + 2 y = 3.
data::Dataset plane() {
  std::string text = "x,y,label\n";
  for (int i = 0; i < 400; ++i) {
    const double x = 0.1 * (i % 20);
    const double y = 0.1 * (i / 20);
    if (std::abs(x + 2 * y - 3) > 0.15) text += fmt::format("{},{},{}\n", x, y, x + 2 * y > 3 ? "above" : "below");
  }
  return parse(text);
}

}  // namespace

TEST_CASE("report: a column's summary counts what is missing apart, and every finite value in one bin") {
  const std::vector<float> values = {3, kNan, 1, 2, 17, std::numeric_limits<float>::infinity(), kNan, 1};
  const ColumnSummary column = report::summarize("a", values);
  CHECK(column.missing == 2);
  CHECK(column.minimum == 1);
  CHECK(column.median == 2);
  CHECK(column.maximum == 17);
  REQUIRE(column.bins.size() == report::kSummaryBins);
  // Bins are of width 1 from 1 on, and the last one has its end.
  CHECK(column.bins[0] == 2);
  CHECK(column.bins[1] == 1);
  CHECK(column.bins[2] == 1);
  CHECK(column.bins[15] == 1);
  CHECK(std::accumulate(column.bins.begin(), column.bins.end(), std::size_t{0}) == 5);
  CHECK(report::summarize("b", {4, 4, kNan}).bins.empty());
  CHECK(report::summarize("c", {kNan, kNan}).missing == 2);
}

TEST_CASE("report: a sample is of different rows in their order, and says that it is one") {
  const std::vector<std::size_t> few = report::sampled(7, 10);
  CHECK(few == std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(report::sample_note(7, 10).empty());
  const std::vector<std::size_t> many = report::sampled(1'000'003, 1000);
  CHECK(std::set<std::size_t>(many.begin(), many.end()).size() == 1000);
  CHECK(std::is_sorted(many.begin(), many.end()));
  CHECK(many.back() < 1'000'003);
  CHECK(report::sample_note(1'000'003, 1000).find("1000 of 1000003") != std::string::npos);
}

TEST_CASE("report: the confusion chart has each row once, and shares of the true class") {
  const data::Dataset rows = plane();
  const exporting::LoadedModel model = train_and_load(rows, "logistic", true);
  const auto chart = report::confusion_chart(scored_by(model, rows));
  REQUIRE(chart.has_value());
  std::size_t sum = 0;
  std::map<std::string, double> shares;
  for (const auto& cell : chart->spec["data"]["values"]) {
    sum += cell["rows"].get<std::size_t>();
    shares[cell["truth"]] += cell["share"].get<double>();
    CHECK(cell["right"] == (cell["truth"] == cell["answer"]));
  }
  CHECK(sum == rows.rows());
  CHECK(shares["above"] == doctest::Approx(1));
  CHECK(shares["below"] == doctest::Approx(1));
}

TEST_CASE("report: the separating line is where the model changes its answer, and so is the plane's colour") {
  const data::Dataset rows = plane();
  const exporting::LoadedModel model = train_and_load(rows, "logistic", true);
  const auto chart = report::plane_chart(model, scored_by(model, rows));
  REQUIRE(chart.has_value());
  const auto& line = chart->spec["layer"][2]["data"]["values"];
  REQUIRE(line.size() == 2);
  const auto class_at = [&](double x, double y) {
    const data::Dataset row{
        "", rows.feature_names, {{static_cast<float>(x)}, {static_cast<float>(y)}}, {}, {}, {}, {}, {}, {}};
    return model.model().class_of(model.predict(row).row(0));
  };
  for (const double share : {0.1, 0.3, 0.5, 0.7, 0.9}) {
    const double x = line[0]["x"].get<double>() * (1 - share) + line[1]["x"].get<double>() * share;
    const double y = line[0]["y"].get<double>() * (1 - share) + line[1]["y"].get<double>() * share;
    CHECK(class_at(x + 0.02, y + 0.04) != class_at(x - 0.02, y - 0.04));
  }
  for (const auto& cell : chart->spec["layer"][0]["data"]["values"]) {
    const double y = (cell["y"].get<double>() + cell["y2"].get<double>()) / 2;
    const double width = cell["x2"].get<double>() - cell["x"].get<double>();
    for (const double share : {0.0, 1.0}) {  // the middles of the first and of the last cell are in these columns
      const double inside =
          share == 0 ? cell["x"].get<double>() + 1e-3 * width : cell["x2"].get<double>() - 1e-3 * width;
      if (std::abs(inside + 2 * y - 3) < 0.2) continue;  // a cell has the answer of its middle
      CHECK(cell["color"] == "var(--" + report::class_color(class_at(inside, y)) + ")");
    }
  }
}

TEST_CASE("report: a page leads with the score of rows that were not learned from, and shows findings as text") {
  const data::Dataset rows = plane();
  const exporting::LoadedModel model = train_and_load(rows, "logistic", true);
  report::ModelReport report;
  report.model = &model;
  report.data = &rows;
  report.scored = scored_by(model, rows);
  const auto has = [&](const char* text) { return report::model_page(report).find(text) != std::string::npos; };
  CHECK_FALSE(has("Findings about the data"));
  CHECK_FALSE(has("the score flatters"));
  report.findings = {"column <x> predicts alone"};
  CHECK(has("<li>column &lt;x&gt; predicts alone</li>"));
  report.scored->learned = true;
  CHECK(has("the score flatters"));
  report.folds = report::FoldsScore{0.625, "5 plain folds, standard deviation 0.01"};
  CHECK(has("<p class=\"word\">accuracy 0.6250</p>"));
  CHECK_FALSE(has("the score flatters"));
}

}  // namespace nuthatch::trainer_test
