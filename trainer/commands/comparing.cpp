#include "commands/comparing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "boards/board.hpp"
#include "commands/cloud.hpp"
#include "commands/common.hpp"
#include "commands/row_notes.hpp"
#include "commands/wired.hpp"
#include "prepare/labels.hpp"
#include "report/metrics.hpp"
#include "report/progress.hpp"
#include "serve/client.hpp"
#include "serve/local_server.hpp"

namespace nuthatch::commands {
namespace {

using compare::Place;
using compare::Target;
using exporting::LoadedModel;

constexpr const char* kEdge = "edge:";
/// Connections to a server: as many devices that ask at once, and as many questions of one device on their way.
constexpr std::size_t kConnections = 8;

double microseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

/// "edge:aarch64" -> "aarch64-linux".
std::string device_of(const std::string& target) {
  const std::string device = target.substr(std::strlen(kEdge));
  return device == "aarch64" || device == "armhf" ? device + "-linux" : device;
}

Place place_of(const std::string& target) {
  if (target == "local") return Place::kLocal;
  return is_cloud(target) ? Place::kCloud : Place::kEdge;
}

/// One model and what the rows are to it.
struct Side {
  LoadedModel model;
  std::string path;
  data::Dataset dataset;
  std::vector<std::uint8_t> rows;
  exporting::Predictions host;
  exporting::Reference reference;
  std::vector<std::int32_t> truth;  ///< class indices; empty for a regression or where no labels are known

  std::size_t row_bytes() const { return rows.size() / dataset.rows(); }
  bool counts() const { return model.model().input() == Input::kInt16; }
  std::span<const std::uint8_t> row(std::size_t index) const {
    return std::span(rows).subspan(index % dataset.rows() * row_bytes(), row_bytes());
  }
};

Side read_side(const ComparePlan& plan, const std::string& path, const std::string& reference) {
  Side side{LoadedModel::from_file(path), path, {}, {}, {}, {}, {}};
  data::CsvOptions options = plan.csv_options();
  options.features = side.model.contents().feature_names;
  options.text = side.model.text_features();
  options.target = side.model.contents().lineage.target;
  options.target_required = false;
  side.dataset = read_with_progress(plan.data, options, plan.progress);
  RowNotes notes = match_names(plan, side.model.contents(), side.dataset);
  notes.unknown_rows = 0;  // evaluate and predict tell of them
  warn_of(notes);
  side.rows = side.model.device_rows(side.dataset);
  side.host = side.model.predict(side.dataset);
  side.reference = reference.empty() ? exporting::float_reference(side.model, side.dataset)
                                     : exporting::read_reference(reference, side.model, side.dataset.rows());
  if (side.dataset.target && side.model.contents().classifies) {
    side.truth = prepare::class_indices(side.dataset, side.model.contents().classes);
  }
  return side;
}

/// What every deployment is asked about its answers.
void judge(const ComparePlan& plan, const Side& side, Target& target) {
  target.identical_bits =
      target.predictions.statuses == side.host.statuses && target.predictions.scores == side.host.scores;
  target.agreement = compare::agreement_of(side.model, target.predictions, side.reference);
  if (side.dataset.target) {
    target.score = report::score(side.model, side.dataset, target.predictions, plan.decimal_comma).value;
  }
}

void judge_load(const ComparePlan& plan, compare::LoadResult load, const char* kind, Target& target) {
  target.latency = compare::percentiles_of(load.latencies_us);
  target.latency_kind = kind;
  target.answered_in_deadline = compare::answered_within(load, plan.deadline_us);
  target.load = std::move(load);
}

/// The runtime on this machine with a caller's buffers, as firmware has them.
class LocalRun {
 public:
  explicit LocalRun(const Side& side) : side_(side) {
    const auto start = std::chrono::steady_clock::now();
    const auto& bytes = side.model.bytes();
    check(EveryPart::open({bytes.data(), bytes.size()}, model_));
    const Footprint need = model_.footprint();
    outputs_.resize(need.outputs);
    scratch_.resize(need.scratch_words);
    (void)predict(0);
    cold_start_us_ = microseconds_since(start);
  }

  double cold_start_us() const { return cold_start_us_; }
  std::span<const std::int32_t> outputs() const { return outputs_; }

  Status predict(std::size_t request) {
    const std::uint8_t* row = side_.row(request).data();
    const std::size_t features = side_.dataset.columns.size();
    if (side_.counts()) {
      return model_.predict(Span<const std::int16_t>{reinterpret_cast<const std::int16_t*>(row), features}, outputs_,
                            scratch_);
    }
    return model_.predict(Span<const float>{reinterpret_cast<const float*>(row), features}, outputs_, scratch_);
  }

