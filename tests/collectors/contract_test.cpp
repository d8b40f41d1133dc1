// What every collector promises, whatever its provider sends. Providers are found by the registry and samples
// by their file names (see mutations.h), so that this file names none.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/collectors/every_collector.h"
#include "tests/collectors/golden.h"
#include "tests/collectors/mutations.h"

namespace cpaas::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr TimePoint some_time = std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + 12h;

// --- what is asked with ---

struct Situation {
  std::chrono::days window{30};
  bool personal_data = true;
  bool all = false;    // lists say `all` where they may
  bool alone = false;  // no other endpoint is polled
};

std::vector<Situation> all_situations() {
  using std::chrono::days;
  return {{},
          {days{30}, false, false, true},
          {days{30}, false, true},
          {days{7}, true, true},
          {days{90}, false, false}};
}

// Every option is set, texts to something that must be encoded in a URL.
Settings settings_for(const Collector& collector, const Endpoint& endpoint, const Situation& situation) {
  Settings settings = default_settings(collector);
  settings.window = situation.window;
  settings.personal_data = situation.personal_data;
  for (const Endpoint& other : collector.endpoints) {
    if (situation.alone && other.name != endpoint.name) settings.not_polled.emplace(other.name);
  }
  const std::string text = "a b/c?d#e";
  for (const Option& option : collector.options) {
    const std::string name(option.name);
    if (option.kind == OptionKind::text) settings.texts[name] = text;
    if (option.kind == OptionKind::list) settings.lists[name] = {text};
    if (option.kind == OptionKind::list_or_all) settings.lists[name] = {situation.all ? "all" : text};
    if (option.kind != OptionKind::choice) continue;
    const bool has_scope =
        std::count(option.choices.begin(), option.choices.end(), endpoint.only_when_scope) > 0;
    if (has_scope) settings.texts[name] = endpoint.only_when_scope;
    if (settings.texts[name].empty() && !option.choices.empty())
      settings.texts[name] = option.choices.front();
  }
  return settings;
}

// --- what is wrong; nothing if nothing is ---

using Problem = std::optional<std::string>;

// A header's value with what HTTP Basic encodes.
std::string shown_in_clear(const std::string& header) {
  constexpr std::string_view basic = "Basic ";
  if (!header.starts_with(basic)) return header;
  std::vector<unsigned char> text(header.size());
  const std::string encoded = header.substr(basic.size());
  const int size = EVP_DecodeBlock(text.data(), reinterpret_cast<const unsigned char*>(encoded.data()),
                                   static_cast<int>(encoded.size()));
  EXPECT_GT(size, 0) << "not Base64";
  return {text.begin(), text.begin() + std::max(size, 0)};
}

