#include "exporter/adapters/ledger_writer.h"

#include <utility>

namespace cpaas {

LedgerWriter::LedgerWriter(std::unique_ptr<ledger::LedgerStore> store, std::function<void()> wake)
    : store_(std::move(store)), wake_(std::move(wake)), thread_([this] { work(); }) {}

LedgerWriter::~LedgerWriter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LedgerWriter::load(Ticket ticket, std::string account, std::string legacy) {
  add({ticket, Load{std::move(account), std::move(legacy)}});
}

void LedgerWriter::commit(Ticket ticket, ledger::Batch batch) {
  add({ticket, std::move(batch)});
}

void LedgerWriter::add(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
}

std::vector<ledger::Journal::Done> LedgerWriter::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

void LedgerWriter::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return jobs_.empty() && !busy_; });
}

void LedgerWriter::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    busy_ = true;
    auto jobs = std::exchange(jobs_, {});
    lock.unlock();
    auto done = done_of(std::move(jobs));
    lock.lock();
    std::move(done.begin(), done.end(), std::back_inserter(done_));
    busy_ = false;
    changed_.notify_all();
    lock.unlock();
    wake_();
    lock.lock();
  }
}

std::vector<ledger::Journal::Done> LedgerWriter::done_of(std::deque<Job> jobs) {
  std::vector<Done> done;
  std::vector<Ticket> tickets;
  std::vector<ledger::Batch> batches;
  for (Job& job : jobs) {
    if (auto* batch = std::get_if<ledger::Batch>(&job.what)) {
      tickets.push_back(job.ticket);
      batches.push_back(std::move(*batch));
      continue;
    }
    commit_together(tickets, batches, done);
    const Load& load = std::get<Load>(job.what);
    done.push_back({job.ticket, store_->load(load.account, load.legacy), {}});
  }
  commit_together(tickets, batches, done);
  return done;
}

void LedgerWriter::commit_together(std::vector<Ticket>& tickets, std::vector<ledger::Batch>& batches,
                                   std::vector<Done>& done) {
  if (batches.empty()) return;
  const auto together = store_->commit(batches);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const bool again = !together && batches.size() > 1;
    done.push_back({tickets[i], std::nullopt, again ? store_->commit(std::span(&batches[i], 1)) : together});
  }
  tickets.clear();
  batches.clear();
}

}  // namespace cpaas
