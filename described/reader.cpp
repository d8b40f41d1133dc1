#include "described/reader.h"

#include <algorithm>
#include <array>

#include "config/base_url.h"
#include "config/keys.h"
#include "config/sections.h"
#include "described/fields.h"
#include "described/read_metrics.h"
#include "described/read_request.h"
#include "exporter/core/time_zone.h"

namespace cpaas::described {
namespace {

const std::vector<std::string> root_keys{"provider",  "title",   "documentation",  "base_url",
                                         "time_zone", "options", "authentication", "headers",
                                         "success",   "limits",  "metrics",        "endpoints"};
const std::vector<std::string> endpoint_keys{
    "help", "interval", "minimum_interval", "enabled", "request", "pages", "days", "each",
    "jq",   "where",    "metrics",          "ignore",  "period"};

class DescriptionReader {
 public:
  DescriptionReader(const Node& root, Context& context)
      : root_(root), context_(context), problems_(context.problems) {}

  Description read() {
    if (!is_map(root_, "the description", root_keys, problems_)) return {};
    read_names();
    if (const Node* options = root_.find("options")) read_options(*options);
    if (const Node* node = root_.find("authentication"))
      result_.authentication = read_authentication(*node, context_);
    if (const Node* node = root_.find("headers"))
      result_.headers = read_named_templates(*node, "'headers'", context_);
    if (const Node* node = root_.find("success")) read_success(*node);
    if (const Node* node = root_.find("limits")) read_limits(*node);
    if (const Node* node = root_.find("metrics")) read_families(*node, context_);
    read_endpoints();
    return std::move(result_);
  }

 private:
  void read_names() {
    const auto text = [&](std::string_view key) {
      require(root_, key, "", problems_);
      return read_text(root_, key, problems_).value_or("");
    };
    result_.name = text("provider");
    if (!result_.name.empty() && !is_name(result_.name))
      problems_.add(*root_.find("provider"), "'provider' must be small letters, digits and underscores");
    result_.title = text("title");
    result_.documentation = read_text(root_, "documentation", problems_).value_or("");
    result_.base_url = text("base_url");
    if (!result_.base_url.empty()) check_base_url(*root_.find("base_url"));
    if (const auto zone = read_text(root_, "time_zone", problems_)) {
      result_.time_zone = *zone;
      if (!TimeZone::find(*zone))
        problems_.add(*root_.find("time_zone"), "'time_zone' is not one that this machine knows");
    }
  }

  void check_base_url(const Node& node) {
    const auto url = config::parse_base_url(result_.base_url);
    if (!url || (!url->tls && !url->local)) {
      problems_.add(node,
                    "'base_url' must be an https URL without a query, such as https://api.acme.example/v2");
    } else {
      result_.base_url = url->text;
    }
  }

  // --- options

  void read_options(const Node& node) {
    if (!config::expect_map(node, "'options'", problems_)) return;
    std::vector<std::string> taken = config::shared_names();
    config::add_names(config::identity_keys(), taken);
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const Node& key = *node.keys[i];
      if (!is_name(key.text))
        problems_.add(key, "an option's name must be small letters, digits and underscores");
      if (std::ranges::count(taken, key.text) > 0)
        problems_.add(key, "every account has a key of this name already");
      read_option(key, *node.values[i]);
    }
  }

  void read_option(const Node& key, const Node& node) {
    const std::vector<std::string> keys{"kind", "help", "required", "default", "choices", "names_account"};
    if (!is_map(node, "an option", keys, problems_)) return;
    constexpr std::array kinds{OptionKind::text,   OptionKind::currency, OptionKind::secret,
                               OptionKind::choice, OptionKind::list,     OptionKind::list_or_all};
    OptionSpec option{.name = key.text};
    const auto kind =
        read_choice(node, "kind", {"text", "currency", "secret", "choice", "list", "list_or_all"}, problems_);
    if (kind && *kind < kinds.size()) option.kind = kinds.at(*kind);
    require(node, "help", " of the option", problems_);
    option.help = read_text(node, "help", problems_).value_or("");
    option.required = read_flag(node, "required", problems_).value_or(false);
    option.default_value = read_text(node, "default", problems_).value_or("");
    option.choices = read_texts(node, "choices", problems_);
    option.names_account = read_flag(node, "names_account", problems_).value_or(false);
    if ((option.kind == OptionKind::choice) == option.choices.empty())
      problems_.add(node, "'choices' belong to the kind choice, and only to it");
    if (option.kind == OptionKind::secret && !option.default_value.empty())
      problems_.add(node, "a secret must not have a default");
    context_.names.options.emplace(option.name, option.kind);
    result_.options.push_back(std::move(option));
  }

  void read_success(const Node& node) {
    if (!is_map(node, "'success'", {"pointer", "equals"}, problems_)) return;
    require(node, "pointer", " of success", problems_);
    require(node, "equals", " of success", problems_);
    const auto pointer = read_root_pointer(node, "pointer", problems_);
    if (pointer) result_.success = Success{*pointer, read_texts(node, "equals", problems_)};
  }

