#include "config/account_reader.h"

#include <algorithm>
#include <set>

#include "config/base_url.h"
#include "config/connection.h"
#include "config/duration.h"
#include "config/secrets.h"
#include "config/sections.h"
#include "config/spelling.h"

namespace cpaas::config {
namespace {

constexpr Rule option_text{Type::text, 1, 1000};
constexpr std::string_view scope_option = "scope";

class AccountReader {
 public:
  AccountReader(const Node& node, const Draft& defaults, const Context& context)
      : node_(node), draft_(defaults), context_(context), problems_(context.problems) {}

  Account read() {
    if (!expect_map(node_, "an account", problems_)) return {};
    find_provider();
    refuse_unknown_keys(node_, "", allowed_names(), problems_);
    read_keys(node_, identity_keys(), "", draft_, problems_);
    read_shared(node_, draft_, problems_);
    read_connection(node_, context_.folder, context_.environment, draft_, problems_);
    if (draft_.account.collector != nullptr) read_provider();
    return std::move(draft_.account);
  }

 private:
  const Collector& collector() const { return *draft_.account.collector; }
  Settings& settings() { return draft_.account.settings; }

  void find_provider() {
    const Node* provider = node_.find("provider");
    if (provider == nullptr || provider->type != Node::Type::scalar || provider->text.empty()) return;
    for (const CollectorRef& each : context_.collectors) {
      if (each->name == provider->text) draft_.account.collector = each;
    }
    const auto& names = context_.provider_names;
    if (draft_.account.collector != nullptr || std::ranges::count(names, provider->text) > 0) return;
    if (context_.names_incomplete) return;  // one problem is enough
    const std::string hint = did_you_mean(provider->text, names);
    problems_.add(*provider, "unknown provider" + shown_word(provider->text) +
                                 (hint.empty() ? "; there are " + join(names) : hint));
  }

  // Without a known provider any provider's options may be meant.
  std::vector<std::string> allowed_names() const {
    std::vector<std::string> names = shared_names();
    add_names(identity_keys(), names);
    for (const CollectorRef& each : context_.collectors) {
      if (draft_.account.collector != nullptr && each != draft_.account.collector) continue;
      for (const Option& option : each->options) add_option_names(option, names);
    }
    return names;
  }

  static void add_option_names(const Option& option, std::vector<std::string>& names) {
    if (option.kind != OptionKind::secret) {
      names.emplace_back(option.name);
      return;
    }
    for (std::string& key : secret_keys(option.name)) names.push_back(std::move(key));
  }

  void read_provider() {
    for (const Option& option : collector().options) read_option(option);
    const bool scope_unusable = has_option(scope_option) && settings().text(scope_option).empty();
    if (!scope_unusable) {
      for (const Option& option : collector().options) {
        check_option(option);
        check_prefix(option);
      }
    }
    finish_base_url();
    if (collector().requests_per_minute > 0) {
      draft_.account.requests_per_minute =
          std::min(draft_.account.requests_per_minute, collector().requests_per_minute);
    }
    settings().zone = draft_.zone ? *draft_.zone : TimeZone::find(collector().timezone).value_or(TimeZone());
    std::vector<std::string> names;
    for (const Endpoint& endpoint : collector().endpoints) names.emplace_back(endpoint.name);
    read_endpoints(node_, names, " of " + std::string(collector().name), draft_, problems_);
    if (!scope_unusable) plan_endpoints();
  }

  bool has_option(std::string_view name) const {
    return std::any_of(collector().options.begin(), collector().options.end(),
                       [&](const Option& option) { return option.name == name; });
  }

  void read_option(const Option& option) {
    switch (option.kind) {
      case OptionKind::text:
        read_text(option, option_text);
        break;
      case OptionKind::currency:
        read_currency(option);
        break;
      case OptionKind::choice:
        read_text(option, {Type::choice, 0, 0, false, option.choices});
        break;
      case OptionKind::list:
      case OptionKind::list_or_all:
        read_list(option);
        break;
      case OptionKind::secret: {
        Secret secret =
            read_secret({option.name, "", true}, node_, context_.folder, context_.environment, problems_);
        if (!secret.empty()) settings().secrets.emplace(option.name, std::move(secret));
      }
    }
    if (option.name == scope_option && option.required) require(option);
  }

