// The stored forms: what is written reads back, and nothing else reads as a record.
#include "exporter/ledger/record.h"

#include <gmock/gmock.h>

#include <random>

#include "exporter/core/families.h"
#include "exporter/ledger/bytes.h"
#include "exporter/ledger/kept_gauges.h"
#include "exporter/ledger/progress.h"
#include "exporter/ledger/series_labels.h"

namespace cpaas::ledger {
namespace {

using namespace std::string_literals;
using testing::IsEmpty;
using testing::SizeIs;

const Day day = *parse_date("2026-04-15");
constexpr Micros huge = static_cast<Micros>(1) << 120U;

std::vector<Record> records() {
  const TimePoint time{Duration{1'776'000'000'123}};
  return {
      {},
      {time, day, true,
       Total{.shown = huge, .at = -huge, .usual = 7, .held = 0, .fall = Total::Fall{1, -2, 3, time}}},
      {time, day, false, Total{.shown = 1}},
      {time, day, false,
       Days{.shown = 5,
            .folded = -huge,
            .base = -3,
            .counted_from = day,
            .kept_from = day + std::chrono::days{9},
            .days = {{day + std::chrono::days{9}, 1}, {day + std::chrono::days{12}, INT64_MAX}},
            .held = {{day, -4}}}},
      {time, day, false, LevelState{.spent = 1, .at = -2, .usual = 3, .held = -huge}},
      {time, day, true, Sum{.shown = 9}},
  };
}

TEST(StoredRecord, ReadsBack) {
  for (const Record& record : records()) {
    const auto read = decode_record(encode(record));
    ASSERT_TRUE(read);
    EXPECT_TRUE(*read == record);
  }
}

TEST(StoredRecord, TellsItsCounterWithoutBeingDecoded) {
  for (const Record& record : records()) EXPECT_TRUE(shown_of(encode(record)) == shown(record));
}

TEST(StoredRecord, IsSmall) {
  Days days{.shown = 1'234'567'890, .counted_from = day, .kept_from = day};
  for (int i = 0; i < 45; ++i) days.days.push_back({day + std::chrono::days{i}, 12'340'000 + i});
  EXPECT_LT(encode({TimePoint{}, day, false, days}).size(), 300U);
  EXPECT_LT(encode({TimePoint{}, day, false, Total{.shown = 123'456'000'000, .at = 123'456'000'000}}).size(),
            40U);
}

TEST(StoredRecord, AnyChangedByteIsFound) {
  for (const Record& record : records()) {
    const std::string good = encode(record);
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 0x10);
      EXPECT_FALSE(decode_record(bad)) << i;
      EXPECT_FALSE(decode_record(std::string_view(good).substr(0, i))) << i;
    }
    EXPECT_FALSE(decode_record(good + "x"));
  }
}

TEST(StoredRecord, NumbersOfEverySizeReadBack) {
  Writer out;
  std::vector<Micros> numbers{0, 1, -1, 63, 64, -64, -65, INT64_MAX, INT64_MIN, huge, -huge};
  for (const Micros number : numbers) out.number(number);
  const std::string bytes = out.take();
  Reader in(bytes);
  for (const Micros number : numbers) EXPECT_TRUE(in.number() == number);
  EXPECT_TRUE(in.good());
  EXPECT_TRUE(in.number() == 0);
  EXPECT_FALSE(in.good());
}

TEST(StoredProgress, ReadsBack) {
  Progress progress;
  progress.query = "what";
  progress.last_success = TimePoint{Duration{1'776'000'000'000}};
  progress.members[""] = {true, day, std::nullopt, false};
  progress.members["org \0 1"s] = {
      false, day, ReadDays{day, day + std::chrono::days{5}, {day + std::chrono::days{2}}}, false};
  const auto read = decode_progress(encode(progress));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->query, "what");
  EXPECT_EQ(read->last_success, progress.last_success);
  ASSERT_THAT(read->members, SizeIs(2));
  EXPECT_TRUE(read->members.at("").answered);
  EXPECT_EQ(read->members.at("org \0 1"s).days->missing, std::set{day + std::chrono::days{2}});
  EXPECT_FALSE(decode_progress(encode(progress) + "x"));
}

TEST(KeptGauges, AreThoseWithoutAWindow) {
  const std::vector<Sample> samples{{&families::balance, Window::none, {"INR"}, -12.345},
                                    {&families::balance, Window::none, {"USD"}, 7},
                                    {&families::calls, Window::d30, {"inbound"}, 5},
                                    {&families::calls_total, Window::none, {"inbound"}, 5},
                                    {&families::organizations, Window::none, {}, 3}};
  const auto family_of = [](std::string_view name) -> const Family* {
    if (name == families::balance.name) return &families::balance;
    return name == families::organizations.name ? &families::organizations : nullptr;
  };
  const auto kept = decode_gauges(encode_gauges(samples), family_of);
  ASSERT_THAT(kept, SizeIs(3));
  EXPECT_EQ(kept[0].value, -12.345);
  EXPECT_EQ(kept[1].labels, LabelValues({"USD"}));
  EXPECT_EQ(kept[2].family, &families::organizations);
  EXPECT_THAT(decode_gauges(encode_gauges(samples), [](std::string_view) { return nullptr; }), IsEmpty());
  EXPECT_THAT(decode_gauges("broken", family_of), IsEmpty());
}

TEST(SeriesLabels, GoByName) {
  const LabelValues values{"calls", "INR"};
  const std::string key = labels_by_name(families::cost_total, values);
  EXPECT_EQ(key, "category\0calls\0currency\0INR\0"s);
  EXPECT_EQ(labels_of(families::cost_total, key), values);
  EXPECT_EQ(labels_of(families::balance_spent_total, key), std::nullopt) << "it has no category";
  EXPECT_EQ(labels_by_name(families::cost_total, {"calls", ""}), "category\0calls\0"s);
  EXPECT_EQ(series_text(families::cost_total, values),
            "cpaas_cost_total{category=\"calls\",currency=\"INR\"}");
}

}  // namespace
}  // namespace cpaas::ledger
