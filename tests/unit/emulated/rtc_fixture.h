#pragma once

#include <gtest/gtest.h>

#include "emulated/legacy/rtc_cmos.h"
#include "tests/fakes/fake_interrupt_router.h"

namespace vireo::emulated {

constexpr int64_t kMoment = 1709210096;  // Thursday 2024-02-29 12:34:56 UTC

class RtcFixture : public testing::Test {
 protected:
  uint8_t get(uint8_t index) {
    uint8_t value = 0;
    rtc.write(0, {&index, 1});
    rtc.read(1, {&value, 1});
    return value;
  }
  void set(uint8_t index, uint8_t value) {
    rtc.write(0, {&index, 1});
    rtc.write(1, {&value, 1});
  }

  int64_t host = kMoment;
  int64_t nanoseconds = 0;  // of the host's second
  fakes::FakeInterruptRouter router;
  std::optional<int64_t> due;  // the last wake-up that was asked for
  unsigned requests = 0;       // how many were
  RtcCmos rtc{router,
              {.clock = [this] { return host * kSecond + nanoseconds; },
               .wake_at =
                   [this](std::optional<int64_t> time) {
                     due = time;
                     ++requests;
                   }}};
};

}  // namespace vireo::emulated
