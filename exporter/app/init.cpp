#include "exporter/app/init.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "config/advice.h"
#include "config/config.h"
#include "config/first_file.h"
#include "config/secrets.h"
#include "config/spelling.h"
#include "described/providers.h"
#include "exporter/app/new_files.h"
#include "exporter/core/trimmed.h"

namespace cpaas::app {
namespace {

namespace fs = std::filesystem;

// What is typed is not shown while this lives. A Ctrl-C then reads as a character, since who ended the
// program by it would be left with a terminal that shows nothing.
class Unseen {
 public:
  Unseen() : active_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!active_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Unseen() {
    if (active_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  termios before_{};
  bool active_;
};

struct SecretFile {
  fs::path path;
  std::string text;
};

// A part of a file's name.
std::string file_word(std::string text) {
  for (char& c : text) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (!fine) c = '_';
  }
  return text;
}

class Interview {
 public:
  Interview(const CommandLine& line, Conversation conversation)
      : line_(line), in_(conversation.in), out_(conversation.out), asks_(conversation.is_terminal) {}

  bool run() {
    return file_is_free(line_.config_file) && know_folder() && know_provider() && know_name() &&
           know_options() && know_secrets() && write();
  }

 private:
  bool refuse(std::string_view what) {
    out_ << "cpaas_exporter init: " << what << "\n";
    return false;
  }

  bool file_is_free(const fs::path& path) {
    std::error_code error;
    if (line_.force || !fs::exists(fs::symlink_status(path, error))) return true;
    return refuse(path.string() +
                  " is there already and was left as it is; name another file by --config.file, or "
                  "give --force to overwrite it");
  }

  bool know_folder() {
    folder_ = fs::path(line_.config_file).parent_path();
    std::error_code error;
    if (folder_.empty() || fs::is_directory(folder_, error)) return true;
    return refuse(
        fmt::format("the folder {} is not there; make it: mkdir -p {}", folder_.string(), folder_.string()));
  }

  // One line; nothing at the end of the input, or when it was broken off.
  std::optional<std::string> read_line() {
    constexpr char broken_off = '\x03';
    std::string text;
    if (!std::getline(in_, text) || text.find(broken_off) != std::string::npos) return std::nullopt;
    return std::string(trimmed(text));
  }

  // Nothing if it was broken off. `fallback` is what an empty answer means; empty: ask again.
  std::optional<std::string> ask(const std::string& question, const std::string& fallback = "") {
    while (true) {
      out_ << question << (fallback.empty() ? ": " : " [" + fallback + "]: ") << std::flush;
      auto answer = read_line();
      if (!answer) out_ << "\n";
      if (!answer || !answer->empty()) return answer;
      if (!fallback.empty()) return fallback;
    }
  }

  bool ended() { return refuse("it was ended before all was said; nothing was written"); }

  bool know_provider() {
    std::string wanted = line_.init_provider;
    if (wanted.empty() && !asks_)
      return refuse("give --provider=NAME; there are " + config::join(providers_.names()));
    const bool must_ask = wanted.empty();
    if (must_ask) {
      out_ << "Providers:\n";
      for (const CollectorRef& each : shipped_) out_ << fmt::format("  {:<16} {}\n", each->name, each->title);
    }
    while (true) {
      if (must_ask) {
        const auto answer = ask("Provider");
        if (!answer) return ended();
        wanted = *answer;
      }
      const auto found =
          std::ranges::find_if(shipped_, [&](const auto& each) { return each->name == wanted; });
      if (found != shipped_.end()) {
        account_.collector = found->get();
        return true;
      }
      const auto names = providers_.names();
      const std::string hint = config::did_you_mean(wanted, names);
      refuse("unknown provider" + config::shown_word(wanted) +
             (hint.empty() ? "; there are " + config::join(names) : hint));
      if (!must_ask) return false;
    }
  }

  bool know_name() {
    account_.name = line_.init_account;
    if (account_.name.empty() && asks_) {
      const auto answer =
          ask("Name of the account, for the `account` label", std::string(account_.collector->name));
      if (!answer) return ended();
      account_.name = *answer;
    }
    if (account_.name.empty()) account_.name = account_.collector->name;
    return true;
  }

  bool concerns(const Option& option) const {
    return option.only_when_scope.empty() || option.only_when_scope == account_.value("scope");
  }

