#include "cloud/infer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>

namespace nuthatch::cloud {
namespace {

std::string in_quotes(const std::string& text) { return '"' + text + '"'; }

[[noreturn]] void refuse(const std::string& what) { throw RequestError(400, what); }

/// Rows of JSON are numbers of any kind; counts must be counts. `at`: of the element, for the message.
void assign(float& to, float from, const std::string& /*name*/, std::size_t /*at*/) { to = from; }
void assign(std::int16_t& to, float from, const std::string& name, std::size_t at) {
  constexpr auto kMissing = std::numeric_limits<std::int16_t>::min();
  const bool is_count = from >= -32768.0F && from <= 32767.0F && from == std::trunc(from);
  if (!is_count && !std::isnan(from)) {
    refuse("input " + in_quotes(name) + ", element " + std::to_string(at) +
           ": it takes raw counts, whole numbers from -32768 to 32767");
  }
  to = std::isnan(from) ? kMissing : static_cast<std::int16_t>(from);
}

std::string text_of(const std::vector<std::uint64_t>& shape) {
  std::string text;
  for (const std::uint64_t size : shape) text += (text.empty() ? "[" : ", ") + std::to_string(size);
  return text.empty() ? "[]" : text + ']';
}

/// Where a tensor's elements go: `width` of each row of `features`, from `column` on.
struct Columns {
  std::size_t column;
  std::size_t width;
  std::size_t features;
};

/// Whether all that came are texts, or missing.
bool is_text(const InputTensor& input) {
  const auto missing = static_cast<std::size_t>(
      std::count_if(input.data.begin(), input.data.end(), [](float value) { return std::isnan(value); }));
  return input.datatype == "BYTES" && !input.binary_size && missing == input.data.size();
}

/// Before anything is multiplied or allocated by what a shape says.
void check_input(const ServedModel& model, const InputTensor& input) {
  const std::string wanted = model.takes_counts() ? "INT16" : "FP32";
  if (input.datatype != wanted && !is_text(input)) {
    refuse("input " + in_quotes(input.name) + " has datatype " + in_quotes(input.datatype) + "; this model takes " +
           wanted);
  }
  if (!input.has_data && !input.binary_size) refuse("input " + in_quotes(input.name) + " has no data");
}

template <class Value>
void copy(const InputTensor& input, const Columns& to, std::size_t rows, std::vector<Value>& values) {
  const std::size_t count = rows * to.width;
  if (input.binary_size && input.binary.size() != count * sizeof(Value)) {
    refuse("input " + in_quotes(input.name) + " has " + std::to_string(input.binary.size()) +
           " bytes of data; its shape " + text_of(input.shape) + " takes " + std::to_string(count * sizeof(Value)));
  }
  if (!input.binary_size && input.data.size() != count) {
    refuse("input " + in_quotes(input.name) + " has " + std::to_string(input.data.size()) + " elements; its shape " +
           text_of(input.shape) + " takes " + std::to_string(count));
  }
  values.resize(rows * to.features);
  for (std::size_t row = 0; row < rows; ++row) {
    Value* at = values.data() + row * to.features + to.column;
    if (input.binary_size) {
      std::memcpy(at, input.binary.data() + row * to.width * sizeof(Value), to.width * sizeof(Value));
      continue;
    }
    for (std::size_t i = 0; i < to.width; ++i) {
      assign(at[i], input.data[row * to.width + i], input.name, row * to.width + i);
    }
  }
}

/// Of a text with fifteen characters at most: two such numbers are one double only if they are one number.
std::optional<double> short_number(std::string_view text) {
  constexpr std::size_t kMost = std::numeric_limits<double>::digits10;
  if (text.empty() || text.size() > kMost) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
  return whole ? std::optional(value) : std::nullopt;
}

/// The category that is the text, or else the only one that is the same number; -1 of none, as in a CSV.
std::ptrdiff_t category_of(const std::vector<std::string>& names, const std::string& text) {
  const auto exact = std::find(names.begin(), names.end(), text);
  if (exact != names.end()) return exact - names.begin();
  const std::optional<double> number = short_number(text);
  std::ptrdiff_t found = -1;
  for (std::size_t i = 0; number && i < names.size(); ++i) {
    if (short_number(names[i]) != number) continue;
    if (found >= 0) return -1;
    found = static_cast<std::ptrdiff_t>(i);
  }
  return found;
}

/// Names of categories become their indices; one that training never saw is -1.
template <class Value>
void index_texts(const ServedModel& model, const InputTensor& input, const Columns& to, std::vector<Value>& values,
                 std::vector<Respelled>& respelled) {
  for (const auto& [element, text] : input.texts) {
    const std::size_t feature = to.column + element % to.width;
    const std::vector<std::string>& names = model.categories(feature);
    if (names.empty()) {
      refuse("input " + in_quotes(input.name) + ", element " + std::to_string(element) +
             ": it is a text, and feature " + in_quotes(model.features()[feature]) + " takes numbers");
    }
    const std::ptrdiff_t place = category_of(names, text);
    values[element / to.width * to.features + feature] = static_cast<Value>(place);
    constexpr std::size_t kMostTold = 32;  // spellings, so that no request makes us search long lists
    if (place < 0 || respelled.size() == kMostTold || names[static_cast<std::size_t>(place)] == text) continue;
    Respelled one = {model.features()[feature], text, names[static_cast<std::size_t>(place)]};
    if (std::find(respelled.begin(), respelled.end(), one) == respelled.end()) respelled.push_back(std::move(one));
  }
}

void copy(const ServedModel& model, const InputTensor& input, const Columns& to, Rows& rows,
          std::vector<Respelled>& respelled) {
  if (model.takes_counts()) {
    copy(input, to, rows.count, rows.counts);
    index_texts(model, input, to, rows.counts, respelled);
  } else {
    copy(input, to, rows.count, rows.values);
    index_texts(model, input, to, rows.values, respelled);
  }
}

/// The rows that a shape says, each of `width`; [rows] will do for one feature.
std::size_t rows_of(const ServedModel& model, const InputTensor& input, std::size_t width) {
  check_input(model, input);
  const std::vector<std::uint64_t>& shape = input.shape;
  const bool matrix = shape.size() == 2 && shape[1] == width;
  const bool column = shape.size() == 1 && width == 1;
  if (!matrix && !column) {
    refuse("input " + in_quotes(input.name) + " has shape " + text_of(shape) + "; it must be [rows, " +
           std::to_string(width) + "]");
  }
  if (shape[0] == 0) refuse("input " + in_quotes(input.name) + " has no rows");
  const std::size_t most = std::max(input.data.size(), input.binary.size());
  if (shape[0] > most) {
    refuse("input " + in_quotes(input.name) + " has shape " + text_of(shape) + ", which takes more data than came");
  }
  return static_cast<std::size_t>(shape[0]);
}

Rows read_matrix(const ServedModel& model, const InputTensor& input, std::vector<Respelled>& respelled) {
  const std::size_t features = model.features().size();
  Rows rows;
  rows.count = rows_of(model, input, features);
  copy(model, input, {0, features, features}, rows, respelled);
  return rows;
}

/// The column of each input. All are found before any is copied: what a request makes us allocate, it has sent.
std::vector<std::size_t> columns_of(const std::vector<std::string>& features, const std::vector<InputTensor>& inputs) {
  std::vector<std::size_t> columns;
  std::vector<bool> seen(features.size(), false);
  for (const InputTensor& input : inputs) {
    const auto at = std::find(features.begin(), features.end(), input.name);
    if (at == features.end()) {
      refuse("there is no input " + in_quotes(input.name) + "; give one tensor " + in_quotes(kFeatures) +
             ", or one for each feature, by its name");
    }
    columns.push_back(static_cast<std::size_t>(at - features.begin()));
    if (seen[columns.back()]) refuse("input " + in_quotes(input.name) + " is given twice");
    seen[columns.back()] = true;
  }
  const auto absent = std::find(seen.begin(), seen.end(), false);
  if (absent != seen.end()) {
    refuse("there is no input for feature " + in_quotes(features[static_cast<std::size_t>(absent - seen.begin())]));
  }
  return columns;
}

/// A tensor a feature, in any order.
Rows read_columns(const ServedModel& model, const std::vector<InputTensor>& inputs, std::vector<Respelled>& respelled) {
  const std::vector<std::size_t> columns = columns_of(model.features(), inputs);
  Rows rows;
  rows.count = rows_of(model, inputs[0], 1);
  for (const InputTensor& input : inputs) {
    const std::size_t count = rows_of(model, input, 1);
    if (rows.count == count) continue;
    refuse("input " + in_quotes(input.name) + " has " + std::to_string(count) + " rows, " + in_quotes(inputs[0].name) +
           " has " + std::to_string(rows.count));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i)
    copy(model, inputs[i], {columns[i], 1, columns.size()}, rows, respelled);
  return rows;
}

Rows read_rows(const ServedModel& model, const std::vector<InputTensor>& inputs, std::vector<Respelled>& respelled) {
  if (inputs.empty()) refuse("the request has no \"inputs\"");
  const std::vector<std::string>& features = model.features();
  const bool is_feature = std::find(features.begin(), features.end(), kFeatures) != features.end();
  const bool matrix = inputs.size() == 1 && inputs[0].name == kFeatures && (features.size() == 1 || !is_feature);
  return matrix ? read_matrix(model, inputs[0], respelled) : read_columns(model, inputs, respelled);
}

/// A request fails with its first bad row, unless it asks for each row's status.
void check_rows(const ServedModel& model, const Rows& rows, const Scored& scored) {
  for (std::size_t row = 0; row < rows.count; ++row) {
    const Status status = scored.statuses[row];
    if (status == Status::kOk) continue;
    const std::size_t feature = model.feature_to_blame(rows, row, status);
    const std::string whose =
        feature < model.features().size() ? ", feature " + in_quotes(model.features()[feature]) : "";
    refuse("row " + std::to_string(row) + whose + ": " + status_text(status) +
           " (ask for the output \"status\" to get the other rows' answers all the same)");
  }
}

/// Makes the tensors that are asked for of one batch's scores.
class Answer {
 public:
  Answer(const ServedModel& model, const Scored& scored) : model_(model), scored_(scored) {}

