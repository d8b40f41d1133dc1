// What every store of the ledger does, in memory and in a file; and what only a file can go through.
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "exporter/adapters/sqlite_ledger_store.h"
#include "exporter/engine/memory_ledger_store.h"

namespace cpaas {
namespace {

using namespace std::string_literals;

using engine::LedgerRecord;
using engine::LedgerStore;
using testing::HasSubstr;
using Records = LedgerStore::Records;

const Day day = *parse_date("2026-04-15");

class Directory {
 public:
  Directory() : path_(::mkdtemp(std::string("/tmp/cpaas_store_XXXXXX").data())) {}
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// A store that can be closed and opened again.
class OpenStore {
 public:
  virtual ~OpenStore() = default;
  virtual LedgerStore& store() = 0;
  virtual void reopen() = 0;
};

class InMemory : public OpenStore {
 public:
  LedgerStore& store() override { return store_; }
  void reopen() override {}

 private:
  engine::MemoryLedgerStore store_;
};

class InFile : public OpenStore {
 public:
  InFile() { reopen(); }
  LedgerStore& store() override { return *store_; }
  void reopen() override {
    store_.reset();  // its lock would keep the next one out
    auto opened = SqliteLedgerStore::open(directory_.file("state.db"));
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
  }

 private:
  Directory directory_;
  std::unique_ptr<SqliteLedgerStore> store_;
};

struct Kind {
  const char* name;
  std::unique_ptr<OpenStore> (*open)();
};

class LedgerStoreContract : public testing::TestWithParam<Kind> {
 protected:
  Records load(const std::string& account) {
    auto records = open_->store().load(account);
    EXPECT_TRUE(records) << records.error().message;
    return records ? *records : Records{};
  }
  void save(const std::string& account, const Records& records) {
    const auto saved = open_->store().save(account, records);
    ASSERT_TRUE(saved) << saved.error().message;
  }

