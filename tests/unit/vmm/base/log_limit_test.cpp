#include "vmm/base/log_limit.h"

#include <gtest/gtest.h>

namespace vireo::base {
namespace {

using namespace std::chrono_literals;

TEST(LogLimit, AdmitsOneAPeriodAndCountsTheOthers) {
  LogLimit limit(10s);
  const LogLimit::Clock::time_point start;
  EXPECT_EQ(limit.admit(start), 0u);
  EXPECT_EQ(limit.admit(start + 1s), std::nullopt);
  EXPECT_EQ(limit.admit(start + 9s), std::nullopt);
  EXPECT_EQ(limit.admit(start + 10s), 2u);
  EXPECT_EQ(limit.admit(start + 30s), 0u);
}

}  // namespace
}  // namespace vireo::base