  OutputTensor output(const OutputKind& kind) const {
    OutputTensor tensor;
    tensor.name = kind.name;
    tensor.shape = {scored_.statuses.size()};
    if (kind.width != 0) tensor.shape.push_back(kind.width);
    tensor.elements = elements(kind.name);
    return tensor;
  }

 private:
  Elements elements(std::string_view name) const {
    if (name == "scores") return scored_.scores;
    if (name == "status") return statuses();
    if (name == "value") return values();
    if (name == "probabilities") return probabilities();
    if (name == "class") return classes();
    return labels();
  }

  Span<const std::int32_t> scores_of(std::size_t row) const {
    const std::size_t outputs = model_.footprint().outputs;
    return {scored_.scores.data() + row * outputs, outputs};
  }

  std::vector<std::int32_t> classes() const {
    std::vector<std::int32_t> classes(scored_.statuses.size(), -1);
    for (std::size_t row = 0; row < classes.size(); ++row) {
      if (scored_.statuses[row] != Status::kOk) continue;
      classes[row] = static_cast<std::int32_t>(model_.model().class_of(scores_of(row)));
    }
    return classes;
  }
  std::vector<std::string_view> labels() const {
    std::vector<std::string_view> labels;
    for (const std::int32_t index : classes()) {
      labels.push_back(index < 0 ? std::string_view() : model_.classes()[static_cast<std::size_t>(index)]);
    }
    return labels;
  }
  /// Exactly what the words say: an int32 of any power of two fits a double.
  std::vector<double> values() const {
    std::vector<double> values;
    for (const std::int32_t word : scored_.scores) values.push_back(std::ldexp(word, -model_.model().fraction_bits()));
    return values;
  }
  std::vector<float> probabilities() const {
    std::vector<float> shares;
    for (const std::int32_t word : model_.probabilities(scored_)) {
      shares.push_back(std::ldexp(static_cast<float>(word), -16));
    }
    return shares;
  }
  std::vector<std::uint8_t> statuses() const {
    std::vector<std::uint8_t> numbers;
    for (const Status status : scored_.statuses) numbers.push_back(static_cast<std::uint8_t>(status));
    return numbers;
  }

