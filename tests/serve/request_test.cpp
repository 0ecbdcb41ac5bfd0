// What is read of a request to infer, and what is refused, with which words.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "cloud/request.hpp"

namespace nuthatch::cloud {
namespace {

InferRequest read(const std::string& body) { return read_request(body, std::nullopt); }

std::string refusal(const std::string& body, std::optional<std::size_t> json_bytes = std::nullopt) {
  try {
    read_request(body, json_bytes);
  } catch (const RequestError& error) {
    CHECK(error.status == 400);
    return error.what();
  }
  return "";
}

std::string with_input(const std::string& fields) { return R"({"inputs":[{"name":"x",)" + fields + "}]}"; }

bool contains(const std::string& text, const std::string& part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a request is read with its data flat or nested, and null is missing") {
  for (const char* data : {"[1,-2.5,null,4e0]", "[[1,-2.5],[null,4]]", "[[[1],[-2.5]],[[null],[4]]]"}) {
    const InferRequest request = read(with_input(fmt::format(R"("shape":[2,2],"datatype":"FP32","data":{})", data)));
    REQUIRE(request.inputs.size() == 1);
    const InputTensor& input = request.inputs[0];
    CHECK(input.name == "x");
    CHECK(input.datatype == "FP32");
    CHECK(input.shape == std::vector<std::uint64_t>{2, 2});
    REQUIRE(input.data.size() == 4);
    CHECK(input.data[0] == 1.0F);
    CHECK(input.data[1] == -2.5F);
    CHECK(std::isnan(input.data[2]));
    CHECK(input.data[3] == 4.0F);
  }
}

TEST_CASE("texts among the data are kept with their places") {
  const InferRequest request = read(with_input(R"("data":[[1,"red"],["",null]])"));
  REQUIRE(request.inputs[0].data.size() == 4);
  CHECK(std::isnan(request.inputs[0].data[1]));
  CHECK(request.inputs[0].texts == std::vector<std::pair<std::size_t, std::string>>{{1, "red"}, {2, ""}});
}

TEST_CASE("binary tensors are found behind the JSON in the order of the inputs") {
  const std::string json =
      R"({"id":"é","inputs":[{"name":"a","parameters":{"binary_data_size":3}},{"name":"b","data":[1]},)"
      R"({"name":"c","parameters":{"binary_data_size":2,"more":[{"deep":1}]}}],"parameters":{"binary_data_output":true},)"
      R"("outputs":[{"name":"o","parameters":{"binary_data":false}},{"name":"p"}],"unknown":{"inputs":[1,{"name":3}]}})";
  const std::string body = json + "abcde";
  const InferRequest request = read_request(body, json.size());
  CHECK(request.id == "é");
  CHECK(request.binary_output);
  REQUIRE(request.inputs.size() == 3);
  CHECK(request.inputs[0].binary == "abc");
  CHECK(request.inputs[2].binary == "de");
  REQUIRE(request.outputs.size() == 2);
  CHECK(request.outputs[0].binary == false);
  CHECK(request.outputs[1].binary == std::nullopt);
}

TEST_CASE("what is no request is refused, and the words say why") {
  CHECK(contains(refusal(""), "is not JSON"));
  CHECK(contains(refusal("{"), "is not JSON"));
  CHECK(contains(refusal("{} x"), "is not JSON"));
  CHECK(contains(refusal("{\"id\":\"\xff\"}"), "is not JSON"));
  CHECK(contains(refusal("[]"), "not a JSON object"));
  CHECK(contains(refusal("3"), "not a JSON object"));
  CHECK(contains(refusal("null"), "not a JSON object"));
  CHECK(contains(refusal(R"({"inputs":{}})"), "must be an array"));
  CHECK(contains(refusal(R"({"inputs":[[]]})"), "must be an array of tensors"));
  CHECK(contains(refusal(R"({"inputs":[7]})"), "must be an array of tensors"));
  CHECK(contains(refusal(R"({"outputs":"scores"})"), "must be an array"));
  CHECK(contains(refusal(R"({"outputs":[null]})"), "must be an array"));
  CHECK(contains(refusal(R"({"id":7})"), "must be a string"));
  CHECK(contains(refusal(R"({"id":["7"]})"), "must be a string"));
  CHECK(contains(refusal(with_input(R"("shape":3)")), "no array"));
  CHECK(contains(refusal(with_input(R"("shape":[-1])")), "whole numbers"));
  CHECK(contains(refusal(with_input(R"("shape":[[1]])")), "whole numbers"));
  CHECK(contains(refusal(with_input(R"("shape":[1,1,1,1,1,1,1,1,1])")), "8 dimensions"));
  CHECK(contains(refusal(with_input(R"("data":7)")), "no array"));
  CHECK(contains(refusal(with_input(R"("data":{})")), "no array"));
  CHECK(contains(refusal(with_input(R"("data":[true])")), "neither a number, a text nor null"));
  CHECK(contains(refusal(with_input(R"("data":[{}])")), "neither a number, a text nor null"));
  CHECK(contains(refusal(with_input(R"("datatype":1)")), "no string"));
  CHECK(contains(refusal(with_input(R"("parameters":{"binary_data_size":-1})")), "no whole number"));
  CHECK(contains(refusal(with_input(R"("parameters":{"shared_memory_region":"r"})")), "shared memory"));
  CHECK(contains(refusal(R"({"outputs":[{"name":"label","parameters":{"classification":3}}]})"), "classification"));
  CHECK(contains(refusal("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}"), "32 levels"));
}

TEST_CASE("binary tensors and the body agree, or the request is refused") {
  const std::string json = with_input(R"("parameters":{"binary_data_size":4})");
  CHECK(refusal(json + "abcd", json.size()).empty());
  CHECK(contains(refusal(json + "abc", json.size()), "3 bytes are left"));
  CHECK(contains(refusal(json + "abcde", json.size()), "1 bytes at the body's end"));
  CHECK(contains(refusal(json, json.size() + 1), "Inference-Header-Content-Length"));
  CHECK(contains(refusal(json), "0 bytes are left"));
  const std::string both = with_input(R"("data":[1],"parameters":{"binary_data_size":4})");
  CHECK(contains(refusal(both + "abcd", both.size()), "both"));
}

TEST_CASE("thousands of inputs and outputs are refused before they take memory") {
  std::string many = "[{}";
  for (int i = 0; i < 70000; ++i) many += ",{}";
  CHECK(contains(refusal("{\"inputs\":" + many + "]}"), "65536 inputs"));
  CHECK(contains(refusal("{\"outputs\":" + many + "]}"), "64 outputs"));
}

}  // namespace nuthatch::cloud
