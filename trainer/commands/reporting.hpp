#ifndef NUTHATCH_TRAINER_COMMANDS_REPORTING_HPP
#define NUTHATCH_TRAINER_COMMANDS_REPORTING_HPP

#include <string>
#include <vector>

#include "commands/training.hpp"
#include "report/model_report.hpp"

namespace CLI {
class App;
}

/// What `--report` of train, evaluate and tune has in common.
namespace nuthatch::commands {

/// That a file beside the model can be written there and is none of `others`, which the command reads or writes too;
/// empty paths are no file. Before the work, not after it. Throws CLI::ValidationError or std::runtime_error; `flag`:
/// what names the path.
void check_extra_output(const std::string& flag, const std::string& path, const std::vector<std::string>& others);

/// --report, into `path`.
void add_report_flag(CLI::App& command, std::string& path);

/// "iris.csv" of a path.
std::string file_name(const std::string& path);

/// The rows held out, or where there are none those learned from, with what the model answers.
report::ScoredRows scored_rows(const TrainingPlan& plan, const Rows& rows, const exporting::LoadedModel& model);

/// Permutation importance on the scored rows, on fewer of them where it would take long and on none where
/// even that would, and the costs on all cores.
void add_model_facts(report::ModelReport& report, std::uint64_t seed, bool progress);

/// Writes the page, and says where unless stdout is one JSON document.
void write_report(const std::string& path, const report::ModelReport& report, bool json);

}  // namespace nuthatch::commands

#endif
