// The family blend: what --of says, the mean of what its members answer, and what is left of it on the device.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>
#include <stdexcept>

#include "prepare/labels.hpp"
#include "report/metrics.hpp"
#include "unit/make_model.hpp"
#include "unit/trained.hpp"

namespace nuthatch::trainer_test {
namespace {

using quantize::Input;
using quantize::QuantizedBlend;

data::Dataset shared_rows(const std::string& name) {
  data::CsvOptions options;
  options.target = "label";
  return data::read_csv(std::string(NUTHATCH_TEST_DATA) + "/data/" + name + ".csv", options);
}

/// `columns` of noise, whose first two make the target; the last is constant where `constant` says so.
data::Dataset made_rows(std::size_t rows, std::size_t columns, bool constant = false) {
  std::mt19937 random(4);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0 - 0.5; };
  std::string text;
  for (std::size_t i = 0; i < columns; ++i) text += "x" + std::to_string(i) + ",";
  text += "label\n";
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (std::size_t i = 0; i < columns; ++i) {
      const double value = constant && i + 1 == columns ? 3 : uniform();
      if (i < 2) sum += value * value;
      text += std::to_string(value) + ",";
    }
    text += std::to_string(sum) + "\n";
  }
  std::istringstream stream(text);
  data::CsvOptions options;
  options.target = "label";
  return data::read_csv(stream, "made", options);
}

std::string what_is_wrong(const std::string& of) {
  try {
    (void)learn::blend_parts(of);
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

double coefficient_of_determination(const Eigen::VectorXd& answers, const std::vector<double>& truth) {
  const Eigen::Map<const Eigen::VectorXd> values(truth.data(), std::ssize(truth));
  return 1 - (values - answers).squaredNorm() / (values.array() - values.mean()).square().sum();
}

Eigen::VectorXd answers_of(const exporting::LoadedModel& model, const data::Dataset& rows) {
  const exporting::Predictions predictions = model.predict(rows);
  Eigen::VectorXd answers(static_cast<Eigen::Index>(rows.rows()));
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    REQUIRE(predictions.statuses[row] == Status::kOk);
    answers[static_cast<Eigen::Index>(row)] =
        std::ldexp(predictions.row(row)[0], -model.contents().common().fraction_bits);
  }
  return answers;
}

constexpr const char* kAllKinds = "ridge --alpha 3 + svr --C 2 + boosting --rounds 20 + mlp --hidden 4 --epochs 30";

}  // namespace

TEST_CASE("blend: --of is families with flags of their own") {
  const std::vector<learn::BlendPart> parts =
      learn::blend_parts("ridge --alpha 3 + mlp --hidden 5,6  --members 2 + tree + ridge");
  REQUIRE(parts.size() == 4);
  CHECK(parts[0].family->name == "ridge");
  CHECK(parts[0].parameters.alpha == 3);
  CHECK(parts[1].family->name == "mlp");
  CHECK(parts[1].parameters.hidden == std::vector<std::uint32_t>{5, 6});
  CHECK(parts[1].parameters.members == 2);
  CHECK(parts[1].parameters.epochs == 200);  // its default
  CHECK(parts[2].family->name == "tree");
  CHECK(parts[3].parameters.alpha == 1);
  const std::vector<learn::BlendPart> close = learn::blend_parts("svr --C 1e+2+ridge --alpha 1E+1+tree");
  REQUIRE(close.size() == 3);
  CHECK(close[0].parameters.c == 100);
  CHECK(close[1].parameters.alpha == 10);
}

TEST_CASE("blend: what is wrong with --of is said") {
  CHECK(what_is_wrong("ridge + svr").empty());
  CHECK(what_is_wrong("") == "a family is missing before or after +");
  CHECK(what_is_wrong("ridge +") == "a family is missing before or after +");
  CHECK(what_is_wrong("ridge + + svr") == "a family is missing before or after +");
  CHECK(what_is_wrong("ridge") == "2 to 4 families, with + between, can be blended, not 1");
  CHECK(what_is_wrong("ridge + ridge + ridge + ridge + ridge").find("not 5") != std::string::npos);
  CHECK(what_is_wrong("ridge + blend") == "blend is no family of values that can be blended");
  CHECK(what_is_wrong("ridge + logistic") == "logistic is no family of values that can be blended");
  CHECK(what_is_wrong("ridge + naive-bayes") == "naive-bayes is no family of values that can be blended");
  CHECK(what_is_wrong("ridge + boostin") == "there is no family boostin; boosting?");
  CHECK(what_is_wrong("ridge --rounds 3 + svr") == "--rounds is no flag of ridge");
  CHECK(what_is_wrong("ridge alpha 3 + svr") == "alpha is no flag of ridge");
  CHECK(what_is_wrong("ridge --alpha + svr") == "--alpha of ridge wants a value");
  CHECK(what_is_wrong("ridge --alpha two + svr").starts_with("ridge --alpha: two is not a number"));
  CHECK(what_is_wrong("huber --epsilon 0 + svr").starts_with("huber --epsilon: 0 is not above 0"));
}

