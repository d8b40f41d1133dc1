#include "exporter/adapters/sqlite_ledger_store.h"

#include <sqlite3.h>

#include <array>
#include <charconv>

namespace cpaas {
namespace {

using engine::LedgerRecord;
using engine::Micros;

// Each entry brings a file of the version of its index to the next one.
constexpr std::array migrations{
    "CREATE TABLE series (account TEXT NOT NULL, series BLOB NOT NULL, shown INTEGER NOT NULL, base INTEGER "
    "NOT NULL,"
    " last INTEGER, created INTEGER NOT NULL, days TEXT NOT NULL, PRIMARY KEY (account, series)) WITHOUT "
    "ROWID;",
    "ALTER TABLE series ADD COLUMN peak INTEGER;",
};

// "2026-04-15=7210000;2026-04-16=0;"
std::string days_text(const std::map<Day, Micros>& days) {
  std::string text;
  for (const auto& [day, value] : days) text += format_date(day) + "=" + std::to_string(value) + ";";
  return text;
}

std::optional<std::map<Day, Micros>> parse_days(std::string_view text) {
  std::map<Day, Micros> days;
  while (!text.empty()) {
    const auto equals = text.find('=');
    const auto end = text.find(';');
    if (equals == std::string_view::npos || end == std::string_view::npos || equals > end)
      return std::nullopt;
    const auto day = parse_date(text.substr(0, equals));
    Micros value = 0;
    const auto parsed = std::from_chars(text.data() + equals + 1, text.data() + end, value);
    if (!day || parsed.ec != std::errc{} || parsed.ptr != text.data() + end) return std::nullopt;
    days[*day] = value;
    text.remove_prefix(end + 1);
  }
  return days;
}

std::string_view column_text(sqlite3_stmt* row, int column) {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(row, column));
  return bytes == nullptr
             ? std::string_view{}
             : std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
}

std::optional<Micros> column_micros(sqlite3_stmt* row, int column) {
  if (sqlite3_column_type(row, column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_int64(row, column);
}

std::optional<LedgerRecord> record_of(sqlite3_stmt* row) {
  auto days = parse_days(column_text(row, 5));
  if (!days) return std::nullopt;
  LedgerRecord record;
  record.shown = sqlite3_column_int64(row, 1);
  record.base = sqlite3_column_int64(row, 2);
  record.last = column_micros(row, 3);
  record.peak = column_micros(row, 6);
  record.created = TimePoint{Duration{sqlite3_column_int64(row, 4)}};
  record.days = std::move(*days);
  return record;
}

void bind_text(sqlite3_stmt* statement, int index, const std::string& text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

void bind_micros(sqlite3_stmt* statement, int index, const std::optional<Micros>& value) {
  if (value) {
    sqlite3_bind_int64(statement, index, *value);
  } else {
    sqlite3_bind_null(statement, index);
  }
}

}  // namespace

Result<std::unique_ptr<SqliteLedgerStore>> SqliteLedgerStore::open(const std::string& path) {
  sqlite3* database = nullptr;
  const int status =
      sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  auto store = std::unique_ptr<SqliteLedgerStore>(new SqliteLedgerStore(database));
  if (status != SQLITE_OK) return store->failure(("cannot open the state file " + path).c_str());
  if (auto prepared = store->prepare_file(); !prepared) {
    return fail(Reason::internal, "cannot use the state file " + path + ": " + prepared.error().message);
  }
  return store;
}

SqliteLedgerStore::~SqliteLedgerStore() {
  sqlite3_close(database_);
}

Result<void> SqliteLedgerStore::prepare_file() {
  // An exclusive lock is taken by the first write and kept.
  for (const char* sql :
       {"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"}) {
    if (auto done = execute(sql); !done) return done;
  }
  const auto version = user_version();
  if (!version) return tl::unexpected(version.error());
  if (*version > static_cast<int>(migrations.size())) {
    return fail(Reason::internal, "it was written by a newer version of this program");
  }
  std::string sql = "BEGIN IMMEDIATE;";
  for (auto i = static_cast<std::size_t>(*version); i < migrations.size(); ++i) sql += migrations.at(i);
  sql += "PRAGMA user_version = " + std::to_string(migrations.size()) + "; COMMIT;";
  return execute(sql.c_str());
}

tl::unexpected<Error> SqliteLedgerStore::failure(const char* what) const {
  return fail(Reason::internal, std::string(what) + ": " + sqlite3_errmsg(database_));
}

Result<void> SqliteLedgerStore::execute(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure("SQLite");
  return {};
}

Result<SqliteLedgerStore::Statement> SqliteLedgerStore::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) != SQLITE_OK) return failure("SQLite");
  return Statement(statement, sqlite3_finalize);
}

Result<int> SqliteLedgerStore::user_version() {
  auto statement = prepare("PRAGMA user_version");
  if (!statement) return tl::unexpected(statement.error());
  if (sqlite3_step(statement->get()) != SQLITE_ROW) return failure("SQLite");
  return sqlite3_column_int(statement->get(), 0);
}

Result<SqliteLedgerStore::Records> SqliteLedgerStore::load(const std::string& account) {
  auto statement =
      prepare("SELECT series, shown, base, last, created, days, peak FROM series WHERE account = ?");
  if (!statement) return tl::unexpected(statement.error());
  bind_text(statement->get(), 1, account);
  Records records;
  int status = SQLITE_OK;
  while ((status = sqlite3_step(statement->get())) == SQLITE_ROW) {
    auto record = record_of(statement->get());
    if (!record) return fail(Reason::internal, "the state file holds a record that cannot be read");
    records.emplace(column_text(statement->get(), 0), std::move(*record));
  }
  if (status != SQLITE_DONE) return failure("cannot read the state file");
  return records;
}

Result<void> SqliteLedgerStore::put(sqlite3_stmt* statement, const std::string& account,
                                    const engine::SeriesKey& series, const LedgerRecord& record) {
  const std::string days = days_text(record.days);
  bind_text(statement, 1, account);
  sqlite3_bind_blob(statement, 2, series.data(), static_cast<int>(series.size()), SQLITE_STATIC);
  sqlite3_bind_int64(statement, 3, record.shown);
  sqlite3_bind_int64(statement, 4, record.base);
  bind_micros(statement, 5, record.last);
  sqlite3_bind_int64(statement, 6, record.created.time_since_epoch().count());
  bind_text(statement, 7, days);
  bind_micros(statement, 8, record.peak);
  const bool done = sqlite3_step(statement) == SQLITE_DONE;
  sqlite3_reset(statement);
  if (!done) return failure("cannot write the state file");
  return {};
}

Result<void> SqliteLedgerStore::save(const std::string& account, const Records& changed) {
  if (auto begun = execute("BEGIN IMMEDIATE"); !begun) return begun;
  auto statement = prepare(
      "INSERT OR REPLACE INTO series (account, series, shown, base, last, created, days, peak) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  Result<void> saved;
  if (!statement) saved = tl::unexpected(statement.error());
  for (auto each = changed.begin(); saved && each != changed.end(); ++each) {
    saved = put(statement->get(), account, each->first, each->second);
  }
  if (saved) saved = execute("COMMIT");
  if (!saved) (void)execute("ROLLBACK");  // on some errors SQLite has rolled back already, and this fails
  return saved;
}

}  // namespace cpaas
