// The incremental page: always what a page made from scratch would be.
#include "exporter/exposition/page.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include "exporter/core/families.h"
#include "tests/exposition/inflate.h"

namespace cpaas::exposition {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Section gauge(std::string name, std::string lines) {
  return {std::move(name), Kind::gauge, "Help", std::move(lines)};
}

std::string text_of(PageBuilder& builder) {
  return builder.build()->body(Format::text, false);
}

void expect_gzip_of(const std::string& body, const std::string& plain) {
  const Gzip gzip = inflate_member(body);
  EXPECT_TRUE(gzip.whole);
  EXPECT_EQ(gzip.text, plain);
  EXPECT_EQ(gzip.size, plain.size());
  EXPECT_EQ(gzip.crc, crc32_z(0, reinterpret_cast<const Bytef*>(plain.data()), plain.size()));
}

void expect_consistent(const Snapshot& snapshot) {
  for (const Format format : {Format::text, Format::openmetrics}) {
    expect_gzip_of(snapshot.body(format, true), snapshot.body(format, false));
  }
}

void expect_same(const Snapshot& a, const Snapshot& b) {
  for (const Format format : {Format::text, Format::openmetrics}) {
    for (const bool gzip : {false, true}) EXPECT_EQ(a.body(format, gzip), b.body(format, gzip));
  }
}

// --- by example

TEST(PageBuilder, AnEmptyPageIsAPage) {
  PageBuilder builder;
  const auto snapshot = builder.build();
  EXPECT_EQ(snapshot->body(Format::text, false), "");
  EXPECT_EQ(snapshot->body(Format::openmetrics, false), "# EOF\n");
  expect_consistent(*snapshot);
}

TEST(PageBuilder, OrdersFamiliesByNameAndSourcesById) {
  PageBuilder builder;
  builder.put(2, {gauge("b", "b{s=\"2\"} 1\n"), gauge("a", "a{s=\"2\"} 1\n")});
  builder.put(1, {gauge("b", "b{s=\"1\"} 1\n")});
  EXPECT_EQ(text_of(builder),
            "# HELP a Help\n# TYPE a gauge\na{s=\"2\"} 1\n"
            "# HELP b Help\n# TYPE b gauge\nb{s=\"1\"} 1\nb{s=\"2\"} 1\n");
}

TEST(PageBuilder, OpenMetricsNamesCountersWithoutTotalAndEnds) {
  PageBuilder builder;
  builder.put(1, {{"a_total", Kind::counter, "Says \"a\"", "a_total 1\n"}, gauge("b", "b 1\n")});
  EXPECT_EQ(
      builder.build()->body(Format::openmetrics, false),
      "# HELP a Says \\\"a\\\"\n# TYPE a counter\na_total 1\n# HELP b Help\n# TYPE b gauge\nb 1\n# EOF\n");
}

TEST(PageBuilder, PutReplacesAllThatTheSourceGaveBefore) {
  PageBuilder builder;
  builder.put(1, {gauge("a", "a 1\n"), gauge("b", "b 1\n")});
  builder.put(1, {gauge("b", "b 2\n")});
  EXPECT_EQ(text_of(builder), "# HELP b Help\n# TYPE b gauge\nb 2\n");
}

TEST(PageBuilder, AFamilyGoesWithItsLastSource) {
  PageBuilder builder;
  builder.put(1, {gauge("a", "a{s=\"1\"} 1\n")});
  builder.put(2, {gauge("a", "a{s=\"2\"} 1\n")});
  builder.remove(1);
  EXPECT_EQ(text_of(builder), "# HELP a Help\n# TYPE a gauge\na{s=\"2\"} 1\n");
  builder.remove(2);
  EXPECT_EQ(text_of(builder), "");
}

TEST(PageBuilder, RemovingAnUnknownSourceIsFine) {
  PageBuilder builder;
  builder.remove(7);
  EXPECT_EQ(text_of(builder), "");
}

TEST(PageBuilder, AChangedHelpOrKindReachesTheCompressedForms) {
  PageBuilder builder;
  builder.put(1, {{"a_total", Kind::gauge, "Help", "a_total 1\n"}});
  builder.build();
  builder.put(1, {{"a_total", Kind::counter, "Help", "a_total 1\n"}});
  auto snapshot = builder.build();
  EXPECT_THAT(snapshot->body(Format::text, false), HasSubstr("# TYPE a_total counter"));
  expect_consistent(*snapshot);
  builder.put(1, {{"a_total", Kind::counter, "Other", "a_total 1\n"}});
  snapshot = builder.build();
  EXPECT_THAT(snapshot->body(Format::openmetrics, false), HasSubstr("# HELP a Other"));
  expect_consistent(*snapshot);
}

TEST(PageBuilder, LosingItsOwnOpenMetricsLinesReachesTheCompressedForm) {
  PageBuilder builder;
  Section section = gauge("a", "a 1\n");
  section.openmetrics_lines = "a 1 # more\n";
  builder.put(1, {section});
  EXPECT_EQ(builder.build()->body(Format::openmetrics, false).find("# more") != std::string::npos, true);
  builder.put(1, {gauge("a", "a 1\n")});
  EXPECT_THAT(builder.build()->body(Format::openmetrics, false), Not(HasSubstr("# more")));
}

TEST(PageBuilder, APlainPageIsTheSamePage) {
  PageBuilder builder;
  EXPECT_EQ(builder.build_plain()->body(Format::openmetrics, false), "# EOF\n");
  Section section{"b_total", Kind::counter, "Help", "b_total 1\n"};
  section.openmetrics_lines = "b_total 1\nb_created 2\n";
  builder.put(1, {gauge("a", "a 1\n")});
  builder.put(100, {section});
  const auto plain = builder.build_plain();
  const auto whole = builder.build();
  EXPECT_FALSE(plain->has_gzip());
  EXPECT_TRUE(whole->has_gzip());
  for (const Format format : {Format::text, Format::openmetrics}) {
    EXPECT_EQ(plain->body(format, false), whole->body(format, false));
  }
}

// Sources are compressed by 64, of which the first holds the header.
TEST(PageBuilder, TheHeaderMovesToWhatIsFirst) {
  PageBuilder builder;
  const auto line = [](int source) { return "a_total{s=\"" + std::to_string(source) + "\"} 1\n"; };
  for (const int source : {140, 70, 3}) {  // each before the ones that there are
    builder.put(static_cast<PageBuilder::SourceId>(source),
                {{"a_total", Kind::counter, "Help", line(source)}});
    expect_consistent(*builder.build());
  }
  for (const PageBuilder::SourceId gone : {3U, 70U}) {
    builder.remove(gone);
    expect_consistent(*builder.build());
  }
  EXPECT_EQ(text_of(builder), "# HELP a_total Help\n# TYPE a_total counter\n" + line(140));
  builder.put(140, {{"a_total", Kind::counter, "Other", line(140)}});
  expect_consistent(*builder.build());
}

// A source with much text has a piece of its own, at once; its neighbours share one.
TEST(PageBuilder, ASourceMayGiveMuchAndThenLittle) {
  PageBuilder builder;
  const auto lines = [](int source, int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += "a_total{s=\"" + std::to_string(source) + "\",n=\"" + std::to_string(i) + "\"} 1\n";
    return text;
  };
  const std::string header = "# HELP a_total Help\n# TYPE a_total counter\n";
  const auto put = [&](int source, int count) {
    builder.put(static_cast<PageBuilder::SourceId>(source),
                {{"a_total", Kind::counter, "Help", lines(source, count), lines(source, count) + "# own\n"}});
  };
  put(1, 2000);  // with the header, as long as it is alone
  expect_consistent(*builder.build());
  EXPECT_EQ(text_of(builder), header + lines(1, 2000));
  put(2, 3);
  put(0, 4);
  EXPECT_EQ(text_of(builder), header + lines(0, 4) + lines(2, 3) + lines(1, 2000));
  expect_consistent(*builder.build());
  const int unchanged = compressions();
  put(1, 2000);
  EXPECT_EQ(compressions(), unchanged);
  put(1, 2001);
  EXPECT_EQ(compressions(), unchanged + 2);  // text and OpenMetrics
  EXPECT_EQ(builder.build_plain()->body(Format::openmetrics, false),
            builder.build()->body(Format::openmetrics, false));
  put(1, 5);
  EXPECT_EQ(text_of(builder), header + lines(0, 4) + lines(1, 5) + lines(2, 3));
  expect_consistent(*builder.build());
  builder.remove(0);
  builder.remove(2);
  EXPECT_EQ(text_of(builder), header + lines(1, 5));
}

TEST(Snapshot, KnowsWhetherAFormIsSoonMade) {
  PageBuilder builder;
  builder.put(1, {gauge("a", "a 1\n")});
  EXPECT_TRUE(builder.build()->is_quick(Format::text, false));
  std::string much;
  while (much.size() < 5'000'000) much += "b{n=\"" + std::to_string(much.size()) + "\"} 1\n";
  builder.put(2, {gauge("b", much)});
  const auto snapshot = builder.build();
  EXPECT_TRUE(snapshot->is_quick(Format::text, true));
  EXPECT_FALSE(snapshot->is_quick(Format::text, false));
  EXPECT_THAT(snapshot->body(Format::text, false), HasSubstr("b{n=\"0\"} 1\n"));
  EXPECT_TRUE(snapshot->is_quick(Format::text, false));
  EXPECT_FALSE(snapshot->is_quick(Format::openmetrics, false));
}

TEST(PageBuilder, AnEarlierSnapshotStaysAsItWas) {
  PageBuilder builder;
  builder.put(1, {gauge("a", "a 1\n")});
  const auto before = builder.build();
  builder.put(1, {gauge("a", "a 2\n")});
  builder.build();
  EXPECT_THAT(before->body(Format::text, false), HasSubstr("a 1\n"));
  EXPECT_THAT(before->body(Format::openmetrics, false), HasSubstr("a 1\n"));
}

// Incompressible lines, so that the compressed pieces end at all places around zlib's and our buffers.
TEST(PageBuilder, PiecesOfAnySizeCanBeJoined) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same every time
  for (std::size_t size = 16'300; size < 16'460; size += 3) {
    PageBuilder builder;
    std::string lines(size, ' ');
    std::ranges::generate(lines, [&] { return static_cast<char>(random() % 256); });
    builder.put(1, {gauge("a", lines), gauge("b", lines + lines), gauge("c", "")});
    expect_consistent(*builder.build());
    if (HasFailure()) FAIL() << size;
  }
}