  std::unique_ptr<OpenStore> open_ = GetParam().open();
};

INSTANTIATE_TEST_SUITE_P(
    All, LedgerStoreContract,
    testing::Values(Kind{"Memory", [] { return std::unique_ptr<OpenStore>(new InMemory); }},
                    Kind{"Sqlite", [] { return std::unique_ptr<OpenStore>(new InFile); }}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_P(LedgerStoreContract, BeginsEmpty) {
  EXPECT_EQ(load("main"), Records{});
}

TEST_P(LedgerStoreContract, KeepsEveryField) {
  constexpr auto most = std::numeric_limits<engine::Micros>::max();
  const std::string key = "users\0cpaas_user_cost_total\0org\0 \xF0\x9F\x93\x9E;=\0"s;
  const Records records{
      {key,
       {.shown = most, .base = -most, .last = 0, .peak = 7, .created = TimePoint{Duration{1776000000123}}}},
      {"days", {.shown = 3, .days = {{day, 1}, {day + std::chrono::days{1}, most}}}},
      {"level", {.last = -5'000'000}},
      {"nothing", {}},
  };
  save("main", records);
  EXPECT_EQ(load("main"), records);
  open_->reopen();
  EXPECT_EQ(load("main"), records);
}

TEST_P(LedgerStoreContract, ReplacesWhatIsGivenAndKeepsTheRest) {
  save("main", {{"a", {.shown = 1, .last = 1, .days = {{day, 1}}}}, {"b", {.shown = 2}}});
  save("main", {{"a", {.shown = 5}}, {"c", {.shown = 6}}});
  open_->reopen();
  EXPECT_EQ(load("main"), (Records{{"a", {.shown = 5}}, {"b", {.shown = 2}}, {"c", {.shown = 6}}}));
}

TEST_P(LedgerStoreContract, KeepsAccountsApart) {
  save("main", {{"a", {.shown = 1}}});
  save("main2", {{"a", {.shown = 2}}});
  save("", {{"a", {.shown = 3}}});
  EXPECT_EQ(load("main"), (Records{{"a", {.shown = 1}}}));
  EXPECT_EQ(load("main2"), (Records{{"a", {.shown = 2}}}));
  EXPECT_EQ(load("mai"), Records{});
}

TEST_P(LedgerStoreContract, SavesNothingGladly) {
  save("main", {});
  EXPECT_EQ(load("main"), Records{});
}

// --- the file

std::string error_of(const std::string& path) {
  const auto opened = SqliteLedgerStore::open(path);
  return opened ? "" : opened.error().message;
}

void run_sql(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
}

TEST(SqliteLedgerStore, BringsAnOldFileUpToDate) {
  const Directory directory;
  const std::string path = directory.file("state.db");
  run_sql(
      path,
      "CREATE TABLE series (account TEXT NOT NULL, series BLOB NOT NULL, shown INTEGER NOT NULL, base "
      "INTEGER "
      "NOT NULL, last INTEGER, created INTEGER NOT NULL, days TEXT NOT NULL, PRIMARY KEY (account, series)) "
      "WITHOUT ROWID;"
      "INSERT INTO series VALUES ('main', 'a', 5, 1, 4, 0, '2026-04-15=3;'); PRAGMA user_version = 1;");
  const Records expected{{"a", {.shown = 5, .base = 1, .last = 4, .days = {{day, 3}}}}};
  for (int i = 0; i < 2; ++i) {
    auto opened = SqliteLedgerStore::open(path);
    ASSERT_TRUE(opened) << opened.error().message;
    const auto records = (*opened)->load("main");
    ASSERT_TRUE(records) << records.error().message;
    EXPECT_EQ(*records, expected);
  }
}

TEST(SqliteLedgerStore, LeavesAFileOfANewerVersionAlone) {
  const Directory directory;
  const std::string path = directory.file("state.db");
  run_sql(path, "CREATE TABLE future (x); PRAGMA user_version = 1000;");
  EXPECT_EQ(error_of(path),
            "cannot use the state file " + path + ": it was written by a newer version of this program");
}

TEST(SqliteLedgerStore, SaysWhatIsWrongWithAFile) {
  const Directory directory;
  EXPECT_THAT(error_of(directory.file("")), HasSubstr("cannot open the state file"));
  EXPECT_THAT(error_of(directory.file("none/state.db")), HasSubstr("cannot open the state file"));
  std::ofstream(directory.file("text")) << "this was never a database, whatever its name may be\n";
  EXPECT_THAT(error_of(directory.file("text")), HasSubstr("file is not a database"));
}

TEST(SqliteLedgerStore, LetsNobodyElseIn) {
  const Directory directory;
  const auto first = SqliteLedgerStore::open(directory.file("state.db"));
  ASSERT_TRUE(first);
  EXPECT_THAT(error_of(directory.file("state.db")), HasSubstr("database is locked"));
}

TEST(SqliteLedgerStore, RefusesARecordThatItCannotRead) {
  for (const char* days :
       {"2026-04-15", "2026-04-15=", "2026-04-15=1", "2026-13-15=1;", "x=1;", "2026-04-15=1x;"}) {
    const Directory directory;
    const std::string path = directory.file("state.db");
    ASSERT_EQ(error_of(path), "");
    run_sql(
        path,
        ("INSERT INTO series VALUES ('main', 'a', 5, 1, 4, 0, '" + std::string(days) + "', NULL)").c_str());
    auto opened = SqliteLedgerStore::open(path);
    ASSERT_TRUE(opened);
    const auto records = (*opened)->load("main");
    ASSERT_FALSE(records) << days;
    EXPECT_EQ(records.error().message, "the state file holds a record that cannot be read");
  }
}

TEST(SqliteLedgerStore, SavesAllOrNothing) {
  const Directory directory;
  const std::string path = directory.file("state.db");
  ASSERT_EQ(error_of(path), "");
  run_sql(path,
          "CREATE TRIGGER full BEFORE INSERT ON series WHEN NEW.series = CAST('b' AS BLOB) BEGIN SELECT "
          "RAISE(ABORT, "
          "'no room'); END;");
  auto opened = SqliteLedgerStore::open(path);
  ASSERT_TRUE(opened);
  const auto saved = (*opened)->save("main", {{"a", {.shown = 1}}, {"b", {.shown = 2}}, {"c", {.shown = 3}}});
  ASSERT_FALSE(saved);
  EXPECT_THAT(saved.error().message, HasSubstr("no room"));
  EXPECT_EQ(*(*opened)->load("main"), Records{});
  ASSERT_TRUE((*opened)->save("main", {{"a", {.shown = 1}}}));  // and goes on
  EXPECT_EQ(*(*opened)->load("main"), (Records{{"a", {.shown = 1}}}));
}

}  // namespace
}  // namespace cpaas
