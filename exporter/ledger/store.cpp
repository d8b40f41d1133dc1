#include "exporter/ledger/store.h"

#include <utility>

namespace cpaas::ledger {

void DirectJournal::load(Ticket ticket, std::string account, std::string legacy) {
  done_.push_back({ticket, store_.load(account, legacy), {}});
}

void DirectJournal::commit(Ticket ticket, Batch batch) {
  done_.push_back({ticket, std::nullopt, store_.commit(std::span(&batch, 1))});
}

std::vector<Journal::Done> DirectJournal::take() {
  return std::exchange(done_, {});
}

}  // namespace cpaas::ledger
