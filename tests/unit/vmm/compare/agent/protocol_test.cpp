#include "vmm/compare/agent/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vireo::agent {
namespace {

using testing::Optional;
using testing::SizeIs;

constexpr const char* kOrder =
    "operation=write block=8192 first=512 span=16384 depth=32 rate=5000 operations=7 nanoseconds=9 warm_up=3 "
    "seed=18446744073709551615 marked=1 polled=0 exits=2 spin=500";

const Order kWhole{.operation = Operation::kWrite,
                   .block = 8192,
                   .first = 512,
                   .span = 16384,
                   .depth = 32,
                   .rate = 5000,
                   .operations = 7,
                   .nanoseconds = 9,
                   .warm_up = 3,
                   .seed = ~uint64_t{0},
                   .marked = true,
                   .extra_exits = 2,
                   .extra_instructions = 500};

// The order with a word of it replaced.
std::string with(const std::string& word, const std::string& other) {
  std::string order = kOrder;
  return order.replace(order.find(word), word.size(), other);
}

TEST(Protocol, OrderIsText) {
  EXPECT_EQ(text(kWhole), kOrder);
}

TEST(Protocol, OrderComesBackFromItsText) {
  EXPECT_THAT(parse_order(kOrder), Optional(kWhole));
}

TEST(Protocol, OrderMayBeWithoutWarmUpAndOneLimit) {
  const Order least{.span = 4096, .operations = 1};
  EXPECT_THAT(parse_order(text(least)), Optional(least));
}

TEST(Protocol, OrdersWordsMayBeInAnyOrder) {
  EXPECT_THAT(parse_order("spin=500 " + with(" spin=500", "")), Optional(kWhole));
}

TEST(Protocol, LongestOrderHasRoomInALine) {
  const uint64_t most = ~uint64_t{0};
  const Order longest{.operation = Operation::kWrite,
                      .block = most,
                      .first = most,
                      .span = most,
                      .depth = ~0u,
                      .rate = most,
                      .operations = most,
                      .nanoseconds = most,
                      .warm_up = most,
                      .seed = most,
                      .marked = true,
                      .extra_exits = ~0u,
                      .extra_instructions = ~0u};
  EXPECT_THAT("run " + text(longest) + "\n", SizeIs(testing::Lt(kLongestLine)));
}

class BadOrderTest : public testing::TestWithParam<std::pair<const char*, const char*>> {};
TEST_P(BadOrderTest, IsRefused) {
  EXPECT_EQ(parse_order(with(GetParam().first, GetParam().second)), std::nullopt);
}
INSTANTIATE_TEST_SUITE_P(Values, BadOrderTest,
                         testing::Values(std::pair("operation=write", "operation=trim"),
                                         std::pair("block=8192", "block=0"), std::pair("block=8192", "block=1000"),
                                         std::pair("block=8192", "block=2097152"), std::pair("first=512", "first=100"),
                                         std::pair("first=512", "first=18446744073709551104"),
                                         std::pair("span=16384", "span=0"), std::pair("span=16384", "span=4096"),
                                         std::pair("depth=32", "depth=0"), std::pair("depth=32", "depth=1025"),
                                         std::pair("depth=32", "depth=4294967297"),
                                         std::pair("rate=5000", "rate=10000001"),
                                         std::pair("operations=7 nanoseconds=9", "operations=0 nanoseconds=0"),
                                         std::pair("nanoseconds=9", "nanoseconds=3600000000001"),
                                         std::pair("seed=1844", "seed=91844"), std::pair("marked=1", "marked=2"),
                                         std::pair("marked=1", "marked=yes"), std::pair("warm_up=3", "warm_up=-3"),
                                         std::pair("warm_up=3", "warm_up=+3"), std::pair("warm_up=3", "warm_up="),
                                         std::pair("warm_up=3", "warm_up=3x"), std::pair("warm_up=3", "warm_up=0x3")));
// Moments that do not wait for the path come while a CPU asks for what is done.
INSTANTIATE_TEST_SUITE_P(Polled, BadOrderTest, testing::Values(std::pair("polled=0", "polled=1")));
INSTANTIATE_TEST_SUITE_P(Words, BadOrderTest,
                         testing::Values(std::pair(" spin=500", ""), std::pair("operation=write ", ""),
                                         std::pair("spin=500", "spin=500 colour=red"),
                                         std::pair("spin=500", "spin=500 spin=500"),
                                         std::pair("spin=500", "spin=500 spin=1"), std::pair("exits=2", "spin=500"),
                                         std::pair("rate=5000", "rate"), std::pair("rate=5000", "rate 5000"),
                                         std::pair(" rate", "  rate"), std::pair("spin=500", "spin=500 "),
                                         std::pair("spin=500", "spin=500\n"),
                                         std::pair("operation=write", " operation=write"), std::pair("rate=", "Rate="),
                                         std::pair(kOrder, "")));

const Counts kCounts{.operations = 1,
                     .errors = 2,
                     .elapsed = 3,
                     .user = 4,
                     .system = 5,
                     .latest = 6,
                     .interrupts = 7,
                     .missed = 8,
                     .poll_queue = 1,
                     .own = 10};
constexpr const char* kCountsText =
    "operations=1 errors=2 elapsed=3 user=4 system=5 latest=6 interrupts=7 missed=8 poll_queue=1 own=10";

TEST(Protocol, CountsAreText) {
  EXPECT_EQ(text(kCounts), kCountsText);
}

TEST(Protocol, CountsComeBackFromTheirText) {
  EXPECT_THAT(parse_counts(kCountsText), Optional(kCounts));
}

class BadCountsTest : public testing::TestWithParam<const char*> {};
TEST_P(BadCountsTest, AreRefused) {
  EXPECT_EQ(parse_counts(GetParam()), std::nullopt);
}
INSTANTIATE_TEST_SUITE_P(
    Texts, BadCountsTest,
    testing::Values(
        "", "operations=1", "operations=1 errors=2 elapsed=3 user=4 system=5 latest=6 interrupts=7",
        "operations=1 errors=2 elapsed=3 user=4 system=5 latest=6 interrupts=7 missed=8 poll_queue=1 own=10 more=9",
        "operations=1 errors=2 elapsed=3 user=4 system=5 latest=6 interrupts=7 missed=8 missed=8 poll_queue=1 own=10",
        "operations=1 errors=2 elapsed=3 user=4 system=5 latest=6 interrupts=7 interrupts=7",
        "operations=99999999999999999999 errors=2 elapsed=3 user=4 system=5 latest=6 interrupts=7 missed=8 "
        "poll_queue=1 own=10"));

TEST(Protocol, MediumComesBackFromItsText) {
  const Medium medium{.size = 1 << 30, .hash = ~uint64_t{0}};
  EXPECT_EQ(text(medium), "bytes=1073741824 hash=18446744073709551615");
  EXPECT_THAT(parse_medium(text(medium)), Optional(medium));
}

TEST(Protocol, ExchangeHasAMessageAndNoRange) {
  for (const Operation operation : {Operation::kUdp, Operation::kTcp}) {
    const Order order{.operation = operation, .block = 64, .operations = 1};
    EXPECT_THAT(parse_order(text(order)), Optional(order));
  }
  for (const uint64_t size : {kSmallestMessage - 1, kLargestMessage + 1})
    EXPECT_EQ(parse_order(text(Order{.operation = Operation::kUdp, .block = size, .operations = 1})), std::nullopt);
}

TEST(Protocol, NetworkComesBackFromItsText) {
  const Network network{.interface = "eth1", .address = "198.18.0.2", .prefix = 15, .peer = "198.18.0.1"};
  EXPECT_EQ(text(network), "interface=eth1 address=198.18.0.2 prefix=15 peer=198.18.0.1");
  EXPECT_THAT(parse_network(text(network)), Optional(network));
  EXPECT_THAT(parse_network(text(Network{})), Optional(Network{}));
  EXPECT_EQ(parse_network("interface= address= prefix=33 peer="), std::nullopt);
  EXPECT_EQ(parse_network("interface= address= prefix=x peer="), std::nullopt);
}

class BadMediumTest : public testing::TestWithParam<const char*> {};
TEST_P(BadMediumTest, IsRefused) {
  EXPECT_EQ(parse_medium(GetParam()), std::nullopt);
}
INSTANTIATE_TEST_SUITE_P(Texts, BadMediumTest,
                         testing::Values("", "bytes=1", "hash=1", "bytes=1 hash=-1", "bytes=1 bytes=1",
                                         "bytes=1 hash=2 hash=2", "bytes=1 hash=2 x=3", "1 2"));

}  // namespace
}  // namespace vireo::agent