  const ServedModel& model_;
  const Scored& scored_;
};

/// What a request asks for, found among what there is.
std::vector<std::pair<OutputKind, bool>> wanted_of(const ServedModel& model, const InferRequest& request) {
  const std::vector<OutputKind> kinds = outputs_of(model);
  std::vector<std::pair<OutputKind, bool>> wanted;
  for (const WantedOutput& output : request.outputs) {
    const auto at =
        std::find_if(kinds.begin(), kinds.end(), [&](const OutputKind& kind) { return output.name == kind.name; });
    if (at == kinds.end()) refuse("this model has no output " + in_quotes(output.name) + "; its metadata lists them");
    wanted.emplace_back(*at, output.binary.value_or(request.binary_output));
  }
  if (!wanted.empty()) return wanted;
  for (const OutputKind& kind : kinds) {
    if (kind.usual) wanted.emplace_back(kind, request.binary_output);
  }
  return wanted;
}

}  // namespace

std::vector<OutputKind> outputs_of(const ServedModel& model) {
  std::vector<OutputKind> kinds;
  if (model.classes().empty()) {
    kinds.push_back({"value", "FP64", 0, true});
  } else {
    kinds.push_back({"label", "BYTES", 0, true});
    kinds.push_back({"class", "INT32", 0, true});
  }
  kinds.push_back({"scores", "INT32", model.footprint().outputs, true});
  if (model.has_probabilities()) kinds.push_back({"probabilities", "FP32", model.classes().size(), true});
  kinds.push_back({"status", "UINT8", 0, false});
  return kinds;
}

Body infer(const ServedModel& model, const InferRequest& request, std::size_t& rows) {
  const auto wanted = wanted_of(model, request);
  std::vector<Respelled> respelled;
  const Rows asked = read_rows(model, request.inputs, respelled);
  rows = asked.count;
  const Scored scored = model.predict(asked);
  const bool takes_refusals = std::any_of(
      wanted.begin(), wanted.end(), [](const auto& output) { return output.first.name == std::string_view("status"); });
  if (!takes_refusals) check_rows(model, asked, scored);
  const Answer answer(model, scored);
  std::vector<OutputTensor> outputs;
  for (const auto& [kind, binary] : wanted) {
    outputs.push_back(answer.output(kind));
    outputs.back().binary = binary;
  }
  return write_response(model.name(), model.version(), request.id, outputs, respelled);
}

}  // namespace nuthatch::cloud
