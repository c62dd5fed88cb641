#include "vmm/compare/agent/schedule.h"

#include <cmath>

namespace vireo::agent {

uint64_t Schedule::next() noexcept {
  moment_ -= mean_ * std::log(random_.share());
  return static_cast<uint64_t>(moment_);
}

}  // namespace vireo::agent
