#include "commands/cloud.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "serve/client.hpp"
#include "serve/local_server.hpp"

namespace nuthatch::commands {
namespace {

// So that a row of thousands of features, too, fits into a body; as JSON a number takes up to 24 bytes.
constexpr std::size_t kBatchBytes = 65536;

bool is_url(const std::string& on) { return on.starts_with("http://") || on.starts_with("https://"); }

serve::Client connect(const std::string& on, const std::optional<serve::LocalServer>& local) {
  const char* key = is_url(on) ? std::getenv("NUTHATCH_API_KEY") : nullptr;
  return {local ? local->url() : on, on == "cloud-json" ? serve::Wire::kJson : serve::Wire::kBinary,
          key == nullptr ? "" : key};
}

}  // namespace

bool is_cloud(const std::string& on) { return on == "cloud" || on == "cloud-json" || is_url(on); }

exporting::Predictions run_on_cloud(const std::string& on, const std::string& path, const exporting::LoadedModel& model,
                                    const data::Dataset& dataset,
                                    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  std::optional<serve::LocalServer> local;
  if (!is_url(on)) local.emplace(std::vector<std::string>{"model=" + path});
  serve::Client client = connect(on, local);
  const std::string name = client.find({model.model().identity(), 32});
  const std::vector<std::uint8_t> rows = model.device_rows(dataset);
  const std::size_t row_bytes = dataset.columns.size() * (model.model().input() == Input::kInt16 ? 2 : 4);
  const std::size_t at_once = std::max<std::size_t>(kBatchBytes / row_bytes, 1);
  exporting::Predictions predictions;
  predictions.outputs = model.model().footprint().outputs;
  for (std::size_t row = 0; row < dataset.rows(); row += at_once) {
    const std::size_t count = std::min(at_once, dataset.rows() - row);
    const auto bytes = std::span(rows).subspan(row * row_bytes, count * row_bytes);
    const serve::Scores scores = client.score(
        name, {bytes, count, model.contents().feature_names.size(), model.model().input() == Input::kInt16});
    predictions.statuses.insert(predictions.statuses.end(), scores.statuses.begin(), scores.statuses.end());
    predictions.scores.insert(predictions.scores.end(), scores.words.begin(), scores.words.end());
    progress(row + count, dataset.rows());
  }
  return predictions;
}

}  // namespace nuthatch::commands
