// A ledger that is forgotten when the program ends.
#pragma once

#include <map>

#include "exporter/engine/ledger_store.h"

namespace cpaas::engine {

class MemoryLedgerStore : public LedgerStore {
 public:
  Result<Records> load(const std::string& account) override { return records_[account]; }

  Result<void> save(const std::string& account, const Records& changed) override {
    for (const auto& [series, record] : changed) records_[account].insert_or_assign(series, record);
    return {};
  }

 private:
  std::map<std::string, Records> records_;
};

}  // namespace cpaas::engine
