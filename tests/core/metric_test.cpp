#include "exporter/core/metric.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "exporter/core/collector.h"

namespace cpaas {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Family calls{"cpaas_%_calls", Kind::gauge, {"direction"}, "Calls %"};
constexpr Family balance{"cpaas_balance", Kind::gauge, {"currency"}, "Money"};

TEST(Family, TakesTheWindowIntoItsName) {
  EXPECT_TRUE(windowed(calls));
  EXPECT_FALSE(windowed(balance));
  EXPECT_EQ(family_name(calls, Window::h24), "cpaas_24h_calls");
  EXPECT_EQ(family_name(calls, Window::d7), "cpaas_7d_calls");
  EXPECT_EQ(family_name(calls, Window::d30), "cpaas_30d_calls");
  EXPECT_EQ(family_name(calls, Window::d90), "cpaas_90d_calls");
  EXPECT_EQ(family_name(calls, Window::today), "cpaas_today_calls");
  EXPECT_EQ(family_name(calls, Window::month), "cpaas_month_calls");
  EXPECT_EQ(family_name(balance, Window::none), "cpaas_balance");
  EXPECT_EQ(family_help(calls, Window::d7), "Calls in the last 7 days");
  EXPECT_EQ(family_help(calls, Window::month), "Calls in this calendar month");
  EXPECT_EQ(family_help(balance, Window::none), "Money");
}

TEST(Window, IsThirtyDaysUnlessSevenOrNinety) {
  EXPECT_EQ(sliding_window(std::chrono::days{7}), Window::d7);
  EXPECT_EQ(sliding_window(std::chrono::days{30}), Window::d30);
  EXPECT_EQ(sliding_window(std::chrono::days{90}), Window::d90);
}

TEST(Window, KindsSayWhichThereCanBe) {
  EXPECT_THAT(windows_of({}), ElementsAre(Window::none));
  EXPECT_THAT(windows_of({.sliding = true}), ElementsAre(Window::d7, Window::d30, Window::d90));
  EXPECT_THAT(windows_of({.sliding = true, .d30 = true, .today = true}),
              ElementsAre(Window::d7, Window::d30, Window::d90, Window::today));
  EXPECT_THAT(windows_of({.h24 = true, .d7 = true, .d30 = true, .month = true}),
              ElementsAre(Window::h24, Window::d7, Window::d30, Window::month));
}

TEST(LabelValues, GiveBackWhatTheyTook) {
  EXPECT_THAT(LabelValues().values(), IsEmpty());
  EXPECT_THAT((LabelValues{"a", "", "c d"}.values()), ElementsAre("a", "", "c d"));
  EXPECT_THAT((LabelValues{""}.values()), ElementsAre(""));
  const std::vector<std::string_view> texts{"x", "y"};
  EXPECT_EQ(LabelValues(texts), (LabelValues{"x", "y"}));
}

TEST(LabelValues, AreEqualExactlyWhenAllValuesAre) {
  EXPECT_NE((LabelValues{"a", "b"}), (LabelValues{"ab", ""}));
  EXPECT_NE((LabelValues{"a"}), (LabelValues{"a", ""}));
  EXPECT_NE((LabelValues{std::string_view("a\0b", 3)}), (LabelValues{"a", "b"}));
  EXPECT_EQ((LabelValues{"a", "b"}).key(), (LabelValues{"a", "b"}).key());
}

TEST(LabelValues, AreValidText) {
  EXPECT_THAT((LabelValues{"a\xFFz", std::string_view("n\0ul", 4)}.values()),
              ElementsAre("a\xEF\xBF\xBDz", "nul"));
}

TEST(LabelValues, AreBoundedAndStayApart) {
  const std::string text(1024, 'x');
  EXPECT_THAT(LabelValues{text}.values(), ElementsAre(text));
  const std::string huge(3'000'000, 'x');
  const LabelValues one{huge + "1"};
  const LabelValues two{huge + "2"};
  EXPECT_LE(one.key().size(), 1025U);
  EXPECT_NE(one, two);
  EXPECT_EQ(one, (LabelValues{huge + "1"}));
  EXPECT_LE((LabelValues{std::string(2000, '\xFF')}.key().size()), 1025U);
  // Not cut within a character: 3 bytes each.
  std::string characters;
  for (int i = 0; i < 1000; ++i) characters += "\xE2\x82\xAC";
  EXPECT_EQ((LabelValues{characters}.key().find("\xEF\xBF\xBD")), std::string::npos);
}

TEST(Page, AddsOnlyFiniteValues) {
  Page page;
  page.add(balance, 5, {"EUR"});
  page.add(balance, std::nullopt, {"USD"});
  page.add(balance, std::nan(""), {"USD"});
  page.add(balance, std::numeric_limits<double>::infinity(), {"USD"});
  page.add(calls, Window::d7, 0, {"inbound"});
  page.add_info(balance, {"INR"});
  ASSERT_EQ(page.samples.size(), 3U);
  EXPECT_EQ(page.samples[0].value, 5);
  EXPECT_EQ(page.samples[1].window, Window::d7);
  EXPECT_EQ(page.samples[1].value, 0);
  EXPECT_EQ(page.samples[2].value, 1);
}

}  // namespace
}  // namespace cpaas
