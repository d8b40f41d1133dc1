#include "exporter/ledger/correction.h"

namespace cpaas::ledger {
namespace {

struct Words {
  std::string_view name;
  std::string_view sentence;
};

Words words_of(Correction correction) {
  switch (correction) {
    case Correction::held:
      return {"held", "a move out of all proportion is not counted until the next answer agrees"};
    case Correction::taken_back:
      return {"taken_back", "a move out of all proportion was taken back and is not counted"};
    case Correction::fell:
      return {"fell", "an all-time total fell; its counter stands still"};
    case Correction::reset:
      return {"reset", "an all-time total stays below what it was; its counter goes on from there"};
    case Correction::restated:
      return {"restated", "a day was corrected downward; its counter stands still until that is made up for"};
    case Correction::refused:
      return {"refused", "a value that is no amount, or of a day to come, is not counted"};
    case Correction::days_lost:
      return {"days_lost", "days that could not be read for too long are given up"};
    case Correction::account:
      return {"account", "the answers are another account's; its counters begin anew"};
    case Correction::unreadable:
      return {"unreadable", "a stored counter cannot be read and was set aside; it begins anew"};
  }
  return {"", ""};
}

}  // namespace

std::string_view name_of(Correction correction) {
  return words_of(correction).name;
}

std::string_view sentence_of(Correction correction) {
  return words_of(correction).sentence;
}

}  // namespace cpaas::ledger
