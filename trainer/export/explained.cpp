#include "export/explained.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "learn/families.hpp"

namespace nuthatch::exporting {
namespace {

Status predict_row(const Model& model, const std::uint8_t* row, Span<std::int32_t> outputs,
                   Span<std::uint32_t> scratch) {
  const std::size_t features = model.footprint().features;
  if (model.input() == Input::kInt16) {
    return model.predict(Span<const std::int16_t>(reinterpret_cast<const std::int16_t*>(row), features), outputs,
                         scratch);
  }
  return model.predict(Span<const float>(reinterpret_cast<const float*>(row), features), outputs, scratch);
}

}  // namespace

std::string explains(const LoadedModel& model) {
  Explanation explanation;
  if (explanation.attach(model.model()) != Status::kOk) return "no";
  return explanation.is_exact() ? "exact" : "approximate";
}

std::string why_unexplained(const LoadedModel& model) {
  Explanation explanation;
  const Status status = explanation.attach(model.model());
  if (status == Status::kOk) return "";
  if (status != Status::kNoExplanation && status != Status::kKindNotLinked) {
    return fmt::format("its explanation: {}", status_text(status));
  }
  const std::string& family = model.contents().lineage.model;
  const std::vector<std::string> families = learn::explained_families();
  const bool could = std::find(families.begin(), families.end(), family) != families.end();
  if (could && model.contents().common().precision == quantize::Precision::kFloat32) {
    return "float32 weights cannot be explained from codes; train it with --explain as int8 or int16";
  }
  return fmt::format("this {} model does not explain its scores{}", family, could ? "; train it with --explain" : "");
}

Explained explain(const LoadedModel& model, const data::Dataset& dataset) {
  Explanation explanation;
  const Status attached = explanation.attach(model.model());
  if (attached != Status::kOk) throw ModelError(status_text(attached));
  const Footprint footprint = model.model().footprint();
  const std::vector<std::uint8_t> rows = model.device_rows(dataset);
  const std::size_t row_bytes =
      footprint.features * (model.model().input() == Input::kInt16 ? sizeof(std::int16_t) : sizeof(float));
  Explained explained;
  explained.width = 1 + footprint.features;
  explained.words.assign(dataset.rows() * explained.width, 0);
  std::vector<std::int32_t> outputs(footprint.outputs);
  std::vector<std::uint32_t> scratch(footprint.scratch_words);
  for (std::size_t row = 0; row < dataset.rows(); ++row) {
    const Status status = predict_row(model.model(), rows.data() + row * row_bytes, outputs, scratch);
    explained.statuses.push_back(status);
    if (status != Status::kOk) continue;
    std::int32_t* const words = explained.words.data() + row * explained.width;
    const Status given = explanation.contributions({outputs.data(), outputs.size()}, {scratch.data(), scratch.size()},
                                                   {words + 1, footprint.features}, words[0]);
    if (given != Status::kOk) throw std::logic_error(status_text(given));
  }
  return explained;
}

}  // namespace nuthatch::exporting
