#ifndef NUTHATCH_PORTS_CLOUD_SERVED_MODEL_HPP
#define NUTHATCH_PORTS_CLOUD_SERVED_MODEL_HPP

#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "cloud/counters.hpp"
#include "nuthatch/nuthatch.hpp"

namespace nuthatch::cloud {

/// A file that cannot be served; what() is the sentence but for the file's name.
struct LoadError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Rows as the model takes them, one after another: float32, or raw int16 counts.
struct Rows {
  std::size_t count = 0;
  std::vector<float> values;
  std::vector<std::int16_t> counts;
};

struct Scored {
  std::vector<Status> statuses;      ///< a row
  std::vector<std::int32_t> scores;  ///< rows x outputs; 0 where a row was refused
};

/// A model, opened, that any number of threads ask; with the monitor that counts what they ask.
class ServedModel {
 public:
  /// Monitors hold 32-bit counters: after as many rows a new epoch begins, and the old one's last snapshot is kept.
  static constexpr std::uint32_t kRowsAnEpoch = std::uint32_t{1} << 31;
  /// Steps that a row may take (SPEC.md, "Work"), some 20 ms.
  static constexpr std::uint32_t kMostWork = std::uint32_t{1} << 24;

  /// counters: of the model's name and version, which may have been loaded before.
  /// Throws LoadError where the bytes are no model, a row could take more steps than `most_work`, or its golden rows do
  /// not come out to the bit.
  ServedModel(std::string name, std::string version, std::vector<std::uint8_t> bytes,
              std::shared_ptr<RequestCounters> counters, std::uint32_t rows_an_epoch = kRowsAnEpoch,
              std::uint32_t most_work = kMostWork);
  ServedModel(const ServedModel&) = delete;
  ServedModel& operator=(const ServedModel&) = delete;

  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  const Model& model() const { return model_; }
  const Footprint& footprint() const { return footprint_; }
  const std::vector<std::string>& features() const { return features_; }
  const std::vector<std::string>& classes() const { return classes_; }
  /// Of a feature that is text, in the order of the index that it is; none of a number.
  const std::vector<std::string>& categories(std::size_t feature) const { return categories_[feature]; }
  bool takes_counts() const { return model_.input() == Input::kInt16; }
  bool has_probabilities() const { return has_probabilities_; }
  const std::shared_ptr<RequestCounters>& counters() const { return counters_; }

  /// Predicts and counts each row. On any thread.
  Scored predict(const Rows& rows) const;
  /// Probability words of 2^-16, rows x classes; 0 where a row was refused. Only with has_probabilities().
  std::vector<std::int32_t> probabilities(const Scored& scored) const;
  /// The feature that a row was refused for; features().size() if none is to blame.
  std::size_t feature_to_blame(const Rows& rows, std::size_t row, Status status) const;

  /// The monitor's, of each epoch the last; empty where the model was trained with its monitor off.
  std::vector<std::vector<std::uint8_t>> snapshots() const;

 private:
  Status predict_row(const Rows& rows, std::size_t row, Span<std::int32_t> outputs, Span<std::uint32_t> scratch) const;
  void read_names();
  void self_test() const;
  void attach_monitor() const;
  void observe(Status status, Span<const std::int32_t> outputs, Span<const std::uint32_t> scratch,
               std::uint32_t ticks) const;
  std::vector<std::uint8_t> snapshot_now() const;

  std::string name_;
  std::string version_;
  std::vector<std::uint8_t> bytes_;
  std::shared_ptr<RequestCounters> counters_;
  std::uint32_t rows_an_epoch_;
  Model model_;
  Footprint footprint_ = {};
  Probability probability_;
  bool has_probabilities_ = false;
  std::vector<std::string> features_;
  std::vector<std::string> classes_;
  std::vector<std::vector<std::string>> categories_;

  // The monitor has one writer at a time.
  mutable std::mutex watch_;
  mutable std::vector<std::uint32_t> words_;
  mutable Monitor monitor_;
  mutable std::uint32_t epoch_ = 0;
  mutable std::vector<std::vector<std::uint8_t>> past_epochs_;
};

}  // namespace nuthatch::cloud

#endif