  void read_limits(const Node& node) {
    const std::vector<std::string> keys{"requests", "series", "requests_per_minute", "minimum_interval"};
    if (!is_map(node, "'limits'", keys, problems_)) return;
    const auto number = [&](std::string_view key, double most) {
      return read_number(node, key, {config::Type::number, 1, most, true}, problems_);
    };
    if (const auto most = number("requests", 1000)) result_.limits.requests = static_cast<std::size_t>(*most);
    if (const auto most = number("series", 1e6)) result_.limits.series = static_cast<std::size_t>(*most);
    if (const auto most = number("requests_per_minute", 60'000))
      result_.limits.requests_per_minute = static_cast<unsigned>(*most);
    minimum_interval_ = read_seconds(node, "minimum_interval", problems_).value_or(minimum_interval_);
  }

  // --- endpoints

  void read_endpoints() {
    const Node* node = require(root_, "endpoints", "", problems_);
    if (node == nullptr || !config::expect_map(*node, "'endpoints'", problems_)) return;
    if (node->keys.empty()) problems_.add(*node, "'endpoints' must have at least one endpoint");
    for (std::size_t i = 0; i < node->keys.size(); ++i) {
      const Node& key = *node->keys[i];
      if (!is_name(key.text))
        problems_.add(key, "an endpoint's name must be small letters, digits and underscores");
      EndpointSpec endpoint{.name = key.text};
      read_endpoint(*node->values[i], endpoint);
      result_.endpoints.push_back(std::move(endpoint));
    }
  }

  void read_endpoint(const Node& node, EndpointSpec& endpoint) {
    if (!is_map(node, "an endpoint", endpoint_keys, problems_)) return;
    const auto names_before = context_.names.each;
    require(node, "help", " of the endpoint", problems_);
    endpoint.help = read_text(node, "help", problems_).value_or("");
    endpoint.enabled = read_flag(node, "enabled", problems_).value_or(true);
    read_intervals(node, endpoint);
    const Node* request = require(node, "request", " of the endpoint", problems_);
    if (request != nullptr) endpoint.request = read_request(*request, context_);
    if (request != nullptr && endpoint.request.body && result_.authentication.signature)
      problems_.add(*request, "a request with a body cannot be signed");
    if (const Node* pages = node.find("pages")) add_pages(*pages, endpoint);
    endpoint.period = read_text(node, "period", problems_).value_or("");
    if (const auto days = read_number(node, "days", {config::Type::number, 1, 90, true}, problems_))
      endpoint.days = static_cast<int>(*days);
    read_metrics(node, endpoint, context_);
    if (result_.success) endpoint.shape.known(result_.success->pointer.keys);
    if (const Node* ignored = node.find("ignore")) ignore(node, *ignored, endpoint);
    context_.names.each = names_before;
  }

  void read_intervals(const Node& node, EndpointSpec& endpoint) {
    endpoint.interval = read_seconds(node, "interval", problems_).value_or(endpoint.interval);
    endpoint.minimum_interval = read_seconds(node, "minimum_interval", problems_).value_or(minimum_interval_);
    if (endpoint.interval >= endpoint.minimum_interval) return;
    const Node* at = node.find("interval");
    problems_.add(at == nullptr ? node : *at, "'interval' is shorter than 'minimum_interval'");
  }

  void add_pages(const Node& node, EndpointSpec& endpoint) {
    endpoint.pages = read_pages(node, context_);
    if (!endpoint.pages.pointer.keys.empty()) endpoint.shape.known(endpoint.pages.pointer.keys);
    for (const auto& pointer : {endpoint.pages.more, endpoint.pages.total}) {
      if (pointer) endpoint.shape.known(pointer->keys);
    }
    const bool counts = endpoint.pages.way == Pages::Way::number || endpoint.pages.way == Pages::Way::offset;
    if (endpoint.request.body && (counts || endpoint.pages.way == Pages::Way::cursor))
      problems_.add(node, "pages of a request with a body can only be followed by links");
  }

  void ignore(const Node& map, const Node& node, EndpointSpec& endpoint) {
    if (node.type == Node::Type::scalar && node.text == "all") {
      endpoint.shape.known({});
      return;
    }
    for (const std::string& text : read_texts(map, "ignore", problems_)) {
      const auto keys = parse_pointer(text);
      if (keys && !keys->empty()) {
        endpoint.shape.ignore(*keys);
      } else {
        problems_.add(node, "'ignore' must be all, or a list of pointers, with * for the rows of a list");
      }
    }
  }

  const Node& root_;
  Context& context_;
  Problems& problems_;
  Description result_{};
  std::chrono::seconds minimum_interval_{0};
};

}  // namespace

ReadDescription read_description(std::string_view text, FamilyPool& families, config::Problems& problems) {
  const config::Tree tree = config::read_yaml(text, problems);
  if (tree.root == nullptr) {
    if (problems.none()) problems.add(1, 1, "the file is empty: 'provider' is missing");
    return {};
  }
  Context context{problems, families, text};
  Description description = DescriptionReader(*tree.root, context).read();
  return {std::move(description), std::move(context.declared)};
}

}  // namespace cpaas::described
