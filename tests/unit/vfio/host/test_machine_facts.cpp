#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/facts.h"

namespace vireo::host {
namespace {

TEST(MachineFacts, SaysThatThereIsNoKvm) {
  Tree tree;
  const MachineFacts facts = read_machine_facts({}, tree.root());
  EXPECT_FALSE(facts.kvm_present);
  EXPECT_THAT(facts.kvm_error, testing::HasSubstr("ENOENT"));
}

TEST(MachineFacts, OpensKvm) {
  Tree tree;
  tree.write("/dev/kvm", "");
  const MachineFacts facts = read_machine_facts({}, tree.root());
  EXPECT_TRUE(facts.kvm_present);
  EXPECT_EQ(facts.kvm_error, "");
}

TEST(MachineFacts, HasNoVfioWithoutNodeAndModule) {
  Tree tree;
  EXPECT_FALSE(read_machine_facts({}, tree.root()).vfio_present);
}

TEST(MachineFacts, FindsVfioNode) {
  Tree tree;
  tree.write("/dev/vfio/vfio", "");
  EXPECT_TRUE(read_machine_facts({}, tree.root()).vfio_present);
}

TEST(MachineFacts, FindsVfioModule) {
  Tree tree;
  tree.write("/proc/sys/kernel/osrelease", "6.1.0-1-amd64\n");
  tree.write("/lib/modules/6.1.0-1-amd64/modules.dep",
             "kernel/drivers/vfio/vfio_iommu_type1.ko: kernel/drivers/vfio/vfio.ko\n");
  EXPECT_TRUE(read_machine_facts({}, tree.root()).vfio_present);
}

TEST(MachineFacts, ReadsPhysicalAddressBits) {
  Tree tree;
  tree.write("/proc/cpuinfo", "processor\t: 0\naddress sizes\t: 46 bits physical, 48 bits virtual\n");
  EXPECT_EQ(read_machine_facts({}, tree.root()).physical_address_bits, 46u);
}

TEST(MachineFacts, ReadsZeroFromStrangeFiles) {
  Tree tree;
  tree.write("/proc/cpuinfo", "address sizes\t:\n");
  tree.write("/proc/meminfo", "MemAvailable: lots\n");
  const MachineFacts facts = read_machine_facts({}, tree.root());
  EXPECT_EQ(facts.physical_address_bits, 0u);
  EXPECT_EQ(facts.memory_available, 0u);
}

TEST(MachineFacts, ReadsAvailableMemory) {
  Tree tree;
  tree.write("/proc/meminfo", "MemTotal:  2000 kB\nMemAvailable:    1000 kB\n");
  EXPECT_EQ(read_machine_facts({}, tree.root()).memory_available, 1024000u);
}

TEST(MachineFacts, CountsHugePagesThatNobodyReserved) {
  Tree tree;
  tree.write("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "10\n");
  tree.write("/sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "3\n");
  tree.write("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "20\n");
  tree.write("/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "2\n");
  const auto pages = read_machine_facts({.huge_pages = true}, tree.root()).huge_pages;
  ASSERT_EQ(pages.size(), 2u);
  EXPECT_EQ(pages[0].page_size, 2u << 20);
  EXPECT_EQ(pages[0].free, 7u);
  EXPECT_EQ(pages[0].total, 20u);
  EXPECT_EQ(pages[1].page_size, 1u << 30);
}

TEST(MachineFacts, CountsTheHugePagesOfANode) {
  Tree tree;
  tree.write("/sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages", "4\n");
  const MachineFacts facts = read_machine_facts({.huge_pages = true, .numa_node = 1}, tree.root());
  EXPECT_TRUE(facts.numa_node_present);
  ASSERT_EQ(facts.huge_pages.size(), 1u);
  EXPECT_EQ(facts.huge_pages[0].free, 4u);
}

TEST(MachineFacts, MissesANodeThatIsNotThere) {
  Tree tree;
  EXPECT_FALSE(read_machine_facts({.numa_node = 7}, tree.root()).numa_node_present);
}

TEST(MachineFacts, ReadsCapabilitiesOfRoot) {
  Tree tree;
  tree.write("/proc/self/status", "Name:\tvireo\nCapEff:\t000001ffffffffff\n");
  const MachineFacts facts = read_machine_facts({}, tree.root());
  EXPECT_TRUE(facts.locking.may_raise_limit);
  EXPECT_TRUE(facts.locking.ignores_limit);
}

TEST(MachineFacts, ReadsCapabilitiesOfOrdinaryUser) {
  Tree tree;
  tree.write("/proc/self/status", "Name:\tvireo\nCapEff:\t0000000000000000\n");
  const MachineFacts facts = read_machine_facts({}, tree.root());
  EXPECT_FALSE(facts.locking.may_raise_limit);
  EXPECT_FALSE(facts.locking.ignores_limit);
}

}  // namespace
}  // namespace vireo::host
