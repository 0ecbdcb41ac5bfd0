#include "commands/common.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <fstream>

#include "commands/cloud.hpp"
#include "commands/reporting.hpp"
#include "commands/wired.hpp"
#include "report/progress.hpp"

namespace nuthatch::commands {
namespace {

/// Where snapshot `sequence` of several goes: S.bin -> S.000.bin, so that they sort by name.
std::string numbered(const std::string& snapshot, std::size_t sequence) {
  const std::filesystem::path path(snapshot);
  const std::string name = fmt::format("{}.{:03}{}", path.stem().string(), sequence, path.extension().string());
  return (path.parent_path() / name).string();
}

exporting::Predictions run_on_host(const RowFlags& flags, const exporting::LoadedModel& model,
                                   const data::Dataset& dataset) {
  if (flags.snapshot.empty()) return model.predict(dataset);
  const Footprint footprint = model.model().footprint();
  std::vector<std::uint32_t> words(footprint.monitor_words);
  Monitor monitor;
  const Status attached = monitor.attach<Histograms>(model.model(), words);
  if (attached != Status::kOk) throw std::logic_error(status_text(attached));
  std::vector<std::uint8_t> bytes(footprint.snapshot_bytes);
  SnapshotContext context = flags.context;
  return model.predict(dataset, &monitor, [&](std::size_t rows) {
    const bool due = flags.snapshot_every != 0 && rows % flags.snapshot_every == 0;
    if (!due && rows != dataset.rows()) return;
    std::size_t written = 0;
    const Status status = monitor.snapshot(context, bytes, written);
    if (status != Status::kOk) throw std::logic_error(status_text(status));
    const std::string path = flags.snapshot_every == 0 ? flags.snapshot : numbered(flags.snapshot, context.sequence);
    exporting::write_file(path, std::span(bytes).first(written));
    ++context.sequence;
  });
}

void write_snapshots(const RowFlags& flags, const std::vector<std::vector<std::uint8_t>>& snapshots) {
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const std::string path = flags.snapshot_every == 0 ? flags.snapshot : numbered(flags.snapshot, i);
    exporting::write_file(path, snapshots[i]);
  }
}

bool is_same(const exporting::Predictions& a, const exporting::Predictions& b) {
  return a.statuses == b.statuses && a.scores == b.scores;
}

}  // namespace

data::Dataset read_with_progress(const std::string& path, data::CsvOptions options, bool progress_asked_for) {
  report::Progress progress("reading " + std::filesystem::path(path).filename().string(), progress_asked_for);
  options.progress = [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); };
  return data::read_csv(path, options);
}

exporting::Sha256 sha256_of_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw data::DataError(
        fmt::format("{}: a pipe cannot be read a second time for the SHA-256 of the data; give a file", path));
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::ifstream file(path, std::ios::binary);
  std::vector<char> piece(1 << 16);
  exporting::Sha256 digest{};
  bool good = file && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  while (good && file) {
    file.read(piece.data(), std::ssize(piece));
    good = !file.bad() && EVP_DigestUpdate(context.get(), piece.data(), static_cast<std::size_t>(file.gcount())) == 1;
  }
  if (!good || EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    throw data::DataError(fmt::format("{}: cannot be read again for its SHA-256", path));
  }
  return digest;
}

std::string four_digits(double value) {
  constexpr double kLong = 1e12;  // more is digits that nobody reads
  const std::string text = std::abs(value) < kLong ? fmt::format("{:.4f}", value) : fmt::format("{:.6g}", value);
  return text == "-0.0000" ? "0.0000" : text;
}

std::string whole_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return "";
  return fmt::format("{} is not a whole number from 0 to {}", text, UINT64_MAX);
}

std::function<std::string(const std::string&)> between(double low, double high) {
  return [low, high](const std::string& text) {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && low <= value && value <= high) return std::string();
    return fmt::format("{} is not a number from {} to {}", text, low, high);
  };
}