TEST_CASE("blend: its answer is the mean of its members', each learned as it would be alone") {
  const data::Dataset rows = shared_rows("diabetes.train");
  const Eigen::MatrixXd features = prepare::standardize(rows, prepare::describe(rows));
  const Trained trained = train(rows, "blend", false, {{"of", "ridge --alpha 3 + mlp --hidden 4 --epochs 30"}});
  const Trained ridge = train(rows, "ridge", false, {{"alpha", "3"}});
  const Trained mlp = train(rows, "mlp", false, {{"hidden", "4"}, {"epochs", "30"}});
  const Eigen::MatrixXd mean = (ridge.score(features) + mlp.score(features)) / 2;
  CHECK((trained.score(features) - mean).cwiseAbs().maxCoeff() < 1e-9);
}

TEST_CASE("blend: the device answers what was learned, whatever the input") {
  const data::Dataset rows = shared_rows("boston_housing.train");
  const data::Dataset test = shared_rows("boston_housing.test");
  const std::vector<prepare::FeatureStatistics> statistics = prepare::describe(rows);
  const std::vector<double> truth = prepare::target_values(test, false);
  for (const Input input : {Input::kFloat32, Input::kInt16}) {
    const Trained trained = train(rows, "blend", false, {{"of", kAllKinds}}, input);
    const Eigen::VectorXd exact = trained.score(prepare::standardize(test, statistics));
    const Eigen::VectorXd answers = answers_of(exporting::LoadedModel(exporting::write_model(trained.contents)), test);
    // Deviation of the target: 9.2.
    CHECK((answers - exact).cwiseAbs().mean() < 0.1);
    CHECK(coefficient_of_determination(answers, truth) > coefficient_of_determination(exact, truth) - 0.01);
    CHECK(coefficient_of_determination(answers, truth) > 0.8);
  }
}

TEST_CASE("blend: all members have the blend's codes, few features or many") {
  for (const std::size_t columns : {1U, 2U, 13U, 60U, 400U}) {
    CAPTURE(columns);
    const data::Dataset rows = made_rows(60, columns, columns > 1);
    for (const Input input : {Input::kFloat32, Input::kInt16}) {
      const Trained trained =
          train(rows, "blend", false, {{"of", "ridge + svr + forest --trees 3 + mlp --hidden 3 --epochs 5"}}, input);
      const auto& blend = std::get<QuantizedBlend>(trained.contents.predictor);
      CHECK(blend.encoding.code_limit == quantize::common_code_limit(columns));
      for (const quantize::BlendMember& member : blend.members) {
        const quantize::Encoding& encoding = quantize::common(member.predictor).encoding;
        REQUIRE(encoding.features.size() == columns);
        CHECK(encoding.code_limit == blend.encoding.code_limit);
        CHECK(encoding.counts == blend.encoding.counts);
        for (std::size_t i = 0; i < columns; ++i) {
          CHECK(encoding.features[i].unit == blend.encoding.features[i].unit);
          CHECK(encoding.features[i].scale == blend.encoding.features[i].scale);
          CHECK(encoding.features[i].multiplier == blend.encoding.features[i].multiplier);
        }
      }
      const exporting::LoadedModel model(exporting::write_model(trained.contents));
      const Eigen::VectorXd exact = trained.score(prepare::standardize(rows, prepare::describe(rows)));
      CHECK((answers_of(model, rows) - exact).cwiseAbs().maxCoeff() < 0.05);
    }
  }
}

TEST_CASE("blend: outliers that the codes do not reach") {
  std::string text = "x,y,label\n";
  for (int i = 0; i < 80; ++i)
    text += std::to_string(i % 7) + "," + std::to_string(i % 5) + "," + std::to_string(i % 9) + "\n";
  text += "900000,3,4\n";
  std::istringstream stream(text);
  data::CsvOptions options;
  options.target = "label";
  const data::Dataset rows = data::read_csv(stream, "outlier", options);
  const Trained trained = train(rows, "blend", false, {{"of", "svr + svr --kernel linear + tree"}});
  const exporting::LoadedModel model(exporting::write_model(trained.contents));
  CHECK(answers_of(model, rows).allFinite());
}

TEST_CASE("blend: what is missing blurs no column") {
  // Codes tell 0 to 99 and 5000 apart, so the far value is no reason to clip, however many values are missing.
  data::Dataset rows;
  rows.file = "rows.csv";
  rows.feature_names = {"x"};
  rows.columns.emplace_back();
  for (int row = 0; row < 12000; ++row) {
    rows.columns[0].push_back(row % 50 == 0 ? std::nanf("") : static_cast<float>(row % 100));
  }
  rows.columns[0][1] = 5000;
  const prepare::Preparation preparation = prepare::learn_preparation(rows, {});
  const auto found = quantize::sharpenings(*learn::find_family("blend"), rows, preparation, prepare::describe(rows), {},
                                           quantize::Input::kFloat32);
  CHECK(found.empty());
}

TEST_CASE("blend: the same rows and seed give the same bytes") {
  const data::Dataset rows = shared_rows("diabetes.train");
  const auto bytes = [&] { return exporting::write_model(train(rows, "blend", false, {{"of", kAllKinds}}).contents); };
  CHECK(bytes() == bytes());
}

}  // namespace nuthatch::trainer_test
