// The protocol without its sockets: what models are asked and answer, against what the host predicts, to the bit.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "cloud/infer.hpp"
#include "cloud/routes.hpp"
#include "serve/client.hpp"
#include "serve/metrics.hpp"
#include "serve/models.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::serve_test {
namespace {

using nlohmann::json;

/// iris.nhm and diabetes.nhm, loaded.
class Served {
 public:
  Served() {
    folder_.write("iris.nhm", iris().bytes());
    folder_.write("diabetes.nhm", diabetes().bytes());
    for (const cloud::LoadEvent& event : models_.reload()) REQUIRE(event.error == "");
  }

  cloud::Answer post(const std::string& path, const std::string& body,
                     std::optional<std::size_t> json_bytes = std::nullopt) const {
    return routes_.answer({"POST", path, body, json_bytes});
  }
  json get(const std::string& path, int status = 200) const {
    const cloud::Answer answer = routes_.answer({"GET", path, "", std::nullopt});
    CHECK(answer.status == status);
    return json::parse(answer.body);
  }
  json infer(const std::string& model, const std::string& body, int status = 200) const {
    const cloud::Answer answer = post("/v2/models/" + model + "/infer", body);
    CAPTURE(answer.body);
    CHECK(answer.status == status);
    return json::parse(answer.body);
  }
  std::string error(const std::string& model, const std::string& body) const {
    return infer(model, body, 400).at("error");
  }
  std::string metrics() const { return routes_.answer({"GET", "/metrics", "", std::nullopt}).body; }
  const cloud::Catalog& catalog() const { return *models_.catalog(); }

 private:
  Folder folder_;
  cloud::ServerCounters counters_;
  cloud::Models models_{{folder_ / "iris.nhm", folder_ / "diabetes.nhm"}};
  cloud::Routes routes_{models_, [this](const cloud::Catalog& catalog) { return serve::metrics(counters_, catalog); }};
};

std::string rows_of_iris(const std::string& shape, const std::string& data, const std::string& more = "") {
  return R"({"inputs":[{"name":"features","datatype":"FP32","shape":)" + shape + R"(,"data":)" + data + "}]" + more +
         "}";
}

const json& output(const json& answer, const std::string& name) {
  for (const json& one : answer.at("outputs")) {
    if (one.at("name") == name) return one;
  }
  throw std::logic_error("no output " + name);
}

serve::Batch batch_of(const std::vector<std::uint8_t>& rows, const data::Dataset& dataset, bool counts) {
  return {rows, dataset.rows(), dataset.columns.size(), counts};
}

/// The same with names for the values of its second feature.
exporting::ModelContents with_names(const exporting::LoadedModel& model) {
  exporting::ModelContents contents = model.contents();
  contents.categories.assign(contents.feature_names.size(), {});
  contents.categories[1] = {"low", "high"};
  return contents;
}

/// Of JSON, the outputs that the library's client asks for; the words must be the host's.
void check_words(const Served& served, const std::string& name, const exporting::LoadedModel& model,
                 const data::Dataset& dataset) {
  const exporting::Predictions host = model.predict(dataset);
  const std::vector<std::uint8_t> rows = model.device_rows(dataset);
  const serve::Batch batch = batch_of(rows, dataset, model.model().input() == Input::kInt16);
  const serve::Message plain = serve::write_message(batch, serve::Wire::kJson);
  const json answer = json::parse(served.post("/v2/models/" + name + "/infer", plain.bytes).body);
  CHECK(output(answer, "scores").at("data").get<std::vector<std::int32_t>>() == host.scores);
  const serve::Message binary = serve::write_message(batch, serve::Wire::kBinary);
  const cloud::Answer bytes = served.post("/v2/models/" + name + "/infer", binary.bytes, binary.json_bytes);
  REQUIRE(bytes.json_bytes.has_value());
  REQUIRE(bytes.body.size() == *bytes.json_bytes + host.scores.size() * 4 + dataset.rows());
  CHECK(std::memcmp(bytes.body.data() + *bytes.json_bytes, host.scores.data(), host.scores.size() * 4) == 0);
}

}  // namespace

