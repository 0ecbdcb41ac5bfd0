// edges TARGET scores|probabilities MODEL...: rows that no CSV holds (any bit pattern, NaN, infinities, denormals,
// exact ties, the limits) through TARGET and the host; statuses and scores must be equal to the bit, and every kind of
// answer must have occurred. Probabilities: those, of a runner that gives them in the place of scores
// (NUTHATCH_FIRMWARE).
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "commands/device.hpp"
#include "export/loaded_model.hpp"

namespace {

using nuthatch::Status;
using nuthatch::exporting::LoadedModel;
using nuthatch::exporting::Predictions;
using nuthatch::quantize::FeatureEncoding;

constexpr std::size_t kRows = 400;

float any_bits(std::mt19937& random) {
  const auto bits = static_cast<std::uint32_t>(random());
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Mostly ordinary values and ties between two codes; one row in eight holds something a device must refuse or impute.
float edge_value(std::mt19937& random, const FeatureEncoding& feature, std::size_t row) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float specials[] = {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), any_bits(random)};
  if (row % 8 == 0 && random() % 8 == 0) return specials[random() % 4];
  const auto code = static_cast<float>(static_cast<int>(random() % 70000) - 35000);
  const float edges[] = {feature.offset + (code + 0.5F) / feature.scale,
                         feature.offset + code / feature.scale,
                         1e-45F,
                         -0.0F,
                         std::numeric_limits<float>::max(),
                         std::numeric_limits<float>::lowest()};
  return edges[random() % 6];
}

std::vector<std::uint8_t> edge_rows(const LoadedModel& model) {
  std::mt19937 random(1);
  std::vector<std::uint8_t> rows;
  const auto append = [&](const auto& value) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
    rows.insert(rows.end(), bytes, bytes + sizeof value);
  };
  for (std::size_t row = 0; row < kRows; ++row) {
    for (const FeatureEncoding& feature : model.contents().common().encoding.features) {
      if (model.model().input() == nuthatch::Input::kFloat32) {
        append(edge_value(random, feature, row));
      } else {
        const bool missing = row % 8 == 0 && random() % 8 == 0;
        append(missing ? std::int16_t{INT16_MIN}
                       : static_cast<std::int16_t>(static_cast<int>(random() % 65535) - 32767));
      }
    }
  }
  return rows;
}

/// Answers of `model` to the same bytes here.
Predictions on_host(const LoadedModel& model, const std::vector<std::uint8_t>& rows) {
  const nuthatch::Footprint need = model.model().footprint();
  std::vector<std::uint32_t> scratch(need.scratch_words);
  Predictions answers;
  answers.outputs = need.outputs;
  answers.scores.assign(kRows * need.outputs, 0);
  for (std::size_t row = 0; row < kRows; ++row) {
    const nuthatch::Span<std::int32_t> out(answers.scores.data() + row * need.outputs, need.outputs);
    const std::size_t first = row * need.features;
    answers.statuses.push_back(
        model.model().input() == nuthatch::Input::kFloat32
            ? model.model().predict({reinterpret_cast<const float*>(rows.data()) + first, need.features}, out, scratch)
            : model.model().predict({reinterpret_cast<const std::int16_t*>(rows.data()) + first, need.features}, out,
                                    scratch));
  }
  return answers;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 1;
  const bool probabilities = argv[2] == std::string("probabilities");
  std::map<Status, std::size_t> seen;
  for (int i = 3; i < argc; ++i) {
    const LoadedModel model = LoadedModel::from_file(argv[i]);
    const std::vector<std::uint8_t> rows = edge_rows(model);
    const Predictions here = on_host(model, rows);
    const std::vector<std::int32_t> words = probabilities ? model.probabilities(here) : here.scores;
    const nuthatch::commands::DeviceJob job = {argv[1], rows, {}, 0, ""};
    const Predictions there =
        nuthatch::commands::run_on_device(job, model, [](std::uint64_t, std::uint64_t) {}).predictions;
    if (here.statuses != there.statuses || words != there.scores) {
      fmt::print("{} differs from the host on {}\n", argv[1], argv[i]);
      return 1;
    }
    for (const Status status : here.statuses) ++seen[status];
  }
  fmt::print("{}: {} answered, {} infinite, {} missing; 0 differences\n", argv[1], seen[Status::kOk],
             seen[Status::kNotFinite], seen[Status::kMissing]);
  return seen[Status::kOk] > 0 && seen[Status::kNotFinite] > 0 && seen[Status::kMissing] > 0 ? 0 : 1;
}
