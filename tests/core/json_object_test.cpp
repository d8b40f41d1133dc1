#include "exporter/core/json_object.h"

#include <gmock/gmock.h>

namespace cpaas {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(JsonObject, ReadsTypedValues) {
  const json document =
      json::parse(R"({"number": 1.5, "text_number": " 2.50 ", "count": 3, "flag": true, "text": "x", "id": 12,
                                        "clock": "25:00:01", "time": "2026-04-15T17:45:00+05:45", "big": 18446744073709551615})");
  Drift drift;
  {
    JsonObject object(document, drift);
    ASSERT_TRUE(object);
    EXPECT_EQ(object.number("number"), 1.5);
    EXPECT_EQ(object.number("text_number"), 2.5);
    EXPECT_EQ(object.count("count"), 3);
    EXPECT_EQ(object.boolean("flag"), true);
    EXPECT_EQ(object.text("text"), "x");
    EXPECT_EQ(object.text("id"), "12");
    EXPECT_EQ(object.clock_seconds("clock"), 90001);
    EXPECT_EQ(object.time("time"), parse_time("2026-04-15T12:00:00Z"));
    EXPECT_EQ(object.count("big"), 18446744073709551616.0);
  }
  EXPECT_EQ(drift, Drift{});
}

TEST(JsonObject, RemembersWhatIsMistyped) {
  const json document =
      json::parse(R"({"a": true, "b": "NaN", "c": -1, "d": 1.5, "e": "true", "f": {}, "g": "1:2:3:4", "h": 5,
                                        "i": "yesterday", "j": [], "k": {}, "l": "0x10", "m": "1e400", "n": "inf"})");
  Drift drift;
  {
    JsonObject object(document, drift);
    EXPECT_FALSE(object.number("a"));
    EXPECT_FALSE(object.number("b"));
    EXPECT_FALSE(object.count("c"));
    EXPECT_FALSE(object.count("d"));
    EXPECT_FALSE(object.boolean("e"));
    EXPECT_FALSE(object.text("f"));
    EXPECT_FALSE(object.clock_seconds("g"));
    EXPECT_FALSE(object.clock_seconds("h"));
    EXPECT_FALSE(object.time("i"));
    EXPECT_FALSE(object.object("j"));
    EXPECT_FALSE(object.each_object("k", Need::required, [](JsonObject&) { FAIL(); }));
    for (const char* key : {"l", "m", "n"}) EXPECT_FALSE(object.number(key)) << key;
  }
  EXPECT_THAT(drift.mistyped,
              ElementsAre("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"));
  EXPECT_THAT(drift.missing, IsEmpty());
  EXPECT_THAT(drift.unknown, IsEmpty());
}

TEST(JsonObject, NumbersThatADoubleCannotHoldAreMistyped) {
  const json document{{"infinite", std::numeric_limits<double>::infinity()}, {"nan", std::nan("")}};
  Drift drift;
  {
    JsonObject object(document, drift);
    EXPECT_FALSE(object.number("infinite"));
    EXPECT_FALSE(object.count("nan"));
  }
  EXPECT_THAT(drift.mistyped, ElementsAre("infinite", "nan"));
}

TEST(JsonObject, AbsentAndNullAreMissingOnlyWhereRequired) {
  const json document = json::parse(R"({"null": null, "null_too": null})");
  Drift drift;
  {
    JsonObject object(document, drift);
    EXPECT_FALSE(object.number("absent"));
    EXPECT_FALSE(object.number("null"));
    EXPECT_FALSE(object.text("absent_too", Need::optional));
    EXPECT_FALSE(object.text("null_too", Need::optional));
    EXPECT_EQ(object.raw("raw"), nullptr);
    EXPECT_FALSE(object.has("null"));
    EXPECT_FALSE(object.has("absent"));
  }
  EXPECT_THAT(drift.missing, ElementsAre("absent", "null"));
  EXPECT_THAT(drift.mistyped, IsEmpty());
  EXPECT_THAT(drift.unknown, IsEmpty());
}

