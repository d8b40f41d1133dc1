#include "exporter/ledger/memory_store.h"

#include <algorithm>

namespace cpaas::ledger {

Result<StoredAccount> MemoryStore::load(const std::string& account, const std::string& /*legacy*/) {
  const Kept& kept = accounts_[account];
  StoredAccount stored{kept.replaces, kept.account_id, kept.next_series, {}, kept.endpoints, {}};
  for (const auto& [id, row] : kept.series) stored.series.push_back(row);
  return stored;
}

Result<void> MemoryStore::commit(std::span<const Batch> batches) {
  for (const Batch& batch : batches) {
    Kept& kept = accounts_[batch.account];
    kept.replaces = batch.replaces;
    if (batch.account_id) kept.account_id = *batch.account_id;
    for (const SeriesRow& row : batch.added) {
      kept.series.insert_or_assign(row.id, row);
      kept.next_series = std::max(kept.next_series, row.id + 1);
    }
    for (const SeriesRow& row : batch.changed) kept.series.at(row.id).record = row.record;
    for (const SeriesId id : batch.removed) kept.series.erase(id);
    for (const SeriesId id : batch.set_aside) kept.series.erase(id);
    for (const auto& [name, row] : batch.endpoints) {
      EndpointRow& at = kept.endpoints[name];
      if (row.progress) at.progress = row.progress;
      if (row.gauges) at.gauges = row.gauges;
    }
  }
  return {};
}

}  // namespace cpaas::ledger
