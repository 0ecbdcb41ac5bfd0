#include "serve/metrics.hpp"

#include <deque>

#include "report/exporters.hpp"

namespace nuthatch::serve {
namespace {

/// Nothing where the model's monitor is off.
std::vector<report::SnapshotFile> snapshots_of(const cloud::ServedModel& model) {
  std::vector<report::SnapshotFile> files;
  for (auto& bytes : model.snapshots()) files.push_back({model.name(), std::move(bytes)});
  return files;
}

}  // namespace

std::string metrics(const cloud::ServerCounters& server, const cloud::Catalog& catalog) {
  std::vector<cloud::CountedModel> counted;
  std::deque<exporting::ModelContents> contents;  // which the findings point to
  std::vector<report::ServedFindings> findings;
  for (const auto& [name, versions] : catalog) {
    for (const auto& [number, model] : versions) {
      counted.push_back({name, model->version(), model->counters().get()});
      std::vector<report::SnapshotFile> snapshots = snapshots_of(*model);
      if (snapshots.empty()) continue;
      const auto& read = contents.emplace_back(exporting::read_model(model->bytes()));
      findings.push_back({name, model->version(), report::judge(report::history_of(std::move(snapshots)), &read)});
    }
  }
  return cloud::to_prometheus(server, counted) + report::to_prometheus(findings);
}

}  // namespace nuthatch::serve
