// A provider as its description says it: plain values, read and checked once, then shared and never changed.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "described/document.h"
#include "described/jq_program.h"
#include "described/signer.h"
#include "described/template.h"
#include "exporter/core/metric.h"

namespace cpaas::described {

// --- what is asked

struct NamedTemplate {
  std::string name;
  Template value;
};

struct Signature {
  Sign sign;
  Template key{};
  Template secret{};
};

// OAuth 2.0 client credentials (RFC 6749, 4.4): a request before those of each poll gives their bearer token,
// which is kept nowhere.
struct Login {
  std::string url;  // https://..., or a path behind base_url
  Template client_id{};
  Template client_secret{};
  bool basic = false;  // both in a header, else in the form
  std::vector<NamedTemplate> form{};
  Pointer token{};
};

struct Authentication {
  std::vector<Template> user{};  // of basic: the first that gives something; none: no basic
  Template password{};
  std::vector<NamedTemplate> headers{};  // among them the one of `bearer`
  std::vector<NamedTemplate> query{};
  std::optional<Signature> signature{};
  std::optional<Login> login{};
};

// A list that is asked for first; the requests are repeated for a field of its rows.
struct ListSpec {
  Template path;
  std::vector<NamedTemplate> query{};
  Pointer each{};                  // the list in the answer
  Pointer pointer{};               // the field, from a row
  std::optional<Pointer> total{};  // how many rows there are
  std::size_t most = 100;          // different values; more are an error
};

struct Repeat {
  std::string name;                 // in templates, and as what a label may read
  std::vector<std::string> values;  // one request, or series of pages, for each
  std::string option;               // or: of this list of the account
  std::optional<ListSpec> list{};   // or: of this list of the provider
};

struct RequestSpec {
  Template path;
  std::vector<NamedTemplate> query{};
  std::optional<std::string> body{};         // JSON with the marks of `body_values` in quotes
  std::vector<NamedTemplate> body_values{};  // mark -> what stands there
  std::optional<Repeat> repeat{};
};

// How the next page is asked for. Only one of the ways is set.
struct Pages {
  enum class Way : std::uint8_t { none, next, link_header, cursor, number, offset };
  Way way = Way::none;
  Pointer pointer{};               // next, cursor: where; number: the last page's number
  std::string parameter{};         // cursor, number, offset: of the query
  std::string header{};            // link_header: its name, in lower case
  std::optional<Pointer> more{};   // cursor: whether there is another page
  std::optional<Pointer> total{};  // how many rows all pages have together
  std::size_t size = 0;            // offset without a total: a page of so many rows has another behind it
};

// --- what is read

struct Conversion {
  enum class Unit : std::uint8_t { none, minutes, hours, milliseconds, minor, percent, clock, time, flag };
  Unit unit = Unit::none;
  double scale = 1;
  double divide = 1;
  bool is_signed = false;             // else what is below 0 is drift
  bool whole = false;                 // else fractions are fine
  char thousands = 0;                 // between groups of digits; 0: nothing
  std::size_t part = 0;               // which of the words of a text, from 1; 0: the whole text
  std::vector<std::string> absent{};  // what stands for "not said"
  std::vector<std::string> equals{};  // 1 if the text is one of these, else 0; none: a number
};

struct ValueSpec {
  enum class What : std::uint8_t { one, pointer, length };
  What what = What::one;
  std::vector<Pointer> pointers{};  // the first that leads to something counts
  Conversion conversion{};
  bool optional = false;  // no drift where it is missing, and no proof that the answer is one
};

struct LabelSpec {
  Template constant{};                                      // where there are no pointers
  std::vector<Pointer> pointers{};                          // the first that leads to something counts
  std::optional<std::size_t> key_of{};                      // the key of the map's row at this level
  std::map<std::string, std::string, std::less<>> words{};  // what to write for what the provider writes
  std::optional<std::string> otherwise{};                   // for what `words` does not have
  enum class Case : std::uint8_t { as_it_is, upper, lower } letters = Case::as_it_is;
  std::size_t part = 0;
  bool personal = false;  // only with the account's personal_data
  bool optional = false;
  std::string without{};        // what it says where nothing is there
  bool identifies = false;      // an id: without it there is no series
  bool only_describes = false;  // the series is known without it, as that of an info by its id
};

// Rows count only where one of the texts is at the pointer.
struct Condition {
  Pointer pointer;
  std::vector<std::string> texts;
  bool negated = false;
  bool given = false;  // any text will do; rows without one are none
};

enum class Booked : std::uint8_t { no, total, day, level };
enum class Expiry : std::uint8_t { none, day, month };

struct MetricSpec {
  const Family* family = nullptr;
  Window window = Window::none;
  bool sliding = false;  // the account's window
  ValueSpec value{};
  std::vector<LabelSpec> labels{};  // in the family's order
  std::vector<Condition> where{};
  Booked booked = Booked::no;
  const Family* spent = nullptr;  // level
  const Family* added = nullptr;
  Pointer day{};     // of Booked::day
  bool sum = false;  // rows with the same labels are added; else the first counts
  Expiry expires = Expiry::none;
  std::string field{};  // for the catalogue
};

// Metrics that are read from the same rows.
struct Group {
  std::vector<Pointer> each{};  // the list of level 1 from the document, that of level 2 from its rows, ...
  std::vector<bool> maps{};     // of each: whether it is a map, else a list
  std::shared_ptr<const JqProgram> jq{};  // gives the rows of the only level, in the place of a list
  // What the last one's rows must be, for the pointers that lead into them.
  enum class Rows : std::uint8_t { anything, maps, lists } rows = Rows::anything;
  std::vector<MetricSpec> metrics{};
};

struct Success {
  Pointer pointer;
  std::vector<std::string> texts;
};

struct Description;

struct EndpointSpec {
  const Description* description = nullptr;
  std::string name{};
  std::string help{};
  std::chrono::seconds interval{300};
  std::chrono::seconds minimum_interval{0};
  bool enabled = true;
  RequestSpec request{};
  Pages pages{};
  std::string period{};       // stands for {period} in the names of its metrics
  std::optional<int> days{};  // the rows tell these last days, today included
  std::vector<Group> groups{};
  std::vector<std::vector<std::string>> ignored{};
  Shape shape{};
};

struct Limits {
  std::size_t requests = 50;    // of one poll, or of one of the things that it is repeated for
  std::size_t series = 10'000;  // of one response
  unsigned requests_per_minute = 0;
};

struct OptionSpec {
  std::string name;
  OptionKind kind = OptionKind::text;
  std::string help{};
  bool required = false;
  std::string default_value{};
  std::vector<std::string> choices{};
  bool names_account = false;
};

struct Description {
  std::string name;
  std::string title;
  std::string documentation;
  std::string base_url;
  std::string time_zone = "UTC";
  std::vector<OptionSpec> options{};
  Authentication authentication{};
  std::vector<NamedTemplate> headers{};
  std::optional<Success> success{};
  Limits limits{};
  std::deque<EndpointSpec> endpoints{};
};

}  // namespace cpaas::described
