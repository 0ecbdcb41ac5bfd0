#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <thread>

#include "cloud/server.hpp"
#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "commands/write_text.hpp"
#include "serve/metrics.hpp"

namespace nuthatch::commands {
namespace {

struct ServeFlags {
  std::vector<std::string> models;
  cloud::ServerOptions options;
  double max_body = 4;  // MiB
  double timeout = 10;  // seconds
  std::uint32_t most_work = cloud::ServedModel::kMostWork;
  std::string key_file;
  std::string certificate;
  std::string private_key;
  bool no_watch = false;
  bool quiet = false;
};

cloud::Secrets read_secrets(const ServeFlags& flags) {
  cloud::Secrets secrets;
  if (!flags.key_file.empty()) secrets.keys = cloud::ApiKeys::from_file(flags.key_file);
  if (!flags.certificate.empty()) secrets.tls = cloud::load_tls(flags.certificate, flags.private_key);
  return secrets;
}

void report(const cloud::LoadEvent& event, cloud::ServerCounters& counters, cloud::Log& log) {
  if (event.error.empty()) {
    ++counters.reloads;
    log.write(cloud::Level::kInfo, "loaded", {{"model", event.name}, {"version", event.version}, {"path", event.path}});
  } else {
    ++counters.failed_reloads;
    log.write(cloud::Level::kError, "not loaded",
              {{"model", event.name}, {"version", event.version}, {"path", event.path}, {"what", event.error}});
  }
}

/// At the start everything that is named must be there and good; afterwards a bad file leaves the old model serving.
void load_first(cloud::Models& models, cloud::ServerCounters& counters, cloud::Log& log) {
  for (const cloud::LoadEvent& event : models.reload()) {
    if (!event.error.empty()) throw std::runtime_error(fmt::format("{}: {}", event.path, event.error));
    report(event, counters, log);
  }
  if (models.catalog()->empty()) {
    throw std::runtime_error("there is no model to serve; a folder holds them as NAME/VERSION/M.nhm");
  }
}

/// Signals that mean something to the server are waited for, in one place; so no thread is interrupted by them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void replace_secrets(const ServeFlags& flags, cloud::Server& server, cloud::Log& log) {
  try {
    server.replace(read_secrets(flags));
  } catch (const std::runtime_error& error) {
    log.write(cloud::Level::kError, "secrets not replaced", {{"what", error.what()}});
  }
}

/// Until SIGTERM or SIGINT. SIGHUP reads everything anew; the models' files are looked at each second as well.
void wait_for_the_end(const ServeFlags& flags, const sigset_t& signals, cloud::Models& models, cloud::Server& server,
                      cloud::ServerCounters& counters, cloud::Log& log) {
  for (;;) {
    const timespec second = {1, 0};
    const int signal = sigtimedwait(&signals, nullptr, &second);
    if (signal == SIGTERM || signal == SIGINT) {
      log.write(cloud::Level::kInfo, "stopping", {{"signal", strsignal(signal)}});
      return;
    }
    if (signal == SIGHUP) replace_secrets(flags, server, log);
    if (signal != SIGHUP && flags.no_watch) continue;
    for (const cloud::LoadEvent& event : models.reload()) report(event, counters, log);
  }
}

void warn_of_open_doors(const ServeFlags& flags, cloud::Log& log) {
  const std::string& host = flags.options.host;
  if (host.starts_with("127.") || host == "::1" || host == "localhost") return;
  if (flags.key_file.empty()) log.write(cloud::Level::kWarning, "everybody may ask (--api-key-file)", {{"host", host}});
  if (flags.certificate.empty())
    log.write(cloud::Level::kWarning, "nothing is encrypted (--tls-cert)", {{"host", host}});
}

void serve(ServeFlags flags) {
  flags.options.limits.body_bytes = static_cast<std::size_t>(flags.max_body * 1048576);
  flags.options.limits.request_time = std::chrono::milliseconds(static_cast<std::int64_t>(flags.timeout * 1000));
  const sigset_t signals = block_signals();
  cloud::Log log(STDERR_FILENO, flags.quiet ? cloud::Level::kWarning : cloud::Level::kInfo);
  cloud::ServerCounters counters;
  cloud::Models models(flags.models, flags.most_work);
  load_first(models, counters, log);
  cloud::Routes routes(models, [&](const cloud::Catalog& catalog) { return serve::metrics(counters, catalog); });
  cloud::Server server(flags.options, routes, counters, log, read_secrets(flags));
  warn_of_open_doors(flags, log);
  std::thread listening([&] { server.run(); });
  const std::string host =
      flags.options.host.find(':') == std::string::npos ? flags.options.host : '[' + flags.options.host + ']';
  write_text("{}://{}:{}\n", flags.certificate.empty() ? "http" : "https", host, server.port());
  std::fflush(stdout);
  wait_for_the_end(flags, signals, models, server, counters, log);
  server.stop();
  listening.join();
  log.write(cloud::Level::kInfo, "stopped", {});
}

}  // namespace

void add_serve(CLI::App& program) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* command = program.add_subcommand("serve", "Answer over HTTP: the Open Inference Protocol V2, and metrics");
  command
      ->add_option("--model", flags->models, "model files, NAME=M.nhm to name them, or folders of NAME/VERSION/M.nhm")
      ->required()
      ->type_name("M.nhm");
  command->add_option("--host", flags->options.host, "address to listen on (127.0.0.1: this machine only)")
      ->type_name("ADDRESS");
  command->add_option("--port", flags->options.port, "port to listen on (8080); 0: a free one, which stdout tells")
      ->type_name("N")
      ->check(CLI::Range(0, 65535));
  command->add_option("--threads", flags->options.threads, "connections answered at a time (32); as many more wait")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command->add_option("--max-body", flags->max_body, "largest request in MiB, unpacked (4)")
      ->type_name("MIB")
      ->check(CLI::Range(0.001, 1024.0));
  command->add_option("--timeout", flags->timeout, "seconds for a request to come, and for its answer to go (10)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0));
  command
      ->add_option("--most-work", flags->most_work,
                   "steps that a row may take, else the model is not served (16777216); inspect says how many it takes")
      ->type_name("N");
  command->add_option("--api-key-file", flags->key_file, "keys that clients must show, one a line")->type_name("F");
  CLI::Option* certificate =
      command->add_option("--tls-cert", flags->certificate, "serve HTTPS: PEM certificate chain")->type_name("C.pem");
  CLI::Option* key = command->add_option("--tls-key", flags->private_key, "its private key")->type_name("K.pem");
  certificate->needs(key);
  key->needs(certificate);
  command->add_flag("--no-watch", flags->no_watch, "read model files anew on SIGHUP only, not when they change");
  command->add_flag("--quiet", flags->quiet, "log warnings and errors only, not each request");
  command->footer(
      "SIGHUP reads models, keys and certificate anew; SIGTERM stops when all requests are answered. Logs go to\n"
      "stderr, a JSON object a line. Try it: curl http://127.0.0.1:8080/v2/models/M");
  command->callback([flags] { serve(*flags); });
}

}  // namespace nuthatch::commands
