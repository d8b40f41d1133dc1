// Where ledgers are kept between runs, and the way there. What is kept is opaque to the store: rows of bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "exporter/core/calendar.h"
#include "exporter/core/result.h"
#include "exporter/ledger/amount.h"

namespace cpaas::ledger {

// A series' number within its account; from 1 up, never used again.
using SeriesId = std::uint32_t;

// One series: what it is, and its record (record.h), which is all that changes.
struct SeriesRow {
  SeriesId id = 0;
  std::string family;
  std::string labels;  // those that are not empty, in the order of their names: name NUL value NUL ...
  std::string part;    // of a sum over parts (TotalPart); else empty
  std::string record;
};

// What is kept for an endpoint beside its counters.
struct EndpointRow {
  std::optional<std::string> progress{};  // which days were read, the last success (endpoint_progress.h)
  std::optional<std::string> gauges{};    // the last good values without a window (kept_gauges.h)
};

// A record as schema version 2 had it, of one endpoint.
struct LegacyRecord {
  std::string endpoint;
  std::string family;
  std::string labels;  // values only, in the family's order, each followed by a NUL
  Micros shown = 0;
  Micros base = 0;
  std::optional<Micros> last{};
  std::optional<Micros> peak{};
  TimePoint created{};
  std::map<Day, Micros> days{};
};

// All that is kept of an account.
struct StoredAccount {
  bool replaces = false;   // another account had its name and provider before
  std::string account_id;  // the provider's own, as last answered
  SeriesId next_series = 1;
  std::vector<SeriesRow> series{};
  std::map<std::string, EndpointRow> endpoints{};
  std::vector<LegacyRecord> legacy{};  // not taken over yet; only where there is nothing else
};

// Changes of one account: all or none are taken over.
struct Batch {
  std::string account;  // its identity: account_identity()
  Day today{};
  bool replaces = false;  // as in StoredAccount
  std::optional<std::string> account_id{};
  std::vector<SeriesRow> added{};
  std::vector<SeriesRow> changed{};  // id and record only
  std::vector<SeriesId> removed{};
  std::vector<SeriesId> set_aside{};               // unreadable: kept apart, for whoever wants to see them
  std::map<std::string, EndpointRow> endpoints{};  // what is nothing stays
  std::string legacy_taken_over{};                 // the legacy identity whose records the others replace
};

// Durable ledgers. Not thread-safe.
//
// A writer holds an epoch from when it opens the store; one that opens it later has a higher one, and from
// then on the earlier writer's commits fail. So two exporters that share a store cannot both count.
class LedgerStore {
 public:
  virtual ~LedgerStore() = default;

  // `legacy`: the account's identity in schema version 2. An account that is not there is empty. Errors
  // (reason internal): the store cannot be read.
  virtual Result<StoredAccount> load(const std::string& account, const std::string& legacy) = 0;

  // On success all batches are there after a crash of the program or of the machine; on an error none is.
  // Errors (reason internal): not writable, full, or taken over by a later writer.
  virtual Result<void> commit(std::span<const Batch> batches) = 0;
};

// The ledger's way to its store, which may be slow: hands over and never waits. One thread.
class Journal {
 public:
  using Ticket = std::uint64_t;  // the caller's, given back
  struct Done {
    Ticket ticket;
    std::optional<Result<StoredAccount>> loaded;  // of load()
    Result<void> committed;                       // of commit()
  };

  virtual ~Journal() = default;
  virtual void load(Ticket ticket, std::string account, std::string legacy) = 0;
  virtual void commit(Ticket ticket, Batch batch) = 0;
  // What was done since the last call, in the order in which it was asked for.
  virtual std::vector<Done> take() = 0;
  // Waits until all is done that was asked for; take() then gives it.
  virtual void finish() = 0;
};

// Does everything at once: for stores that never wait.
class DirectJournal : public Journal {
 public:
  explicit DirectJournal(LedgerStore& store) : store_(store) {}
  void load(Ticket ticket, std::string account, std::string legacy) override;
  void commit(Ticket ticket, Batch batch) override;
  std::vector<Done> take() override;
  void finish() override {}

 private:
  LedgerStore& store_;
  std::vector<Done> done_;
};

}  // namespace cpaas::ledger