void check_output(const std::filesystem::path& output) {
  if (output.empty()) throw CLI::ValidationError("--output: the name is empty; give the model file to write");
  const std::filesystem::path folder = output.parent_path();
  std::error_code error;
  if (std::filesystem::is_directory(output, error)) {
    throw std::runtime_error(fmt::format("{}: is a directory; give a file in it", output.string()));
  }
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return;
  throw std::runtime_error(
      fmt::format("{}: there is no folder {}; create it, or correct -o", output.string(), folder.string()));
}

void add_row_flags(CLI::App& command, RowFlags& flags) {
  command.add_option("model", flags.model, "model file")->required()->type_name("M.nhm");
  command.add_option("--data", flags.data, "CSV with the model's features")->required()->type_name("F.csv");
  command
      .add_option("--on", flags.on,
                  fmt::format("where to run: host (default), {}; serial:PORT or serial:PORT:BAUD: a flashed board; "
                              "cloud or cloud-json: over HTTP through a server of this machine; or a server's "
                              "http://HOST:PORT",
                              fmt::join(device_names(), ", ")))
      ->type_name("WHERE")
      ->check([](const std::string& name) {
        const bool known = name == "host" || is_cloud(name) || is_device(name);
        return known ? std::string()
                     : fmt::format("{} is not one of host, {}, serial:PORT, cloud, cloud-json, http://HOST:PORT", name,
                                   fmt::join(device_names(), ", "));
      });
  command
      .add_option("--firmware", flags.firmware, "with --on: your own image, the model linked in, instead of the runner")
      ->type_name("F.elf");
  command.add_option("--snapshot", flags.snapshot, "write the monitor's counters here")->type_name("S.bin");
  command.add_option("--device-id", flags.context.device_id, "in the snapshot (0)")
      ->type_name("N")
      ->check(whole_number);
  add_csv_flags(command, flags);
  command.add_flag("--progress", flags.progress, "show progress even if stderr is no terminal");
}

data::Dataset read_rows(const RowFlags& flags, const exporting::LoadedModel& model, bool target_required,
                        RowNotes* notes) {
  data::CsvOptions options = flags.csv_options();
  options.features = model.contents().feature_names;
  options.text = model.text_features();
  if (target_required) options.target = model.contents().lineage.target;
  data::Dataset rows = read_with_progress(flags.data, options, flags.progress);
  RowNotes found = match_names(flags, model.contents(), rows);
  if (notes != nullptr) *notes = std::move(found);
  return rows;
}

RowsRun run_rows(const RowFlags& flags, const exporting::LoadedModel& model, const data::Dataset& dataset) {
  RowsRun run;
  if (flags.snapshot_every == 0)
    check_extra_output("--snapshot", flags.snapshot, {flags.data, flags.model, flags.firmware});
  if (!flags.snapshot.empty() && model.model().footprint().monitor_words == 0) {
    throw std::runtime_error(
        fmt::format("{}: its monitor is off, so there is nothing to leave in {}; train it with "
                    "--monitor basic or full",
                    flags.model, flags.snapshot));
  }
  const bool no_image = flags.on == "host" || is_cloud(flags.on) || flags.on.starts_with(kSerial);
  if (!flags.firmware.empty() && no_image) {
    throw CLI::ValidationError("--firmware needs --on with a board's name");
  }
  if (flags.on == "host") {
    run.predictions = run_on_host(flags, model, dataset);
    return run;
  }
  report::Progress progress("predicting on " + flags.on, flags.progress);
  const auto advance = [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); };
  if (is_cloud(flags.on)) {
    if (!flags.snapshot.empty()) throw CLI::ValidationError("--snapshot: a server tells its counters at /metrics");
    run.predictions = run_on_cloud(flags.on, flags.model, model, dataset, advance);
    run.identical_to_host = is_same(run.predictions, model.predict(dataset));
    return run;
  }
  const DeviceJob job = {flags.on, model.device_rows(dataset), flags.context, flags.snapshot_every, flags.firmware};
  DeviceRun device = run_on_device(job, model, advance);
  if (!flags.snapshot.empty()) write_snapshots(flags, device.snapshots);
  run.identical_to_host = is_same(device.predictions, model.predict(dataset));
  run.predictions = std::move(device.predictions);
  run.device = device.report;
  return run;
}

}  // namespace nuthatch::commands
