#include "exporter/adapters/sqlite_ledger_store.h"

#include <sqlite3.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace cpaas {
namespace {

using ledger::Batch;
using ledger::SeriesId;
using ledger::SeriesRow;
using ledger::StoredAccount;

constexpr std::chrono::days forget_after{400};  // an account that nobody polls any more

// Each entry brings a file of the version of its index to the next one. Version 2 kept a record for each
// endpoint; it stays in `legacy` until the account is polled.
constexpr std::array migrations{
    "CREATE TABLE series (account TEXT NOT NULL, series BLOB NOT NULL, shown INTEGER NOT NULL, base INTEGER "
    "NOT NULL,"
    " last INTEGER, created INTEGER NOT NULL, days TEXT NOT NULL, PRIMARY KEY (account, series)) WITHOUT "
    "ROWID;",
    "ALTER TABLE series ADD COLUMN peak INTEGER;",
    "ALTER TABLE series RENAME TO legacy;"
    "CREATE TABLE writer (epoch INTEGER NOT NULL);"
    "INSERT INTO writer VALUES (0);"
    "CREATE TABLE account (number INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, account_id TEXT NOT "
    "NULL,"
    " next_series INTEGER NOT NULL, seen INTEGER NOT NULL, replaces INTEGER NOT NULL);"
    "CREATE TABLE series (id INTEGER PRIMARY KEY, family TEXT NOT NULL, labels BLOB NOT NULL, part TEXT NOT "
    "NULL,"
    " record BLOB NOT NULL);"  // id: the account's number and, in the low 32 bits, the series'
    "CREATE TABLE endpoint (account INTEGER NOT NULL, name TEXT NOT NULL, progress BLOB, gauges BLOB,"
    " PRIMARY KEY (account, name)) WITHOUT ROWID;"
    "CREATE TABLE set_aside (id INTEGER, family TEXT, labels BLOB, part TEXT, record BLOB);",
};

std::int64_t row_id(std::int64_t account, SeriesId series) {
  return account * (std::int64_t{1} << 32U) + series;
}

// "2026-04-15=7210000;2026-04-16=0;", as version 2 kept days. Nothing if it cannot be read.
std::optional<std::map<Day, ledger::Micros>> parse_days(std::string_view text) {
  std::map<Day, ledger::Micros> days;
  while (!text.empty()) {
    const auto equals = text.find('=');
    const auto end = text.find(';');
    if (equals == std::string_view::npos || end == std::string_view::npos || equals > end)
      return std::nullopt;
    const auto day = parse_date(text.substr(0, equals));
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data() + equals + 1, text.data() + end, value);
    if (!day || parsed.ec != std::errc{} || parsed.ptr != text.data() + end) return std::nullopt;
    days[*day] = value;
    text.remove_prefix(end + 1);
  }
  return days;
}

}  // namespace

