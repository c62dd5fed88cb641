#pragma once

#include <cstdint>
#include <functional>

namespace vireo::emulated {

constexpr int64_t kSecond = 1'000'000'000;  // of the clocks

// Seams for time: devices take one, tests turn it by hand.
// Units: nanoseconds.
using MonotonicClock = std::function<uint64_t()>;
// Units: nanoseconds since 1970-01-01 00:00:00 UTC.
using WallClock = std::function<int64_t()>;

uint64_t monotonic_nanoseconds() noexcept;  // CLOCK_MONOTONIC
int64_t wall_nanoseconds() noexcept;        // CLOCK_REALTIME

}  // namespace vireo::emulated
