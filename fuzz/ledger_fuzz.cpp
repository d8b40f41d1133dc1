// The ledger: stored bytes of any kind are read or refused, and the model's provider and operator are played
// by the fuzzer (tests/ledger/model says what must hold).
#include "exporter/ledger/bytes.h"

#include <cstdint>
#include "exporter/ledger/kept_gauges.h"
#include "exporter/ledger/progress.h"
#include "exporter/ledger/record.h"
#include "fuzz/input.h"
#include "tests/ledger/model/model.h"

namespace {

using namespace cpaas;
using namespace cpaas::ledger;

constexpr std::size_t most_steps = 300;

void read(const std::string& bytes) {
  if (const auto record = decode_record(bytes)) {
    const auto again = decode_record(encode(*record));
    fuzz::require(again && *again == *record, "a record that was read reads back");
  }
  (void)decode_progress(bytes);
  (void)decode_gauges(bytes, [](std::string_view) { return nullptr; });
}

// With the checksum that they would need to be looked at.
void read_as_written(const std::string& bytes) {
  Writer writer;
  writer.number(1);
  std::string whole = writer.take();
  whole = whole.substr(0, whole.size() - 4) + bytes;
  std::uint32_t sum = 2166136261U;
  for (const char each : whole) sum = (sum ^ static_cast<unsigned char>(each)) * 16777619U;
  for (unsigned shift = 0; shift < 32; shift += 8) whole += static_cast<char>((sum >> shift) & 0xFFU);
  read(whole);
}

void play(fuzz::Input& input) {
  std::vector<model::Step> steps;
  while (!input.empty() && steps.size() < most_steps) {
    const std::uint32_t kind = input.byte();
    const std::uint32_t a = input.byte();
    steps.push_back({kind, a * 257, input.byte() * 16'777'619U});
  }
  model::Tally tally;
  const auto failure = model::play(steps, tally);
  fuzz::require(!failure, failure ? failure->what : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  switch (input.below(8)) {
    case 0:
      read(input.rest());
      break;
    case 1:
      read_as_written(input.rest());
      break;
    default:
      play(input);
  }
  return 0;
}
