// A disk that takes two seconds for a sync, with the real store in the real program: nobody waits for it but
// the counters.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "tests/end_to_end/support/books.h"
#include "tests/end_to_end/support/slow_sync.h"

namespace cpaas::end_to_end {
namespace {

constexpr std::int64_t slow_ms = 2000;
constexpr double longest_gap = 1.8;  // s; between polls of 1 s, less than the disk takes

class SlowDisk {
 public:
  explicit SlowDisk(const std::filesystem::path& file) {
    write_file(file, std::string(sizeof(SlowSync), '\0'));
    const int opened = open(file.c_str(), O_RDWR | O_CLOEXEC);
    void* mapped = mmap(nullptr, sizeof(SlowSync), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
    close(opened);
    if (mapped == MAP_FAILED) throw std::runtime_error("cannot map " + file.string());
    shared_ = static_cast<SlowSync*>(mapped);
  }
  ~SlowDisk() { munmap(shared_, sizeof(SlowSync)); }
  SlowDisk(const SlowDisk&) = delete;
  SlowDisk& operator=(const SlowDisk&) = delete;

  SlowSync* operator->() const { return shared_; }

 private:
  SlowSync* shared_;
};

// When each endpoint's polls began, as the pages tell.
class Polls {
 public:
  void note(const Page& page) {
    for (const auto& [text, value] : page) {
      if (!text.starts_with("cpaas_last_attempt_timestamp_seconds{")) continue;
      const auto [at, is_new] = last_.try_emplace(text, value);
      if (is_new || at->second == value) continue;
      gap_ = std::max(gap_, value - at->second);
      at->second = value;
      ++count_[text];
    }
  }
  double longest_gap() const { return gap_; }
  // Of the endpoint that was polled least.
  int fewest() const {
    int fewest = count_.size() == last_.size() ? 1'000'000 : 0;
    for (const auto& [text, count] : count_) fewest = std::min(fewest, count);
    return fewest;
  }

 private:
  std::map<std::string, double> last_;
  std::map<std::string, int> count_;
  double gap_ = 0;
};

TEST(SlowDiskTest, HoldsUpCountersOnly) {
  Scene scene;
  const SlowDisk disk(scene.folder() / "slow_sync");
  const Json at_begin = scene.sandbox().truth();
  Exporter exporter(scene, {}, "state.db", {"SLOW_SYNC=" + (scene.folder() / "slow_sync").string()});
  ASSERT_TRUE(exporter.wait_until_listening()) << exporter.process().errors();
  const auto all_agree = [&](const Page& page) {
    return all_up(page) && std::ranges::all_of(checks_of(scene.sandbox().truth(), at_begin),
                                               [&](const Check& check) { return agrees(check, page); });
  };
  ASSERT_TRUE(exporter.shows(all_agree));
  const Page before = exporter.scrape();

  // The world moves without the exporter's clock, so that the times of its polls can be compared.
  disk->milliseconds = slow_ms;
  disk->left = 1;
  scene.sandbox().advance(std::chrono::minutes(20));
  Polls polls;
  Page page;
  ASSERT_TRUE(within(seconds(30), [&] {
    polls.note(page = exporter.scrape());
    return disk->begun == 1;
  }));
  scene.sandbox().advance(std::chrono::minutes(20));
  const Json moved = scene.sandbox().truth();
  const double credits = moved.at("tingting").at("wallet").at("balance").get<double>();
  const std::string gauge =
      series("cpaas_credits_remaining", {{"provider", "tingting"}, {"account", campaigns}});
  const auto moving = checks_of(moved, at_begin);
  bool fresh = false;
  std::size_t early = 0;
  ASSERT_TRUE(within(seconds(30), [&] {
    polls.note(page = exporter.scrape());
    if (disk->ended == 1) return true;
    fresh = fresh || value_of(page, gauge) == credits;
    early += static_cast<std::size_t>(std::ranges::count_if(
        moving, [&](const Check& check) { return shown(check, page) != shown(check, before); }));
    return false;
  }));
  EXPECT_TRUE(fresh) << "no gauge moved while the disk was busy";
  EXPECT_EQ(early, 0U) << "counters moved before they were durable";
  EXPECT_LT(polls.longest_gap(), longest_gap);
  RecordProperty("longest_gap_ms", static_cast<int>(polls.longest_gap() * 1000));
  EXPECT_GE(polls.fewest(), 1);
  EXPECT_TRUE(exporter.shows(all_agree));
}

}  // namespace
}  // namespace cpaas::end_to_end
