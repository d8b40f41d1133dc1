#include "exporter/ledger/kept_gauges.h"

#include <bit>
#include <cstdint>

#include "exporter/ledger/bytes.h"

namespace cpaas::ledger {
namespace {

constexpr std::uint64_t form = 1;
constexpr std::uint64_t most_samples = 10'000'000;
constexpr std::uint64_t most_labels = 12;

bool is_kept(const Sample& sample) {
  return sample.window == Window::none && sample.family->kind != Kind::counter;
}

}  // namespace

// A family's name is written where it changes.
std::string encode_gauges(const std::vector<Sample>& samples) {
  Writer out;
  out.number(form);
  std::uint64_t count = 0;
  for (const Sample& sample : samples) count += is_kept(sample) ? 1U : 0U;
  if (count == 0) return {};
  out.number(static_cast<Micros>(count));
  const Family* last = nullptr;
  for (const Sample& sample : samples) {
    if (!is_kept(sample)) continue;
    out.text(sample.family == last ? std::string_view{} : sample.family->name);
    last = sample.family;
    const LabelList labels = sample.labels.values();
    out.number(static_cast<Micros>(labels.size()));
    for (const std::string_view label : labels) out.text(label);
    out.number(static_cast<Micros>(std::bit_cast<std::uint64_t>(sample.value)));
    out.number(sample.expires.time_since_epoch().count());
  }
  return out.take();
}

std::vector<Sample> decode_gauges(std::string_view bytes, const FamilyOf& family_of) {
  Reader in(bytes);
  if (in.count(form) != form) return {};
  std::vector<Sample> samples;
  const Family* family = nullptr;
  const std::uint64_t count = in.count(most_samples);
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    if (const std::string_view name = in.text(); !name.empty()) family = family_of(name);
    const std::uint64_t labels = in.count(most_labels);
    std::vector<std::string_view> values;
    for (std::uint64_t j = 0; j < labels && !in.failed(); ++j) values.push_back(in.text());
    const auto value = std::bit_cast<double>(in.count(UINT64_MAX));
    const TimePoint expires{Duration{static_cast<std::int64_t>(in.number())}};
    if (family == nullptr || family->labels.size() != values.size()) continue;
    samples.push_back({family, Window::none, LabelValues(std::span<const std::string_view>(values)), value});
    samples.back().expires = expires;
  }
  return in.good() ? samples : std::vector<Sample>{};
}

}  // namespace cpaas::ledger
