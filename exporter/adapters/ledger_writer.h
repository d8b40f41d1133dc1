// The ledger's store on a thread of its own, so that no poll waits for a disk.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "exporter/ledger/store.h"

namespace cpaas {

// Batches that come while the store is busy go into its next transaction together. Where one transaction of
// several fails, each is tried by itself.
class LedgerWriter : public ledger::Journal {
 public:
  // `wake` is called on the writer's thread whenever take() has something new.
  LedgerWriter(std::unique_ptr<ledger::LedgerStore> store, std::function<void()> wake);
  ~LedgerWriter() override;  // after all is done that was asked for
  LedgerWriter(const LedgerWriter&) = delete;
  LedgerWriter& operator=(const LedgerWriter&) = delete;

  void load(Ticket ticket, std::string account, std::string legacy) override;
  void commit(Ticket ticket, ledger::Batch batch) override;
  std::vector<Done> take() override;
  void finish() override;

 private:
  struct Load {
    std::string account;
    std::string legacy;
  };
  struct Job {
    Ticket ticket;
    std::variant<Load, ledger::Batch> what;
  };

  void add(Job job);
  void work();
  std::vector<Done> done_of(std::deque<Job> jobs);
  void commit_together(std::vector<Ticket>& tickets, std::vector<ledger::Batch>& batches,
                       std::vector<Done>& done);

  std::unique_ptr<ledger::LedgerStore> store_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::vector<Done> done_;
  bool busy_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace cpaas
