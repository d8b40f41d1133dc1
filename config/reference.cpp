#include "config/config.h"
#include "config/duration.h"
#include "config/keys.h"
#include "config/spelling.h"

namespace cpaas::config {
namespace {

constexpr std::string_view introduction = R"(# Configuration

Every key of the configuration file, generated from what the program itself checks. An example with comments is
[config/example.yml](../config/example.yml).

The file is one YAML map with these keys:

- `accounts`: a list of at least one account;
- `defaults`: optional; keys of accounts, for all accounts that do not give them themselves;
- `providers`: optional; a list of files that describe providers, or of folders of them (`*.yml`, `*.yaml`), relative to this file. See
  [adding a provider](adding_a_provider.md). A description of a provider that the exporter ships takes its place.

Unknown and duplicate keys, values of a wrong type or out of range and unreadable secrets are errors. All of them are
reported at once as `file:line:column: message`; `cpaas_exporter check` does nothing else. The column counts bytes.

`check` also warns of what works, but hardly as it is meant: thresholds that nothing of the account can reach, endpoints that
have nothing to ask, more requests than `requests_per_minute` allows, an id of another scope, a secret with something around it that does not
belong to it. A warning begins with `warning: ` and says what to do; `check` ends with 0 all the same, with `--strict` with 1.

A length of time is made of whole numbers with a unit, the larger unit first: `500ms`, `30s`, `5m`, `1h30m`, `3d`, `2w`.

Every secret `NAME` can be given in three ways, of which exactly one is used: `NAME` holds the secret itself, `NAME_file` the
name of a file that holds it (a relative name is looked for beside the configuration file), `NAME_env` the name of an environment
variable. A secret has at most 4096 bytes and no control characters; blanks, line breaks and a byte order mark at its ends do not count.

Secret files are read again at each reload; with `--config.auto-reload` when one of them changes, also where it is a symbolic link to
another file now, as in Kubernetes; and without that when the provider or the proxy refuses the credentials, once a minute at most.

The word `none`, without quotes, turns off for one account what `defaults` give: a threshold, the budget, a key of `connection`.

How long a provider can have the exporter wait is bounded. A rate limit (429, 409, or 403 with a time to wait or nothing left) holds all
endpoints of the credential, any other answer with `Retry-After` its endpoint alone: for as long as the provider asks, but an hour at most, or the
endpoint's interval if that is longer. After 401, 403, 409 and 429 an endpoint is not asked again before its interval is over. A
reload that changes an account's credentials, connection or pace lifts its holds. `cpaas_hold_until_timestamp_seconds` says until when they last.

Anchors and aliases work; merge keys (`<<`), tags and further documents do not. The file has at most 16 MiB, 256 KiB a line and 32 levels.
)";

std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) result.append(c == '|' ? "\\" : "").append(1, c);
  return result;
}

std::string code(std::string_view text) {
  return text.empty() ? "" : "`" + std::string(text) + "`";
}

void row(std::string& out, std::initializer_list<std::string> cells) {
  for (const std::string& each : cells) out.append("| ").append(cell(each)).append(each.empty() ? "" : " ");
  out.append("|\n");
}

void key_row(std::string& out, const KeyInfo& key) {
  row(out, {code(key.name), describe(key.rule), key.required ? "required" : code(key.default_value),
            std::string(key.help) + "."});
}

constexpr std::string_view key_header = "| key | value | default | |\n|---|---|---|---|\n";

template <class Target>
void key_rows(std::string& out, std::span<const Key<Target>> keys) {
  for (const KeyInfo& key : keys) key_row(out, key);
}

template <class Target>
void section(std::string& out, const Section& section, std::span<const Key<Target>> keys) {
  out.append("\n### ")
      .append(section.name)
      .append("\n\n")
      .append(section.help)
      .append(".\n\n")
      .append(key_header);
  key_rows(out, keys);
}

std::string value_of(const Option& option) {
  switch (option.kind) {
    case OptionKind::text:
      return "text";
    case OptionKind::currency:
      return describe({Type::currency});
    case OptionKind::secret:
      return "secret";
    case OptionKind::choice:
      return "one of " + join(option.choices);
    case OptionKind::list:
      return "a list of texts";
    case OptionKind::list_or_all:
      return "a list of texts, or the word `all`";
  }
  return "";
}

std::string sentence(std::string_view help) {
  std::string result(help);
  if (!result.empty() && result.front() >= 'a' && result.front() <= 'z')
    result.front() = static_cast<char>(result.front() - 'a' + 'A');
  return result + ".";
}

std::string scope_note(std::string_view scope) {
  return scope.empty() ? "" : "Only for scope `" + std::string(scope) + "`. ";
}

void options_table(std::string& out, const Collector& collector) {
  if (collector.options.empty()) return;
  out.append("\n").append(key_header);
  for (const Option& option : collector.options) {
    row(out, {code(option.name), value_of(option), option.required ? "required" : code(option.default_value),
              scope_note(option.only_when_scope) + sentence(option.help)});
  }
}

void endpoints_table(std::string& out, const Collector& collector) {
  if (collector.endpoints.empty()) return;
  out.append("\n| endpoint | enabled | interval | |\n|---|---|---|---|\n");
  for (const Endpoint& endpoint : collector.endpoints) {
    row(out, {code(endpoint.name), endpoint.default_enabled ? "`true`" : "`false`",
              code(format_duration(endpoint.default_interval)),
              scope_note(endpoint.only_when_scope) + sentence(endpoint.help)});
  }
}

void provider(std::string& out, const Collector& collector) {
  out.append("\n## ").append(collector.title).append("\n\n`provider: ").append(collector.name);
  out.append("`, at `").append(collector.base_url).append("`.\n");
  out.append("Its days and months are those of the time zone `").append(collector.timezone);
  out.append("`, unless `timezone` says otherwise.\n");
  options_table(out, collector);
  endpoints_table(out, collector);
}

}  // namespace

std::string reference_markdown(std::span<const Collector* const> collectors) {
  std::string out(introduction);
  out.append("\n## Every account\n\n").append(key_header);
  key_rows(out, identity_keys());
  key_rows(out, shared_keys());
  out.append("\nAll but `name` and `provider` may also stand under `defaults`, and so may these sections:\n");
  section(out, endpoints_section, endpoint_keys());
  section(out, thresholds_section, threshold_keys());
  section(out, budget_section, budget_keys());
  section(out, connection_section, connection_keys());
  row(out, {code(proxy_key), "secret", "", sentence(proxy_help)});
  for (const Collector* collector : collectors) provider(out, *collector);
  return out;
}

}  // namespace cpaas::config
