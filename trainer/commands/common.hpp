#ifndef NUTHATCH_TRAINER_COMMANDS_COMMON_HPP
#define NUTHATCH_TRAINER_COMMANDS_COMMON_HPP

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "commands/csv_flags.hpp"
#include "commands/device.hpp"
#include "data/csv.hpp"
#include "data/first_few.hpp"
#include "export/loaded_model.hpp"

namespace CLI {
class App;
}

namespace nuthatch::commands {

/// read_csv with a progress bar.
data::Dataset read_with_progress(const std::string& path, data::CsvOptions options, bool progress_asked_for);

/// SHA-256 of a file's bytes, read in pieces.
exporting::Sha256 sha256_of_file(const std::string& path);

using data::first_few;

/// Four digits after the point, and no sign of a 0 that was rounded: 0.0000. Of what is 1e12 and more, six digits in
/// all.
std::string four_digits(double value);

/// For CLI11's `check`: it reads -1, and what is past 64 bits, as the largest unsigned number without a word.
std::string whole_number(const std::string& text);

/// The same of a number from `low` to `high`. CLI11's own Range lets NaN pass, and prints 1e-9 as 0.000000.
std::function<std::string(const std::string&)> between(double low, double high);

/// That a model file can be written there, before the work and not after it. Throws std::runtime_error.
void check_output(const std::filesystem::path& output);

/// The flags `evaluate` and `predict` share: a model, rows, and where to run them.
struct RowFlags : CsvFlags {
  std::string model;
  std::string data;
  std::string on = "host";
  std::string firmware;
  std::string snapshot;
  std::size_t snapshot_every = 0;  ///< rows; 0: one snapshot after the last row
  SnapshotContext context;
  bool progress = false;
};

void add_row_flags(CLI::App& command, RowFlags& flags);

/// Rows through a deployment: what it answered, what it cost (on a device), and whether the host answers the same.
struct RowsRun {
  exporting::Predictions predictions;
  std::optional<DeviceReport> device;
  bool identical_to_host = true;
};

/// Reads the rows of `flags.data` that `model` needs, and the target if it is there (or must be); labels are the
/// model's classes where they are their text or number. `notes`, if not null: what is to be said of them.
data::Dataset read_rows(const RowFlags& flags, const exporting::LoadedModel& model, bool target_required,
                        RowNotes* notes = nullptr);
/// Predicts them where `flags.on` says, and writes the monitor's snapshots if they are asked for.
RowsRun run_rows(const RowFlags& flags, const exporting::LoadedModel& model, const data::Dataset& dataset);

}  // namespace nuthatch::commands

#endif