// --- only what changed is compressed

int compressions_of_build(PageBuilder& builder) {
  const int before = compressions();
  builder.build();
  return compressions() - before;
}

TEST(PageBuilder, OnlyChangedFamiliesAreCompressedAgain) {
  PageBuilder builder;
  std::vector<Section> sections;
  sections.reserve(50);
  for (int i = 0; i < 50; ++i) {
    const std::string name = "m" + std::to_string(i);
    sections.push_back(gauge(name, name + " 1\n"));
  }
  builder.put(1, sections);
  EXPECT_GE(compressions_of_build(builder), 50);
  const int unchanged = compressions_of_build(builder);
  EXPECT_LE(unchanged, 3);
  builder.put(1, sections);
  EXPECT_EQ(compressions_of_build(builder), unchanged);
  sections.front().lines = "m0 2\n";
  builder.put(1, sections);
  EXPECT_EQ(compressions_of_build(builder), unchanged + 1);
}

TEST(PageBuilder, OnlyNeighboursOfWhatChangedAreCompressedAgain) {
  PageBuilder builder;
  const std::string long_line = "a{x=\"" + std::string(1000, 'x') + "\"} 1\n";
  for (PageBuilder::SourceId source = 0; source < 1000; ++source)
    builder.put(source, {gauge("a", long_line)});
  const int whole = compressions_of_build(builder);
  const int unchanged = compressions_of_build(builder);
  EXPECT_EQ(whole, unchanged + 16);  // 1000 / 64, and the rest
  builder.put(500, {gauge("a", "a 1\n")});
  EXPECT_EQ(compressions_of_build(builder), unchanged + 1);
  builder.remove(0);
  EXPECT_EQ(compressions_of_build(builder), unchanged + 1);
}

