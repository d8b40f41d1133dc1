#include "described/read_metrics.h"

#include <algorithm>
#include <array>

#include "config/sections.h"
#include "config/spelling.h"
#include "described/read_value.h"

namespace cpaas::described {
namespace {

using config::quoted;

const std::vector<std::string> metric_keys{"metric", "value",  "labels", "each", "jq",
                                           "where",  "ledger", "day",    "sum",  "expires"};

std::string joined(const std::vector<std::string>& keys) {
  std::string result;
  for (const std::string& key : keys) result.append(result.empty() ? "" : ".").append(key);
  return result;
}

// --- rows

std::vector<Pointer> read_each(const Node& map, Problems& problems) {
  std::vector<Pointer> each;
  std::string above;
  for (const std::string& text : read_texts(map, "each", problems)) {
    auto keys = parse_pointer(text);
    if (!keys) {
      problems.add(*map.find("each"),
                   "'each' must be a JSON pointer, or a list of them, each from the rows of the last");
      return each;
    }
    const std::string path = joined(*keys);
    std::string shown = above.empty() || path.empty() ? above + path : above + "." + path;
    if (shown.empty()) shown = "$";
    above = shown + "[]";
    each.push_back({each.size(), std::move(*keys), std::move(shown)});
  }
  if (each.size() > 4) problems.add(*map.find("each"), "'each' must have at most 4 lists");
  return each;
}

// --- jq

// The lines of a block begin below its mark.
int first_line(const Node& node) {
  return node.text.find('\n') == std::string::npos ? node.line : node.line + 1;
}

// The line of that number, from 1; "" if there is none.
std::string_view line_of(std::string_view text, std::size_t number) {
  for (; number > 1; --number) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

void add_mistake(const Node& node, JqMistake mistake, const Context& context) {
  const int line = first_line(node) + static_cast<int>(mistake.line) - 1;
  // Blocks are indented, and others begin somewhere in their line, perhaps behind a quote.
  const auto indent =
      line_of(context.text, static_cast<std::size_t>(line)).find(line_of(node.text, mistake.line));
  const std::size_t before = indent == std::string_view::npos ? 0 : indent;
  context.problems.add(line, static_cast<int>(before + mistake.column), std::move(mistake.message));
}

std::shared_ptr<const JqProgram> compile_jq(const Node& node, Context& context) {
  if (node.type != Node::Type::scalar || node.text.find_first_not_of(" \t\n") == std::string::npos) {
    context.problems.add(node, "'jq' must be a jq program that gives rows, such as .list[]");
    return nullptr;
  }
  std::vector<JqMistake> mistakes;
  auto program = JqProgram::compile(node.text, mistakes);
  for (JqMistake& each : mistakes) add_mistake(node, std::move(each), context);
  return program;
}

std::shared_ptr<const JqProgram> program_of(const Node& node, Context& context) {
  const auto known = context.programs.find(node.text);
  if (known != context.programs.end()) return known->second;
  return context.programs.emplace(node.text, compile_jq(node, context)).first->second;
}

// Where a metric's rows come from: the lists of `each`, or a program.
struct Rows {
  std::vector<Pointer> each;
  std::shared_ptr<const JqProgram> jq{};
};

// `map` is a metric, or the endpoint for those that do not say it themselves.
Rows read_rows(const Node& map, Context& context) {
  const Node* jq = map.find("jq");
  if (jq == nullptr) return {read_each(map, context.problems)};
  if (map.find("each") != nullptr)
    context.problems.add(*jq, "rows are those of 'each' or of 'jq', not of both");
  return {{Pointer{0, {}, "jq"}}, program_of(*jq, context)};
}

std::vector<Condition> read_where(const Node& map, const std::vector<Pointer>& each, const Context& context) {
  std::vector<Condition> conditions;
  const Node* node = map.find("where");
  if (node == nullptr || !config::expect_map(*node, "'where'", context.problems)) return conditions;
  for (std::size_t i = 0; i < node->keys.size(); ++i) {
    const Node& value = *node->values[i];
    Condition condition{};
    if (const auto pointer = read_pointer(*node->keys[i], each, context.problems))
      condition.pointer = *pointer;
    const Node* texts = &value;
    if (value.plain && value.text == "given") {
      condition.given = true;
      conditions.push_back(std::move(condition));
      continue;
    }
    if (value.type == Node::Type::map) {
      if (!is_map(value, "a condition", {"not"}, context.problems)) continue;
      condition.negated = true;
      texts = value.find("not");
    }
    Node one;
    one.keys = {node->keys[i]};
    one.values = {texts};
    if (texts != nullptr) condition.texts = read_texts(one, node->keys[i]->text, context.problems);
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

// --- families

// False, and problems, if the declaration breaks the rules that hold for all names.
bool is_good(const Node& at, const FamilyDeclaration& family, Problems& problems) {
  bool good = true;
  const auto refuse_if = [&](bool bad, std::string message) {
    if (bad) problems.add(at, std::move(message));
    good = good && !bad;
  };
  std::string plain = family.name;
  std::replace(plain.begin(), plain.end(), '%', 'w');
  refuse_if(!plain.starts_with("cpaas_") || !is_name(plain) || std::ranges::count(family.name, '%') > 1,
            "a metric's name begins with cpaas_ and has small letters, digits, underscores, and one % where "
            "a window goes");
  refuse_if(plain.ends_with("_total") != (family.kind == Kind::counter),
            "the names of counters, and only these, end with _total");
  refuse_if(plain.ends_with("_info") != (family.kind == Kind::info),
            "the names of infos, and only these, end with _info");
  refuse_if(family.help.empty() || family.help.ends_with('.'),
            "'help' must be a sentence without the full stop");
  refuse_if(family.labels.size() > 12, "a metric must have at most 12 labels");
  for (const std::string& label : family.labels) {
    refuse_if(!is_name(label) || label == "provider" || label == "account",
              "a label has small letters, digits and underscores, and is not provider or account");
    refuse_if(std::ranges::count(family.labels, label) > 1, "a label is declared twice");
  }
  return good;
}

void read_family(const Node& key, const Node& node, Context& context) {
  Problems& problems = context.problems;
  if (!is_map(node, "a metric", {"type", "labels", "help"}, problems)) return;
  constexpr std::array kinds{Kind::gauge, Kind::counter, Kind::info};
  FamilyDeclaration family;
  family.name = key.text;
  const auto kind = read_choice(node, "type", {"gauge", "counter", "info"}, problems);
  if (kind && *kind < kinds.size()) family.kind = kinds.at(*kind);
  family.help = read_text(node, "help", problems).value_or("");
  family.labels = read_texts(node, "labels", problems);
  if (!is_good(key, family, problems)) return;
  if (const Family* declared = context.families.declare(family)) {
    context.declared.emplace(family.name, declared);
  } else {
    problems.add(key, "a shared metric of this name has another type, other labels or another help");
  }
}

// --- one metric

std::string spent_name(std::string_view gauge) {
  if (gauge.ends_with("_remaining")) gauge.remove_suffix(std::string_view("_remaining").size());
  return std::string(gauge);
}

class MetricReader {
 public:
  MetricReader(const Node& node, const std::vector<Pointer>& each, const EndpointSpec& endpoint,
               const Context& context)
      : node_(node), each_(each), endpoint_(endpoint), context_(context), problems_(context.problems) {}

  MetricSpec read(std::vector<Condition> where) {
    metric_.where = std::move(where);
    find_family();
    read_value();
    if (metric_.family != nullptr) read_labels();
    metric_.sum = read_flag(node_, "sum", problems_).value_or(false);
    read_expiry();
    if (metric_.family != nullptr) read_ledger();
    return std::move(metric_);
  }

 private:
  // Metrics that several endpoints share differ by the period that these ask for.
  std::string with_period(std::string name) const {
    constexpr std::string_view mark = "{period}";
    const auto at = name.find(mark);
    return at == std::string::npos ? name : name.replace(at, mark.size(), endpoint_.period);
  }

  void find_family() {
    const Node* name = require(node_, "metric", " of a metric", problems_);
    if (name == nullptr) return;
    const NamedFamily found = context_.families.find(with_period(name->text), context_.declared);
    metric_.family = found.family;
    metric_.window = found.window;
    metric_.sliding = found.sliding;
    if (found.family != nullptr) return;
    problems_.add(*name,
                  "there is no metric of this name; declare it under 'metrics', if no shared one will do" +
                      config::did_you_mean(name->text, context_.families.names(context_.declared)));
  }

  void read_value() {
    const Node* value = node_.find("value");
    metric_.field = "1";
    if (value != nullptr) {
      metric_.value = described::read_value(*value, each_, problems_);
      if (!metric_.value.pointers.empty()) metric_.field = field_text(metric_.value);
      return;
    }
    const bool sums = read_flag(node_, "sum", problems_).value_or(false);
    if (metric_.family != nullptr && metric_.family->kind != Kind::info && !sums)
      problems_.add(node_, "'value' is missing");
    if (!each_.empty()) metric_.field = sums ? "rows of " + each_.back().shown : each_.back().shown;
  }

  void read_labels() {
    static const Node none;
    const Node* labels = node_.find("labels");
    if (labels != nullptr && !config::expect_map(*labels, "'labels'", problems_)) return;
    const Node& map = labels == nullptr ? none : *labels;
    const std::vector<std::string> known{metric_.family->labels.begin(), metric_.family->labels.end()};
    config::refuse_unknown_keys(map, "", known, problems_);
    for (const std::string& name : known) {
      const Node* label = map.find(name);
      metric_.labels.push_back(label == nullptr ? LabelSpec{.optional = true}
                                                : read_label(*label, each_, context_));
      if (label == nullptr && metric_.family->kind != Kind::info)
        problems_.add(labels == nullptr ? node_ : map, "label " + quoted("", name) + " is missing");
    }
    mark_ids();
    if (metric_.value.what == ValueSpec::What::one && metric_.family->kind == Kind::info) add_label_fields();
  }

  // The first label of a metric about one of many says which one; the others of an info only describe it.
  void mark_ids() {
    const LabelList& names = metric_.family->labels;
    if (names.empty() || metric_.labels.empty()) return;
    if (!names.front().ends_with("_id") || names.front() == "external_id") return;
    metric_.labels.front().identifies = true;
    if (metric_.family->kind != Kind::info) return;
    for (std::size_t i = 1; i < metric_.labels.size(); ++i) metric_.labels[i].only_describes = true;
  }

  void add_label_fields() {
    std::string fields;
    for (const LabelSpec& label : metric_.labels) {
      for (const Pointer& pointer : label.pointers)
        fields.append(fields.empty() ? "" : ", ").append(pointer.shown);
    }
    if (!fields.empty()) metric_.field = fields;
  }

  void read_expiry() {
    const auto expiry = read_choice(node_, "expires", {"day", "month"}, problems_);
    if (expiry) metric_.expires = *expiry == 0 ? Expiry::day : Expiry::month;
  }

  void read_ledger() {
    const Node* ledger = node_.find("ledger");
    const bool counter = metric_.family->kind == Kind::counter;
    if (ledger == nullptr) {
      metric_.booked = counter ? Booked::total : Booked::no;
    } else if (ledger->type == Node::Type::map || ledger->text == "level") {
      read_level(*ledger, counter);
    } else if (ledger->text == "day") {
      read_day(*ledger, counter);
    } else {
      problems_.add(*ledger, "'ledger' must be day, level, or {level: {spent: METRIC, added: METRIC}}");
    }
    if (counter && metric_.value.conversion.is_signed)
      problems_.add(node_, "a counter's values cannot be signed");
  }

  void read_day(const Node& ledger, bool counter) {
    metric_.booked = Booked::day;
    if (!counter) problems_.add(ledger, "values by the day make a counter: 'metric' must be one");
    if (!endpoint_.days) problems_.add(ledger, "the endpoint does not say which 'days' its rows tell");
    const Node* day = require(node_, "day", " of the row", problems_);
    if (day == nullptr) return;
    if (const auto pointer = read_pointer(*day, each_, problems_)) metric_.day = *pointer;
  }

  void read_level(const Node& ledger, bool counter) {
    metric_.booked = Booked::level;
    if (counter) problems_.add(ledger, "a level is a gauge: counters are made of it");
    const std::string stem = spent_name(metric_.family->name);
    std::string spent = stem + "_spent_total";
    std::string added = stem + "_added_total";
    if (ledger.type == Node::Type::map) {
      const Node* level = ledger.find("level");
      if (!is_map(ledger, "'ledger'", {"level"}, problems_) || level == nullptr ||
          !is_map(*level, "'level'", {"spent", "added"}, problems_))
        return;
      spent = read_text(*level, "spent", problems_).value_or("");
      added = read_text(*level, "added", problems_).value_or("");
    }
    metric_.spent = counter_of(ledger, spent);
    if (!added.empty()) metric_.added = counter_of(ledger, added);
  }

  const Family* counter_of(const Node& at, const std::string& name) {
    const Family* family = context_.families.find(name, context_.declared).family;
    if (family == nullptr || family->kind != Kind::counter) {
      problems_.add(at, "there is no counter " + name + " for the level");
      return nullptr;
    }
    if (!std::ranges::equal(family->labels, metric_.family->labels))
      problems_.add(at, name + " has other labels than the level");
    return family;
  }

  const Node& node_;
  const std::vector<Pointer>& each_;
  const EndpointSpec& endpoint_;
  const Context& context_;
  Problems& problems_;
  MetricSpec metric_{};
};

// --- the shape of the answer

Shape& rows_of(Shape& shape, const std::vector<Pointer>& each, std::size_t level) {
  Shape* at = &shape;
  for (std::size_t i = 0; i < level && i < each.size(); ++i) at = &at->rows(each[i].keys);
  return *at;
}

void add_to_shape(Shape& shape, const std::vector<Pointer>& each, const MetricSpec& metric) {
  const auto add = [&](const Pointer& pointer) { rows_of(shape, each, pointer.level).known(pointer.keys); };
  std::ranges::for_each(metric.value.pointers, add);
  for (const LabelSpec& label : metric.labels) std::ranges::for_each(label.pointers, add);
  for (const Condition& condition : metric.where) add(condition.pointer);
  if (metric.booked == Booked::day) add(metric.day);
}

bool is_position(const std::string& key) {
  return !key.empty() && key.find_first_not_of("0123456789") == std::string::npos;
}

// What the rows must be for the pointer to lead anywhere.
Group::Rows needed_for(const Pointer& pointer, std::size_t level) {
  if (pointer.level != level || pointer.keys.empty()) return Group::Rows::anything;
  return is_position(pointer.keys.front()) ? Group::Rows::lists : Group::Rows::maps;
}

void add_to_group(Group& group, MetricSpec metric) {
  const auto see = [&](const Pointer& pointer) {
    group.rows = std::max(group.rows, needed_for(pointer, group.each.size()));
  };
  std::ranges::for_each(metric.value.pointers, see);
  for (const LabelSpec& label : metric.labels) {
    std::ranges::for_each(label.pointers, see);
    if (label.key_of && *label.key_of > 0) group.maps[*label.key_of - 1] = true;
  }
  group.metrics.push_back(std::move(metric));
}

Group& group_of(EndpointSpec& endpoint, const Rows& rows) {
  const auto found = std::ranges::find_if(endpoint.groups, [&](const Group& group) {
    return group.jq == rows.jq &&
           std::ranges::equal(group.each, rows.each, {}, &Pointer::keys, &Pointer::keys);
  });
  if (found != endpoint.groups.end()) return *found;
  endpoint.groups.push_back(
      {rows.each, std::vector<bool>(rows.each.size()), rows.jq, Group::Rows::anything, {}});
  return endpoint.groups.back();
}

// What a program reads cannot be told, so nothing of its answer is unknown.
void add_rows_to_shape(Shape& shape, const Rows& rows, const MetricSpec& metric) {
  if (rows.jq != nullptr) {
    shape.known({});
    return;
  }
  add_to_shape(shape, rows.each, metric);
  for (std::size_t i = 0; i < rows.each.size(); ++i) rows_of(shape, rows.each, i).rows(rows.each[i].keys);
}

void read_one(const Node& map, const Node& node, EndpointSpec& endpoint, Context& context) {
  if (!is_map(node, "a metric", metric_keys, context.problems)) return;
  const bool own = node.find("each") != nullptr || node.find("jq") != nullptr;
  const Rows rows = read_rows(own ? node : map, context);
  auto where = read_where(node.find("where") != nullptr ? node : map, rows.each, context);
  MetricSpec metric = MetricReader(node, rows.each, endpoint, context).read(std::move(where));
  const auto has_key = [](const LabelSpec& label) { return label.key_of.has_value(); };
  if (node.find("labels") != nullptr && rows.jq != nullptr && std::ranges::any_of(metric.labels, has_key))
    context.problems.add(*node.find("labels"), "'key' is that of a map: the rows of 'jq' have none");
  add_rows_to_shape(endpoint.shape, rows, metric);
  add_to_group(group_of(endpoint, rows), std::move(metric));
}

}  // namespace

void read_families(const Node& node, Context& context) {
  if (!config::expect_map(node, "'metrics'", context.problems)) return;
  for (std::size_t i = 0; i < node.keys.size(); ++i) read_family(*node.keys[i], *node.values[i], context);
}

void read_metrics(const Node& map, EndpointSpec& endpoint, Context& context) {
  const Node* metrics = require(map, "metrics", " of the endpoint", context.problems);
  if (metrics == nullptr) return;
  if (metrics->type != Node::Type::sequence || metrics->values.empty()) {
    context.problems.add(*metrics, "'metrics' must be a list of at least one metric");
    return;
  }
  for (const Node* node : metrics->values) read_one(map, *node, endpoint, context);
}

}  // namespace cpaas::described
