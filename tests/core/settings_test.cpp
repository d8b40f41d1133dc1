#include "exporter/core/settings.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "exporter/core/result.h"

namespace cpaas {
namespace {

TEST(Secret, NeverPrintsItsText) {
  const Secret secret("s3cr3t");
  std::ostringstream out;
  out << secret << Secret();
  EXPECT_EQ(out.str(), "<secret><secret>");
  EXPECT_EQ(::testing::PrintToString(secret), "<secret>");
  EXPECT_EQ(secret.reveal(), "s3cr3t");
}

TEST(Secret, ComparesByItsText) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_NE(Secret("a"), Secret("b"));
  EXPECT_TRUE(Secret().empty());
  EXPECT_FALSE(Secret("a").empty());
}

TEST(Settings, OptionsThatAreNotThereAreEmpty) {
  Settings settings;
  settings.texts["scope"] = "partner";
  settings.lists["ids"] = {"a", "b"};
  settings.secrets["key"] = Secret("k");
  EXPECT_EQ(settings.text("scope"), "partner");
  EXPECT_EQ(settings.list("ids").size(), 2U);
  EXPECT_EQ(settings.secret("key").reveal(), "k");
  EXPECT_EQ(settings.text("key"), "");
  EXPECT_TRUE(settings.list("scope").empty());
  EXPECT_TRUE(settings.secret("ids").empty());
}

TEST(Reason, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const Reason reason : all_reasons) names.insert(name_of(reason));
  EXPECT_EQ(names.size(), all_reasons.size());
}

}  // namespace
}  // namespace cpaas
