// Numbers that look random and are a pure function of a key, so that the order and size of the steps in which
// a world is advanced cannot change them.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace sandbox {

class Draw {
 public:
  explicit Draw(std::initializer_list<std::uint64_t> key) {
    for (const std::uint64_t part : key) state_ = mix(state_ ^ mix(part + 0x9e3779b97f4a7c15U));
  }

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15U); }
  // In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  bool chance(double probability) { return uniform() < probability; }
  // In [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  // A whole number within 30 % of `mean` (0 or more) whose average is `mean`.
  std::int64_t near(double mean) {
    const double value = mean * (0.7 + 0.6 * uniform());
    const auto whole = static_cast<std::int64_t>(value);
    return whole + (chance(value - static_cast<double>(whole)) ? 1 : 0);
  }

 private:
  // splitmix64's finalizer.
  static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
  }
  std::uint64_t state_ = 0;
};

}  // namespace sandbox
