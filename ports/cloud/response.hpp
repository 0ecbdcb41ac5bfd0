#ifndef NUTHATCH_PORTS_CLOUD_RESPONSE_HPP
#define NUTHATCH_PORTS_CLOUD_RESPONSE_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The answer of `infer`, written as the Open Inference Protocol has it.
namespace nuthatch::cloud {

/// INT32, UINT8, FP32, FP64 and BYTES.
using Elements = std::variant<std::vector<std::int32_t>, std::vector<std::uint8_t>, std::vector<float>,
                              std::vector<double>, std::vector<std::string_view>>;

struct OutputTensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  Elements elements;
  bool binary = false;
};

/// A body; json_bytes where tensors follow its JSON.
struct Body {
  std::string bytes;
  std::optional<std::size_t> json_bytes;
};

/// An array's name in the protocol: "INT32".
const char* datatype_of(const Elements& elements);

/// As a JSON string, quotes included; what is not UTF-8 becomes the replacement character.
std::string json_string(std::string_view text);
/// {"error": what}
std::string error_body(std::string_view what);

/// A text of the request that was taken for a category, as both are one number.
struct Respelled {
  std::string feature;
  std::string written;
  std::string meant;

  friend bool operator==(const Respelled&, const Respelled&) = default;
};

/// `respelled` is listed in the answer's parameters, as `categories_by_number`; without any there are none.
Body write_response(const std::string& model, const std::string& version, const std::optional<std::string>& id,
                    const std::vector<OutputTensor>& outputs, const std::vector<Respelled>& respelled = {});

}  // namespace nuthatch::cloud

#endif