TEST_CASE("classes and labels are by the file's threshold, scores as they are") {
  const data::Dataset rows = trainer_test::load("pima.test");
  const trainer_test::Fitted fitted = trainer_test::fit(trainer_test::load("pima.train"), "logistic");
  exporting::ModelContents contents = trainer_test::contents_of(trainer_test::load("pima.train"), fitted,
                                                                quantize::Input::kFloat32, quantize::Precision::kInt8);
  std::size_t last = 0;
  for (const std::int32_t threshold : {INT32_MAX, 20000000, 0, -20000000, INT32_MIN}) {
    CAPTURE(threshold);
    contents.threshold = threshold;
    const exporting::LoadedModel model(exporting::write_model(contents));
    const exporting::Predictions host = model.predict(rows);
    const cloud::ServedModel served("m", "1", model.bytes(), std::make_shared<cloud::RequestCounters>());
    const serve::Message plain =
        serve::write_message(batch_of(model.device_rows(rows), rows, false), serve::Wire::kJson);
    json body = json::parse(plain.bytes);
    body["outputs"] = {{{"name", "scores"}}, {{"name", "class"}}, {{"name", "label"}}};
    std::size_t count = 0;
    const json answer = json::parse(cloud::infer(served, cloud::read_request(body.dump(), std::nullopt), count).bytes);
    CHECK(output(answer, "scores").at("data").get<std::vector<std::int32_t>>() == host.scores);
    std::vector<std::int32_t> classes;
    std::vector<std::string> labels;
    for (std::size_t row = 0; row < host.statuses.size(); ++row) {
      const bool answered = host.statuses[row] == Status::kOk;
      classes.push_back(!answered ? -1 : host.scores[row] > threshold ? 1 : 0);
      labels.push_back(classes.back() < 0 ? "" : contents.classes[static_cast<std::size_t>(classes.back())]);
    }
    CHECK(output(answer, "class").at("data").get<std::vector<std::int32_t>>() == classes);
    CHECK(output(answer, "label").at("data").get<std::vector<std::string>>() == labels);
    const auto ones = static_cast<std::size_t>(std::count(classes.begin(), classes.end(), 1));
    CHECK(ones >= last);
    last = ones;
  }
  CHECK(last > 100);
}

TEST_CASE("a category is asked for by its index or, in JSON, by its name") {
  for (const exporting::LoadedModel* model : {&iris(), &diabetes()}) {
    const exporting::ModelContents contents = with_names(*model);
    const cloud::ServedModel served("m", "1", exporting::write_model(contents),
                                    std::make_shared<cloud::RequestCounters>());
    const std::string type = served.takes_counts() ? "INT16" : "FP32";
    const std::size_t width = contents.feature_names.size();
    const auto ask = [&](const std::string& body) {
      std::size_t rows = 0;
      try {
        return cloud::infer(served, cloud::read_request(body, std::nullopt), rows).bytes;
      } catch (const cloud::RequestError& error) {
        return std::string(error.what());
      }
    };
    const auto row = [&](const std::string& first, const std::string& second) {
      std::string data = first + "," + second;
      for (std::size_t i = 2; i < width; ++i) data += ",3";
      return ask(fmt::format(R"({{"inputs":[{{"name":"features","datatype":"{}","shape":[1,{}],"data":[{}]}}]}})", type,
                             width, data));
    };
    CHECK(row("5", "\"low\"") == row("5", "0"));
    CHECK(row("5", "\"high\"") == row("5", "1"));
    CHECK(row("5", "\"none such\"") == row("5", "-1"));
    CHECK(row("5", "0") != row("5", "1"));
    CHECK(row("\"5\"", "1").find("it is a text, and feature \"" + contents.feature_names[0] + "\" takes numbers") !=
          std::string::npos);
    const auto columns = [&](const std::string& datatype, const std::string& value) {
      std::string inputs;
      for (std::size_t i = 0; i < width; ++i) {
        inputs += fmt::format(R"({}{{"name":"{}","datatype":"{}","shape":[1],"data":[{}]}})", i == 0 ? "" : ",",
                              contents.feature_names[i], i == 1 ? datatype : type, i == 1 ? value : "3");
      }
      return ask("{\"inputs\":[" + inputs + "]}");
    };
    CHECK(columns("BYTES", "\"high\"") == columns(type, "1"));
    CHECK(columns("BYTES", "1").find("has datatype \"BYTES\"; this model takes " + type) != std::string::npos);
  }
}

