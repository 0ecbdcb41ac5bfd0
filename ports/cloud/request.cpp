#include "cloud/request.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace nuthatch::cloud {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostDepth = 32;
constexpr std::size_t kMostInputs = 65536;
constexpr std::size_t kMostOutputs = 64;
constexpr std::size_t kMostDimensions = 8;

[[noreturn]] void refuse(const std::string& what) { throw RequestError(400, what); }

/// Where in the document the parser is.
enum class Place {
  kTop,
  kParameters,
  kInputs,
  kInput,
  kInputParameters,
  kShape,
  kData,
  kOutputs,
  kOutput,
  kOutputParameters,
  kIgnored,
};

/// Takes the parser's events as they come: a document's tree would take some fifty times its bytes.
class Reader final : public nlohmann::json_sax<Json> {
 public:
  explicit Reader(InferRequest& request) : request_(request) {}

  bool null() override {
    if (place() == Place::kData) return element(std::numeric_limits<float>::quiet_NaN());
    return other_value();
  }
  bool boolean(bool value) override {
    if (place() == Place::kParameters && key_ == "binary_data_output") {
      request_.binary_output = value;
    } else if (place() == Place::kOutputParameters && key_ == "binary_data") {
      request_.outputs.back().binary = value;
    } else {
      return other_value();
    }
    return true;
  }
  bool number_integer(number_integer_t value) override {
    if (place() == Place::kData) return element(static_cast<float>(value));
    return other_value();
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (place() == Place::kData) return element(static_cast<float>(value));
    if (place() == Place::kShape) {
      std::vector<std::uint64_t>& shape = request_.inputs.back().shape;
      if (shape.size() == kMostDimensions) refuse(about_input("has more than 8 dimensions"));
      shape.push_back(value);
      return true;
    }
    if (place() == Place::kInputParameters && key_ == "binary_data_size") {
      request_.inputs.back().binary_size = value;
      return true;
    }
    return other_value();
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    if (place() == Place::kData) return element(static_cast<float>(value));
    return other_value();
  }
  bool string(string_t& value) override {
    if (place() == Place::kData) {
      InputTensor& input = request_.inputs.back();
      input.texts.emplace_back(input.data.size(), std::move(value));
      return element(std::numeric_limits<float>::quiet_NaN());
    }
    if (place() == Place::kTop && key_ == "id") {
      request_.id = value;
    } else if (place() == Place::kInput && key_ == "name") {
      request_.inputs.back().name = value;
    } else if (place() == Place::kInput && key_ == "datatype") {
      request_.inputs.back().datatype = value;
    } else if (place() == Place::kOutput && key_ == "name") {
      request_.outputs.back().name = value;
    } else {
      return other_value();
    }
    return true;
  }
  bool binary(binary_t& /*value*/) override { return other_value(); }  // of CBOR and the like, never of JSON

