// Whatever the body: an answer that is what it says, or a RequestError. The first byte picks the model and whether
// binary tensors follow the JSON, whose length are the next two bytes then.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cloud/infer.hpp"

namespace {

using namespace nuthatch::cloud;

void require(bool condition) {
  if (!condition) std::abort();
}

/// A seed of open_fuzz without its first byte.
ServedModel load(const std::string& name) {
  std::ifstream file(NUTHATCH_FUZZ_MODELS "/" + name, std::ios::binary);
  std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  require(!bytes.empty());
  bytes.erase(bytes.begin());
  return {"m", "1", std::move(bytes), std::make_shared<RequestCounters>()};
}

const ServedModel& model(bool counts) {
  static const ServedModel floats = load("naive-bayes_of_float32_3_classes");
  static const ServedModel int16 = load("int16_of_int16_regression");
  return counts ? int16 : floats;
}

void check(const Body& body) {
  const std::size_t head = body.json_bytes.value_or(body.bytes.size());
  const auto json = nlohmann::json::parse(body.bytes.begin(), body.bytes.begin() + static_cast<std::ptrdiff_t>(head));
  std::size_t tensors = 0;
  for (const auto& output : json.at("outputs")) {
    const bool in_json = output.contains("data");
    require(in_json != output.contains("parameters"));
    std::size_t elements = 1;
    for (const std::size_t size : output.at("shape")) elements *= size;
    if (in_json) require(output.at("data").size() == elements);
    if (!in_json) tensors += output.at("parameters").at("binary_data_size").get<std::size_t>();
  }
  require(head + tensors == body.bytes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view body(reinterpret_cast<const char*>(bytes) + 3, size - 3);
  std::optional<std::size_t> json_bytes;
  if ((bytes[0] & 2u) != 0) json_bytes = bytes[1] + 256u * bytes[2];
  try {
    std::size_t rows = 0;
    check(infer(model((bytes[0] & 1u) != 0), read_request(body, json_bytes), rows));
    require(rows > 0);
  } catch (const RequestError& error) {
    require(error.status == 400 && *error.what() != '\0');
    check(write_response("m", "1", error.what(), {{"e", {1}, std::vector<float>{1}}}));
  }
  return 0;
}
