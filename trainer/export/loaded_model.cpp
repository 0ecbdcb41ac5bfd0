#include "export/loaded_model.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

namespace nuthatch::exporting {

LoadedModel::LoadedModel(std::vector<std::uint8_t> bytes)
    : bytes_(std::make_unique<std::vector<std::uint8_t>>(std::move(bytes))), contents_(read_model(*bytes_)) {
  const Status status = open_any({bytes_->data(), bytes_->size()}, model_);
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

double LoadedModel::value_of(std::int32_t score) const { return std::ldexp(score, -model_.fraction_bits()); }

std::vector<std::uint8_t> LoadedModel::device_rows(const data::Dataset& dataset) const {
  const quantize::Encoding& encoding = contents_.linear.encoding;
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

Predictions LoadedModel::predict(const data::Dataset& dataset, Monitor* monitor) const {
  const Footprint footprint = model_.footprint();
  const std::vector<std::uint8_t> rows = device_rows(dataset);
  std::vector<std::uint32_t> scratch(footprint.scratch_words);
  Predictions predictions;
  predictions.outputs = footprint.outputs;
  predictions.scores.assign(dataset.rows() * footprint.outputs, 0);
  for (std::size_t row = 0; row < dataset.rows(); ++row) {
    const Span<std::int32_t> outputs(predictions.scores.data() + row * footprint.outputs, footprint.outputs);
    Status status = Status::kOk;
    if (model_.input() == Input::kInt16) {
      const auto* features = reinterpret_cast<const std::int16_t*>(rows.data()) + row * footprint.features;
      status = model_.predict(Span<const std::int16_t>(features, footprint.features), outputs, scratch);
    } else {
      const auto* features = reinterpret_cast<const float*>(rows.data()) + row * footprint.features;
      status = model_.predict(Span<const float>(features, footprint.features), outputs, scratch);
    }
    predictions.statuses.push_back(status);
    if (monitor != nullptr) {
      const Span<const std::uint32_t> codes(scratch.data(), scratch.size());
      const Status counted = monitor->observe(status, {outputs.data(), outputs.size()}, codes, 0);
      if (counted != Status::kOk) throw std::logic_error(status_text(counted));
    }
  }
  return predictions;
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