 private:
  static void check(Status status) {
    if (status != Status::kOk) throw std::runtime_error(status_text(status));
  }

  const Side& side_;
  Model model_;
  std::vector<std::int32_t> outputs_;
  std::vector<std::uint32_t> scratch_;
  double cold_start_us_ = 0;
};

/// Whether a row answered on its own is what the host answers; 0s where it was refused.
bool is_row(const exporting::Predictions& host, std::size_t row, Status status, std::span<const std::int32_t> words) {
  if (host.statuses[row] != status) return false;
  return status != Status::kOk || std::equal(words.begin(), words.end(), host.row(row).begin());
}

void run_local(const ComparePlan& plan, const Side& side, Target& target) {
  target.predictions = side.host;
  judge(plan, side, target);
  LocalRun run(side);
  target.cold_start_us = run.cold_start_us();
  target.cold_start_how = "measured: opening the model's bytes and the first answer";
  std::atomic<bool> same = true;
  const auto serve = [&](std::size_t, std::size_t request) {
    compare::Served served;
    const Status status = run.predict(request);
    if (!is_row(side.host, request % side.dataset.rows(), status, run.outputs())) same = false;
    return served;
  };
  report::Progress progress("asking local", plan.progress);
  const auto before = compare::rapl_joules();
  compare::LoadResult load = compare::run_load(
      plan.load, compare::Network({}, plan.seed), [](std::size_t) { return std::size_t{0}; }, 1, serve,
      [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); });
  target.energy = compare::host_energy(plan.constants, before, compare::rapl_joules(),
                                       static_cast<double>(load.latencies_us.size()), load.split.compute);
  target.identical_bits = target.identical_bits && same;
  target.latency_how = "on this machine, one row after another at the load's rate";
  target.ram_bytes = sizeof(Model) + side.row_bytes() +
                     4 * (side.model.model().footprint().scratch_words + side.model.model().footprint().outputs);
  judge_load(plan, std::move(load), "measured", target);
  target.cost_per_million = compare::cost_per_million(plan.constants, {0, 0, 0, target.energy.microjoules});
}

/// Connections to one server, each for a worker of its own.
class CloudRun {
 public:
  CloudRun(const Side& side, const std::string& target) : side_(side) {
    const bool is_url = target.starts_with("http");
    wire_ = target == "cloud-json" ? serve::Wire::kJson : serve::Wire::kBinary;
    const char* key = is_url ? std::getenv("NUTHATCH_API_KEY") : nullptr;
    const auto start = std::chrono::steady_clock::now();
    if (!is_url) {
      cloud::ServerOptions options;
      options.threads = kConnections + 1;
      server_.emplace(std::vector<std::string>{"model=" + side.path}, options);
    }
    for (std::size_t worker = 0; worker < kConnections; ++worker) {
      auto& client = clients_.emplace_back(is_url ? target : server_->url(), wire_, key == nullptr ? "" : key);
      if (worker == 0) name_ = client.find({side.model.model().identity(), 32});
      (void)client.score(name_, batch(0));
      if (worker == 0) cold_start_us_ = microseconds_since(start);
    }
    head_bytes_ = clients_[0].last().sent_bytes - serve::write_message(batch(0), wire_).bytes.size();
  }

  double cold_start_us() const { return cold_start_us_; }
  std::size_t message_bytes(std::size_t request) const {
    return head_bytes_ + serve::write_message(batch(request), wire_).bytes.size();
  }

  compare::Served serve(std::size_t worker, std::size_t request, std::atomic<bool>& same) {
    serve::Client& client = clients_[worker];
    const serve::Scores scores = client.score(name_, batch(request));
    if (!is_row(side_.host, request % side_.dataset.rows(), scores.statuses.at(0), scores.words)) same = false;
    const serve::Timing& timing = client.last();
    return {true, timing.queue_us, timing.compute_us, timing.sent_bytes, timing.received_bytes};
  }

 private:
  serve::Batch batch(std::size_t request) const {
    return {side_.row(request), 1, side_.dataset.columns.size(), side_.counts()};
  }