TEST_CASE("forty features that are text are asked for by their names") {
  constexpr std::size_t kFeatures = 40;
  std::string rows;
  for (std::size_t i = 0; i < kFeatures; ++i) rows += fmt::format("f{},", i);
  rows += "label\n";
  for (std::size_t row = 0; row < 80; ++row) {
    for (std::size_t i = 0; i < kFeatures; ++i) rows += fmt::format("{},", (row >> (i % 6)) % 2);
    rows += row % 2 == 0 ? "a\n" : "b\n";
  }
  exporting::ModelContents contents =
      trainer_test::train_and_load(trainer_test::parse(rows), "logistic", true).contents();
  contents.categories.clear();
  std::string names;
  std::string indices;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    contents.categories.push_back({fmt::format("no{}", i), fmt::format("yes{}", i)});
    names += fmt::format("{}\"{}{}\"", i == 0 ? "" : ",", i % 3 == 0 ? "yes" : "no", i);
    indices += fmt::format("{}{}", i == 0 ? "" : ",", i % 3 == 0 ? 1 : 0);
  }
  const cloud::ServedModel served("m", "1", exporting::write_model(contents),
                                  std::make_shared<cloud::RequestCounters>());
  CHECK(served.categories(kFeatures - 1) == contents.categories.back());
  const auto ask = [&](const std::string& data) {
    std::size_t count = 0;
    return cloud::infer(
               served,
               cloud::read_request(
                   R"({"inputs":[{"name":"features","datatype":"FP32","shape":[1,40],"data":[)" + data + "]}]}",
                   std::nullopt),
               count)
        .bytes;
  };
  CHECK(ask(names) == ask(indices));
}

TEST_CASE("a category is found by its number where its text is none, and the answer says so") {
  exporting::ModelContents contents = with_names(iris());
  contents.categories[1] = {"1", "2", "2.0"};
  const cloud::ServedModel served("m", "1", exporting::write_model(contents),
                                  std::make_shared<cloud::RequestCounters>());
  const auto ask = [&](const std::string& category) {
    std::size_t count = 0;
    const std::string body = rows_of_iris("[1,4]", "[5," + category + ",1.5,0.25]");
    return json::parse(cloud::infer(served, cloud::read_request(body, std::nullopt), count).bytes);
  };
  const json exact = ask("\"1\"");
  CHECK_FALSE(exact.contains("parameters"));
  json found = ask("\"1.0\"");
  CHECK(found["parameters"]["categories_by_number"] ==
        json::parse(R"([{"feature":")" + contents.feature_names[1] + R"(","value":"1.0","category":"1"}])"));
  found.erase("parameters");
  CHECK(found == exact);
  CHECK(ask("\"2.0\"") == ask("2"));    // by its text
  CHECK(ask("\"2.00\"") == ask("-1"));  // of two
  CHECK(ask("\"1.00000000000000001\"") == ask("-1"));
}

TEST_CASE("scores come as the host's words, in JSON and in binary") {
  const Served served;
  check_words(served, "iris", iris(), trainer_test::load("iris.test"));
  check_words(served, "diabetes", diabetes(), trainer_test::load("diabetes.test"));
}

TEST_CASE("unasked, a classifier gives label, class, scores and probabilities") {
  const Served served;
  const json answer = served.infer("iris", rows_of_iris("[2,4]", "[5,3.5,1.5,0.25,6.5,3,5.5,2]", R"(,"id":"a \"b\"")"));
  CHECK(answer.at("id") == "a \"b\"");
  CHECK(answer.at("model_name") == "iris");
  CHECK(answer.at("model_version") == "1");
  CHECK(output(answer, "label").at("data") == json({"setosa", "virginica"}));
  CHECK(output(answer, "class").at("data") == json({0, 2}));
  CHECK(output(answer, "class").at("shape") == json(std::vector<int>{2}));
  CHECK(output(answer, "scores").at("shape") == json({2, 3}));
  double sum = 0;
  for (const double share : output(answer, "probabilities").at("data")) sum += share;
  CHECK(sum == doctest::Approx(2).epsilon(0.001));
  CHECK(answer.at("outputs").size() == 4);
}

TEST_CASE("unasked, a regression gives its value, which is the score's word exactly, and the word") {
  const Served served;
  const std::string data = "[50,1,13000,12000,150,6000,12000,8000,20000,90]";
  const json answer = served.infer(
      "diabetes", R"({"inputs":[{"name":"features","datatype":"INT16","shape":[1,10],"data":)" + data + "}]}");
  const json model = served.get("/v2/models/diabetes");
  const int bits = model.at("outputs").at(1).at("parameters").at("fraction_bits");
  const double word = output(answer, "scores").at("data").at(0);
  CHECK(output(answer, "value").at("data").at(0).get<double>() == std::ldexp(word, -bits));
  CHECK(answer.at("outputs").size() == 2);
}

TEST_CASE("features may come as a tensor each, in any order, as [rows] or [rows, 1]") {
  const Served served;
  const json matrix = served.infer("iris", rows_of_iris("[2,4]", "[5,3.5,1.5,0.25,6.5,3,5.5,2]"));
  const json columns = served.infer("iris", R"({"inputs":[
    {"name":"petal_width_cm","datatype":"FP32","shape":[2],"data":[0.25,2]},
    {"name":"sepal_length_cm","datatype":"FP32","shape":[2,1],"data":[[5],[6.5]]},
    {"name":"petal_length_cm","datatype":"FP32","shape":[2,1],"data":[1.5,5.5]},
    {"name":"sepal_width_cm","datatype":"FP32","shape":[2],"data":[3.5,3]}]})");
  CHECK(columns == matrix);
}

