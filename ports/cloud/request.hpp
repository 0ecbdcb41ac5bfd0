#ifndef NUTHATCH_PORTS_CLOUD_REQUEST_HPP
#define NUTHATCH_PORTS_CLOUD_REQUEST_HPP

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A question to `infer`, as the Open Inference Protocol writes it: JSON, or JSON with binary tensors behind it.
namespace nuthatch::cloud {

/// What is wrong with a request, for its sender: an HTTP status, and the sentence that {"error"} carries.
struct RequestError : std::runtime_error {
  RequestError(int http_status, const std::string& what) : std::runtime_error(what), status(http_status) {}
  int status;
};

/// `data` or `binary`, never both.
struct InputTensor {
  std::string name;
  std::string datatype;
  std::vector<std::uint64_t> shape;
  std::vector<float> data;  ///< row by row, however it was nested; null is NaN, and so is a text at first
  std::vector<std::pair<std::size_t, std::string>> texts;  ///< those among the data, by their elements
  bool has_data = false;
  std::optional<std::uint64_t> binary_size;
  std::string_view binary;  ///< into the request's body
};

struct WantedOutput {
  std::string name;
  std::optional<bool> binary;
};

struct InferRequest {
  std::optional<std::string> id;
  bool binary_output = false;  ///< of outputs that do not say it themselves
  std::vector<InputTensor> inputs;
  std::vector<WantedOutput> outputs;  ///< empty: the model's usual ones
};

/// json_bytes: where the JSON ends and the tensors begin; without it all of the body is JSON. Throws RequestError on
/// whatever is not such a request. Takes memory in proportion to the body, and no stack that it could choose.
InferRequest read_request(std::string_view body, std::optional<std::size_t> json_bytes);

}  // namespace nuthatch::cloud

#endif
