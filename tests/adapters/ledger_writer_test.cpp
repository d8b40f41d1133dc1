// The ledger's store on a thread of its own: order, one transaction for many, and what a failure costs.
#include "exporter/adapters/ledger_writer.h"

#include <gmock/gmock.h>

#include <atomic>

#include "exporter/ledger/memory_store.h"

namespace cpaas {
namespace {

using ledger::Batch;
using testing::ElementsAre;

// Holds the writer's thread in a commit until the test lets it go on, as a disk that is slow does.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  void open() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = false;
    }
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    waiting_ = closed_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !closed_; });
    waiting_ = false;
  }
  void wait_for_visitor() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  bool waiting_ = false;
};

struct Watch {
  Gate gate;
  std::vector<std::vector<std::string>> transactions;  // accounts
};

// Refuses an account named "bad", and every transaction that has it.
class WatchedStore : public ledger::MemoryStore {
 public:
  explicit WatchedStore(Watch& watch) : watch_(watch) {}
  Result<void> commit(std::span<const Batch> batches) override {
    watch_.gate.pass();
    std::vector<std::string> accounts;
    for (const Batch& batch : batches) accounts.push_back(batch.account);
    watch_.transactions.push_back(accounts);
    if (std::ranges::count(accounts, "bad") > 0) return fail(Reason::internal, "refused");
    return MemoryStore::commit(batches);
  }

 private:
  Watch& watch_;
};

Batch batch_of(const std::string& account) {
  Batch batch;
  batch.account = account;
  batch.added = {{1, "f", "", "", account}};
  return batch;
}

std::vector<std::string> said(const std::vector<ledger::Journal::Done>& done) {
  std::vector<std::string> texts;
  for (const auto& each : done) {
    texts.push_back(std::to_string(each.ticket) +
                    (each.loaded      ? " loaded " + std::to_string((*each.loaded)->series.size())
                     : each.committed ? " committed"
                                      : " " + each.committed.error().message));
  }
  return texts;
}

TEST(LedgerWriter, DoesThingsInTheirOrderAndWakes) {
  Watch watch;
  std::atomic<int> wakes = 0;
  LedgerWriter writer(std::make_unique<WatchedStore>(watch), [&] { ++wakes; });
  writer.load(1, "a", "");
  writer.commit(2, batch_of("a"));
  writer.load(3, "a", "");
  writer.finish();
  EXPECT_THAT(said(writer.take()), ElementsAre("1 loaded 0", "2 committed", "3 loaded 1"));
  EXPECT_THAT(said(writer.take()), ElementsAre());
  EXPECT_GE(wakes, 0);
}

TEST(LedgerWriter, WhatComesWhileItIsBusyGoesIntoOneTransaction) {
  Watch watch;
  LedgerWriter writer(std::make_unique<WatchedStore>(watch), [] {});
  watch.gate.close();
  writer.commit(1, batch_of("a"));
  watch.gate.wait_for_visitor();
  for (const char* account : {"b", "c", "d"}) writer.commit(2, batch_of(account));
  EXPECT_THAT(said(writer.take()), ElementsAre()) << "nobody waits for it";
  watch.gate.open();
  writer.finish();
  EXPECT_THAT(watch.transactions, ElementsAre(ElementsAre("a"), ElementsAre("b", "c", "d")));
  EXPECT_THAT(said(writer.take()), ElementsAre("1 committed", "2 committed", "2 committed", "2 committed"));
}

TEST(LedgerWriter, OneThatFailsDoesNotTakeTheOthersWithIt) {
  Watch watch;
  LedgerWriter writer(std::make_unique<WatchedStore>(watch), [] {});
  watch.gate.close();
  writer.commit(1, batch_of("a"));
  watch.gate.wait_for_visitor();
  writer.commit(2, batch_of("b"));
  writer.commit(3, batch_of("bad"));
  writer.commit(4, batch_of("c"));
  watch.gate.open();
  writer.finish();
  EXPECT_THAT(said(writer.take()), ElementsAre("1 committed", "2 committed", "3 refused", "4 committed"));
}

TEST(LedgerWriter, EndsAfterAllIsDone) {
  Watch watch;
  {
    LedgerWriter writer(std::make_unique<WatchedStore>(watch), [] {});
    for (int i = 0; i < 100; ++i) writer.commit(1, batch_of("a" + std::to_string(i)));
  }
  std::size_t committed = 0;
  for (const auto& transaction : watch.transactions) committed += transaction.size();
  EXPECT_EQ(committed, 100U);
}

}  // namespace
}  // namespace cpaas
