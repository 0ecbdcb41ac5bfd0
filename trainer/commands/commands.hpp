#ifndef NUTHATCH_TRAINER_COMMANDS_COMMANDS_HPP
#define NUTHATCH_TRAINER_COMMANDS_COMMANDS_HPP

namespace CLI {
class App;
}

/// A stage of the command line each: adds its subcommand to the program; its callback does the work and throws on
/// failure.
namespace nuthatch::commands {

void add_train(CLI::App& program);
void add_evaluate(CLI::App& program);
void add_predict(CLI::App& program);
void add_explain(CLI::App& program);
void add_inspect(CLI::App& program);
void add_monitor(CLI::App& program);
void add_flash(CLI::App& program);
void add_export(CLI::App& program);
void add_serve(CLI::App& program);
void add_compare(CLI::App& program);
void add_tune(CLI::App& program);

}  // namespace nuthatch::commands

#endif
