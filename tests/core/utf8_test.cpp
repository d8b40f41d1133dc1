#include "exporter/core/utf8.h"

#include <gtest/gtest.h>

namespace cpaas {
namespace {

constexpr std::string_view replaced = "\xEF\xBF\xBD";

std::string with(std::string_view before, std::string_view after) {
  return std::string(before).append(replaced).append(after);
}

TEST(Utf8, LeavesValidTextAlone) {
  for (const std::string_view text :
       {"", "plain", "Z\xC3\xBCrich", "\xE0\xA4\xA8\xE0\xA5\x87", "\xF0\x9F\x93\x9E", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xF0\x90\x80\x80",
        "\xEF\xBB\xBF\x61"}) {
    EXPECT_EQ(valid_utf8(std::string(text)), text);
  }
  EXPECT_EQ(valid_utf8(std::string("a\0b", 3)), std::string_view("a\0b", 3));
}

TEST(Utf8, ReplacesWhatIsInvalid) {
  EXPECT_EQ(valid_utf8("a\xFFz"), with("a", "z"));
  EXPECT_EQ(valid_utf8("a\x80z"), with("a", "z"));                  // a continuation of nothing
  EXPECT_EQ(valid_utf8("a\xC3z"), with("a", "z"));                  // a start without its continuation
  EXPECT_EQ(valid_utf8("a\xC3"), with("a", ""));                    // cut off
  EXPECT_EQ(valid_utf8("a\xE2\x82z"), with("a", "z"));              // one byte short
  EXPECT_EQ(valid_utf8("a\xC0\xAFz"), with("a", "z"));              // overlong '/'
  EXPECT_EQ(valid_utf8("a\xE0\x80\xAFz"), with("a", "z"));          // overlong in three bytes
  EXPECT_EQ(valid_utf8("a\xF0\x80\x80\xAFz"), with("a", "z"));      // overlong in four bytes
  EXPECT_EQ(valid_utf8("a\xED\xA0\x80z"), with("a", "z"));          // a surrogate
  EXPECT_EQ(valid_utf8("a\xF4\x90\x80\x80z"), with("a", "z"));      // past U+10FFFF
  EXPECT_EQ(valid_utf8("a\xF8\x88\x80\x80\x80z"), with("a", "z"));  // five bytes
  EXPECT_EQ(valid_utf8("\xFF\xFE"), with("", std::string(replaced)));
  EXPECT_EQ(valid_utf8("\xC3\xC3\xBC"), with("", "\xC3\xBC"));
}

// Text is looked at eight bytes at a time where it can be.
TEST(Utf8, TheInvalidIsFoundAnywhere) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '\xFF';
      std::string out = "before ";
      append_valid_utf8(out, text);
      EXPECT_EQ(out, "before " + std::string(at, 'x') + "\xEF\xBF\xBD" + std::string(size - at - 1, 'x'));
    }
  }
}

TEST(Utf8, AnythingBecomesValid) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; second += 5) {
      const std::string text{static_cast<char>(first), static_cast<char>(second), '\xBF', 'x'};
      const std::string valid = valid_utf8(text);
      ASSERT_EQ(valid_utf8(valid), valid);
      ASSERT_EQ(valid.back(), 'x');
    }
  }
}

TEST(OneLine, HasNoControlCharacters) {
  EXPECT_EQ(one_line("a\r\nb\tc\x1B[31m\x7F"), "a  b c [31m ");
  EXPECT_EQ(one_line("a\xC2\x9B"
                     "31m"),
            "a 31m");  // C1 control sequence introducer
  EXPECT_EQ(one_line("a\xC2\xA0z"), "a\xC2\xA0z");
  EXPECT_EQ(one_line(std::string_view("a\0b", 3)), "a b");
  EXPECT_EQ(one_line("a\xFFz"), with("a", "z"));
}

TEST(OneLine, KeepsItsLimit) {
  EXPECT_EQ(one_line("abcdef", 3), "abc");
  EXPECT_EQ(one_line("abc", 3), "abc");
  EXPECT_EQ(one_line("ab\xC3\xBC", 3), "ab");
  EXPECT_EQ(one_line("a\xF0\x9F\x93\x9E", 4), "a");
  EXPECT_EQ(one_line(std::string(1000, 'x')).size(), 200U);
  EXPECT_LE(one_line(std::string(1000, '\xC3'), 10).size(), 10U);
  EXPECT_LE(one_line(std::string(1000, '\x80'), 10).size(), 10U);
  EXPECT_EQ(one_line("abc", 0), "");
}

}  // namespace
}  // namespace cpaas
