#include "emulated/legacy/clock.h"

#include <ctime>

namespace vireo::emulated {
namespace {

int64_t nanoseconds_of(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * kSecond + now.tv_nsec;
}

}  // namespace

uint64_t monotonic_nanoseconds() noexcept {
  return static_cast<uint64_t>(nanoseconds_of(CLOCK_MONOTONIC));
}

int64_t wall_nanoseconds() noexcept {
  return nanoseconds_of(CLOCK_REALTIME);
}

}  // namespace vireo::emulated
