// The sandbox as a program: the demo's providers.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <vector>

#include "sandbox/control.h"
#include "sandbox/server.h"

namespace {

using sandbox::Server;
using sandbox::ServerOptions;

struct Arguments {
  ServerOptions server;
  std::vector<std::string> replay;
  std::optional<double> speed;
  std::string start;
  std::string story = "none";
  std::string port_file;
};

constexpr const char* kFooter = R"(Credentials (of account 1; account N has the suffix -N, ids _N):
  TingTing    http://ADDRESS/tingting/api/v1   Authorization: Bearer sandbox-tingting-token
  Vobiz       http://ADDRESS/vobiz             X-Auth-ID: PA_SANDBOX, X-Auth-Token: sandbox-vobiz-partner-token
                                               X-Auth-ID: MA_SANDBOX, X-Auth-Token: sandbox-vobiz-account-token
  Teli        http://ADDRESS/teli              X-API-Key: sandbox-teli-key
  AgentPhone  http://ADDRESS/agentphone        Authorization: Bearer sk_live_sandbox
Recorded answers (--replay) are at http://ADDRESS, with the path of the provider's base_url behind it, and take any credentials.
Control: /sandbox, /sandbox/truth, /sandbox/clock, /sandbox/events, /sandbox/variants, /sandbox/faults)";

void declare(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.server;
  app.add_option("--listen", options.listen, "loopback address and port to listen on; port 0: any free one")
      ->capture_default_str();
  app.add_option("--seed", options.sandbox.seed, "decides all numbers")->capture_default_str();
  app.add_option("--speed", arguments.speed,
                 "sandbox seconds per real second; 0: only POST /sandbox/clock; without it 60, and 1 for "
                 "recorded answers")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--start", arguments.start,
                 "what the clock shows at first: now, DATE or DATETHH:MM:SSZ; without it now, or when the "
                 "answers were recorded");
  app.add_option("--replay", arguments.replay,
                 "folder with answers that `cpaas_exporter record` kept: they are given, with faults, in the "
                 "place of the imitated providers; may be repeated")
      ->check(CLI::ExistingDirectory);
  app.add_option("--story", arguments.story, "what happens besides ordinary life")
      ->check(CLI::IsMember({"none", "demo"}))
      ->capture_default_str();
  app.add_option("--accounts", options.sandbox.accounts, "accounts at each provider")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--customers", options.sandbox.customers, "customers of the Vobiz partner")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "connections served at a time")
      ->check(CLI::Range(2, 2000))
      ->capture_default_str();
  app.add_option("--port-file", arguments.port_file, "file that gets the port once it listens");
  app.footer(kFooter);
}

void load_replay(Arguments& arguments) {
  sandbox::SandboxOptions& options = arguments.server.sandbox;
  options.speed = arguments.speed.value_or(arguments.replay.empty() ? 60 : 1);
  if (arguments.replay.empty()) return;
  options.replay = sandbox::load_recording(arguments.replay);
  if (arguments.start.empty() && options.replay->at) arguments.start = sandbox::iso_text(*options.replay->at);
}

bool set_start(Arguments& arguments) {
  if (arguments.start.empty() || arguments.start == "now") {
    arguments.server.sandbox.start =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return true;
  }
  const auto time = sandbox::parse_time(arguments.start);
  if (time) arguments.server.sandbox.start = *time;
  return time.has_value();
}

// In place at once, so that a reader never sees half of it.
void write_port(const std::string& path, int port) {
  if (path.empty()) return;
  const std::string draft = path + ".new";
  std::ofstream{draft} << port << '\n';
  std::filesystem::rename(draft, path);
}

void print_addresses(Server& server) {
  std::cout << "listening on " << server.url() << '\n';
  const sandbox::Json all = sandbox::addresses(server.sandbox(), server.url());
  for (const auto& [name, entries] : all.items()) {
    std::cout << fmt::format("{:<14}", name);
    for (const auto& [key, value] : entries.items())
      std::cout << ' ' << key << '=' << value.get<std::string>();
    std::cout << '\n';
  }
  std::cout.flush();
}

// The signals are blocked before any thread starts, so that only the wait takes them.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int serve(const Arguments& arguments) {
  const sigset_t signals = block_stop_signals();
  Server server{arguments.server};
  write_port(arguments.port_file, server.port());
  print_addresses(server);
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app{
      "Plays the usage APIs of TingTing, Vobiz, Teli and AgentPhone, or recorded answers, on loopback."};
  Arguments arguments;
  declare(app, arguments);
  CLI11_PARSE(app, argc, argv);
  arguments.server.sandbox.story = arguments.story == "demo" ? sandbox::Story::demo : sandbox::Story::none;
  load_replay(arguments);
  if (!set_start(arguments)) {
    std::cerr << "--start must be now, a date or a time in UTC\n";
    return 2;
  }
  return serve(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
