#include "exporter/app/commands.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <future>
#include <random>
#include <sstream>
#include <thread>

#include "collectors/registry.h"
#include "config/config.h"
#include "described/providers.h"
#include "exporter/adapters/curl_transport.h"
#include "exporter/adapters/ledger_writer.h"
#include "exporter/adapters/logger.h"
#include "exporter/adapters/program_pages.h"
#include "exporter/adapters/sqlite_ledger_store.h"
#include "exporter/adapters/system_clock.h"
#include "exporter/app/catalogue.h"
#include "exporter/app/doctor.h"
#include "exporter/app/pages.h"
#include "exporter/app/record.h"
#include "exporter/app/reloader.h"
#include "exporter/app/replay.h"
#include "exporter/app/web_file.h"
#include "exporter/engine/engine.h"
#include "exporter/ledger/memory_store.h"

namespace cpaas::app {
namespace {

Result<std::unique_ptr<Transport>> make_transport() {
  const auto curl = load_curl();
  if (!curl) return tl::unexpected(curl.error());
  return CurlTransport::create(*curl);
}

Result<std::unique_ptr<ledger::LedgerStore>> make_ledger_store(const std::string& url) {
  constexpr std::string_view sqlite = "sqlite:";
  if (!url.starts_with(sqlite)) return std::make_unique<ledger::MemoryStore>();
  return SqliteLedgerStore::open(url.substr(sqlite.size()));
}

Log make_log(std::shared_ptr<const std::atomic<LogLevel>> level, const CommandLine& line) {
  return make_logger(std::move(level), line.log_format == "json" ? LogFormat::json : LogFormat::logfmt);
}

// The parts that live as long as the program polls.
struct Program {
  explicit Program(const CommandLine& line, std::optional<Recording> replay = {})
      : recording(std::move(replay)),
        time(recording && recording->at ? std::unique_ptr<Clock>(new ReplayClock(*recording->at))
                                        : std::make_unique<SystemClock>()),
        log_level(
            std::make_shared<std::atomic<LogLevel>>(log_level_of(line.log_level).value_or(LogLevel::info))),
        log(make_log(log_level, line)),
        engine({clock, log, [this](const Family& family, Window window) { return help(family, window); },
                [this] { return own_metrics.sections(); }, [this](auto page) { publish(std::move(page)); },
                std::random_device{}(),
                line.created_series ? engine::StartTimes::shown : engine::StartTimes::hidden,
                [this] { refused_at = clock.steady().time_since_epoch().count(); }}) {}

  void publish(std::shared_ptr<const exposition::Snapshot> page) {
    snapshot.set(std::move(page));
    constexpr std::chrono::seconds release_every{10};
    const SteadyPoint now = clock.steady();
    if (!engine.ready() || now < code_released + release_every) return;
    code_released = now;
    release_code_pages();  // what only the first polls, or seldom ones, needed
  }

  // Any thread.
  void set_log_level(LogLevel level) const {
    *log_level = std::min(log_level->load(), level);  // so that the change is in the log
    log(LogLevel::info, "another log level by request", {{"level", std::string(name_of(level))}});
    *log_level = level;
  }

  // Loads the library and opens the state; then `poll` runs with both. False, and logged, if that fails.
  template <class Poll>
  bool with_outside_world(const std::string& state_url, const Poll& poll) {
    transport = make_world();
    auto store = make_ledger_store(state_url);
    for (const Error* error : {transport ? nullptr : &transport.error(), store ? nullptr : &store.error()}) {
      if (error == nullptr) continue;
      log(LogLevel::error, "cannot poll", {{"error", error->message}});
      return false;
    }
    LedgerWriter journal(std::move(*store), [this] { (*transport)->wake(); });
    poll(**transport, journal);
    return true;
  }

  Result<std::unique_ptr<Transport>> make_world() const {
    if (!recording) return make_transport();
    return std::make_unique<ReplayTransport>(*recording, clock);
  }

  // So lately that it has not been tried again since, unless the interval is longer.
  bool refused_lately() const {
    constexpr std::chrono::minutes longest_back_off{11};
    const SteadyPoint at{Duration{refused_at}};
    return refused_at >= 0 && clock.steady() < at + longest_back_off;
  }

