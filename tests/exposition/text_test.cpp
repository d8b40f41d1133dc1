// The text formats: by example, and against prometheus-cpp's serializer.
#include "exporter/exposition/text.h"

#include <gmock/gmock.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <sstream>

#include "exporter/core/families.h"

namespace cpaas::exposition {
namespace {

using testing::HasSubstr;

constexpr Family calls{"acme_calls", Kind::gauge, {"direction", "kind"}, "Calls"};

std::string line(const Family& family, LabelValues labels, double value,
                 std::initializer_list<Label> common = {}) {
  std::string out;
  append_sample(out, line_start(family.name, common), {&family, Window::none, std::move(labels), value});
  return out;
}

// --- sample lines

TEST(SampleLine, HasCommonThenOwnLabelsInTheirOrder) {
  EXPECT_EQ(line(calls, {"inbound", "standard"}, 7, {{"provider", "acme"}, {"account", "main"}}),
            "acme_calls{provider=\"acme\",account=\"main\",direction=\"inbound\",kind=\"standard\"} 7\n");
}

TEST(SampleLine, IsAppended) {
  std::string out = "before\n";
  append_sample(out, "a", {&calls, Window::none, {"x", "y"}, 1});
  EXPECT_EQ(out, "before\na{direction=\"x\",kind=\"y\"} 1\n");
}

TEST(SampleLine, LeavesEmptyLabelsOut) {
  EXPECT_EQ(line(calls, {"", "standard"}, 1, {{"provider", ""}, {"account", "main"}}),
            "acme_calls{account=\"main\",kind=\"standard\"} 1\n");
  EXPECT_EQ(line(calls, {"inbound", ""}, 1), "acme_calls{direction=\"inbound\"} 1\n");
}

TEST(SampleLine, HasNoBracesWithoutLabels) {
  EXPECT_EQ(line(calls, {}, 1), "acme_calls 1\n");
  EXPECT_EQ(line(calls, {"", ""}, 1, {{"provider", ""}}), "acme_calls 1\n");
}

TEST(SampleLine, SurvivesTooFewAndTooManyLabelValues) {
  EXPECT_EQ(line(calls, {"inbound"}, 1), "acme_calls{direction=\"inbound\"} 1\n");
  EXPECT_EQ(line(calls, {"a", "b", "c"}, 1), "acme_calls{direction=\"a\",kind=\"b\"} 1\n");
}

TEST(SampleLine, EscapesBackslashQuoteAndNewlineOnly) {
  EXPECT_EQ(line(calls, {"a\\b\"c\nd", "\xE0\xA4\xA8\t\r"}, 1),
            "acme_calls{direction=\"a\\\\b\\\"c\\nd\",kind=\"\xE0\xA4\xA8\t\r\"} 1\n");
}

TEST(SampleLine, LabelsWithoutAFamilyAreWrittenAlike) {
  std::string out;
  const Label labels[] = {{"version", "1 \"a\""}, {"empty", ""}};
  append_line(out, "acme_build_info", labels, 1);
  EXPECT_EQ(out, "acme_build_info{version=\"1 \\\"a\\\"\"} 1\n");
}

struct Number {
  double value;
  const char* text;
};

class SampleNumber : public testing::TestWithParam<Number> {};

TEST_P(SampleNumber, IsTheShortestThatReadsBack) {
  const std::string text = line(calls, {}, GetParam().value);
  EXPECT_EQ(text, "acme_calls " + std::string(GetParam().text) + "\n");
  EXPECT_EQ(std::strtod(text.c_str() + 11, nullptr), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(All, SampleNumber,
                         testing::Values(Number{0, "0"}, Number{1, "1"}, Number{-3, "-3"}, Number{0.1, "0.1"},
                                         Number{0.1 + 0.2, "0.30000000000000004"},
                                         Number{1003058.82, "1003058.82"}, Number{1767623610, "1767623610"},
                                         Number{1767623610.125, "1767623610.125"},
                                         Number{9007199254740993.0, "9007199254740992"},
                                         Number{1e20, "100000000000000000000"}, Number{1e22, "1e+22"},
                                         Number{1e-6, "0.000001"}, Number{2.5e-7, "2.5e-07"},
                                         Number{1.7976931348623157e308, "1.7976931348623157e+308"}));

// --- headers

TEST(FamilyHeader, InTextNamesTheSamples) {
  EXPECT_EQ(family_header(Format::text, "acme_calls_total", Kind::counter, "Calls"),
            "# HELP acme_calls_total Calls\n# TYPE acme_calls_total counter\n");
  EXPECT_EQ(family_header(Format::text, "acme_balance", Kind::gauge, "Money"),
            "# HELP acme_balance Money\n# TYPE acme_balance gauge\n");
}

TEST(FamilyHeader, InOpenMetricsNamesACounterWithoutTotal) {
  EXPECT_EQ(family_header(Format::openmetrics, "acme_calls_total", Kind::counter, "Calls"),
            "# HELP acme_calls Calls\n# TYPE acme_calls counter\n");
}

TEST(FamilyHeader, InOpenMetricsKeepsAGaugeThatEndsInTotal) {
  EXPECT_EQ(family_header(Format::openmetrics, "acme_total", Kind::gauge, "x"),
            "# HELP acme_total x\n# TYPE acme_total gauge\n");
}

TEST(FamilyHeader, CallsAnInfoFamilyAGaugeInBothFormats) {
  for (const Format format : {Format::text, Format::openmetrics}) {
    EXPECT_THAT(family_header(format, "acme_info", Kind::info, "x"), HasSubstr("# TYPE acme_info gauge\n"));
  }
}

TEST(FamilyHeader, EscapesHelpAsEachFormatAsks) {
  const std::string help = "a\\b\nc \"d\" \xC3\xA9";
  EXPECT_THAT(family_header(Format::text, "n", Kind::gauge, help),
              HasSubstr("# HELP n a\\\\b\\nc \"d\" \xC3\xA9\n"));
  EXPECT_THAT(family_header(Format::openmetrics, "n", Kind::gauge, help),
              HasSubstr("# HELP n a\\\\b\\nc \\\"d\\\" \xC3\xA9\n"));
}

TEST(Page, EndsAsTheFormatAsks) {
  EXPECT_EQ(page_end(Format::text), "");
  EXPECT_EQ(page_end(Format::openmetrics), "# EOF\n");
}

TEST(Page, ContentTypeNamesTheVersion) {
  EXPECT_EQ(content_type(Format::text), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(content_type(Format::openmetrics), "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

// --- against prometheus-cpp

constexpr Family reference_gauge{"acme_gauge", Kind::gauge, {"first", "second", "third"}, "Help of a gauge"};
constexpr Family reference_counter{"acme_things_total", Kind::counter, {"first", "second", "third"}, "Help"};

std::string random_text(std::mt19937& random) {
  static constexpr std::string_view pieces[] = {
      "a", "Z", "0", "\"", "\\", "\n", "\t",       "\r",           " ",
      "{", "}", ",", "=",  "#",  "%",  "\xC3\xA9", "\xF0\x9F\x93", "\\n"};
  std::string text = "x";  // never empty: prometheus-cpp writes empty labels
  for (auto length = random() % 12; length > 0; --length) text += pieces[random() % std::size(pieces)];
  return text;
}

double random_value(std::mt19937& random) {
  const double digits = static_cast<double>(random() % 2'000'000'000) - 1e9;
  return digits * std::pow(10.0, static_cast<double>(random() % 40) - 20);
}

struct Page {
  std::string ours;
  std::string reference;
};

Page random_page(const Family& family, std::mt19937& random) {
  Page page{family_header(Format::text, family.name, family.kind, family.help), {}};
  prometheus::MetricFamily reference{
      std::string(family.name),
      std::string(family.help),
      family.kind == Kind::counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge,
      {}};
  for (int i = 0; i < 20; ++i) {
    const LabelValues labels{random_text(random), random_text(random), random_text(random)};
    const double value = random_value(random);
    append_sample(page.ours, line_start(family.name, {{"account", "main"}}),
                  {&family, Window::none, labels, value});
    prometheus::ClientMetric metric;
    metric.label.push_back({"account", "main"});
    const auto* name = family.labels.begin();
    for (const std::string_view text : labels.values()) {
      metric.label.push_back({std::string(*name++), std::string(text)});
    }
    metric.gauge.value = metric.counter.value = value;
    reference.metric.push_back(metric);
  }
  page.reference = prometheus::TextSerializer().Serialize({reference});
  return page;
}

// The two write numbers differently, and prometheus-cpp only 16 digits of them.
void expect_same_line(const std::string& ours, const std::string& reference) {
  const auto value = ours.rfind(' ');
  const auto reference_value = reference.rfind(' ');
  ASSERT_EQ(ours.substr(0, value), reference.substr(0, reference_value));
  if (ours.starts_with("#")) return;
  const double expected = std::strtod(reference.c_str() + reference_value, nullptr);
  EXPECT_NEAR(std::strtod(ours.c_str() + value, nullptr), expected, std::fabs(expected) * 1e-15) << ours;
}

void expect_same(const Page& page) {
  std::istringstream ours(page.ours);
  std::istringstream reference(page.reference);
  std::string our_line;
  std::string reference_line;
  while (std::getline(reference, reference_line)) {
    ASSERT_TRUE(std::getline(ours, our_line)) << "no line for " << reference_line;
    expect_same_line(our_line, reference_line);
  }
  EXPECT_FALSE(std::getline(ours, our_line)) << "a line too many: " << our_line;
}

TEST(AgainstPrometheusCpp, RandomPagesAreTheSame) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same every time
  for (int i = 0; i < 100; ++i) {
    expect_same(random_page(reference_gauge, random));
    expect_same(random_page(reference_counter, random));
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace cpaas::exposition
