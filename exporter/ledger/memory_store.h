// A store that is forgotten when the program ends.
#pragma once

#include <map>

#include "exporter/ledger/store.h"

namespace cpaas::ledger {

class MemoryStore : public LedgerStore {
 public:
  Result<StoredAccount> load(const std::string& account, const std::string& legacy) override;
  Result<void> commit(std::span<const Batch> batches) override;

 private:
  struct Kept {
    bool replaces = false;
    std::string account_id;
    SeriesId next_series = 1;
    std::map<SeriesId, SeriesRow> series;
    std::map<std::string, EndpointRow> endpoints;
  };
  std::map<std::string, Kept> accounts_;
};

}  // namespace cpaas::ledger