TEST_CASE("outputs are given by name, in the order asked for, each in the form asked for") {
  const Served served;
  const std::string wanted = R"(,"outputs":[{"name":"label","parameters":{"binary_data":true}},{"name":"class"}])";
  const cloud::Answer answer =
      served.post("/v2/models/iris/infer", rows_of_iris("[2,4]", "[5,3.5,1.5,0.25,6.5,3,5.5,2]", wanted));
  REQUIRE(answer.json_bytes.has_value());
  const json head = json::parse(answer.body.substr(0, *answer.json_bytes));
  CHECK(head.at("outputs").at(0).at("parameters").at("binary_data_size") == 4 + 6 + 4 + 9);
  CHECK(head.at("outputs").at(1).at("data") == json({0, 2}));
  CHECK(answer.body.substr(*answer.json_bytes) == std::string("\6\0\0\0setosa\x9\0\0\0virginica", 23));
}

TEST_CASE("a refused row fails the request by its row and feature, unless each row's status is asked for") {
  const Served served;
  const std::string data = "[5,3.5,1.5,0.25,6.5,3,null,2]";
  CHECK(served.error("iris", rows_of_iris("[2,4]", data)).starts_with("row 1, feature \"petal_length_cm\": "));
  CHECK(served.error("iris", rows_of_iris("[1,4]", "[1,2,3,1e39]")).starts_with("row 0, feature \"petal_width_cm\": "));
  const json answer =
      served.infer("iris", rows_of_iris("[2,4]", data, R"(,"outputs":[{"name":"status"},{"name":"label"}])"));
  CHECK(output(answer, "status").at("data") == json({0, 38}));
  CHECK(output(answer, "label").at("data") == json({"setosa", ""}));
  const std::string metrics = served.metrics();
  CHECK(metrics.find("nuthatch_refused_total{name=\"iris\",version=\"1\"} 3") != std::string::npos);
}

TEST_CASE("requests that do not fit the model are refused, and the words name what to change") {
  const Served served;
  const auto fails = [&](const std::string& body, const std::string& words) {
    const std::string error = served.error("iris", body);
    CAPTURE(error);
    CHECK(error.find(words) != std::string::npos);
  };
  fails("{}", "no \"inputs\"");
  fails(rows_of_iris("[2,4]", "[1,2]"), "2 elements; its shape [2, 4] takes 8");
  fails(rows_of_iris("[2,4]", "[1]"), "more data than came");
  fails(rows_of_iris("[1,5]", "[1,2,3,4,5]"), "must be [rows, 4]");
  fails(rows_of_iris("[4]", "[1,2,3,4]"), "must be [rows, 4]");
  fails(rows_of_iris("[0,4]", "[]"), "no rows");
  fails(rows_of_iris("[18446744073709551615,4]", "[1,2,3,4]"), "more data than came");
  fails(rows_of_iris("[4611686018427387904,4]", "[1,2,3,4]"), "more data than came");
  fails(R"({"inputs":[{"name":"features","datatype":"FP64","shape":[1,4],"data":[1,2,3,4]}]})", "takes FP32");
  fails(R"({"inputs":[{"name":"features","datatype":"FP32","shape":[1,4]}]})", "no data");
  fails(R"({"inputs":[{"name":"petal","datatype":"FP32","shape":[1],"data":[1]}]})", "no input \"petal\"");
  fails(R"({"inputs":[{"name":"petal_width_cm","datatype":"FP32","shape":[1],"data":[1]}]})",
        "no input for feature \"sepal_length_cm\"");
  fails(rows_of_iris("[1,4]", "[1,2,3,4]", R"(,"outputs":[{"name":"logits"}])"), "no output \"logits\"");
  const std::string count =
      R"({"inputs":[{"name":"features","datatype":"INT16","shape":[1,10],"data":[1,2,3,4,5,6,7,8,9,)";
  CHECK(served.error("diabetes", count + "0.5]}]}").find("element 9: it takes raw counts") != std::string::npos);
  CHECK(served.error("diabetes", count + "32768]}]}").find("raw counts") != std::string::npos);
  CHECK(served.error("diabetes", count + "null]}]}").starts_with("row 0, feature \"s6\""));
}