  bool start_object(std::size_t /*elements*/) override { return enter(object_place()); }
  bool start_array(std::size_t /*elements*/) override { return enter(array_place()); }
  bool key(string_t& value) override {
    key_ = value;
    return true;
  }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    refuse(std::string("the request is not JSON: ") + error.what());
  }

 private:
  Place place() const { return places_.empty() ? Place::kIgnored : places_.back(); }

  bool enter(Place next) {
    if (places_.size() == kMostDepth) refuse("the request is nested deeper than 32 levels");
    places_.push_back(next);
    return true;
  }
  bool leave() {
    places_.pop_back();
    return true;
  }

  Place object_place() {
    if (places_.empty()) return Place::kTop;
    const bool parameters = key_ == "parameters";
    switch (place()) {
      case Place::kInputs: return new_input();
      case Place::kOutputs: return new_output();
      case Place::kTop:
        if (key_ == "inputs" || key_ == "outputs" || key_ == "id") other_value();
        return parameters ? Place::kParameters : Place::kIgnored;
      case Place::kInput:
        if (!parameters) other_value();
        return parameters ? Place::kInputParameters : Place::kIgnored;
      case Place::kOutput: return parameters ? Place::kOutputParameters : Place::kIgnored;
      default: other_value(); return Place::kIgnored;
    }
  }

  Place array_place() {
    if (places_.empty()) refuse("the request is not a JSON object");
    switch (place()) {
      case Place::kTop:
        if (key_ == "inputs") return Place::kInputs;
        if (key_ == "outputs") return Place::kOutputs;
        break;
      case Place::kInput:
        if (key_ == "shape") return Place::kShape;
        if (key_ == "data") {
          request_.inputs.back().has_data = true;
          return Place::kData;
        }
        break;
      case Place::kData: return Place::kData;
      default: break;
    }
    other_value();
    return Place::kIgnored;
  }

  Place new_input() {
    if (request_.inputs.size() == kMostInputs) refuse("the request has more than 65536 inputs");
    request_.inputs.emplace_back();
    return Place::kInput;
  }
  Place new_output() {
    if (request_.outputs.size() == kMostOutputs) refuse("the request asks for more than 64 outputs");
    request_.outputs.emplace_back();
    return Place::kOutput;
  }

  bool element(float value) {
    request_.inputs.back().data.push_back(value);
    return true;
  }

  /// A value that means nothing to us: fine among parameters and unknown keys, wrong where something of ours should be.
  bool other_value() {
    switch (place()) {
      case Place::kTop:
        if (key_ == "inputs" || key_ == "outputs") refuse('"' + key_ + "\" must be an array of tensors");
        if (key_ == "id") refuse("\"id\" must be a string");
        break;
      case Place::kInputs: refuse("\"inputs\" must be an array of tensors");
      case Place::kOutputs: refuse("\"outputs\" must be an array of tensors");
      case Place::kInput:
        if (key_ == "name" || key_ == "datatype") refuse(about_input("has a \"" + key_ + "\" that is no string"));
        if (key_ == "shape" || key_ == "data") refuse(about_input("has a \"" + key_ + "\" that is no array"));
        break;
      case Place::kShape: refuse(about_input("has a shape that is not made of whole numbers"));
      case Place::kData: refuse(about_input("has data that is neither a number, a text nor null"));
      case Place::kInputParameters:
        if (key_ == "binary_data_size") refuse(about_input("has a binary_data_size that is no whole number"));
        if (key_ == "shared_memory_region") refuse("shared memory is not served; send the data");
        break;
      case Place::kOutputParameters:
        if (key_ == "classification") refuse("classification is not served; ask for \"label\" or \"class\"");
        if (key_ == "shared_memory_region") refuse("shared memory is not served; leave it out");
        break;
      default:
        if (places_.empty()) refuse("the request is not a JSON object");
        break;
    }
    return true;
  }

  std::string about_input(const std::string& what) const {
    const InputTensor& input = request_.inputs.back();
    return "input " + (input.name.empty() ? std::to_string(request_.inputs.size()) : '"' + input.name + '"') + ' ' +
           what;
  }

  InferRequest& request_;
  std::vector<Place> places_;
  std::string key_;
};

/// The tensors lie behind the JSON, in the order of their names in it, and fill the body.
void find_tensors(std::string_view bytes, std::vector<InputTensor>& inputs) {
  for (InputTensor& input : inputs) {
    if (!input.binary_size) continue;
    if (input.has_data) refuse("input \"" + input.name + "\" has both data and a binary_data_size");
    if (*input.binary_size > bytes.size()) {
      refuse("input \"" + input.name + "\" says binary_data_size " + std::to_string(*input.binary_size) + ", but " +
             std::to_string(bytes.size()) + " bytes are left in the body");
    }
    input.binary = bytes.substr(0, *input.binary_size);
    bytes.remove_prefix(*input.binary_size);
  }
  if (!bytes.empty()) refuse(std::to_string(bytes.size()) + " bytes at the body's end belong to no input");
}

}  // namespace

InferRequest read_request(std::string_view body, std::optional<std::size_t> json_bytes) {
  if (json_bytes.value_or(0) > body.size()) {
    refuse("Inference-Header-Content-Length is " + std::to_string(*json_bytes) + ", but the body has " +
           std::to_string(body.size()) + " bytes");
  }
  const std::string_view text = body.substr(0, json_bytes.value_or(body.size()));
  InferRequest request;
  Reader reader(request);
  Json::sax_parse(text.begin(), text.end(), &reader);
  find_tensors(body.substr(text.size()), request.inputs);
  return request;
}

}  // namespace nuthatch::cloud