// --- property: incremental equals from scratch

using Model = std::map<PageBuilder::SourceId, std::map<std::string, Section>>;

Section random_section(std::mt19937& random, std::size_t family, PageBuilder::SourceId source) {
  const Kind kind = family % 3 == 0 ? Kind::counter : Kind::gauge;
  const std::string name = "family" + std::to_string(family) + (kind == Kind::counter ? "_total" : "");
  Section section{name, kind, family % 2 == 0 ? "Says \"it\"\n" : "Plain", ""};
  for (auto count = random() % 4; count > 0; --count) {
    section.lines += name + "{source=\"" + std::to_string(source) + "\",n=\"" + std::to_string(count) +
                     "\"} " + std::to_string(random() % 100) + "\n";
  }
  return section;
}

std::vector<Section> sections_of(const std::map<std::string, Section>& given, std::mt19937& random) {
  std::vector<Section> sections;
  sections.reserve(given.size());
  for (const auto& [name, section] : given) sections.push_back(section);
  std::ranges::shuffle(sections, random);
  return sections;
}

void change(Model& model, PageBuilder& builder, std::mt19937& random) {
  const PageBuilder::SourceId source = random() % 8 * 30;  // in four chunks
  if (random() % 4 == 0) {
    model.erase(source);
    builder.remove(source);
    return;
  }
  auto& given = model[source];
  if (random() % 2 == 0) given.clear();
  for (auto count = random() % 5; count > 0; --count) {
    Section section = random_section(random, random() % 12, source);
    given[section.name] = section;
  }
  builder.put(source, sections_of(given, random));
}