  const Side& side_;
  serve::Wire wire_ = serve::Wire::kBinary;
  std::optional<serve::LocalServer> server_;
  std::deque<serve::Client> clients_;  // they stay where they are
  std::string name_;
  std::size_t head_bytes_ = 0;
  double cold_start_us_ = 0;
};

void run_cloud(const ComparePlan& plan, const Side& side, Target& target) {
  {
    report::Progress progress("predicting on " + target.name, plan.progress);
    target.predictions = run_on_cloud(target.name, side.path, side.model, side.dataset,
                                      [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); });
  }
  judge(plan, side, target);
  CloudRun run(side, target.name);
  target.cold_start_us = run.cold_start_us();
  target.cold_start_how = target.name.starts_with("http")
                              ? "measured: a connection, finding the model and the first answer"
                              : "measured: starting the server, a connection, finding the model and the first answer";
  std::atomic<bool> same = true;
  report::Progress progress("asking " + target.name, plan.progress);
  compare::LoadResult load = compare::run_load(
      plan.load, compare::Network(plan.network, plan.seed),
      [&](std::size_t request) { return run.message_bytes(request); }, kConnections,
      [&](std::size_t worker, std::size_t request) { return run.serve(worker, request, same); },
      [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); });
  if (std::none_of(load.answered.begin(), load.answered.end(), [](bool answered) { return answered; })) {
    throw std::runtime_error(load.error.empty() ? "no request was answered" : load.error);
  }
  target.identical_bits = target.identical_bits && same;
  target.bytes_per_prediction = load.sent;
  target.bytes_received = load.received;
  target.latency_how = fmt::format("over HTTP, {} connections; the network is emulated in the client: {}", kConnections,
                                   compare::text_of(plan.network));
  const compare::Split split = load.split;
  judge_load(plan, std::move(load), "measured", target);
  target.energy = compare::radio_energy(plan.constants, target.bytes_per_prediction, target.bytes_received,
                                        split.send + split.queue + split.compute + split.receive);
  target.cost_per_million = compare::cost_per_million(
      plan.constants,
      {1, split.compute, target.bytes_per_prediction + target.bytes_received, target.energy.microjoules});
}

/// Time is only known of instructions that were counted: by the board, or by the runner on the board's core.
void estimate(const ComparePlan& plan, const std::string& core, const DeviceRun& run, Target& target) {
  const auto& instructions = run.row_instructions;
  const auto us_of = [&](double count) { return compare::estimated_us(plan.constants, core, count); };
  if (instructions.empty() || !us_of(1)) {
    target.latency_kind = "unavailable";
    target.latency_how = instructions.empty()
                             ? "QEMU emulates a Linux program without counting its instructions; measure on your board"
                             : fmt::format("{0}.clock or {0}.cycles_per_instruction is not known", core);
    target.energy.how = "no time is known";
    return;
  }
  target.instructions = run.report.instructions_mean;
  target.latency_how =
      fmt::format("instructions x {:g} cycles an instruction / {:g} MHz ({}); waiting for earlier rows included",
                  *plan.constants.value(core + ".cycles_per_instruction"), *plan.constants.value(core + ".clock") / 1e6,
                  plan.constants.all().at(core + ".clock").source);
  judge_load(plan,
             compare::simulate_load(
                 plan.load, [&](std::size_t request) { return *us_of(instructions[request % instructions.size()]); }),
             "estimated", target);
  target.cold_start_us = us_of(static_cast<double>(run.report.open_instructions) + instructions.front());
  target.cold_start_how = "estimated: opening the model's bytes and the first answer";
  target.energy = compare::compute_energy(plan.constants, core, *us_of(run.report.instructions_mean));
}

std::optional<std::uint64_t> flash_bytes(const DeviceReport& report) {
  if (!report.footprint) return {};
  return report.footprint->parts.total();
}

void run_edge(const ComparePlan& plan, const Side& side, Target& target) {
  const std::string device = device_of(target.name);
  report::Progress progress("predicting on " + device, plan.progress);
  const auto advance = [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); };
  DeviceJob job{device, side.rows, {}, 0, ""};
  DeviceRun run = run_on_device(job, side.model, advance);
  target.predictions = run.predictions;
  judge(plan, side, target);
  target.ram_bytes = run.report.ram_bytes;
  target.flash_bytes = flash_bytes(run.report);
  std::string core = device;
  if (const boards::Board* board = boards::find_board(device)) {
    // A flashed board's firmware counts no instructions; the same code on the same core does.
    core = board->core;
    job.core = core;
    DeviceRun counted = run_on_device(job, side.model, advance);
    run.row_instructions = std::move(counted.row_instructions);
    run.report.instructions_mean = counted.report.instructions_mean;
    run.report.open_instructions = counted.report.open_instructions;
    target.flash_bytes = flash_bytes(counted.report);
  }
  estimate(plan, core, run, target);
  target.cost_per_million = compare::cost_per_million(plan.constants, {0, 0, 0, target.energy.microjoules});
}