Problem problem_with(const Call& call, const Settings& settings) {
  const std::string& url = call.request.url;
  if (!url.starts_with(settings.base_url + "/")) return "leaves base_url: " + url;
  constexpr std::string_view legal = "-._~:/?[]@!$&'()*+,;=%";
  const bool is_legal = std::all_of(url.begin(), url.end(), [&](unsigned char c) {
    return (c < 128 && std::isalnum(c) != 0) || legal.find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (!is_legal) return "is not a URL: " + url;
  bool authorised = settings.secrets.empty();
  for (const auto& [name, secret] : settings.secrets) {
    // Some providers want it in the query, which is never shown.
    if (shown_url(url).find(secret.reveal()) != std::string::npos) return "shows a secret: " + url;
    authorised = authorised || url.find("=" + percent_encode(secret.reveal())) != std::string::npos;
    for (const Header& header : call.request.headers) {
      authorised =
          authorised || shown_in_clear(header.value.reveal()).find(secret.reveal()) != std::string::npos;
    }
  }
  return authorised ? std::nullopt : Problem("carries no secret: " + url);
}

using FamilyWindow = std::pair<const Family*, Window>;

std::set<FamilyWindow> declared_by(const Collector& collector, const Endpoint& endpoint) {
  std::set<FamilyWindow> declared;
  for (const Source& source : collector.sources) {
    if (source.endpoint != endpoint.name) continue;
    for (const Window window : windows_of(source.windows)) declared.emplace(source.family, window);
  }
  return declared;
}

Problem problem_with(const std::set<FamilyWindow>& declared, FamilyWindow given, const LabelValues& labels,
                     double value) {
  const auto& [family, window] = given;
  const std::string name = family_name(*family, window);
  if (!declared.contains(given)) return name + " is not among the endpoint's sources";
  if (windowed(*family) != (window != Window::none))
    return name + " has a window where it should not, or none";
  if (labels.values().size() != family->labels.size()) return name + " has another number of labels";
  if (!std::isfinite(value)) return name + " is not finite";
  if (family->kind == Kind::counter && value < 0) return name + " is a negative counter";
  if (family->kind == Kind::info && value != 1) return name + " is an info, but not 1";
  return std::nullopt;
}

// Documentation says of each counter since when it counts.
Problem counted_otherwise(const Collector& collector, const Endpoint& endpoint, const Family* family,
                          Counted counted) {
  if (family == nullptr || family->kind != Kind::counter) return std::nullopt;
  for (const Source& source : collector.sources) {
    if (source.family == family && source.endpoint == endpoint.name && source.counted != counted)
      return std::string(family->name) + " is declared to be counted otherwise";
  }
  return std::nullopt;
}

Problem counted_otherwise(const Collector& collector, const Endpoint& endpoint, const Page& page) {
  std::vector<std::pair<const Family*, Counted>> given;
  for (const Sample& sample : page.samples) given.emplace_back(sample.family, Counted::total);
  for (const TotalPart& part : page.parts) given.emplace_back(part.family, Counted::total);
  for (const DayValue& day : page.days) given.emplace_back(day.family, Counted::days);
  for (const Level& level : page.levels) {
    given.emplace_back(level.spent, Counted::level);
    given.emplace_back(level.added, Counted::level);
  }
  for (const auto& [family, counted] : given) {
    if (auto problem = counted_otherwise(collector, endpoint, family, counted)) return problem;
  }
  return std::nullopt;
}

Problem problem_with(const std::set<FamilyWindow>& declared, const Page& page) {
  std::set<std::pair<FamilyWindow, std::string>> seen;
  for (const Sample& sample : page.samples) {
    const FamilyWindow given{sample.family, sample.window};
    if (auto problem = problem_with(declared, given, sample.labels, sample.value)) return problem;
    if (!seen.emplace(given, sample.labels.key()).second)
      return family_name(*sample.family, sample.window) + " comes twice";
  }
  std::set<std::tuple<const Family*, std::string, Day>> days;
  for (const auto& [family, labels, day, value] : page.days) {
    if (auto problem = problem_with(declared, {family, Window::none}, labels, value)) return problem;
    if (family->kind != Kind::counter)
      return std::string(family->name) + " is given by the day, but no counter";
    if (!days.insert({family, labels.key(), day}).second)
      return std::string(family->name) + " has a day twice";
  }
  for (const auto& [spent, added, labels, value] : page.levels) {
    for (const Family* family : {spent, added}) {
      if (family == nullptr) continue;
      if (auto problem = problem_with(declared, {family, Window::none}, labels, std::fabs(value)))
        return problem;
    }
  }
  return std::nullopt;
}

bool is_personal(const std::string& text) {
  if (text.find('@') != std::string::npos) return true;
  return text.size() >= 8 && text.front() == '+' &&
         std::all_of(text.begin() + 1, text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

Problem personal_data_in(const Page& page, const json& document) {
  std::set<std::string, std::less<>> personal;
  for (const std::string& text : texts_in(document)) {
    if (is_personal(text)) personal.insert(text);
  }
  for (const Sample& sample : page.samples) {
    for (const std::string_view value : sample.labels.values()) {
      if (personal.contains(value)) return std::string(sample.family->name) + " shows " + std::string(value);
    }
  }
  return std::nullopt;
}

// --- how it is asked ---

Result<Page> parse(const Call& call, const json& body, TimePoint now) {
  try {
    return call.parse(Reply{body, now});
  } catch (const std::exception& error) {
    ADD_FAILURE() << "parse threw: " << error.what();
    return fail(Reason::internal, error.what());
  }
}

// The value of a parameter in the query of `url`.
std::optional<std::string> parameter(const std::string& url, std::string_view name) {
  const auto at = url.find(std::string(name) + "=");
  if (at == std::string::npos) return std::nullopt;
  const auto begin = at + name.size() + 1;
  return url.substr(begin, url.find('&', begin) - begin);
}

// `document`, whose stated period is made the one that `call` asks for.
json of_asked_period(json document, const Call& call) {
  using Names = std::pair<std::string_view, std::string_view>;  // in the query, in the period
  for (const auto& [asked, stated] : {Names{"from_date", "from"}, Names{"to_date", "to"},
                                      Names{"start_date", "start"}, Names{"end_date", "end"}}) {
    const auto date = parameter(call.request.url, asked);
    if (date && document.is_object() && document.contains("period") && document["period"].contains(stated)) {
      document["period"][stated] = *date;
    }
  }
  return document;
}

// The first calls of a poll, and those that follow when they get the samples; no URL twice.
std::vector<Call> calls_of(const Endpoint& endpoint, const Settings& settings, TimePoint now,
                           const std::vector<NamedDocument>& samples) {
  constexpr std::size_t enough = 4;  // more would only differ in their ids
  std::vector<Call> calls = endpoint.start(settings, {now});
  std::set<std::string> urls;
  for (const Call& call : calls) urls.insert(call.request.url);
  for (std::size_t i = 0; i < calls.size() && calls.size() < enough; ++i) {
    for (const NamedDocument& sample : samples) {
      auto page = parse(calls[i], of_asked_period(sample.body, calls[i]), now);
      if (!page) continue;
      for (Call& call : page->next) {
        if (calls.size() < enough && urls.insert(call.request.url).second) calls.push_back(std::move(call));
      }
    }
  }
  return calls;
}

// Noon of every day that the document names: some windows ("today") have values only then.
std::set<TimePoint> times_in(const json& document) {
  std::set<TimePoint> times{some_time};
  for (const std::string& text : texts_in(document)) {
    if (const auto time = parse_time(text); time && times.size() < 12)
      times.insert(TimePoint{day_of(*time)} + 12h);
  }
  return times;
}

// Gives `document` to `call` and reports what is wrong with the result. False if the test has failed.
bool holds(const std::set<FamilyWindow>& declared, const Settings& settings, const Call& call,
           const json& document, TimePoint now, const std::string& what) {
  const auto where = [&] { return shown_url(call.request.url) + ", " + what; };
  const auto page = parse(call, document, now);
  if (!page) {
    EXPECT_FALSE(page.error().message.empty()) << where();
    EXPECT_LE(page.error().message.size(), 500U) << where();
    return !::testing::Test::HasFailure();
  }
  EXPECT_EQ(problem_with(declared, *page), std::nullopt) << where();
  for (const Call& next : page->next) EXPECT_EQ(problem_with(next, settings), std::nullopt) << where();
  if (!settings.personal_data) {
    EXPECT_EQ(personal_data_in(*page, document), std::nullopt) << where();
  }
  return !::testing::Test::HasFailure();
}

class Contract : public ::testing::TestWithParam<std::string_view> {
 protected:
  const Collector& collector_ = collector_named(GetParam());
};

bool is_name(std::string_view name) {
  if (name.empty() || std::islower(static_cast<unsigned char>(name.front())) == 0) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (std::islower(c) != 0) || (std::isdigit(c) != 0) || c == '_';
  });
}

TEST_P(Contract, NamesAreUniqueAndExplained) {
  EXPECT_TRUE(is_name(collector_.name));
  EXPECT_FALSE(collector_.title.empty());
  const bool is_private =
      collector_.base_url.starts_with("https://") || collector_.base_url.starts_with("http://127.0.0.1:");
  EXPECT_TRUE(is_private) << collector_.base_url;
  EXPECT_FALSE(collector_.base_url.ends_with("/")) << collector_.base_url;
  std::set<std::string_view> names;
  for (const Option& option : collector_.options) {
    EXPECT_TRUE(is_name(option.name)) << option.name;
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_EQ(option.kind == OptionKind::choice, !option.choices.empty()) << option.name;
  }
  names.clear();
  ASSERT_FALSE(collector_.endpoints.empty());
  for (const Endpoint& endpoint : collector_.endpoints) {
    EXPECT_TRUE(is_name(endpoint.name)) << endpoint.name;
    EXPECT_TRUE(names.insert(endpoint.name).second) << endpoint.name;
    EXPECT_FALSE(endpoint.help.empty()) << endpoint.name;
    EXPECT_GE(endpoint.default_interval, 1s) << endpoint.name;
  }
}

TEST_P(Contract, SourcesAreDeclaredOnce) {
  std::set<std::tuple<const Family*, std::string_view, Window>> seen;
  for (const Source& source : collector_.sources) {
    const std::string_view name = source.family->name;
    for (const Window window : windows_of(source.windows)) {
      EXPECT_TRUE(seen.insert({source.family, source.endpoint, window}).second)
          << name << " of " << source.endpoint;
    }
    EXPECT_FALSE(source.field.empty()) << name;
    const bool has_window = windows_of(source.windows) != std::vector{Window::none};
    EXPECT_EQ(windowed(*source.family), has_window) << name;
    EXPECT_TRUE(std::any_of(collector_.endpoints.begin(), collector_.endpoints.end(),
                            [&](const Endpoint& endpoint) { return endpoint.name == source.endpoint; }))
        << source.endpoint;
  }
}

TEST_P(Contract, RequestsStayAtTheProviderAndHideTheirSecrets) {
  for (const Endpoint& endpoint : collector_.endpoints) {
    const auto samples = samples_of(collector_.name, endpoint.name);
    std::size_t calls = 0;
    for (const Situation& situation : all_situations()) {
      const Settings settings = settings_for(collector_, endpoint, situation);
      for (const Call& call : calls_of(endpoint, settings, some_time, samples)) {
        EXPECT_EQ(problem_with(call, settings), std::nullopt) << endpoint.name;
        ++calls;
      }
    }
    EXPECT_GT(calls, 0U) << endpoint.name << " asks for nothing";
  }
}

TEST_P(Contract, GivesAllThatItDeclares) {
  for (const Endpoint& endpoint : collector_.endpoints) {
    const auto samples = samples_of(collector_.name, endpoint.name);
    EXPECT_FALSE(samples.empty()) << "no testdata/" << collector_.name << "/" << endpoint.name << "*.json";
    const auto declared = declared_by(collector_, endpoint);
    auto missing = declared;
    for (const Situation& situation : all_situations()) {
      const Settings settings = settings_for(collector_, endpoint, situation);
      for (const NamedDocument& sample : samples) {
        for (const TimePoint now : times_in(sample.body)) {
          for (const Call& call : calls_of(endpoint, settings, now, samples)) {
            const json body = of_asked_period(sample.body, call);
            if (!holds(declared, settings, call, body, now, sample.name)) return;
            const auto page = parse(call, body, now);
            if (!page) continue;
            EXPECT_EQ(counted_otherwise(collector_, endpoint, *page), std::nullopt) << sample.name;
            for (const Sample& given : page->samples) missing.erase({given.family, given.window});
            for (const DayValue& day : page->days) missing.erase({day.family, Window::none});
            for (const TotalPart& part : page->parts) missing.erase({part.family, Window::none});
            for (const Level& level : page->levels) {
              missing.erase({level.spent, Window::none});
              missing.erase({level.added, Window::none});
            }
          }
        }
      }
    }
    for (const auto& [family, window] : missing) {
      ADD_FAILURE() << endpoint.name << ": no sample gives " << family_name(*family, window);
    }
  }
}

TEST_P(Contract, SurvivesWhatIsNotItsAnswer) {
  std::vector<NamedDocument> documents = hostile_documents();
  for (const Endpoint& endpoint : collector_.endpoints) {
    for (NamedDocument& sample : samples_of(collector_.name, endpoint.name))
      documents.push_back(std::move(sample));
  }
  for (const Endpoint& endpoint : collector_.endpoints) {
    const auto samples = samples_of(collector_.name, endpoint.name);
    const auto declared = declared_by(collector_, endpoint);
    const Settings settings = settings_for(collector_, endpoint, {});
    for (const Call& call : calls_of(endpoint, settings, some_time, samples)) {
      for (const auto& [name, document] : documents) {
        if (!holds(declared, settings, call, document, some_time, name)) return;
      }
    }
  }
}

// An empty list is one where the provider documents a bare array, and a number where it documents one.
TEST_P(Contract, NothingIsNoAnswer) {
  for (const Endpoint& endpoint : collector_.endpoints) {
    const auto samples = samples_of(collector_.name, endpoint.name);
    const bool bare_array =
        std::ranges::any_of(samples, [](const NamedDocument& sample) { return sample.body.is_array(); });
    const bool bare_number =
        std::ranges::any_of(samples, [](const NamedDocument& sample) { return sample.body.is_number(); });
    const Settings settings = settings_for(collector_, endpoint, {});
    for (const Call& call : calls_of(endpoint, settings, some_time, samples)) {
      for (const auto& [name, document] : hostile_documents()) {
        if (bare_array && document.is_array()) continue;
        if (bare_number && (document.is_number() || document.is_string())) continue;
        EXPECT_FALSE(parse(call, document, some_time)) << endpoint.name << ", " << name;
      }
    }
  }
}

struct EndpointOf {
  const Collector* collector;
  const Endpoint* endpoint;
};

void PrintTo(const EndpointOf& each, std::ostream* out) {
  *out << each.collector->name << "_" << each.endpoint->name;
}

class EndpointContract : public ::testing::TestWithParam<EndpointOf> {};

TEST_P(EndpointContract, SurvivesChangedSamples) {
  const auto& [collector, endpoint] = GetParam();
  const auto samples = samples_of(collector->name, endpoint->name);
  const auto declared = declared_by(*collector, *endpoint);
  const Settings settings = settings_for(*collector, *endpoint, {});
  for (const NamedDocument& sample : samples) {
    const TimePoint now = *times_in(sample.body).rbegin();
    auto calls = calls_of(*endpoint, settings, now, samples);
    std::erase_if(calls,
                  [&](const Call& call) { return !parse(call, sample.body, now); });  // meant for another
    json document = sample.body;
    for_each_mutation(document, [&](const std::string& change) {
      const std::string what = sample.name + ": " + change;
      for (const Call& call : calls) {
        if (!HasFailure()) holds(declared, settings, call, document, now, what);
      }
    });
  }
}

std::vector<EndpointOf> all_endpoints() {
  std::vector<EndpointOf> all;
  for (const Collector* collector : every_collector()) {
    for (const Endpoint& endpoint : collector->endpoints) all.push_back({collector, &endpoint});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Collectors, EndpointContract, ::testing::ValuesIn(all_endpoints()),
                         [](const auto& each) { return ::testing::PrintToString(each.param); });

std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names;
  for (const Collector* collector : every_collector()) names.push_back(collector->name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Collectors, Contract, ::testing::ValuesIn(all_names()),
                         [](const auto& each) { return std::string(each.param); });

// The names of one family are one constant: families are compared by address.
TEST(Families, AreDeclaredOnceAndNamedByTheRules) {
  std::map<std::string, const Family*, std::less<>> families;
  for (const Collector* collector : every_collector()) {
    for (const Source& source : collector->sources) {
      const Family& family = *source.family;
      EXPECT_EQ(families.emplace(family.name, &family).first->second, &family)
          << family.name << " is declared twice";
      EXPECT_TRUE(family.name.starts_with("cpaas_")) << family.name;
      EXPECT_EQ(family.name.ends_with("_total"), family.kind == Kind::counter) << family.name;
      EXPECT_EQ(family.name.ends_with("_info"), family.kind == Kind::info) << family.name;
      EXPECT_FALSE(family.help.empty() || family.help.ends_with(".")) << family.name;
      const std::set<std::string_view> labels(family.labels.begin(), family.labels.end());
      EXPECT_EQ(labels.size(), family.labels.size()) << family.name;
      for (const std::string_view label : labels) EXPECT_TRUE(is_name(label)) << family.name << " " << label;
    }
  }
}

TEST(Registry, IsSortedByName) {
  const auto names = all_names();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

}  // namespace
}  // namespace cpaas::testing