std::shared_ptr<const Snapshot> from_scratch(const Model& model, std::mt19937& random) {
  PageBuilder builder;
  std::vector<PageBuilder::SourceId> order;
  order.reserve(model.size());
  for (const auto& [source, given] : model) order.push_back(source);
  std::ranges::shuffle(order, random);
  for (const auto source : order) builder.put(source, sections_of(model.at(source), random));
  return builder.build();
}

void expect_one_header_each(const std::string& page) {
  std::map<std::string, int> seen;
  for (std::size_t at = 0; at < page.size(); at = page.find('\n', at) + 1) {
    if (page[at] != '#') continue;
    const auto words = page.find(' ', page.find(' ', at + 2) + 1);
    EXPECT_EQ(++seen[page.substr(at, words - at)], 1) << page.substr(at, words - at);
  }
}

TEST(PageBuilder, RandomChangesGiveThePageMadeFromScratch) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same every time
  for (int run = 0; run < 10 && !testing::Test::HasFailure(); ++run) {
    Model model;
    PageBuilder builder;
    for (int step = 0; step < 40 && !testing::Test::HasFailure(); ++step) {
      change(model, builder, random);
      if (random() % 3 == 0) continue;
      const auto snapshot = builder.build();
      expect_same(*snapshot, *from_scratch(model, random));
      expect_consistent(*snapshot);
      expect_one_header_each(snapshot->body(Format::text, false));
    }
  }
}

// --- readers

TEST(Snapshot, IsReadWhileTheNextIsBuilt) {
  PageBuilder builder;
  std::mutex mutex;
  std::shared_ptr<const Snapshot> latest = builder.build();
  std::atomic<bool> done = false;
  const auto read = [&] {
    do {
      std::shared_ptr<const Snapshot> snapshot;
      {
        const std::lock_guard lock(mutex);
        snapshot = latest;
      }
      expect_consistent(*snapshot);
    } while (!done);
  };
  std::array readers{std::thread(read), std::thread(read), std::thread(read)};
  for (int i = 0; i < 100; ++i) {
    builder.put(1, {gauge("a", "a " + std::to_string(i) + "\n")});
    auto snapshot = builder.build();
    const std::lock_guard lock(mutex);
    latest = std::move(snapshot);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

// --- gunzip

TEST(Gunzip, GivesNothingForWhatIsNotWhole) {
  PageBuilder builder;
  builder.put(1, {gauge("a", "a 1\n")});
  const std::string body = builder.build()->body(Format::text, true);
  EXPECT_THAT(gunzip(body), StartsWith("# HELP a"));
  for (std::size_t size = 0; size < body.size(); ++size) EXPECT_EQ(gunzip(body.substr(0, size)), "");
  std::string damaged = body;
  damaged.at(damaged.size() - 5) = static_cast<char>(~damaged.at(damaged.size() - 5));  // in the checksum
  EXPECT_EQ(gunzip(damaged), "");
}

// --- Prometheus itself

std::string output_of(const std::string& command, int& status) {
  std::string output;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "cannot run " + command;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) output += buffer.data();
  status = pclose(pipe);
  return output;
}

std::string promtool_says(const std::string& page, int& status) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("cpaas_page_test_" + std::to_string(std::random_device{}()) + ".prom");
  std::ofstream(file) << page;
  std::string output = output_of("promtool check metrics < " + file.string() + " 2>&1", status);
  std::filesystem::remove(file);
  return output;
}

Section section_of(const Family& family, Window window) {
  Section section{family_name(family, window), family.kind, family_help(family, window) + " (a \\ \"b\"\n)",
                  ""};
  std::vector<std::string_view> values(family.labels.size(), "a \"quoted\" \\ value\n\xC3\xA9");
  append_sample(section.lines, line_start(section.name, {{"provider", "acme"}, {"account", "main"}}),
                {&family, window, LabelValues(values), 0.1});
  return section;
}

TEST(Promtool, AcceptsThePage) {
  PageBuilder builder;
  builder.put(0,
              {section_of(families::up, Window::none), section_of(families::requests_total, Window::none)});
  builder.put(1, {section_of(families::balance, Window::none), section_of(families::calls, Window::today),
                  section_of(families::calls, Window::d30), section_of(families::account_info, Window::none),
                  section_of(families::voice_seconds_total, Window::none)});
  int status = -1;
  const std::string said = promtool_says(text_of(builder), status);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(said, "");
}

TEST(Promtool, RefusesABadPage) {
  int status = 0;
  EXPECT_THAT(promtool_says("# TYPE a gauge\na 1\n# TYPE a gauge\na 2\n", status), Not(""));
  EXPECT_NE(status, 0);
}

}  // namespace
}  // namespace cpaas::exposition
