#include "exporter/app/command_line.h"

#include <CLI/CLI.hpp>

#include <iostream>

#include "exporter/adapters/web_listener.h"
#include "exporter/app/completion.h"
#include "exporter/core/log.h"

namespace cpaas::app {
namespace {

std::string listen_address_check(const std::string& address) {
  return listen_address_problem(address).value_or("");
}

void add_options(CLI::App& cli, CommandLine& line) {
  cli.add_option("--config.file", line.config_file, "Configuration file")->type_name("FILE");
  cli.add_flag("--config.auto-reload", line.auto_reload,
               "Reload the configuration when its file or one of its secret files changes");
  cli.add_option("--web.listen-address", line.listen_addresses,
                 "HOST:PORT, :PORT, [IPV6]:PORT or unix:/PATH to serve on; repeatable")
      ->type_name("ADDRESS")
      ->capture_default_str()
      ->take_all()
      ->check(listen_address_check);
  cli.add_flag("--web.systemd-socket", line.systemd_socket,
               "Serve on the sockets that systemd hands over instead; one named health is for probes");
  cli.add_option("--web.health-address", line.health_address,
                 "Address to answer /-/healthy and /-/ready on, and nothing else")
      ->type_name("HOST:PORT")
      ->check(listen_address_check);
  cli.add_option("--web.config.file", line.web_config_file,
                 "TLS, users, headers and rate limit, in the format of Prometheus' exporter-toolkit")
      ->type_name("FILE");
  cli.add_option("--web.max-connections", line.max_connections,
                 "Connections at a time; over it the one that was idle longest is closed")
      ->type_name("COUNT")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  cli.add_flag("--web.enable-lifecycle", line.enable_lifecycle,
               "Allow POST to /-/reload and PUT to /-/log-level");
  cli.add_option("--web.telemetry-path", line.telemetry_path, "Path of the metrics")
      ->type_name("PATH")
      ->capture_default_str()
      ->check([](const std::string& path) {
        return path.size() > 1 && path.front() == '/' ? std::string{}
                                                      : std::string("must begin with / and name a path");
      });
  cli.add_flag("--web.openmetrics-created", line.created_series,
               "Add _created series, with the time since which a counter counts, to OpenMetrics");
  cli.add_option("--state.url", line.state_url,
                 "Where counters are kept: sqlite:FILE, or memory: to forget them")
      ->type_name("URL")
      ->capture_default_str()
      ->check([](const std::string& url) {
        const bool good =
            url == "memory:" || (url.starts_with("sqlite:") && url.size() > std::string("sqlite:").size());
        return good ? std::string{} : std::string("must be sqlite:FILE or memory:");
      });
  cli.add_option("--log.level", line.log_level, "Least severe level to log")
      ->capture_default_str()
      ->check(CLI::IsMember(log_level_names));
  cli.add_option("--log.format", line.log_format, "Form of log lines")
      ->capture_default_str()
      ->check(CLI::IsMember({"logfmt", "json"}));
}

void add_init(CLI::App& init, CommandLine& line) {
  init.add_option("--provider", line.init_provider, "Whose account it is")->type_name("NAME");
  init.add_option("--account", line.init_account, "Name of the account; by default the provider's")
      ->type_name("NAME");
  init.add_option("--set", line.init_keys,
                  "A key of the account in the configuration, such as auth_id=ID or auth_token_file=FILE; "
                  "repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->take_all()
      ->check([](const std::string& text) {
        const auto equals = text.find('=');
        const bool good = equals != std::string::npos && equals > 0 && equals + 1 < text.size();
        return good ? std::string{} : std::string("must be KEY=VALUE");
      });
  init.add_option("--owner", line.init_owner,
                  "User whose the files are, for root: the one that the exporter runs as")
      ->type_name("USER");
  init.add_flag("--force", line.force, "Overwrite files that are there already");
  init.add_flag("--no-doctor", line.no_doctor, "Do not try it with doctor at the end");
}

void add_commands(CLI::App& cli, CommandLine& line) {
  cli.require_subcommand(0, 1);
  const auto command = [&](const char* name, const char* help, Action action) {
    return cli.add_subcommand(name, help)->fallthrough()->callback([&line, action] { line.action = action; });
  };
  command("serve", "Poll and serve the metrics (the default)", Action::serve);
  command("check",
          "Check the configuration, and that of --web.config.file, and tell every problem and warning; exit "
          "1 if there is a "
          "problem",
          Action::check)
      ->add_flag("--strict", line.strict, "Exit 1 also if there is only a warning");
  command("once", "Poll everything once and print the metrics; exit 1 if any poll failed", Action::once)
      ->add_option("--replay", line.replay_folder,
                   "Ask nobody: answer from the recorded answers in this folder")
      ->type_name("DIR");
  command("doctor", "Poll everything once and tell what is wrong and what to do; exit 1 if anything is",
          Action::doctor)
      ->add_option("--format", line.doctor_format, "text or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  add_init(
      *command("init",
               "Write a first configuration, with secrets in files of their own, and try it; asks for what "
               "no option says",
               Action::init),
      line);
  command("record",
          "Poll everything once and keep the answers for `once --replay`, without secrets and people",
          Action::record)
      ->add_option("--to", line.record_folder, "Folder for the answers; made if it is not there")
      ->type_name("DIR")
      ->required();
  command("health", "Ask an exporter that serves on this machine whether it is well; exit 1 if it is not",
          Action::health)
      ->add_flag("--ready", line.ready, "Whether every account was polled once, too");
  command("catalogue", "Print every metric that the exporter can expose", Action::catalogue)
      ->add_option("--format", line.catalogue_format,
                   "markdown, json, or config: the configuration reference")
      ->capture_default_str()
      ->check(CLI::IsMember({"markdown", "json", "config"}));
  command("completion", "Print a script that completes the command line in a shell", Action::completion)
      ->add_option("shell", line.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember(completed_shells));
}

bool needs_configuration(Action action) {
  return action != Action::health && action != Action::catalogue && action != Action::completion;
}

}  // namespace

std::variant<CommandLine, Exit> parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App cli("Exports the usage, credits and limits of telephony providers to Prometheus.",
               "cpaas_exporter");
  cli.set_version_flag("--version", "cpaas_exporter " CPAAS_VERSION);
  add_options(cli, line);
  add_commands(cli, line);
  try {
    cli.parse(argc, argv);
    if (line.action == Action::init && line.config_file.empty()) line.config_file = "cpaas.yml";
    if (needs_configuration(line.action) && line.config_file.empty()) {
      throw CLI::RequiredError("--config.file");
    }
  } catch (const CLI::ParseError& error) {
    return Exit{cli.exit(error) == 0 ? 0 : 2};
  }
  if (line.action == Action::completion) {
    std::cout << completion(line.shell, cli);
    return Exit{0};
  }
  return line;
}

}  // namespace cpaas::app