  std::optional<Recording> recording;
  std::unique_ptr<Clock> time;
  const Clock& clock = *time;
  std::shared_ptr<std::atomic<LogLevel>> log_level;
  Log log;
  HelpTexts help{collectors()};
  OwnMetrics own_metrics{CPAAS_VERSION};
  LatestSnapshot snapshot;
  SteadyPoint code_released{};
  std::atomic<Duration::rep> refused_at = -1;  // when some account's credentials last were, by clock.steady()
  engine::Engine engine;
  Result<std::unique_ptr<Transport>> transport;  // outlives the thread that polls
};

std::optional<config::Config> load_config(const CommandLine& line, described::Providers& providers,
                                          const config::Environment& environment, std::ostream& errors) {
  auto loaded = config::load(line.config_file, providers, environment);
  for (const config::Diagnostic& problem : loaded.problems) errors << to_string(problem) << "\n";
  if (!loaded.problems.empty()) return std::nullopt;
  return std::move(loaded.config);
}

std::vector<std::string> secrets_of(const std::vector<Account>& accounts) {
  std::vector<std::string> secrets;
  for (const Account& account : accounts) {
    for (const auto& [name, secret] : account.settings.secrets) secrets.push_back(secret.reveal());
  }
  return secrets;
}

// Each connection to a provider takes a file descriptor; the soft limit is 1,024 only for the sake of
// programs that use select().
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// As many as are wanted, but a quarter of all descriptors is for providers, files and the like.
std::size_t connections_within_limit(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  return std::max<std::size_t>(1, std::min<rlim_t>(wanted, limit.rlim_cur / 4 * 3));
}

// All sockets, or an error; those for everything before those for probes alone.
Result<std::vector<WebListener>> open_listeners(const CommandLine& line) {
  std::vector<WebListener> result;
  if (line.systemd_socket) {
    auto sockets = take_systemd_sockets();
    if (!sockets) return sockets;
    result = std::move(*sockets);
  }
  for (const std::string& address :
       line.systemd_socket ? std::vector<std::string>{} : line.listen_addresses) {
    auto listener = listen_on(address);
    if (!listener) return tl::unexpected(listener.error());
    result.push_back(std::move(*listener));
  }
  if (!line.health_address.empty()) {
    auto listener = listen_on(line.health_address);
    if (!listener) return tl::unexpected(listener.error());
    listener->health = true;
    result.push_back(std::move(*listener));
  }
  return result;
}

Result<std::unique_ptr<WebServer>> serve_pages(const CommandLine& line, const PageSources& sources,
                                               const WebFile& web_file, const Program& program) {
  auto listeners = open_listeners(line);
  if (!listeners) return tl::unexpected(listeners.error());
  std::vector<LogFields> lines;
  for (const WebListener& each : *listeners) {
    lines.push_back({{"address", each.address},
                     {"port", std::to_string(each.port())},
                     {"pages", each.health ? "probes" : "all"}});
  }
  WebServerOptions options;
  options.max_connections = connections_within_limit(line.max_connections);
  options.slow = slow_pages(sources);
  options.guard = web_file.guard();
  auto server = WebServer::start(std::move(*listeners), make_pages(sources), program.log, options);
  for (const LogFields& each : lines) {
    if (server) program.log(LogLevel::info, "listening", each);
  }
  return server;
}

// The signals that the program knows, blocked in all threads so that only run_until_stopped() sees them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Reloads on SIGHUP, and on a change of the files if that is wanted; reads secret files that changed when
// credentials were refused; returns on SIGTERM or SIGINT.
void run_until_stopped(const sigset_t& signals, const CommandLine& line, Reloader& reloader,
                       const Program& program, const std::function<void(bool)>& read_web_file) {
  constexpr timespec look_every{2, 0};
  while (true) {
    const int signal = sigtimedwait(&signals, nullptr, &look_every);
    if (signal == SIGTERM || signal == SIGINT) return;
    read_web_file(signal != SIGHUP);  // in any case, or if it changed
    if (signal == SIGHUP || (line.auto_reload && reloader.files_changed())) {
      reloader.reload();
    } else if (program.refused_lately()) {
      reloader.read_secrets();
    }
  }
}

// Of every account on https, beside each other; nothing where libcurl cannot be had, which the polls say.
void look_at_certificates(const std::vector<Account>& accounts, TimePoint now, Findings& findings) {
  constexpr Duration patience{5'000};
  const auto curl = load_curl();
  if (!curl) return;
  std::vector<TlsTarget> targets;
  for (const Account& account : accounts) {
    if (account.settings.base_url.starts_with("https://")) {
      targets.push_back({account.settings.base_url, account.connection});
    }
  }
  auto chains = certificates_of(*curl, targets, patience);
  auto chain = chains.begin();
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const std::string& url = accounts[i].settings.base_url;
    if (!url.starts_with("https://")) continue;
    const auto found =
        std::ranges::find(findings.accounts, accounts[i].settings.account, &AccountFindings::account);
    if (found != findings.accounts.end()) found->tls = tls_findings(url, std::move(*chain), now);
    ++chain;
  }
}

}  // namespace

int check(const CommandLine& line, std::ostream& errors) {
  described::Providers providers;
  const auto loaded = config::load(line.config_file, providers, config::system_environment());
  for (const auto* found : {&loaded.problems, &loaded.warnings}) {
    for (const config::Diagnostic& each : *found) errors << to_string(each) << "\n";
  }
  std::vector<std::string> web_problems;
  if (!line.web_config_file.empty()) {
    web_problems = load_guard(line.web_config_file, config::system_environment()).problems;
  }
  for (const std::string& each : web_problems) errors << each << "\n";
  const bool good = loaded.problems.empty() && web_problems.empty();
  return good && !(line.strict && !loaded.warnings.empty()) ? 0 : 1;
}

int once(const CommandLine& line, std::ostream& out, std::ostream& errors) {
  std::optional<Recording> recording;
  if (!line.replay_folder.empty()) {
    LoadedRecording loaded = load_recording(line.replay_folder);
    for (const std::string& problem : loaded.problems) errors << problem << "\n";
    if (!loaded.problems.empty()) return 1;
    recording = std::move(loaded.recording);
  }
  described::Providers providers;
  auto config = load_config(line, providers, config::system_environment(), errors);
  if (!config) return 1;
  Program program(line, std::move(recording));
  program.own_metrics.config_loaded(true, program.clock.now());
  program.engine.set_accounts(std::move(config->accounts));
  std::size_t failed = 0;
  const bool polled =
      program.with_outside_world("memory:", [&](Transport& transport, ledger::Journal& journal) {
        failed = program.engine.run_once(transport, journal);
      });
  out << program.snapshot.get()->body(exposition::Format::text, false) << std::flush;
  return polled && failed == 0 ? 0 : 1;
}

int doctor(const CommandLine& line, std::ostream& out) {
  described::Providers providers;
  auto loaded = config::load(line.config_file, providers, config::system_environment());
  Findings findings;
  for (const config::Diagnostic& each : loaded.problems) findings.problems.push_back(to_string(each));
  for (const config::Diagnostic& each : loaded.warnings) findings.warnings.push_back(to_string(each));
  findings.state = state_ailment(line.state_url);
  bool polled = true;
  if (findings.problems.empty()) {
    CommandLine quiet = line;
    quiet.log_level = "error";  // what there is to say is said below, with its cure
    Program program(quiet);
    const std::vector<Account> accounts = loaded.config.accounts;
    program.engine.set_accounts(std::move(loaded.config.accounts));
    polled = program.with_outside_world("memory:", [&](Transport& transport, ledger::Journal& journal) {
      program.engine.run_once(transport, journal);
    });
    program.engine.each_board(
        [&](const engine::AccountBoard& board) { findings.accounts.push_back(findings_of(board)); });
    look_at_certificates(accounts, program.clock.now(), findings);
  }
  out << (line.doctor_format == "json" ? json_of(findings) : text_of(findings)) << std::flush;
  return polled && is_well(findings) ? 0 : 1;
}

int record(const CommandLine& line, std::ostream& out, std::ostream& errors) {
  described::Providers providers;
  auto config = load_config(line, providers, config::system_environment(), errors);
  if (!config) return 1;
  std::vector<std::string> secrets = secrets_of(config->accounts);
  Program program(line);
  program.engine.set_accounts(std::move(config->accounts));
  const TimePoint at = program.clock.now();
  std::size_t failed = 0;
  std::vector<Exchange> exchanges;
  const bool polled =
      program.with_outside_world("memory:", [&](Transport& transport, ledger::Journal& journal) {
        RecordingTransport recording(transport);
        failed = program.engine.run_once(recording, journal);
        exchanges = recording.exchanges();
        secrets.insert(secrets.end(), recording.credentials().begin(), recording.credentials().end());
      });
  if (!polled) return 1;
  if (const auto written = write_recording(line.record_folder, at, exchanges, Redactor(std::move(secrets)));
      !written) {
    errors << written.error().message << "\n";
    return 1;
  }
  out << exchanges.size() << " answers are in " << line.record_folder
      << ". Look through them before you pass them on: secrets and people were replaced by what fields are "
         "called\n";
  return failed == 0 ? 0 : 1;
}

int print_catalogue(const CommandLine& line, std::ostream& out) {
  described::Providers providers;
  const std::vector<CollectorRef> shipped = providers.shipped();
  std::vector<const Collector*> all;
  for (const CollectorRef& each : shipped) all.push_back(each.get());
  if (line.catalogue_format == "config") {
    out << config::reference_markdown(all);
    return 0;
  }
  const Catalogue catalogue(all);
  out << (line.catalogue_format == "json" ? json(catalogue) : markdown(catalogue));
  return 0;
}

int serve(const CommandLine& line, std::ostream& errors) {
  raise_file_limit();
  const sigset_t signals = block_signals();
  described::Providers providers;
  FilesRead files;
  auto config = load_config(line, providers, files.environment(config::system_environment()), errors);
  if (!config) return 1;
  Program program(line);
  program.own_metrics.config_loaded(true, program.clock.now());
  WebFile web_file(line.web_config_file, program.own_metrics, program.log);
  const auto web_problems = web_file.load();
  for (const std::string& problem : web_problems) errors << problem << "\n";
  if (!web_problems.empty()) return 1;
  // The first page is made while the web server starts; the world is touched only once that has started.
  std::promise<bool> listening;
  bool polled = true;
  std::thread poller([&] {
    program.engine.set_accounts(std::move(config->accounts));
    if (!listening.get_future().get()) return;
    polled = program.with_outside_world(line.state_url, [&](Transport& transport, ledger::Journal& journal) {
      program.engine.run(transport, journal);
    });
    if (!polled) kill(getpid(), SIGTERM);
  });

  Reloader reloader({line.config_file, providers, program.clock, program.own_metrics, program.log,
                     [&](auto accounts) { program.engine.reload(std::move(accounts)); }},
                    std::move(files));
  std::atomic<bool> web_reload_wanted = false;  // by request; the thread that waits for signals does it
  const auto reload = [&] {
    web_reload_wanted = true;
    return reloader.reload();
  };
  const PageSources sources{.telemetry_path = line.telemetry_path,
                            .snapshot = program.snapshot,
                            .ready = [&] { return program.engine.ready(); },
                            .reload = reload,
                            .set_log_level = [&](LogLevel level) { program.set_log_level(level); },
                            .lifecycle_allowed = line.enable_lifecycle,
                            .own_metrics = program.own_metrics};
  const auto server = serve_pages(line, sources, web_file, program);
  listening.set_value(server.has_value());
  if (!server) {
    poller.join();
    errors << server.error().message << "\n";
    return 1;
  }
  const auto read_web_file = [&](bool only_if_changed) {
    const bool wanted = web_reload_wanted.exchange(false);
    web_file.reload([&](auto guard) { (*server)->guard(std::move(guard)); }, only_if_changed && !wanted);
  };
  run_until_stopped(signals, line, reloader, program, read_web_file);
  program.log(LogLevel::info, "stopping", {});
  program.engine.stop();
  poller.join();
  return polled ? 0 : 1;
}

}  // namespace cpaas::app