TEST(JsonObject, KeysThatNobodyAskedForAreUnknown) {
  const json document = json::parse(R"({"known": 1, "ignored": 2, "seen": 3, "new": 4, "ne\nw": null})");
  Drift drift;
  {
    JsonObject object(document, drift);
    EXPECT_EQ(object.number("known"), 1);
    object.ignore({"ignored", "not there"});
    EXPECT_TRUE(object.has("seen"));
  }
  EXPECT_THAT(drift.unknown, ElementsAre("ne w", "new", "seen"));
}

TEST(JsonObject, PathsNameArraysOnceHoweverManyRows) {
  const json document = json::parse(
      R"({"users": [{"cost": {"kb": "x", "new": 1}}, {"cost": {"kb": "y"}}, 7, {"cost": {}}, {}]})");
  Drift drift;
  int rows = 0;
  {
    JsonObject object(document, drift);
    EXPECT_TRUE(object.each_object("users", Need::required, [&](JsonObject& user) {
      ++rows;
      EXPECT_EQ(user.path_of("cost"), "users[].cost");
      user.object("cost").number("kb");
    }));
  }
  EXPECT_EQ(rows, 4);
  EXPECT_THAT(drift.mistyped, ElementsAre("users[]", "users[].cost.kb"));
  EXPECT_THAT(drift.missing, ElementsAre("users[].cost", "users[].cost.kb"));
  EXPECT_THAT(drift.unknown, ElementsAre("users[].cost.new"));
}

TEST(JsonObject, ACursorOverNothingIsSilent) {
  const json document = json::parse(R"({"wrong": 5})");
  Drift drift;
  {
    JsonObject object(document, drift);
    JsonObject absent = object.object("absent");
    JsonObject wrong = object.object("wrong");
    for (JsonObject* empty : {&absent, &wrong}) {
      EXPECT_FALSE(*empty);
      EXPECT_FALSE(empty->number("x"));
      EXPECT_FALSE(empty->object("y").object("z").text("deep"));
      EXPECT_FALSE(empty->each_object("rows", Need::required, [](JsonObject&) { FAIL(); }));
      EXPECT_THAT(empty->number_leaves("leaves"), IsEmpty());
      EXPECT_EQ(empty->raw("raw"), nullptr);
    }
    EXPECT_FALSE(object.object("optional", Need::optional));
  }
  EXPECT_THAT(drift.missing, ElementsAre("absent"));
  EXPECT_THAT(drift.mistyped, ElementsAre("wrong"));
  EXPECT_THAT(drift.unknown, IsEmpty());
}

TEST(JsonObject, ADocumentOfAnotherTypeIsMistyped) {
  Drift drift;
  EXPECT_FALSE(JsonObject(json::parse("[1]"), drift));
  EXPECT_FALSE(JsonObject(json(nullptr), drift, "inner"));
  EXPECT_THAT(drift.mistyped, ElementsAre("$", "inner"));
}

TEST(JsonObject, ACallersOwnCheckIsDriftToo) {
  const json document = json::parse(R"({"rows": [{"currency": "xx"}]})");
  Drift drift;
  JsonObject(document, drift).each_object("rows", Need::required, [](JsonObject& row) {
    row.raw("currency");
    row.mistyped("currency");
  });
  EXPECT_THAT(drift.mistyped, ElementsAre("rows[].currency"));
}

TEST(NumberLeaves, GivesEveryNumberByItsName) {
  const json document = json::parse(
      R"({"map": {"b": 2, "a": "1.5", "in": {"x": 3, "deeper": {"y": 4}}, "text": "n/a", "list": [1], "none": null}})");
  Drift drift;
  {
    JsonObject object(document, drift);
    EXPECT_THAT(object.number_leaves("map"),
                ElementsAre(Pair("a", 1.5), Pair("b", 2), Pair("in.deeper.y", 4), Pair("in.x", 3)));
  }
  EXPECT_THAT(drift.mistyped, ElementsAre("map.list", "map.none", "map.text"));
}

TEST(NumberLeaves, DepthIsBounded) {
  json document = 1;
  for (int i = 0; i < 10'000; ++i) {
    json outer;
    outer["d"] = std::move(document);
    document = std::move(outer);
  }
  Drift drift;
  EXPECT_THAT(JsonObject(document, drift).number_leaves("d"), IsEmpty());
  EXPECT_THAT(drift.mistyped, ElementsAre("d.d.d.d.d.d"));
}

