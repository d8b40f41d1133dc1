// Gauges, kept in a fifth of what a list of samples takes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/metric.h"

namespace cpaas::engine {

// Samples in the order in which they were given, without Sample::created. Providers list what belongs
// together one after the other: of each key only what differs from the one before is kept.
class PackedSamples {
 public:
  // What many samples have in common.
  struct Kind {
    const Family* family;
    Window window;
    TimePoint expires;
    friend bool operator==(const Kind&, const Kind&) = default;
  };

  PackedSamples() = default;
  explicit PackedSamples(const std::vector<Sample>& samples);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::vector<Kind>& kinds() const { return kinds_; }  // each once

  // Calls `use` with each sample, which is valid until it returns.
  template <class Use>
  void each(const Use& use) const {
    Sample sample{};
    std::string key;
    for (std::string_view rest = bytes_; !rest.empty();) {
      read(rest, key, sample);
      use(static_cast<const Sample&>(sample));
    }
  }

  // Removes those that `gone` says true of.
  template <class Gone>
  void erase_if(const Gone& gone) {
    PackedSamples kept;
    each([&](const Sample& sample) {
      if (!gone(sample)) kept.add(sample);
    });
    if (kept.size_ == size_) return;
    kept.finish();
    *this = std::move(kept);
  }

  // Removes those of the kinds that `gone` says true of.
  template <class Gone>
  void erase_kinds(const Gone& gone) {
    if (std::none_of(kinds_.begin(), kinds_.end(), gone)) return;
    erase_if([&](const Sample& sample) { return gone(kind_of(sample)); });
  }

 private:
  static Kind kind_of(const Sample& sample) { return {sample.family, sample.window, sample.expires}; }
  void add(const Sample& sample);
  void finish();
  void read(std::string_view& rest, std::string& key, Sample& sample) const;

  std::vector<Kind> kinds_;
  std::string
      bytes_;  // of each: its kind, how much its key has of the one before, the rest of that, the value
  std::size_t size_ = 0;
  std::size_t last_kind_ = 0;  // while it is filled, as what follows
  std::string last_key_;
};

}  // namespace cpaas::engine
