#include "vmm/compare/agent/schedule.h"

#include <cmath>

namespace vireo::agent {

uint64_t Schedule::next() noexcept {
  // 53 bits are a double's: above 0, and at most 1.
  const double share = static_cast<double>((random_.next() >> 11) + 1) * 0x1p-53;
  moment_ -= mean_ * std::log(share);
  return static_cast<uint64_t>(moment_);
}

}  // namespace vireo::agent
