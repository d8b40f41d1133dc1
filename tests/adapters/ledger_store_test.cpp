// What every store of the ledger does, in memory and in a file; and what only a file can go through.
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "exporter/adapters/sqlite_ledger_store.h"
#include "exporter/ledger/memory_store.h"

namespace cpaas {
namespace {

using namespace std::string_literals;

using ledger::Batch;
using ledger::LedgerStore;
using ledger::SeriesRow;
using ledger::StoredAccount;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

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
  ledger::MemoryStore store_;
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

std::vector<std::string> texts(const StoredAccount& account) {
  std::vector<std::string> texts;
  for (const SeriesRow& row : account.series) {
    texts.push_back(std::to_string(row.id) + " " + row.family + " " + row.labels + " " + row.part + " " +
                    row.record);
  }
  return texts;
}

StoredAccount loaded(LedgerStore& store, const std::string& account, const std::string& legacy = "") {
  auto stored = store.load(account, legacy);
  EXPECT_TRUE(stored) << stored.error().message;
  return stored ? *stored : StoredAccount{};
}

void commit(LedgerStore& store, const std::vector<Batch>& batches) {
  const auto done = store.commit(batches);
  ASSERT_TRUE(done) << done.error().message;
}

Batch batch_of(const std::string& account) {
  Batch batch;
  batch.account = account;
  batch.today = day;
  return batch;
}

Batch adding(const std::string& account, const std::string& record, ledger::SeriesId id = 1) {
  Batch batch = batch_of(account);
  batch.added = {{id, "family", "labels", "", record}};
  return batch;
}

class LedgerStoreContract : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<OpenStore> open_ = GetParam().open();
  StoredAccount load(const std::string& account) { return loaded(open_->store(), account); }
};

INSTANTIATE_TEST_SUITE_P(
    All, LedgerStoreContract,
    testing::Values(Kind{"Memory", [] { return std::unique_ptr<OpenStore>(new InMemory); }},
                    Kind{"Sqlite", [] { return std::unique_ptr<OpenStore>(new InFile); }}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_P(LedgerStoreContract, BeginsEmpty) {
  const StoredAccount nothing = load("main");
  EXPECT_THAT(nothing.series, IsEmpty());
  EXPECT_THAT(nothing.endpoints, IsEmpty());
  EXPECT_EQ(nothing.next_series, 1U);
}

TEST_P(LedgerStoreContract, KeepsEveryByte) {
  Batch batch = batch_of("main\0acme\0http://\xF0\x9F\x93\x9E"s);
  batch.account_id = "id-1";
  batch.replaces = true;
  batch.added = {{1, "cpaas_calls_total", "direction\0in\0"s, "", "\0\xFF record"s},
                 {7, "cpaas_calls_total", "", "part \xF0\x9F\x93\x9E", ""}};
  batch.endpoints["usage"] = {"progress\0"s, "gauges\0\1"s};
  batch.endpoints["balance"] = {"other", std::nullopt};
  commit(open_->store(), {batch});
  for (int i = 0; i < 2; ++i) {
    const StoredAccount stored = load(batch.account);
    EXPECT_THAT(texts(stored), ElementsAre("1 cpaas_calls_total direction\0in\0  \0\xFF record"s,
                                           "7 cpaas_calls_total  part \xF0\x9F\x93\x9E "));
    EXPECT_EQ(stored.account_id, "id-1");
    EXPECT_TRUE(stored.replaces);
    EXPECT_EQ(stored.next_series, 8U);
    EXPECT_EQ(stored.endpoints.at("usage").progress, "progress\0"s);
    EXPECT_EQ(stored.endpoints.at("usage").gauges, "gauges\0\1"s);
    EXPECT_EQ(stored.endpoints.at("balance").gauges, std::nullopt);
    open_->reopen();
  }
}

TEST_P(LedgerStoreContract, ChangesWhatIsGivenAndKeepsTheRest) {
  Batch first = batch_of("main");
  first.account_id = "id";
  first.added = {{1, "f", "a", "", "one"}, {2, "f", "b", "", "two"}, {3, "f", "c", "", "three"}};
  first.endpoints["usage"] = {"p1", "g1"};
  Batch second = batch_of("main");
  second.changed = {{2, "", "", "", "changed"}};
  second.removed = {3};
  second.added = {{4, "f", "d", "", "four"}};
  second.endpoints["usage"] = {"p2", std::nullopt};
  commit(open_->store(), {first, second});
  open_->reopen();
  const StoredAccount stored = load("main");
  EXPECT_THAT(texts(stored), ElementsAre("1 f a  one", "2 f b  changed", "4 f d  four"));
  EXPECT_EQ(stored.account_id, "id");
  EXPECT_EQ(stored.endpoints.at("usage").progress, "p2");
  EXPECT_EQ(stored.endpoints.at("usage").gauges, "g1");
}

TEST_P(LedgerStoreContract, KeepsAccountsApart) {
  commit(open_->store(), {adding("main", "1"), adding("main2", "2"), adding("", "3")});
  EXPECT_THAT(texts(load("main")), ElementsAre("1 family labels  1"));
  EXPECT_THAT(texts(load("main2")), ElementsAre("1 family labels  2"));
  EXPECT_THAT(texts(load("mai")), IsEmpty());
}

TEST_P(LedgerStoreContract, NumbersAreNotUsedAgain) {
  commit(open_->store(), {adding("main", "x", 5)});
  Batch removing = batch_of("main");
  removing.removed = {5};
  commit(open_->store(), {removing});
  open_->reopen();
  EXPECT_EQ(load("main").next_series, 6U);
}

TEST_P(LedgerStoreContract, TakesNothingGladly) {
  commit(open_->store(), {batch_of("main")});
  EXPECT_THAT(load("main").series, IsEmpty());
}

// --- the file

std::string error_of(const std::string& path) {
  const auto opened = SqliteLedgerStore::open(path);
  return opened ? "" : opened.error().message;
}

std::unique_ptr<SqliteLedgerStore> opened(const std::string& path) {
  auto store = SqliteLedgerStore::open(path);
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

constexpr const char* version_1 =
    "CREATE TABLE series (account TEXT NOT NULL, series BLOB NOT NULL, shown INTEGER NOT NULL, base INTEGER "
    "NOT NULL,"
    " last INTEGER, created INTEGER NOT NULL, days TEXT NOT NULL, PRIMARY KEY (account, series)) WITHOUT "
    "ROWID;"
    "PRAGMA user_version = 1;";
constexpr const char* version_2 = "ALTER TABLE series ADD COLUMN peak INTEGER; PRAGMA user_version = 2;";

TEST(SqliteLedgerStore, KeepsTheRecordsOfOlderVersionsUntilTheyAreTakenOver) {
  const Directory directory;
  const std::string path = directory.file("state.db");
  run_sql(path, version_1);
  run_sql(path, version_2);
  run_sql(path,
          "INSERT INTO series VALUES ('main', CAST('users' || x'00' || 'family' || x'00' || 'a' || x'00' AS "
          "BLOB), 5, 1,"
          " 4, 1000, '2026-04-15=3;2026-04-16=-1;', 9), ('other', CAST('e' || x'00' || 'f' || x'00' AS "
          "BLOB), 7, 0, NULL,"
          " 0, 'broken', NULL);");
  for (int i = 0; i < 2; ++i) {
    const auto store = opened(path);
    const StoredAccount stored = loaded(*store, "identity", "main");
    ASSERT_THAT(stored.legacy, SizeIs(1));
    const ledger::LegacyRecord& record = stored.legacy[0];
    EXPECT_EQ(record.endpoint + " " + record.family + " " + record.labels, "users family a\0"s);
    EXPECT_TRUE(record.shown == 5 && record.base == 1 && record.last == 4 && record.peak == 9);
    EXPECT_EQ(record.created, TimePoint{Duration{1000}});
    ASSERT_THAT(record.days, SizeIs(2));
    EXPECT_TRUE(record.days.at(day) == 3);
    const StoredAccount broken = loaded(*store, "identity2", "other");
    ASSERT_THAT(broken.legacy, SizeIs(1)) << "the counter stays, whatever its days";
    EXPECT_TRUE(broken.legacy[0].shown == 7);
  }
  const auto store = opened(path);
  Batch batch = adding("identity", "new");
  batch.legacy_taken_over = "main";
  commit(*store, {batch});
  EXPECT_THAT(loaded(*store, "identity", "main").legacy, IsEmpty());
  EXPECT_THAT(texts(loaded(*store, "identity", "main")), ElementsAre("1 family labels  new"));
  EXPECT_THAT(loaded(*store, "identity2", "other").legacy, SizeIs(1));
}

TEST(SqliteLedgerStore, AFileOfTheFirstVersionWorksToo) {
  const Directory directory;
  const std::string path = directory.file("state.db");
  run_sql(path, version_1);
  EXPECT_EQ(error_of(path), "");
}

TEST(SqliteLedgerStore, GivesBackTheRoomOfOldRecords) {
  const Directory directory;
  const std::string path = directory.file("state.db");
  run_sql(path, version_1);
  run_sql(path, version_2);
  run_sql(path,
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO series "
          "SELECT "
          "'main', CAST('e' || x'00' || 'f' || x'00' || i || x'00' AS BLOB), 1, 0, 1, 0, "
          "hex(zeroblob(1000)), NULL FROM n;");
  const auto before = std::filesystem::file_size(path);
  {
    const auto store = opened(path);
    Batch batch = adding("identity", "new");
    batch.legacy_taken_over = "main";
    commit(*store, {batch});
  }
  EXPECT_LT(std::filesystem::file_size(path), before / 20);
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
  const auto first = opened(directory.file("state.db"));
  EXPECT_THAT(error_of(directory.file("state.db")), HasSubstr("database is locked"));
}

// The lock of the file keeps others out; the epoch is for stores that are shared. A trigger stands for the
// other writer, who has opened the store since.
TEST(SqliteLedgerStore, AWriterThatWasTakenOverCannotCommit) {
  const Directory directory;
  const std::string path = directory.file("state.db");
  ASSERT_EQ(error_of(path), "");
  run_sql(path,
          "CREATE TRIGGER later AFTER INSERT ON account WHEN NEW.identity = CAST('theirs' AS BLOB) BEGIN "
          "UPDATE writer "
          "SET epoch = epoch + 1; END;");
  auto store = opened(path);
  commit(*store, {adding("main", "1"), adding("theirs", "2")});
  const auto refused = store->commit(std::vector{adding("main", "3")});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("another program has taken over"));
  EXPECT_THAT(texts(loaded(*store, "main")), ElementsAre("1 family labels  1"));
  store.reset();
  store = opened(path);  // whoever opens it last holds it
  commit(*store, {adding("main", "4")});
}

TEST(SqliteLedgerStore, SetsAsideWhatTheLedgerCannotRead) {
  const Directory directory;
  const std::string path = directory.file("state.db");
  {
    const auto store = opened(path);
    commit(*store, {adding("main", "broken", 1), adding("main", "good", 2)});
    Batch batch = batch_of("main");
    batch.set_aside = {1};
    commit(*store, {batch});
    EXPECT_THAT(texts(loaded(*store, "main")), ElementsAre("2 family labels  good"));
  }
  run_sql(path,
          "CREATE TEMP TABLE one (n CHECK (n = 1)); INSERT INTO one SELECT count(*) FROM set_aside WHERE "
          "record = CAST('broken' AS BLOB);");
}

TEST(SqliteLedgerStore, CommitsAllOrNothing) {
  const Directory directory;
  const std::string path = directory.file("state.db");
  ASSERT_EQ(error_of(path), "");
  run_sql(path,
          "CREATE TRIGGER full BEFORE INSERT ON series WHEN NEW.record = CAST('b' AS BLOB) BEGIN SELECT "
          "RAISE(ABORT, 'no room'); END;");
  const auto store = opened(path);
  const auto done = store->commit(std::vector{adding("one", "a"), adding("two", "b"), adding("three", "c")});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("no room"));
  EXPECT_THAT(loaded(*store, "one").series, IsEmpty());
  commit(*store, {adding("one", "a")});  // and goes on
  EXPECT_THAT(texts(loaded(*store, "one")), ElementsAre("1 family labels  a"));
}

TEST(SqliteLedgerStore, KnowsAnAccountThatAnotherReplaces) {
  const Directory directory;
  const auto store = opened(directory.file("state.db"));
  commit(*store, {adding("main\0acme\0http://sandbox"s, "1")});
  EXPECT_TRUE(loaded(*store, "main\0acme\0http://real"s).replaces);
  EXPECT_FALSE(loaded(*store, "main\0acme\0http://sandbox"s).replaces);
  EXPECT_FALSE(loaded(*store, "main2\0acme\0http://real"s).replaces);
  EXPECT_FALSE(loaded(*store, "main\0other\0http://real"s).replaces);
}

TEST(SqliteLedgerStore, ForgetsAccountsThatNobodyPolls) {
  const Directory directory;
  const auto store = opened(directory.file("state.db"));
  Batch old = adding("old", "1");
  old.today = day - std::chrono::days{401};
  old.endpoints["usage"] = {"p", "g"};
  Batch other = adding("other", "2");
  other.today = day - std::chrono::days{399};
  commit(*store, {old, other});
  commit(*store, {adding("new", "3")});
  EXPECT_THAT(loaded(*store, "old").series, IsEmpty());
  EXPECT_THAT(loaded(*store, "old").endpoints, IsEmpty());
  EXPECT_THAT(loaded(*store, "other").series, SizeIs(1));
  EXPECT_THAT(loaded(*store, "new").series, SizeIs(1));
}

}  // namespace
}  // namespace cpaas
