// What the user typed.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace cpaas::app {

enum class Action { serve, check, once, record, doctor, init, health, catalogue, completion };

struct CommandLine {
  Action action = Action::serve;
  std::string config_file;
  bool auto_reload = false;  // when the file, or a file that it names, changes
  bool strict = false;       // check: warnings count as problems
  bool force = false;        // init: overwrite
  bool no_doctor = false;    // init: do not try it
  bool ready = false;        // health: whether every account was polled, too
  std::vector<std::string> listen_addresses{":10777"};
  bool systemd_socket = false;  // the sockets that systemd hands over instead
  std::string health_address;   // of a listener for probes; empty: none
  std::string web_config_file;  // TLS, users and so on; empty: none
  std::size_t max_connections = 16'384;
  bool enable_lifecycle = false;  // POST /-/reload, PUT /-/log-level
  std::string telemetry_path = "/metrics";
  bool created_series = false;                      // in OpenMetrics
  std::string state_url = "sqlite:cpaas_state.db";  // or memory:
  std::string log_level = "info";                   // debug, info, warn, error
  std::string log_format = "logfmt";                // logfmt, json
  std::string replay_folder;                  // once: recorded answers instead of providers; empty: none
  std::string doctor_format = "text";         // text, json
  std::string record_folder;                  // record: where to
  std::string catalogue_format = "markdown";  // markdown, json, config
  std::string init_provider;                  // init; empty: to be asked for
  std::string init_account;                   // the same
  std::vector<std::string> init_keys;         // KEY=VALUE, of the account
  std::string init_owner;                     // of the files; empty: who runs it
  std::string shell;                          // completion: bash, zsh, fish
};

// The exit status when the program is done already: --help, --version and completion (0), or arguments that
// can't be used (2). What there is to say was printed.
struct Exit {
  int status;
};

std::variant<CommandLine, Exit> parse_command_line(int argc, const char* const* argv);

}  // namespace cpaas::app