TEST_CASE("columns of different lengths, or twice the same, are refused") {
  const Served served;
  std::string inputs;
  for (const std::string& name : iris().contents().feature_names) {
    inputs += fmt::format(R"({{"name":"{}","datatype":"FP32","shape":[{}],"data":[{}]}},)", name,
                          name == "petal_width_cm" ? 2 : 1, name == "petal_width_cm" ? "1,2" : "1");
  }
  inputs.pop_back();
  CHECK(served.error("iris", "{\"inputs\":[" + inputs + "]}").find("has 2 rows") != std::string::npos);
  const std::string first = inputs.substr(0, inputs.find('}') + 1);
  CHECK(served.error("iris", "{\"inputs\":[" + inputs + "," + first + "]}").find("twice") != std::string::npos);
}

TEST_CASE("health, metadata and what is not there") {
  const Served served;
  CHECK(served.get("/v2/health/live").at("live") == true);
  CHECK(served.get("/v2/health/ready").at("ready") == true);
  CHECK(served.get("/v2").at("extensions") == json(std::vector<std::string>{"binary_tensor_data"}));
  CHECK(served.get("/v2/models/iris/ready").at("ready") == true);
  CHECK(served.get("/v2/models/iris/versions/1/ready").at("ready") == true);
  const json metadata = served.get("/v2/models/iris/versions/1");
  CHECK(metadata.at("versions") == json(std::vector<std::string>{"1"}));
  CHECK(metadata.at("inputs").size() == 1);
  CHECK(metadata.at("inputs").at(0).at("shape") == json({-1, 4}));
  CHECK(metadata.at("inputs").at(0).at("parameters").at("feature_names") == json(iris().contents().feature_names));
  CHECK(metadata.at("parameters").at("sha256") == exporting::hex({iris().model().identity(), 32}));
  CHECK(served.get("/v2/models/diabetes").at("inputs").at(0).at("parameters").at("raw_exponents").size() == 10);
  for (const char* path : {"/", "/v3", "/v2x", "/v2/models", "/v2/models/", "/v2/models/none",
                           "/v2/models/iris/versions/2", "/v2/models/iris/versions/1x", "/v2/models/iris/versions",
                           "/v2/models/iris/no", "/v2/models/iris/ready/x", "/v2/health/x", "/metrics/x"}) {
    CAPTURE(path);
    CHECK(served.get(path, 404).contains("error"));
  }
  CHECK(served.get("/v2/models/iris/infer", 405).contains("error"));
  CHECK(served.post("/v2", "").status == 405);
  CHECK(served.post("/v2/health/live", "").status == 405);
}

TEST_CASE("metrics have the requests and what the monitors counted, of each model") {
  const Served served;
  (void)served.infer("iris", rows_of_iris("[2,4]", "[5,3.5,1.5,0.25,6.5,3,5.5,2]"));
  (void)served.error("iris", "{");
  const std::string metrics = served.metrics();
  for (const char* line : {"nuthatch_model_requests_total{name=\"iris\",version=\"1\",result=\"answered\"} 1\n",
                           "nuthatch_model_requests_total{name=\"iris\",version=\"1\",result=\"refused\"} 1\n",
                           "nuthatch_model_request_seconds_count{name=\"iris\",version=\"1\"} 2\n",
                           "nuthatch_rows_total{name=\"iris\",version=\"1\"} 2\n",
                           "nuthatch_rows_total{name=\"diabetes\",version=\"1\"} 0\n",
                           "nuthatch_class_rows_total{name=\"iris\",version=\"1\",class=\"virginica\"} 1\n"}) {
    CAPTURE(line);
    CHECK(metrics.find(line) != std::string::npos);
  }
}

}  // namespace nuthatch::serve_test
