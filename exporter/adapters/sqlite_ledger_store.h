// The ledger in an SQLite file.
#pragma once

#include <memory>
#include <string>

#include "exporter/engine/ledger_store.h"

struct sqlite3;
struct sqlite3_stmt;

namespace cpaas {

// One transaction a save, in WAL mode: what was saved survives a kill of the process at any moment; a power
// failure may lose the last polls, whole. The file is locked: a second program cannot open it, and so cannot
// count twice. Not thread-safe.
class SqliteLedgerStore : public engine::LedgerStore {
 public:
  // Creates the file if there is none and brings an older one up to date. Errors (reason internal): not
  // writable, not a database, locked by another process, written by a newer version.
  static Result<std::unique_ptr<SqliteLedgerStore>> open(const std::string& path);
  ~SqliteLedgerStore() override;
  SqliteLedgerStore(const SqliteLedgerStore&) = delete;
  SqliteLedgerStore& operator=(const SqliteLedgerStore&) = delete;

  Result<Records> load(const std::string& account) override;
  Result<void> save(const std::string& account, const Records& changed) override;

 private:
  using Statement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

  explicit SqliteLedgerStore(sqlite3* database) : database_(database) {}
  Result<void> prepare_file();
  Result<void> execute(const char* sql);
  Result<Statement> prepare(const char* sql);
  Result<int> user_version();
  Result<void> put(sqlite3_stmt* statement, const std::string& account, const engine::SeriesKey& series,
                   const engine::LedgerRecord& record);
  tl::unexpected<Error> failure(const char* what) const;

  sqlite3* database_;
};

}  // namespace cpaas
