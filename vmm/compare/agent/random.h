#pragma once

#include <cstdint>

namespace vireo::agent {

// Numbers in an order of the seed's own: few instructions, as they are part of what an operation costs.
// Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014 (splitmix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() noexcept {
    uint64_t value = state_ += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
  }
  // Return a number below `limit`, each about as often.
  uint64_t below(uint64_t limit) noexcept {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * limit) >> 64);
  }

 private:
  uint64_t state_;
};

}  // namespace vireo::agent
