// Requests by DMA, and the register that they begin with.
#include "tests/unit/emulated/firmware/fw_cfg_fixture.h"

namespace vireo::emulated {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;

// "reading the DMA Address Register returns 0x51454d5520434647"; it is big-endian.
TEST_F(FwCfgTest, ShowsTheSignatureOfDma) {
  EXPECT_THAT(load(4, 8), ElementsAre('Q', 'E', 'M', 'U', ' ', 'C', 'F', 'G'));
  EXPECT_THAT(load(8, 4), ElementsAre(' ', 'C', 'F', 'G'));
}

// "All bits cleared: Transfer finished successfully"
TEST_F(FwCfgTest, ReadsByDma) {
  EXPECT_EQ(ask(selecting(kFirst) | kRead, 4), 0u);
  EXPECT_THAT(guest(kTarget, 5), ElementsAre('a', 'b', 'c', 'd', kUntouched));
}

TEST_F(FwCfgTest, GoesOnWithTheNextRequest) {
  ask(selecting(kFirst) | kRead, 2);
  ask(kRead, 2);
  EXPECT_THAT(guest(kTarget, 2), ElementsAre('c', 'd'));
}

TEST_F(FwCfgTest, SharesItsPlaceBetweenPortsAndDma) {
  item(kFirst, 1);
  ask(kRead, 2);
  EXPECT_THAT(guest(kTarget, 2), ElementsAre('b', 'c'));
  EXPECT_THAT(take(1), ElementsAre('d'));
}

// "The offset for the current selector will be advanced length bytes."
TEST_F(FwCfgTest, Skips) {
  EXPECT_EQ(ask(selecting(kFirst) | kSkip, 3), 0u);
  EXPECT_THAT(take(1), ElementsAre('d'));
  EXPECT_EQ(guest(kTarget, 1)[0], kUntouched);
}

TEST_F(FwCfgTest, SkipsPastTheEnd) {
  EXPECT_EQ(ask(selecting(kFirst) | kSkip, 0xffffffff), 0u);
  EXPECT_THAT(take(2), Each(0));
}

// "This has the same effect as writing the selector register."
TEST_F(FwCfgTest, SelectsByDma) {
  item(kFirst, 2);
  EXPECT_EQ(ask(selecting(kFirst), 4), 0u);
  EXPECT_THAT(take(1), ElementsAre('a'));
}

TEST_F(FwCfgTest, ReadsNothing) {
  EXPECT_EQ(ask(selecting(kFirst) | kRead, 0, ~uint64_t{0}), 0u);
  EXPECT_THAT(take(1), ElementsAre('a'));
}

// As the data port: what is past the end is zero.
TEST_F(FwCfgTest, FillsWithZerosPastTheEnd) {
  EXPECT_EQ(ask(selecting(kSecond) | kRead, 6), 0u);
  EXPECT_THAT(guest(kTarget, 7), ElementsAre(1, 2, 3, 0, 0, 0, kUntouched));
}

TEST_F(FwCfgTest, FillsWithZerosOnceItIsPastTheEnd) {
  ask(selecting(kSecond) | kRead, 6);
  EXPECT_EQ(ask(kRead, 4), 0u);
  EXPECT_THAT(guest(kTarget, 4), Each(0));
}

TEST_F(FwCfgTest, FillsWithZerosOnceItHasSkippedPastTheEnd) {
  ask(selecting(kSecond) | kSkip, 0xffffffff);
  EXPECT_EQ(ask(kRead, 4), 0u);
  EXPECT_THAT(guest(kTarget, 4), Each(0));
}

TEST_F(FwCfgTest, FillsWithZerosForAKeyThatNobodyHas) {
  EXPECT_EQ(ask(selecting(kNobodys) | kRead, 2), 0u);
  EXPECT_THAT(guest(kTarget, 3), ElementsAre(0, 0, kUntouched));
}

// "Writes to read-only items are also rejected. All of these write errors set bit 0"
TEST_F(FwCfgTest, RefusesWrites) {
  EXPECT_EQ(ask(selecting(kFirst) | kWrite, 2), kError);
  EXPECT_THAT(item(kFirst, 2), ElementsAre('a', 'b'));
  EXPECT_EQ(guest(kTarget, 1)[0], kUntouched);
}

TEST_F(FwCfgTest, SaysThatATargetIsNoRam) {
  EXPECT_EQ(ask(selecting(kFirst) | kRead, 4, kMemory), kError);
  EXPECT_EQ(ask(selecting(kFirst) | kRead, 4, ~uint64_t{1}), kError);
}

TEST_F(FwCfgTest, WritesNothingWhereATargetLeavesRam) {
  EXPECT_EQ(ask(selecting(kFirst) | kRead, 4, kMemory - 2), kError);
  EXPECT_THAT(guest(kMemory - 2, 2), Each(kUntouched));
}

TEST_F(FwCfgTest, DoesNothingWithARequestThatLeavesRam) {
  item(kFirst, 1);
  memory.write(base::GuestAddress(kMemory - 8), big_endian(uint64_t{selecting(kSecond)} << 32, 8));
  store(4, big_endian(kMemory - 8, 8));
  EXPECT_THAT(guest(kMemory - 8, 8), ElementsAreArray(big_endian(uint64_t{selecting(kSecond)} << 32, 8)));
  EXPECT_THAT(take(1), ElementsAre('b'));
}

TEST_F(FwCfgTest, DoesNothingWithARequestAtTheLastAddress) {
  item(kFirst, 1);
  store(4, big_endian(~uint64_t{0}, 8));
  EXPECT_THAT(take(1), ElementsAre('b'));
}

// "A write to the least significant half (at offset 4) triggers an operation."
TEST_F(FwCfgTest, TakesAnAddressOfOneHalf) {
  put_request(selecting(kFirst) | kRead, 1);
  store(8, big_endian(kRequest, 4));
  EXPECT_EQ(result(), 0u);
}

TEST_F(FwCfgTest, WaitsForTheLowerHalf) {
  put_request(selecting(kFirst) | kRead, 1, kTarget, 0);
  store(4, big_endian(0, 4));
  EXPECT_EQ(guest(kTarget, 1)[0], kUntouched);
}

// "with one 64-bit write or two 32-bit writes, starting with the most significant half"
TEST_F(FwCfgTest, TakesAnAddressOfTwoHalves) {
  put_request(selecting(kFirst) | kRead, 1);
  store(4, big_endian(1, 4));  // above all RAM
  store(8, big_endian(kRequest, 4));
  EXPECT_EQ(guest(kTarget, 1)[0], kUntouched);
  store(4, big_endian(0, 4));
  store(8, big_endian(kRequest, 4));
  EXPECT_EQ(guest(kTarget, 1)[0], 'a');
}

// "The value for the register is 0 at startup and after an operation."
TEST_F(FwCfgTest, ForgetsTheAddressAfterARequest) {
  store(4, big_endian(0x1'00000000, 8));
  put_request(selecting(kFirst) | kRead, 1);
  store(8, big_endian(kRequest, 4));
  EXPECT_EQ(result(), 0u);
}

TEST_F(FwCfgTest, IgnoresOtherStoresToTheAddress) {
  put_request(selecting(kFirst) | kRead, 1, kTarget, 0);
  store(8, Bytes(1));
  store(8, Bytes(2));
  store(6, Bytes(4));
  store(8, Bytes(8));
  store(10, Bytes(4));
  EXPECT_EQ(guest(kTarget, 1)[0], kUntouched);
}

TEST_F(FwCfgTest, TakesNoAddressAcrossItsHalves) {
  put_request(selecting(kFirst) | kRead, 1);
  store(6, Bytes(4, 0x01));
  store(8, big_endian(kRequest, 4));
  EXPECT_EQ(result(), 0u);
}

}  // namespace
}  // namespace vireo::emulated
