#include "cloud/response.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <nlohmann/json.hpp>
#include <type_traits>

namespace nuthatch::cloud {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are little-endian");

template <class Number>
void append(std::string& text, Number number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

void append(std::string& text, std::string_view word) { text += json_string(word); }

struct AsJson {
  std::string& text;

  template <class Element>
  void operator()(const std::vector<Element>& elements) const {
    char before = '[';
    for (const Element& element : elements) {
      text += before;
      append(text, element);
      before = ',';
    }
    text += ']';
  }
};

struct AsBinary {
  std::string& bytes;

  template <class Element>
  void operator()(const std::vector<Element>& elements) const {
    bytes.append(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(Element));
  }
  /// Four bytes of length before each.
  void operator()(const std::vector<std::string_view>& words) const {
    for (const std::string_view word : words) {
      const auto size = static_cast<std::uint32_t>(word.size());
      bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
      bytes.append(word);
    }
  }
};

void append_head(std::string& text, const OutputTensor& output) {
  text += "{\"name\":" + json_string(output.name) + ",\"datatype\":\"" + datatype_of(output.elements) + "\",\"shape\":";
  AsJson{text}(output.shape);
}

}  // namespace

const char* datatype_of(const Elements& elements) {
  constexpr const char* kNames[] = {"INT32", "UINT8", "FP32", "FP64", "BYTES"};
  static_assert(std::size(kNames) == std::variant_size_v<Elements>);
  return kNames[elements.index()];
}

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string error_body(std::string_view what) { return "{\"error\":" + json_string(what) + "}"; }

Body write_response(const std::string& model, const std::string& version, const std::optional<std::string>& id,
                    const std::vector<OutputTensor>& outputs, const std::vector<Respelled>& respelled) {
  std::string text = "{\"model_name\":" + json_string(model) + ",\"model_version\":" + json_string(version);
  if (id) text += ",\"id\":" + json_string(*id);
  char between = '[';
  for (const Respelled& each : respelled) {
    text += between == '[' ? ",\"parameters\":{\"categories_by_number\":[" : ",";
    text += "{\"feature\":" + json_string(each.feature) + ",\"value\":" + json_string(each.written) +
            ",\"category\":" + json_string(each.meant) + '}';
    between = ',';
  }
  if (between == ',') text += "]}";
  text += ",\"outputs\":";
  std::string tensors;
  bool any_binary = false;
  char before = '[';
  for (const OutputTensor& output : outputs) {
    text += before;
    append_head(text, output);
    if (output.binary) {
      const std::size_t start = tensors.size();
      std::visit(AsBinary{tensors}, output.elements);
      text += ",\"parameters\":{\"binary_data_size\":" + std::to_string(tensors.size() - start) + '}';
      any_binary = true;
    } else {
      text += ",\"data\":";
      std::visit(AsJson{text}, output.elements);
    }
    text += '}';
    before = ',';
  }
  text += "]}";
  if (!any_binary) return {std::move(text), std::nullopt};
  const std::size_t json_bytes = text.size();
  return {std::move(text) + tensors, json_bytes};
}

}  // namespace nuthatch::cloud
