// The ledger in an SQLite file.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "exporter/ledger/store.h"

struct sqlite3;
struct sqlite3_stmt;

namespace cpaas {

// One transaction a commit, in WAL mode and synced: what was committed survives a kill of the process at any
// moment and a power cut. The file is locked: a second program cannot open it, and so cannot count twice. Not
// thread-safe, but may move from one thread to another.
class SqliteLedgerStore : public ledger::LedgerStore {
 public:
  // Creates the file if there is none and brings an older one up to date. Errors (reason internal): not
  // writable, not a database, locked by another process, written by a newer version. Where the disk is full
  // or fails there is a store all the same: it tries again with each load() and commit(), which give the
  // error.
  static Result<std::unique_ptr<SqliteLedgerStore>> open(const std::string& path);
  ~SqliteLedgerStore() override;
  SqliteLedgerStore(const SqliteLedgerStore&) = delete;
  SqliteLedgerStore& operator=(const SqliteLedgerStore&) = delete;

  Result<ledger::StoredAccount> load(const std::string& account, const std::string& legacy) override;
  Result<void> commit(std::span<const ledger::Batch> batches) override;

 private:
  using Statement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;
  class Query;

  explicit SqliteLedgerStore(sqlite3* database) : database_(database) {}
  Result<void> prepare_file();  // unless it is
  Result<void> take_over_file();
  Result<void> execute(const char* sql);
  Result<std::int64_t> number_from(const char* sql);
  Result<void> load_series(std::int64_t number, ledger::StoredAccount& into);
  Result<void> load_endpoints(std::int64_t number, ledger::StoredAccount& into);
  Result<void> load_legacy(const std::string& legacy, ledger::StoredAccount& into);
  Result<void> write_all(std::span<const ledger::Batch> batches);
  Result<void> write(const ledger::Batch& batch);
  Result<std::int64_t> account_number(const ledger::Batch& batch);
  Result<void> write_series(const ledger::Batch& batch, std::int64_t number);
  Result<void> write_endpoints(const ledger::Batch& batch, std::int64_t number);
  Result<void> forget_accounts(Day today);
  void shrink_after_legacy();
  tl::unexpected<Error> failure(const char* what) const;

  sqlite3* database_;
  bool prepared_ = false;
  bool may_work_later_ = false;  // what kept the file from being prepared
  std::int64_t epoch_ = 0;
  bool had_legacy_ = false;
  Day forgot_{};  // when accounts were last looked over
};

}  // namespace cpaas
