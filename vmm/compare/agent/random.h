#pragma once

#include <cstdint>

namespace vireo::agent {

// Numbers in an order of the seed's own: few instructions, as they are part of what an operation costs. Only their
// upper bits are of use, and those are what both functions return. Source: D. Knuth, The Art of Computer Programming,
// volume 2, 3.3.4 (the multiplier and the increment of MMIX).
class Random {
 public:
  // Seeds that differ little begin with numbers that do not.
  explicit Random(uint64_t seed) : state_((seed ^ (seed >> 31)) * 0x9e3779b97f4a7c15) {
    for (int i = 0; i < 3; ++i) next();
  }

  // Return a number below `limit`, each about as often.
  uint64_t below(uint64_t limit) noexcept {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * limit) >> 64);
  }
  // Return a number above 0 and at most 1.
  double share() noexcept { return static_cast<double>((next() >> 11) + 1) * 0x1p-53; }  // a double has 53 bits

 private:
  uint64_t next() noexcept { return state_ = state_ * 6364136223846793005 + 1442695040888963407; }

  uint64_t state_;
};

}  // namespace vireo::agent
