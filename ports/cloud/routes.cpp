#include "cloud/routes.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "cloud/infer.hpp"

namespace nuthatch::cloud {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Answer json_answer(const Json& json) {
  Answer answer;
  answer.body = dumped(json);
  return answer;
}

/// Takes the path up to the next slash off `rest`.
std::string_view next_part(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view part = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return part;
}

void allow(const Question& question, std::string_view method) {
  // A HEAD is a GET whose body nobody wants.
  if (question.method == method || (question.method == "HEAD" && method == "GET")) return;
  throw RequestError(405, std::string(question.path) + " takes " + std::string(method) + " only");
}

[[noreturn]] void not_found(std::string_view path) {
  throw RequestError(404,
                     "there is nothing at " + std::string(path) +
                         "; /v2/health/ready, /v2, /v2/models/NAME, /v2/models/NAME/infer and /metrics are served");
}

std::string hex(const std::uint8_t* bytes, std::size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

Json raw_exponents(const ServedModel& model) {
  Json exponents = Json::array();
  for (std::size_t i = 0; i < model.features().size(); ++i) {
    int exponent = 0;
    if (model.model().raw_exponent(i, exponent) == Status::kOk) exponents.push_back(exponent);
  }
  return exponents;
}

Json input_of(const ServedModel& model) {
  Json parameters = Json::object({{"feature_names", model.features()}});
  if (model.takes_counts()) parameters["raw_exponents"] = raw_exponents(model);
  for (std::size_t i = 0; i < model.features().size(); ++i) {
    if (!model.categories(i).empty()) parameters["categories"][model.features()[i]] = model.categories(i);
  }
  return {{"name", kFeatures},
          {"datatype", model.takes_counts() ? "INT16" : "FP32"},
          {"shape", Json::array({-1, model.features().size()})},
          {"parameters", std::move(parameters)}};
}

Json output_of(const ServedModel& model, const OutputKind& kind) {
  Json shape = Json::array({-1});
  if (kind.width != 0) shape.push_back(kind.width);
  Json output = {{"name", kind.name}, {"datatype", kind.datatype}, {"shape", std::move(shape)}};
  if (kind.name == std::string_view("scores")) {
    output["parameters"]["fraction_bits"] = model.model().fraction_bits();
  } else if (kind.name == std::string_view("label") || kind.name == std::string_view("probabilities")) {
    output["parameters"]["class_names"] = model.classes();
  }
  return output;
}

Json metadata_of(const ServedModel& model, const Versions& versions) {
  Json numbers = Json::array();
  for (const auto& [number, one] : versions) numbers.push_back(one->version());
  Json outputs = Json::array();
  for (const OutputKind& kind : outputs_of(model)) outputs.push_back(output_of(model, kind));
  return {{"name", model.name()},
          {"versions", std::move(numbers)},
          {"platform", "nuthatch"},
          {"inputs", Json::array({input_of(model)})},
          {"outputs", std::move(outputs)},
          {"parameters", {{"version", model.version()}, {"sha256", hex(model.model().identity(), 32)}}}};
}

Json server_metadata(const Catalog& catalog) {
  Json names = Json::array();
  for (const auto& [name, versions] : catalog) names.push_back(name);
  return {{"name", "nuthatch"},
          {"version", NUTHATCH_VERSION},
          {"extensions", Json::array({"binary_tensor_data"})},
          {"parameters", Json::object({{"models", std::move(names)}})}};
}

const Versions& versions_of(const Catalog& catalog, std::string_view name) {
  const auto versions = catalog.find(name);
  if (versions == catalog.end()) throw RequestError(404, "there is no model \"" + std::string(name) + "\"");
  return versions->second;
}

std::shared_ptr<const ServedModel> version_of(const Versions& versions, std::string_view name, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto found = error == std::errc() && end == text.data() + text.size() ? versions.find(number) : versions.end();
  if (found == versions.end()) {
    throw RequestError(404, "model \"" + std::string(name) + "\" has no version \"" + std::string(text) + "\"");
  }
  return found->second;
}

Answer infer_answer(const ServedModel& model, const Question& question) {
  const auto start = std::chrono::steady_clock::now();
  const auto took = [&] { return std::chrono::steady_clock::now() - start; };
  Answer answer;
  try {
    Body body = infer(model, read_request(question.body, question.json_bytes), answer.rows);
    answer.body = std::move(body.bytes);
    answer.json_bytes = body.json_bytes;
    if (answer.json_bytes) answer.content_type = "application/octet-stream";
  } catch (const RequestError& error) {
    answer.status = error.status;
    answer.body = error_body(error.what());
  }
  model.counters()->count(answer.status == 200, took());
  answer.model = model.name();
  answer.version = model.version();
  return answer;
}

}  // namespace

Answer error_answer(int status, std::string_view what) {
  Answer answer;
  answer.status = status;
  answer.body = error_body(what);
  return answer;
}

Answer Routes::health(std::string_view rest) const {
  if (rest == "live") return json_answer(Json::object({{"live", true}}));
  if (rest != "ready") throw RequestError(404, "/v2/health has live and ready");
  Answer answer = json_answer(Json::object({{"ready", ready_.load()}}));
  if (!ready_) answer.status = 503;
  return answer;
}

/// NAME[/versions/VERSION][/ready|/infer]
Answer Routes::about_model(const Question& question, std::string_view rest) const {
  const std::shared_ptr<const Catalog> catalog = models_.catalog();
  const std::string_view name = next_part(rest);
  const Versions& versions = versions_of(*catalog, name);
  std::shared_ptr<const ServedModel> model = versions.rbegin()->second;
  std::string_view action = next_part(rest);
  if (action == "versions") {
    model = version_of(versions, name, next_part(rest));
    action = next_part(rest);
  }
  if (!rest.empty()) not_found(question.path);
  if (action == "infer") {
    allow(question, "POST");
    return infer_answer(*model, question);
  }
  allow(question, "GET");
  if (action.empty()) return json_answer(metadata_of(*model, versions));
  if (action == "ready") return json_answer(Json::object({{"name", model->name()}, {"ready", true}}));
  not_found(question.path);
}

Answer Routes::dispatch(const Question& question) const {
  std::string_view rest = question.path;
  if (rest == "/metrics") {
    allow(question, "GET");
    Answer answer;
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    answer.body = metrics_(*models_.catalog());
    return answer;
  }
  if (!next_part(rest).empty() || next_part(rest) != "v2") not_found(question.path);
  const std::string_view topic = next_part(rest);
  if (topic == "models" && !rest.empty()) return about_model(question, rest);
  allow(question, "GET");
  if (topic == "health") return health(rest);
  if (!topic.empty()) not_found(question.path);
  return json_answer(server_metadata(*models_.catalog()));
}

Answer Routes::answer(const Question& question) const {
  try {
    return dispatch(question);
  } catch (const RequestError& error) {
    return error_answer(error.status, error.what());
  } catch (const std::bad_alloc&) {
    return error_answer(503, "the server is short of memory");
  }
}

}  // namespace nuthatch::cloud