  void read_text(const Option& option, const Rule& rule) {
    const Node* node = node_.find(option.name);
    if (node == nullptr) {
      if (!option.default_value.empty()) settings().texts.emplace(option.name, option.default_value);
    } else if (const auto value = config::read(rule, *node)) {
      doubt_blanks(option, *node);
      settings().texts.emplace(option.name, std::get<std::string>(*value));
    } else {
      problems_.add(*node, quoted("", option.name) + " must be " + describe(rule));
    }
  }

  void doubt_blanks(const Option& option, const Node& node) {
    if (!node.text.starts_with(' ') && !node.text.ends_with(' ')) return;
    problems_.warn(
        node, quoted("", option.name) + " begins or ends with a blank, which is sent with it; take it away");
  }

  // What was written in small letters is meant in capitals.
  void read_currency(const Option& option) {
    const Node* node = node_.find(option.name);
    if (node == nullptr) return read_text(option, {Type::currency});
    Node capitals = *node;
    for (char& c : capitals.text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const auto value = config::read({Type::currency}, capitals);
    if (!value) {
      problems_.add(*node, quoted("", option.name) + " must be " + describe({Type::currency}));
      return;
    }
    if (capitals.text != node->text) {
      problems_.warn(*node,
                     quoted("", option.name) + " is taken as " + capitals.text + "; write it in capitals");
    }
    settings().texts.emplace(option.name, capitals.text);
  }

  // Says it where the value is of another scope.
  void check_prefix(const Option& option) {
    const Node* node = node_.find(option.name);
    if (node == nullptr) return;
    for (const auto& [prefix, scope] : option.prefixes) {
      if (in_scope(scope) || !node->text.starts_with(prefix)) continue;
      problems_.warn(*node, quoted("", option.name) + " begins with " + std::string(prefix) +
                                ", which belongs to scope " + std::string(scope) +
                                ", not to the scope that is given; change one of them");
    }
  }

  void read_list(const Option& option) {
    const Node* node = node_.find(option.name);
    if (node == nullptr) return;
    const bool may_be_all = option.kind == OptionKind::list_or_all;
    std::vector<std::string>& list = settings().lists[std::string(option.name)];
    if (may_be_all && node->type == Node::Type::scalar && node->text == "all") {
      list.emplace_back("all");
    } else if (node->type == Node::Type::sequence) {
      read_elements(option, *node, list);
    } else {
      problems_.add(*node, quoted("", option.name) + " must be a list of texts" +
                               (may_be_all ? ", or the word all" : ""));
    }
  }

  void read_elements(const Option& option, const Node& node, std::vector<std::string>& list) {
    if (option.required && node.values.empty())
      problems_.add(node, quoted("", option.name) + " must not be empty");
    std::set<std::string_view> seen;
    for (const Node* element : node.values) {
      const auto value = config::read(option_text, *element);
      if (!value) {
        problems_.add(*element,
                      "an element of " + quoted("", option.name) + " must be " + describe(option_text));
      } else if (option.kind == OptionKind::list_or_all && element->text == "all") {
        problems_.add(*element, "write " + std::string(option.name) + ": all, without a list");
      } else if (!seen.insert(element->text).second) {
        problems_.add(*element, quoted("", option.name) + " has this element twice");
      } else {
        doubt_blanks(option, *element);
        list.push_back(element->text);
      }
    }
  }

  bool in_scope(std::string_view only_when_scope) {
    return only_when_scope.empty() || settings().text(scope_option) == only_when_scope;
  }

  // Where in the account the option stands, by whichever of its keys; null if it is not given.
  const Node* key_of(const Option& option) const {
    std::vector<std::string> names;
    add_option_names(option, names);
    for (const Node* key : node_.keys) {
      if (std::find(names.begin(), names.end(), key->text) != names.end()) return key;
    }
    return nullptr;
  }

  void check_option(const Option& option) {
    const Node* key = key_of(option);
    if (in_scope(option.only_when_scope)) {
      if (option.required) require(option);
    } else if (key != nullptr) {
      problems_.add(*key, "'" + key->text + "' is only for scope " + std::string(option.only_when_scope));
    } else {
      settings().texts.erase(std::string(option.name));  // its default has no meaning here
    }
  }

  void require(const Option& option) {
    const bool defaulted = !option.default_value.empty();
    if (defaulted || key_of(option) != nullptr) return;
    const bool secret = option.kind == OptionKind::secret;
    problems_.add(node_, (secret ? secret_choice(option.name) : quoted("", option.name)) + " is missing");
  }

  void finish_base_url() {
    const auto url = parse_base_url(settings().base_url.empty() ? collector().base_url : settings().base_url);
    if (!url) return;
    const Node* at = node_.find("base_url");
    if (at == nullptr && context_.defaults != nullptr) at = context_.defaults->find("base_url");
    if (!url->tls && !url->local && !draft_.allow_http) {
      problems_.add(at == nullptr ? node_ : *at,
                    "'base_url' must be https beyond this machine, unless 'allow_http' is true: http shows "
                    "the credentials");
    }
    settings().base_url = url->text;
  }

  void plan_endpoints() {
    const Node* given = node_.find(endpoints_section.name);
    for (const Endpoint& endpoint : collector().endpoints) {
      const EndpointChoice choice = draft_.endpoints[std::string(endpoint.name)];
      if (!in_scope(endpoint.only_when_scope)) {
        refuse_endpoint(given, endpoint);
      } else if (choice.enabled.value_or(endpoint.default_enabled)) {
        const auto shared = draft_.interval.value_or(endpoint.default_interval);
        const auto interval = choice.interval.value_or(std::max(shared, endpoint.minimum_interval));
        if (interval < endpoint.minimum_interval) refuse_interval(given, endpoint);
        draft_.account.endpoints.push_back({&endpoint, interval});
      }
    }
    for (const Endpoint& endpoint : collector().endpoints) settings().not_polled.emplace(endpoint.name);
    for (const EndpointPlan& plan : draft_.account.endpoints) {
      settings().not_polled.erase(std::string(plan.endpoint->name));
    }
    if (draft_.account.endpoints.empty()) {
      problems_.add(given == nullptr ? node_ : *given,
                    "the account has no enabled endpoint: there is nothing to poll");
    }
  }

  void refuse_interval(const Node* given, const Endpoint& endpoint) {
    const Node* at = given == nullptr ? nullptr : given->find(endpoint.name);
    problems_.add(at == nullptr ? node_ : *at, "endpoint '" + std::string(endpoint.name) +
                                                   "' must not be polled more often than every " +
                                                   format_duration(endpoint.minimum_interval));
  }

  void refuse_endpoint(const Node* given, const Endpoint& endpoint) {
    if (given == nullptr) return;
    for (const Node* key : given->keys) {
      if (key->text != endpoint.name) continue;
      problems_.add(*key, "endpoint '" + std::string(endpoint.name) + "' is only for scope " +
                              std::string(endpoint.only_when_scope));
    }
  }

  const Node& node_;
  Draft draft_;
  const Context& context_;
  Problems& problems_;
};

std::vector<std::string> all_endpoint_names(const std::vector<CollectorRef>& collectors) {
  std::set<std::string> names;
  for (const CollectorRef& collector : collectors) {
    for (const Endpoint& endpoint : collector->endpoints) names.emplace(endpoint.name);
  }
  return {names.begin(), names.end()};
}

Node written(std::string_view text) {
  Node node;
  node.type = Node::Type::scalar;
  node.plain = true;
  node.text = text;
  return node;
}

}  // namespace

Account read_account(const Node& node, const Draft& defaults, const Context& context) {
  return AccountReader(node, defaults, context).read();
}

Draft read_defaults(const Context& context) {
  Draft draft;
  for (const Key<Draft>& key : shared_keys()) {
    if (key.default_value.empty()) continue;
    if (const auto value = read(key.rule, written(key.default_value))) key.set(draft, *value);
  }
  const Node* node = context.defaults;
  if (node == nullptr) return draft;
  refuse_unknown_keys(*node, "defaults", shared_names(), context.problems);
  read_shared(*node, draft, context.problems);
  read_connection(*node, context.folder, context.environment, draft, context.problems);
  read_endpoints(*node, all_endpoint_names(context.collectors), " of any provider", draft, context.problems);
  return draft;
}

}  // namespace cpaas::config
