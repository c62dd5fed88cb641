#include "pci/topology.h"

#include <gtest/gtest.h>

#include "vmm/base/bits.h"

namespace vireo::pci {
namespace {

using base::kGiB;
using base::kMiB;

constexpr Windows kAvailable{{0x1000, 0xf000}, {0x80000000, 0x60000000}, {4 * kGiB, 32 * kGiB}};

PlannedFunction endpoint(const char* name, const Bar& bar) {
  PlannedFunction function{.name = name};
  function.bars[0] = bar;
  return function;
}

PlannedFunction port(const char* name, uint8_t number, PlannedFunction below) {
  PlannedFunction bridge{.name = name, .devfn = devfn(number, 0), .bridge = true};
  bridge.below.push_back(std::move(below));
  return bridge;
}

constexpr Bar kSmall{BarKind::kMemory64, 16 * 1024, false};
constexpr Bar kLarge{BarKind::kMemory64, kGiB, true};

TEST(Topology, NumbersBusesDepthFirst) {
  PlannedFunction inner = port("down", 0, endpoint("a", kSmall));
  std::vector<PlannedFunction> tree{port("rp0", 1, std::move(inner)), port("rp1", 2, endpoint("b", kSmall))};
  EXPECT_TRUE(assign_resources(tree, kAvailable).empty());
  EXPECT_EQ(tree[0].secondary, 1);
  EXPECT_EQ(tree[0].subordinate, 2);
  EXPECT_EQ(tree[1].secondary, 3);
  EXPECT_EQ(tree[1].below[0].bus, 3);
}

TEST(Topology, KnowsItsLastBus) {
  PlannedFunction inner = port("down", 0, endpoint("a", kSmall));
  std::vector<PlannedFunction> tree{port("rp0", 1, endpoint("b", kSmall)), port("rp1", 2, std::move(inner))};
  EXPECT_EQ(last_bus(tree), 0);
  EXPECT_TRUE(assign_resources(tree, kAvailable).empty());
  EXPECT_EQ(last_bus(tree), 3);
}

TEST(Topology, AlignsABarToItsSize) {
  std::vector<PlannedFunction> tree{port("rp0", 1, endpoint("a", kSmall)), port("rp1", 2, endpoint("b", kLarge))};
  EXPECT_TRUE(assign_resources(tree, kAvailable).empty());
  EXPECT_EQ(tree[1].below[0].addresses[0] % kGiB, 0u);
}

// PCIe 6.0 7.5.1.3.8: a bridge's memory window holds what is not prefetchable, below 4 GiB.
TEST(Topology, PutsABarThatIsNotPrefetchableBelow4GiB) {
  std::vector<PlannedFunction> tree{port("rp0", 1, endpoint("a", kSmall))};
  EXPECT_TRUE(assign_resources(tree, kAvailable).empty());
  EXPECT_LT(tree[0].below[0].addresses[0], 4 * kGiB);
  EXPECT_EQ(tree[0].windows.memory, (Window{0x80000000, kMiB}));
}

TEST(Topology, LeavesAnEmptyPortsWindowsClosed) {
  std::vector<PlannedFunction> tree{{.name = "rp0", .devfn = 8, .bridge = true}};
  EXPECT_TRUE(assign_resources(tree, kAvailable).empty());
  EXPECT_EQ(tree[0].windows, Windows{});
}

TEST(Topology, NamesWhatDoesNotFit) {
  std::vector<PlannedFunction> tree{port("rp0", 1, endpoint("gpu", {BarKind::kMemory32, 2 * kGiB, false}))};
  const auto problems = assign_resources(tree, kAvailable);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("rp0"), std::string::npos);
}

TEST(Topology, CountsThe64BitWindowWithAlignment) {
  std::vector<PlannedFunction> tree{port("rp0", 1, endpoint("gpu", {BarKind::kMemory64, 64 * kGiB, true}))};
  EXPECT_GE(prefetchable_need(tree), 64 * kGiB);
}

TEST(Topology, RefusesMoreBusesThanThereAre) {
  std::vector<PlannedFunction> tree(300, PlannedFunction{.name = "rp", .bridge = true});
  EXPECT_FALSE(assign_resources(tree, kAvailable).empty());
}

}  // namespace
}  // namespace vireo::pci