void run_target(const ComparePlan& plan, const Side& side, Target& target) {
  try {
    if (target.place == Place::kLocal) run_local(plan, side, target);
    if (target.place == Place::kCloud) run_cloud(plan, side, target);
    if (target.place == Place::kEdge) run_edge(plan, side, target);
  } catch (const std::runtime_error& error) {
    const std::string name = target.name;
    const Place place = target.place;
    target = {};
    target.name = name;
    target.place = place;
    target.error = error.what();
  }
}

/// Without a network, whatever this one loses and delays: what a round trip is held against.
compare::Side side_of(const Target& target) {
  const auto us = target.load ? std::optional(target.load->served_us) : std::nullopt;
  return {target.name, us, target.energy.microjoules, target.instructions};
}

void add_break_even(compare::Comparison& comparison) {
  const double rtt_us = comparison.network.rtt_us;
  for (const Target& cloud : comparison.targets) {
    if (cloud.place != Place::kCloud || !cloud.error.empty()) continue;
    for (const Target& local : comparison.targets) {
      if (local.place == Place::kCloud || !local.error.empty()) continue;
      comparison.break_even.push_back(compare::break_even(side_of(local), side_of(cloud), rtt_us));
    }
  }
}

/// The first device (or the host) with the first server.
void add_hybrid(const Side& local_side, const Side& cloud_side, compare::Comparison& comparison) {
  if (!local_side.model.contents().classifies) return;
  const auto first = [&](auto is_it) {
    return std::find_if(comparison.targets.begin(), comparison.targets.end(),
                        [&](const Target& target) { return target.error.empty() && is_it(target.place); });
  };
  const auto end = comparison.targets.end();
  auto local = first([](Place place) { return place == Place::kEdge; });
  if (local == end) local = first([](Place place) { return place == Place::kLocal; });
  const auto cloud = first([](Place place) { return place == Place::kCloud; });
  if (local == end || cloud == end) return;
  comparison.hybrid_local = local->name;
  comparison.hybrid_cloud = cloud->name;
  comparison.hybrid = compare::hybrid(local_side.model, local->predictions, cloud_side.model, cloud->predictions,
                                      local_side.truth, cloud->bytes_per_prediction);
}

void check_same_question(const Side& local, const Side& cloud) {
  if (local.model.contents().classes == cloud.model.contents().classes) return;
  throw std::runtime_error(
      fmt::format("{}: its classes are not those of {}; compare models of one question", cloud.path, local.path));
}

}  // namespace

std::string why_no_target(const std::string& name) {
  if (name == "local" || is_cloud(name)) return "";
  if (name.starts_with(kEdge) && is_device(device_of(name))) return "";
  std::vector<std::string> names = {"local", "cloud", "cloud-json", "http://HOST:PORT"};
  for (const std::string& device : device_names()) names.push_back(kEdge + device);
  names.push_back("edge:serial:PORT");
  return fmt::format("{} is none of {}", name.empty() ? "a target without a name" : name, fmt::join(names, ", "));
}

compare::Comparison compare_targets(const ComparePlan& plan) {
  const Side side = read_side(plan, plan.model, plan.reference);
  const bool other = !plan.cloud_model.empty();
  std::optional<Side> other_side;
  if (other) {
    other_side.emplace(read_side(plan, plan.cloud_model, ""));
    check_same_question(side, *other_side);
  }
  const Side& cloud_side = other ? *other_side : side;
  compare::Comparison comparison;
  comparison.model = plan.model;
  comparison.data = plan.data;
  comparison.metric = side.model.contents().classifies ? "accuracy" : "r2";
  comparison.reference = side.reference.source;
  comparison.rows = side.dataset.rows();
  comparison.model_bytes = side.model.bytes().size();
  comparison.network = plan.network;
  comparison.load = plan.load;
  comparison.deadline_us = plan.deadline_us;
  comparison.seed = plan.seed;
  comparison.constants = plan.constants;
  for (const std::string& name : plan.targets) {
    Target target;
    target.name = name;
    target.place = place_of(name);
    run_target(plan, target.place == Place::kCloud ? cloud_side : side, target);
    comparison.targets.push_back(std::move(target));
  }
  add_break_even(comparison);
  add_hybrid(side, cloud_side, comparison);
  return comparison;
}

}  // namespace nuthatch::commands
