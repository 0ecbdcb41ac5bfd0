#include "export/loaded_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

#include "learn/parallel.hpp"

namespace nuthatch::exporting {

LoadedModel::LoadedModel(std::vector<std::uint8_t> bytes)
    : bytes_(std::make_unique<std::vector<std::uint8_t>>(std::move(bytes))), contents_(read_model(*bytes_)) {
  const Status status = EveryPart::open({bytes_->data(), bytes_->size()}, model_);
  if (status != Status::kOk) throw ModelError(status_text(status));
}

LoadedModel LoadedModel::from_file(const std::filesystem::path& path) {
  std::vector<std::uint8_t> bytes = read_file(path);
  try {
    return LoadedModel(std::move(bytes));
  } catch (const ModelError& error) {
    throw ModelError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

LoadedModel LoadedModel::from_file(const std::filesystem::path& path, std::uint32_t most_work) {
  LoadedModel model = from_file(path);
  const std::size_t work = model.model().footprint().work;
  if (work > most_work) {
    throw ModelError(fmt::format("{}: a row could take {} steps, more than the {} that --most-work allows",
                                 path.string(), work, most_work));
  }
  return model;
}

data::Dataset LoadedModel::with_categories(const data::Dataset& rows) const {
  return prepare::with_categories(rows, contents_.categories);
}

std::vector<std::string> LoadedModel::text_features() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < contents_.categories.size(); ++i) {
    if (!contents_.categories[i].empty()) names.push_back(contents_.feature_names[i]);
  }
  return names;
}

double LoadedModel::value_of(std::int32_t score) const { return std::ldexp(score, -model_.fraction_bits()); }

std::vector<std::uint8_t> LoadedModel::device_rows(const data::Dataset& given) const {
  const data::Dataset dataset = with_categories(given);
  const quantize::Encoding& encoding = contents_.inputs();
  const bool raw = model_.input() == Input::kInt16;
  const std::size_t width = raw ? sizeof(std::int16_t) : sizeof(float);
  const std::size_t features = dataset.columns.size();
  std::vector<std::uint8_t> rows(dataset.rows() * features * width);
  for (std::size_t i = 0; i < features; ++i) {
    for (std::size_t row = 0; row < dataset.rows(); ++row) {
      const float value = dataset.columns[i][row];
      std::uint8_t* at = rows.data() + (row * features + i) * width;
      if (raw) {
        const std::int16_t counts = prepare::to_raw(value, encoding.features[i].exponent);
        std::memcpy(at, &counts, sizeof counts);
      } else {
        std::memcpy(at, &value, sizeof value);
      }
    }
  }
  return rows;
}

Status LoadedModel::predict_row(const std::uint8_t* row, Span<std::int32_t> outputs,
                                Span<std::uint32_t> scratch) const {
  const std::size_t features = contents_.feature_names.size();
  if (model_.input() == Input::kInt16) {
    return model_.predict(Span<const std::int16_t>(reinterpret_cast<const std::int16_t*>(row), features), outputs,
                          scratch);
  }
  return model_.predict(Span<const float>(reinterpret_cast<const float*>(row), features), outputs, scratch);
}

Predictions LoadedModel::predict(const data::Dataset& dataset, Monitor* monitor,
                                 const std::function<void(std::size_t)>& counted) const {
  const Footprint footprint = model_.footprint();
  const std::size_t count = dataset.rows();
  const std::vector<std::uint8_t> rows = device_rows(dataset);
  const std::size_t row_bytes = rows.size() / count;
  Predictions predictions;
  predictions.outputs = footprint.outputs;
  predictions.scores.assign(count * footprint.outputs, 0);
  predictions.statuses.assign(count, Status::kOk);
  const auto run = [&](std::size_t first, std::size_t last) {
    std::vector<std::uint32_t> scratch(footprint.scratch_words);
    for (std::size_t row = first; row < last; ++row) {
      const Span<std::int32_t> outputs(predictions.scores.data() + row * footprint.outputs, footprint.outputs);
      const Status status = predict_row(rows.data() + row * row_bytes, outputs, scratch);
      predictions.statuses[row] = status;
      if (monitor == nullptr) continue;
      const Span<const std::uint32_t> codes(scratch.data(), scratch.size());
      const Status observed = monitor->observe(status, {outputs.data(), outputs.size()}, codes, 0);
      if (observed != Status::kOk) throw std::logic_error(status_text(observed));
      if (counted) counted(row + 1);
    }
  };
  // A monitor counts rows one after another; else every thread takes shares, and a row's answer knows no other row.
  constexpr std::size_t kShare = 1024;
  if (monitor != nullptr) {
    run(0, count);
  } else {
    learn::parallel_for((count + kShare - 1) / kShare,
                        [&](std::size_t i) { run(i * kShare, std::min(count, (i + 1) * kShare)); });
  }
  return predictions;
}

std::vector<std::int32_t> LoadedModel::probabilities(const Predictions& predictions) const {
  Probability probability;
  const Status status = probability.attach(model_);
  if (status == Status::kNoProbability) return {};
  if (status != Status::kOk) throw ModelError(status_text(status));
  const std::size_t classes = model_.footprint().classes;
  std::vector<std::int32_t> words(predictions.statuses.size() * classes, 0);
  for (std::size_t row = 0; row < predictions.statuses.size(); ++row) {
    if (predictions.statuses[row] != Status::kOk) continue;
    const Status given = probability.of(predictions.row(row), {words.data() + row * classes, classes});
    if (given != Status::kOk) throw std::logic_error(status_text(given));
  }
  return words;
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw ModelError(fmt::format("{}: is a directory", path.string()));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw ModelError(fmt::format("{}: cannot be opened: {}", path.string(), std::strerror(errno)));
  std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) throw ModelError(fmt::format("{}: cannot be read to its end", path.string()));
  return bytes;
}

void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw std::runtime_error(fmt::format("{}: is a directory; give the name of a file in it", path.string()));
  }
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error)) {
    // /dev/stdout and the like are written as they are.
    errno = 0;
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    if (!file.flush()) {
      throw std::runtime_error(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
    }
    return;
  }
  std::filesystem::path partial = path;
  partial += ".partial";
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  file.close();
  const int reason = errno;
  if (!file) {
    std::filesystem::remove(partial, error);
    throw std::runtime_error(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(reason)));
  }
  std::filesystem::rename(partial, path, error);
  if (error) throw std::runtime_error(fmt::format("{}: cannot be written: {}", path.string(), error.message()));
}

}  // namespace nuthatch::exporting