// A statement in use. Texts that are bound must outlive its steps.
class SqliteLedgerStore::Query {
 public:
  Query(SqliteLedgerStore& store, const char* sql) : store_(store) {
    good_ = sqlite3_prepare_v2(store.database_, sql, -1, &statement_, nullptr) == SQLITE_OK;
  }
  ~Query() { sqlite3_finalize(statement_); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  void bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }
  void bind_text(int index, std::string_view text) {
    sqlite3_bind_text(statement_, index, text.data() == nullptr ? "" : text.data(),
                      static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void bind_blob(int index, std::string_view bytes) {
    sqlite3_bind_blob(statement_, index, bytes.data() == nullptr ? "" : bytes.data(),
                      static_cast<int>(bytes.size()), SQLITE_STATIC);
  }
  void bind_null(int index) { sqlite3_bind_null(statement_, index); }

  // Whether there is a row.
  Result<bool> step() {
    const int status = good_ ? sqlite3_step(statement_) : SQLITE_ERROR;
    if (status == SQLITE_ROW) return true;
    if (status == SQLITE_DONE) return false;
    return store_.failure("cannot use the state file");
  }
  // Runs a statement without rows, to be bound anew after that.
  Result<void> run() {
    const auto done = step();
    if (good_) sqlite3_reset(statement_);
    if (!done) return tl::unexpected(done.error());
    return {};
  }

  std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::string_view bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return data == nullptr
               ? std::string_view{}
               : std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }

 private:
  SqliteLedgerStore& store_;
  sqlite3_stmt* statement_ = nullptr;
  bool good_ = false;
};

Result<std::unique_ptr<SqliteLedgerStore>> SqliteLedgerStore::open(const std::string& path) {
  sqlite3* database = nullptr;
  const int status =
      sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  auto store = std::unique_ptr<SqliteLedgerStore>(new SqliteLedgerStore(database));
  if (status != SQLITE_OK) return store->failure(("cannot open the state file " + path).c_str());
  auto prepared = store->prepare_file();
  if (!prepared && !store->may_work_later_) {
    return fail(Reason::internal, "cannot use the state file " + path + ": " + prepared.error().message);
  }
  return store;
}

SqliteLedgerStore::~SqliteLedgerStore() {
  sqlite3_close(database_);
}

Result<void> SqliteLedgerStore::prepare_file() {
  if (prepared_) return {};
  if (auto done = take_over_file(); !done) {
    const int status = sqlite3_errcode(database_) & 0xff;
    may_work_later_ = status == SQLITE_FULL || status == SQLITE_IOERR;
    if (sqlite3_get_autocommit(database_) == 0) (void)execute("ROLLBACK");
    return done;
  }
  prepared_ = true;
  return {};
}

Result<void> SqliteLedgerStore::take_over_file() {
  // An exclusive lock is taken by the first write and kept.
  for (const char* sql :
       {"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"}) {
    if (auto done = execute(sql); !done) return done;
  }
  const auto version = number_from("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version > static_cast<std::int64_t>(migrations.size())) {
    return fail(Reason::internal, "it was written by a newer version of this program");
  }
  std::string sql = "BEGIN IMMEDIATE;";
  for (auto i = static_cast<std::size_t>(*version); i < migrations.size(); ++i) sql += migrations.at(i);
  sql += "PRAGMA user_version = " + std::to_string(migrations.size()) + ";";
  sql += "UPDATE writer SET epoch = epoch + 1; COMMIT;";
  if (auto done = execute(sql.c_str()); !done) return done;
  const auto epoch = number_from("SELECT epoch FROM writer");
  const auto legacy = number_from("SELECT EXISTS (SELECT 1 FROM legacy)");
  if (!epoch) return tl::unexpected(epoch.error());
  if (!legacy) return tl::unexpected(legacy.error());
  epoch_ = *epoch;
  had_legacy_ = *legacy != 0;
  return {};
}

tl::unexpected<Error> SqliteLedgerStore::failure(const char* what) const {
  return fail(Reason::internal, std::string(what) + ": " + sqlite3_errmsg(database_));
}

Result<void> SqliteLedgerStore::execute(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure("SQLite");
  return {};
}

Result<std::int64_t> SqliteLedgerStore::number_from(const char* sql) {
  Query query(*this, sql);
  const auto row = query.step();
  if (!row) return tl::unexpected(row.error());
  return *row ? query.number(0) : 0;
}

// --- reading

Result<StoredAccount> SqliteLedgerStore::load(const std::string& account, const std::string& legacy) {
  if (auto prepared = prepare_file(); !prepared) return tl::unexpected(prepared.error());
  StoredAccount stored;
  Query query(*this, "SELECT number, account_id, next_series, replaces FROM account WHERE identity = ?");
  query.bind_blob(1, account);
  const auto found = query.step();
  if (!found) return tl::unexpected(found.error());
  if (*found) {
    const std::int64_t number = query.number(0);
    stored.account_id = query.bytes(1);
    stored.next_series = static_cast<SeriesId>(query.number(2));
    stored.replaces = query.number(3) != 0;
    for (auto load : {&SqliteLedgerStore::load_series, &SqliteLedgerStore::load_endpoints}) {
      if (auto loaded = (this->*load)(number, stored); !loaded) return tl::unexpected(loaded.error());
    }
    return stored;
  }
  if (auto loaded = load_legacy(legacy, stored); !loaded) return tl::unexpected(loaded.error());
  if (!stored.legacy.empty()) return stored;
  const std::size_t name_end = account.find('\0', account.find('\0') + 1) + 1;
  Query other(*this, "SELECT 1 FROM account WHERE substr(identity, 1, ?1) = ?2");
  other.bind(1, static_cast<std::int64_t>(name_end));
  other.bind_blob(2, std::string_view(account).substr(0, name_end));
  const auto replaces = other.step();
  if (!replaces) return tl::unexpected(replaces.error());
  stored.replaces = *replaces;
  return stored;
}

Result<void> SqliteLedgerStore::load_series(std::int64_t number, StoredAccount& into) {
  Query query(*this, "SELECT id, family, labels, part, record FROM series WHERE id BETWEEN ? AND ?");
  query.bind(1, row_id(number, 0));
  query.bind(2, row_id(number + 1, 0) - 1);
  auto row = query.step();
  for (; row && *row; row = query.step()) {
    into.series.push_back({static_cast<SeriesId>(query.number(0) - row_id(number, 0)),
                           std::string(query.bytes(1)), std::string(query.bytes(2)),
                           std::string(query.bytes(3)), std::string(query.bytes(4))});
  }
  if (!row) return tl::unexpected(row.error());
  return {};
}

Result<void> SqliteLedgerStore::load_endpoints(std::int64_t number, StoredAccount& into) {
  Query query(*this, "SELECT name, progress, gauges FROM endpoint WHERE account = ?");
  query.bind(1, number);
  auto row = query.step();
  for (; row && *row; row = query.step()) {
    ledger::EndpointRow& endpoint = into.endpoints[std::string(query.bytes(0))];
    if (!query.is_null(1)) endpoint.progress = query.bytes(1);
    if (!query.is_null(2)) endpoint.gauges = query.bytes(2);
  }
  if (!row) return tl::unexpected(row.error());
  return {};
}

// Of a record whose days cannot be read at least the counter stays.
Result<void> SqliteLedgerStore::load_legacy(const std::string& legacy, StoredAccount& into) {
  if (!had_legacy_) return {};
  Query query(*this, "SELECT series, shown, base, last, created, days, peak FROM legacy WHERE account = ?");
  query.bind_text(1, legacy);
  auto row = query.step();
  for (; row && *row; row = query.step()) {
    const std::string_view series = query.bytes(0);
    const auto endpoint_end = series.find('\0');
    const auto family_end =
        endpoint_end == std::string_view::npos ? endpoint_end : series.find('\0', endpoint_end + 1);
    if (family_end == std::string_view::npos) continue;
    ledger::LegacyRecord record;
    record.endpoint = series.substr(0, endpoint_end);
    record.family = series.substr(endpoint_end + 1, family_end - endpoint_end - 1);
    record.labels = series.substr(family_end + 1);
    record.shown = query.number(1);
    record.base = query.number(2);
    if (!query.is_null(3)) record.last = query.number(3);
    record.created = TimePoint{Duration{query.number(4)}};
    record.days = parse_days(query.bytes(5)).value_or(std::map<Day, ledger::Micros>{});
    if (!query.is_null(6)) record.peak = query.number(6);
    into.legacy.push_back(std::move(record));
  }
  if (!row) return tl::unexpected(row.error());
  return {};
}

// --- writing

Result<void> SqliteLedgerStore::commit(std::span<const Batch> batches) {
  if (auto prepared = prepare_file(); !prepared) return prepared;
  if (auto begun = execute("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = write_all(batches);
  if (done) done = execute("COMMIT");
  if (!done) {
    (void)execute("ROLLBACK");  // on some errors SQLite has rolled back already, and this fails
    return done;
  }
  shrink_after_legacy();
  return {};
}

Result<void> SqliteLedgerStore::write_all(std::span<const Batch> batches) {
  const auto epoch = number_from("SELECT epoch FROM writer");
  if (!epoch) return tl::unexpected(epoch.error());
  if (*epoch != epoch_) return fail(Reason::internal, "another program has taken over the state file");
  for (const Batch& batch : batches) {
    if (auto written = write(batch); !written) return written;
  }
  return batches.empty() ? Result<void>{} : forget_accounts(batches.back().today);
}

Result<void> SqliteLedgerStore::write(const Batch& batch) {
  const auto number = account_number(batch);
  if (!number) return tl::unexpected(number.error());
  if (auto written = write_series(batch, *number); !written) return written;
  if (auto written = write_endpoints(batch, *number); !written) return written;
  if (batch.legacy_taken_over.empty()) return {};
  Query query(*this, "DELETE FROM legacy WHERE account = ?");
  query.bind_text(1, batch.legacy_taken_over);
  return query.run();
}

// Of an account that is not there yet, a new one. Keeps what else the account's row says.
Result<std::int64_t> SqliteLedgerStore::account_number(const Batch& batch) {
  SeriesId next = 1;
  for (const SeriesRow& row : batch.added) next = std::max(next, row.id + 1);
  Query query(*this,
              "INSERT INTO account (identity, account_id, next_series, seen, replaces)"
              " VALUES (?1, coalesce(?2, ''), ?3, ?4, ?5)"
              " ON CONFLICT (identity) DO UPDATE SET account_id = coalesce(?2, account_id),"
              " next_series = max(next_series, ?3), seen = ?4, replaces = ?5 RETURNING number");
  query.bind_blob(1, batch.account);
  if (batch.account_id) {
    query.bind_text(2, *batch.account_id);
  } else {
    query.bind_null(2);
  }
  query.bind(3, next);
  query.bind(4, batch.today.time_since_epoch().count());
  query.bind(5, batch.replaces ? 1 : 0);
  const auto row = query.step();
  if (!row) return tl::unexpected(row.error());
  return query.number(0);
}

Result<void> SqliteLedgerStore::write_series(const Batch& batch, std::int64_t number) {
  Query insert(*this,
               "INSERT OR REPLACE INTO series (id, family, labels, part, record) VALUES (?, ?, ?, ?, ?)");
  for (const SeriesRow& row : batch.added) {
    insert.bind(1, row_id(number, row.id));
    insert.bind_text(2, row.family);
    insert.bind_blob(3, row.labels);
    insert.bind_text(4, row.part);
    insert.bind_blob(5, row.record);
    if (auto done = insert.run(); !done) return done;
  }
  Query update(*this, "UPDATE series SET record = ? WHERE id = ?");
  for (const SeriesRow& row : batch.changed) {
    update.bind_blob(1, row.record);
    update.bind(2, row_id(number, row.id));
    if (auto done = update.run(); !done) return done;
  }
  Query keep(*this, "INSERT INTO set_aside SELECT * FROM series WHERE id = ?");
  Query remove(*this, "DELETE FROM series WHERE id = ?");
  for (const SeriesId id : batch.set_aside) {
    keep.bind(1, row_id(number, id));
    if (auto done = keep.run(); !done) return done;
  }
  for (const auto* ids : {&batch.set_aside, &batch.removed}) {
    for (const SeriesId id : *ids) {
      remove.bind(1, row_id(number, id));
      if (auto done = remove.run(); !done) return done;
    }
  }
  return {};
}

Result<void> SqliteLedgerStore::write_endpoints(const Batch& batch, std::int64_t number) {
  Query query(*this,
              "INSERT INTO endpoint (account, name, progress, gauges) VALUES (?1, ?2, ?3, ?4)"
              " ON CONFLICT (account, name) DO UPDATE SET progress = coalesce(?3, progress),"
              " gauges = coalesce(?4, gauges)");
  for (const auto& [name, row] : batch.endpoints) {
    query.bind(1, number);
    query.bind_text(2, name);
    row.progress ? query.bind_blob(3, *row.progress) : query.bind_null(3);
    row.gauges ? query.bind_blob(4, *row.gauges) : query.bind_null(4);
    if (auto done = query.run(); !done) return done;
  }
  return {};
}

// Once a day.
Result<void> SqliteLedgerStore::forget_accounts(Day today) {
  if (today <= forgot_) return {};
  forgot_ = today;
  const auto before = (today - forget_after).time_since_epoch().count();
  for (const char* sql : {"DELETE FROM series WHERE id >> 32 IN (SELECT number FROM account WHERE seen < ?)",
                          "DELETE FROM endpoint WHERE account IN (SELECT number FROM account WHERE seen < ?)",
                          "DELETE FROM account WHERE seen < ?"}) {
    Query query(*this, sql);
    query.bind(1, before);
    if (auto done = query.run(); !done) return done;
  }
  return {};
}

// The old records took many times as much: the file gives that back once. It works without.
void SqliteLedgerStore::shrink_after_legacy() {
  if (!had_legacy_) return;
  const auto left = number_from("SELECT EXISTS (SELECT 1 FROM legacy)");
  if (!left || *left != 0) return;
  had_legacy_ = false;
  (void)execute("VACUUM");
  (void)execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace cpaas
