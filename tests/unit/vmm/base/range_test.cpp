#include <gtest/gtest.h>

#include "vmm/base/address.h"
#include "vmm/base/error.h"

namespace vireo::base {
namespace {

TEST(Address, RefusesASumThatWraps) {
  EXPECT_FALSE(GuestAddress(~uint64_t{0}).plus(1));
}

TEST(Range, RefusesToWrap) {
  EXPECT_FALSE(GuestRange::make(GuestAddress(~uint64_t{0}), 2));
}

TEST(Range, MayEndAtTheLastAddress) {
  const auto range = GuestRange::make(GuestAddress(~uint64_t{0} - 9), 10);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->last().value(), ~uint64_t{0});
}

TEST(Range, OverlapsAtOneAddress) {
  const auto low = *GuestRange::make(GuestAddress(0), 10);
  EXPECT_TRUE(low.overlaps(*GuestRange::make(GuestAddress(9), 1)));
  EXPECT_FALSE(low.overlaps(*GuestRange::make(GuestAddress(10), 1)));
}

TEST(Range, EmptyOneOverlapsNothing) {
  EXPECT_FALSE(GuestRange::make(GuestAddress(5), 0)->overlaps(*GuestRange::make(GuestAddress(0), 10)));
}

TEST(SystemError, NamesErrnoAndItsMeaning) {
  const SystemError error(ExitCode::kDevice, "VFIO_DEVICE_RESET on 0000:01:00.0", EIO);
  EXPECT_STREQ(error.what(), "VFIO_DEVICE_RESET on 0000:01:00.0: EIO (Input/output error)");
}

}  // namespace
}  // namespace vireo::base