TEST(NumberLeaves, AListIsMistyped) {
  const json document = json::parse(R"({"map": [1, 2]})");
  Drift drift;
  EXPECT_THAT(JsonObject(document, drift).number_leaves("map"), IsEmpty());
  EXPECT_THAT(drift.mistyped, ElementsAre("map"));
}

TEST(EachObject, ReadsADocumentThatIsAList) {
  const json document = json::parse(R"([{"a": 1, "new": 1}, "x", {"b": 1}])");
  Drift drift;
  double sum = 0;
  EXPECT_TRUE(
      each_object(document, drift, "", [&](JsonObject& row) { sum += row.number("a").value_or(10); }));
  EXPECT_EQ(sum, 11);
  EXPECT_THAT(drift.missing, ElementsAre("$[].a"));
  EXPECT_THAT(drift.mistyped, ElementsAre("$[]"));
  EXPECT_THAT(drift.unknown, ElementsAre("$[].b", "$[].new"));
}

TEST(EachObject, RefusesADocumentThatIsNone) {
  Drift drift;
  EXPECT_FALSE(each_object(json::parse("{}"), drift, "", [](JsonObject&) { FAIL(); }));
  EXPECT_FALSE(each_object(json(5), drift, "rows", [](JsonObject&) { FAIL(); }));
  EXPECT_TRUE(each_object(json::array(), drift, "empty", [](JsonObject&) { FAIL(); }));
  EXPECT_THAT(drift.mistyped, ElementsAre("$", "rows"));
}

TEST(Drift, KeepsABoundedNumberOfPaths) {
  json document = json::object();
  for (int i = 0; i < 1000; ++i) document["key" + std::to_string(i)] = i;
  Drift drift;
  { const JsonObject object(document, drift); }
  EXPECT_EQ(drift.unknown.size(), Drift::limit);
  Drift merged{.missing = {"a"}, .mistyped = {}, .unknown = {"b"}};
  merged.merge(drift);
  EXPECT_EQ(merged.unknown.size(), Drift::limit);
  EXPECT_TRUE(merged.unknown.contains("b"));
  EXPECT_FALSE(merged.empty());
  EXPECT_TRUE(Drift{}.empty());
}

// --- whether it is an answer

bool answered(const std::string& text, const std::function<void(JsonObject&)>& read) {
  const json document = json::parse(text);
  Drift drift;
  JsonObject object(document, drift);
  read(object);
  return object.answered();
}

TEST(JsonObject, IsNoAnswerWithoutItsPurpose) {
  const auto two = [](JsonObject& object) {
    object.number("a", Need::purpose);
    object.object("in").count("b", Need::purpose);
    object.text("c");
  };
  EXPECT_TRUE(answered(R"({"a": 1, "in": {"b": 2}})", two));
  EXPECT_TRUE(answered(R"({"a": [], "in": {"b": 2}})", two));
  EXPECT_TRUE(answered(R"({"a": 1})", two));
  EXPECT_FALSE(answered(R"({"a": [], "in": {"b": -2}, "c": "x"})", two));
  EXPECT_FALSE(answered(R"({"c": "x"})", two));
  for (const char* text : {"{}", "null", "[]", "7"}) EXPECT_FALSE(answered(text, two)) << text;
  EXPECT_TRUE(answered("{}", [](JsonObject& object) { object.number("a"); })) << "no purpose was named";
}

TEST(JsonObject, AListOfNothingIsAnAnswerAndOneOfUselessRowsIsNot) {
  const auto rows = [](JsonObject& object) {
    object.each_object("rows", Need::purpose, [](JsonObject& row) { row.count("n", Need::purpose); });
  };
  EXPECT_TRUE(answered(R"({"rows": []})", rows));
  EXPECT_TRUE(answered(R"({"rows": [{}, {"n": 0}]})", rows));
  for (const char* text : {R"({"rows": [{}, {"n": "x"}]})", R"({"rows": [1]})", R"({"rows": null})", "{}"}) {
    EXPECT_FALSE(answered(text, rows)) << text;
  }
}

TEST(JsonObject, APurposeThatIsMissingIsDrift) {
  const json document = json::parse("{}");
  Drift drift;
  JsonObject(document, drift).text("a", Need::purpose);
  EXPECT_THAT(drift.missing, ElementsAre("a"));
}

}  // namespace
}  // namespace cpaas