  // What the command line says, and then every option that is required and not a secret.
  bool know_options() {
    for (const std::string& each : line_.init_keys) {
      const auto equals = each.find('=');
      account_.keys.emplace_back(each.substr(0, equals), each.substr(equals + 1));
      if (is_secret(account_.keys.back().first)) {
        return refuse(
            fmt::format("'{0}' on the command line is seen by others and stays in the shell's history; give "
                        "{0}_file=FILE or {0}_env=NAME, or nothing, and {0} is read from standard input",
                        account_.keys.back().first));
      }
    }
    std::vector<std::string> missing;
    for (const Option& option : account_.collector->options) {
      const bool needed = option.required && option.kind != OptionKind::secret && concerns(option) &&
                          account_.value(option.name).empty();
      if (!needed) continue;
      if (!asks_) {
        missing.push_back(fmt::format("--set {}=... ({})", option.name, what_of(option)));
        continue;
      }
      const auto answer =
          ask(fmt::format("{} ({})", option.name, what_of(option)), std::string(option.default_value));
      if (!answer) return ended();
      account_.keys.emplace_back(option.name, *answer);
    }
    return missing.empty() || refuse(fmt::format("give {}", fmt::join(missing, " and ")));
  }

  static std::string what_of(const Option& option) {
    if (option.choices.empty()) return std::string(option.help);
    return fmt::format("{}: {}", option.help, fmt::join(option.choices, " or "));
  }

  bool is_secret(std::string_view key) const {
    return std::ranges::any_of(account_.collector->options, [&](const Option& option) {
      return option.kind == OptionKind::secret && option.name == key;
    });
  }

  bool know_secrets() {
    for (const Option& option : account_.collector->options) {
      if (option.kind != OptionKind::secret || !option.required || !concerns(option)) continue;
      const auto keys = config::secret_keys(option.name);
      if (std::ranges::any_of(keys, [&](const auto& key) { return !account_.value(key).empty(); })) continue;
      const fs::path name = file_word(account_.name) + "." + std::string(option.name);
      if (!file_is_free(folder_ / name)) return false;
      const auto secret = read_secret(option);
      if (!secret) return false;
      secrets_.push_back({folder_ / name, *secret + "\n"});
      account_.keys.emplace_back(keys[1], name.string());
    }
    return true;
  }

  // First silent, then the question: what is typed before that is thrown away.
  std::optional<std::string> ask_unseen(const Option& option) {
    if (!asks_) return read_line();
    const Unseen unseen;
    out_ << fmt::format("{} ({}; it is not shown): ", option.name, what_of(option)) << std::flush;
    auto answer = read_line();
    out_ << "\n";
    return answer;
  }

  std::optional<std::string> read_secret(const Option& option) {
    while (true) {
      std::optional<std::string> secret = ask_unseen(option);
      if (!secret) {
        if (asks_) {
          ended();
        } else {
          refuse(fmt::format(
              "give '{0}' on standard input, one line, or --set {0}_file=FILE or --set {0}_env=NAME",
              option.name));
        }
        return std::nullopt;
      }
      const std::string doubt = secret->empty() ? "is empty; paste the key" : config::doubt_of_key(*secret);
      if (doubt.empty()) return secret;
      refuse(fmt::format("'{}' {}", option.name, doubt));
      if (!asks_) return std::nullopt;
    }
  }

  // The files as they will be, for the check before they are there.
  config::Environment environment() const {
    config::Environment world = config::system_environment();
    world.read_file =
        [this, read = world.read_file](const std::string& path) -> tl::expected<std::string, std::string> {
      const auto found = std::ranges::find_if(secrets_, [&](const auto& each) { return each.path == path; });
      return found == secrets_.end() ? read(path) : found->text;
    };
    return world;
  }

  // The configuration, if it is good.
  std::optional<std::string> checked_text() {
    account_.file = line_.config_file;
    const auto loaded =
        config::parse(config::first_file(account_), line_.config_file, providers_, environment());
    for (const auto& each : loaded.problems) refuse(each.message);
    for (const auto& each : loaded.warnings) out_ << each.message << "\n";
    if (!loaded.problems.empty()) return std::nullopt;
    for (const auto& each : config::comparisons(loaded.config.accounts.front()))
      account_.thresholds.push_back(each.key);
    return config::first_file(account_);
  }

  bool write() {
    const auto text = checked_text();
    if (!text) return false;
    std::vector<NewFile> files;
    for (const SecretFile& each : secrets_) files.push_back({each.path, each.text, 0600});
    files.push_back({line_.config_file, *text, 0644});
    if (const auto problem = write_files(files, line_.force, line_.init_owner)) {
      return refuse(*problem + "; nothing was written");
    }
    for (const NewFile& each : files)
      out_ << "wrote " << each.path.string() << (each.mode == 0600 ? " (mode 600)\n" : "\n");
    return true;
  }

  const CommandLine& line_;
  std::istream& in_;
  std::ostream& out_;
  bool asks_;
  described::Providers providers_;
  std::vector<CollectorRef> shipped_ = providers_.shipped();
  fs::path folder_;
  config::FirstAccount account_;
  std::vector<SecretFile> secrets_;
};

}  // namespace

bool init(const CommandLine& line, Conversation conversation) {
  return Interview(line, conversation).run();
}

}  // namespace cpaas::app
