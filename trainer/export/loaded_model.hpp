#ifndef NUTHATCH_TRAINER_EXPORT_LOADED_MODEL_HPP
#define NUTHATCH_TRAINER_EXPORT_LOADED_MODEL_HPP

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "data/csv.hpp"
#include "export/model_file.hpp"
#include "nuthatch/nuthatch.hpp"

namespace nuthatch::exporting {

/// What a deployment answered, a row each: the same struct for the host and for a device.
struct Predictions {
  std::vector<Status> statuses;
  std::vector<std::int32_t> scores;  ///< rows x outputs; 0 where a row was refused
  std::size_t outputs = 1;

  Span<const std::int32_t> row(std::size_t index) const { return {scores.data() + index * outputs, outputs}; }
};

/// A model's bytes with the runtime's view of them, opened with every part. Every score the trainer reports comes
/// through `predict`, so that what a report says is what ships.
class LoadedModel {
 public:
  /// Throws ModelError (read_model's, or the file's own).
  explicit LoadedModel(std::vector<std::uint8_t> bytes);
  static LoadedModel from_file(const std::filesystem::path& path);
  /// The same; ModelError where a row could take more steps than `most_work` (SPEC.md, "Work").
  static LoadedModel from_file(const std::filesystem::path& path, std::uint32_t most_work);

  const Model& model() const { return model_; }
  const ModelContents& contents() const { return contents_; }
  const std::vector<std::uint8_t>& bytes() const { return *bytes_; }

  /// A score word exactly; the device's value_of is this rounded to float32.
  double value_of(std::int32_t score) const;

  /// The names of features that a CSV has as text.
  std::vector<std::string> text_features() const;
  /// Rows of a CSV with text as the model's indices; -1 of a name that training never saw.
  data::Dataset with_categories(const data::Dataset& rows) const;
  /// The rows as the device receives them: float32, or int16 by the recorded exponents. Columns in the model's order.
  std::vector<std::uint8_t> device_rows(const data::Dataset& given) const;
  /// Predicts each row, on all cores where there are many; counts them in `monitor`, if there is one, with 0 ticks, and
  /// then says after each how many are counted.
  Predictions predict(const data::Dataset& dataset, Monitor* monitor = nullptr,
                      const std::function<void(std::size_t)>& counted = {}) const;
  /// Probability words of 2^-16, rows x classes, through the runtime's Probability; 0 where a row was refused.
  /// Empty if the model has none.
  std::vector<std::int32_t> probabilities(const Predictions& predictions) const;

 private:
  /// One of device_rows.
  Status predict_row(const std::uint8_t* row, Span<std::int32_t> outputs, Span<std::uint32_t> scratch) const;

  std::unique_ptr<std::vector<std::uint8_t>> bytes_;  // stays where it is when the object moves
  Model model_;
  ModelContents contents_;
};

/// The whole file; throws ModelError naming it.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path);
/// Writes beside the file and renames, so that a full disk never leaves half a file. Throws std::runtime_error.
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

}  // namespace nuthatch::exporting

#endif
