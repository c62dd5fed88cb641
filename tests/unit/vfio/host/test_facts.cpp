#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/facts.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kNvme = "0000:01:00.1";

std::string refusal(const Tree& tree, const std::string& address) {
  try {
    read_facts(address, tree.root());
  } catch (const base::Error& error) {
    return std::string(error.what()) + "; help: " + error.help();
  }
  return "no error";
}

base::IovaRange iova(uint64_t start, uint64_t size) {
  return *base::IovaRange::make(base::Iova(start), size);
}

TEST(Facts, ReadsIdentity) {
  Tree tree;
  tree.device(kNvme);
  const HostFacts facts = read_facts(kNvme, tree.root());
  EXPECT_EQ(facts.address, kNvme);
  EXPECT_THAT(facts.path, testing::EndsWith("/sys/devices/pci0000:00/" + kNvme));
  EXPECT_EQ(facts.vendor, 0x1b36);
  EXPECT_EQ(facts.device, 0x0010);
  EXPECT_EQ(facts.subsystem_vendor, 0x1af4);
  EXPECT_EQ(facts.subsystem_device, 0x1100);
  EXPECT_EQ(facts.class_code, 0x010802u);
}

TEST(Facts, LeavesNamesToTheCommandsThatPrintThem) {
  Tree tree;
  tree.device(kNvme);
  EXPECT_EQ(read_facts(kNvme, tree.root()).name, "");
}

TEST(Facts, ReadsNoDriver) {
  Tree tree;
  tree.device(kNvme);
  const HostFacts facts = read_facts(kNvme, tree.root());
  EXPECT_EQ(facts.driver, "");
}

TEST(Facts, ReadsDriver) {
  Tree tree;
  tree.device(kNvme);
  tree.bind(kNvme, "nvme");
  EXPECT_EQ(read_facts(kNvme, tree.root()).driver, "nvme");
}

TEST(Facts, HasNoIdentityWithoutUevent) {
  Tree tree;
  tree.write(tree.device(kNvme) + "uevent", "=\nPCI_ID\n");
  EXPECT_EQ(read_facts(kNvme, tree.root()).vendor, 0);
}

// include/linux/ioport.h: IORESOURCE_MEM_64 0x100000, PREFETCH 0x2000, MEM 0x200, IO 0x100; line 6 is the ROM.
TEST(Facts, ReadsBars) {
  Tree tree;
  tree.write(tree.device(kNvme) + "resource",
             "0x00000000fe000000 0x00000000fe003fff 0x0000000000140204\n"
             "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
             "0x000000000000c000 0x000000000000c01f 0x0000000000040101\n"
             "0x0000004000000000 0x0000004fffffffff 0x000000000014220c\n"
             "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
             "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
             "0x00000000fea00000 0x00000000fea3ffff 0x0000000000046200\n"
             "0x00000000fe100000 0x00000000fe1fffff 0x0000000000040200\n");
  EXPECT_THAT(
      read_facts(kNvme, tree.root()).bars,
      ElementsAre(BarFacts{.index = 0, .size = 0x4000, .is_64bit = true}, BarFacts{.index = 2, .size = 32, .io = true},
                  BarFacts{.index = 3, .size = 0x1000000000, .is_64bit = true, .prefetchable = true},
                  BarFacts{.index = 6, .size = 0x40000, .prefetchable = true}));
}

TEST(Facts, SkipsMalformedBars) {
  Tree tree;
  tree.write(tree.device(kNvme) + "resource", "nonsense\n0x2000 0x1000 0x200\n0x1000 0x1fff 0x200\n0x0 0xff\n");
  EXPECT_THAT(read_facts(kNvme, tree.root()).bars, ElementsAre(BarFacts{.index = 2, .size = 0x1000}));
}

TEST(Facts, ReadsInterruptCapabilities) {
  Tree tree;
  tree.write(tree.device(kNvme) + "config", config_with_capabilities());
  const HostFacts facts = read_facts(kNvme, tree.root());
  EXPECT_EQ(facts.msi_vectors, 4u);
  EXPECT_EQ(facts.msix.vectors, 20u);
  EXPECT_EQ(facts.msix.table_bar, 2u);
  EXPECT_EQ(facts.msix.table_offset, 0x3000u);
  EXPECT_TRUE(facts.has_express);
}

TEST(Facts, EndsAtCapabilityChainThatLoops) {
  Tree tree;
  std::string config = config_with_capabilities();
  config[0x51] = 0x40;
  tree.write(tree.device(kNvme) + "config", config);
  EXPECT_FALSE(read_facts(kNvme, tree.root()).has_express);
}

TEST(Facts, KnowsNoCapabilitiesWhereOnlyTheHeaderMayBeRead) {
  Tree tree;
  tree.write(tree.device(kNvme) + "config", config_with_capabilities().substr(0, 64));
  EXPECT_EQ(read_facts(kNvme, tree.root()).msix.vectors, 0u);
}

TEST(Facts, ReadsZeroFromCapabilityThatTheSpaceCutsOff) {
  Tree tree;
  std::string config(256, '\0');
  config[0x06] = 0x10;
  config[0x34] = '\xfc';
  config[0xfc] = 0x11;
  tree.write(tree.device(kNvme) + "config", config);
  EXPECT_EQ(read_facts(kNvme, tree.root()).msix.table_offset, 0u);
}

TEST(Facts, HasNoGroupWithoutIommu) {
  Tree tree;
  tree.device(kNvme);
  EXPECT_EQ(read_facts(kNvme, tree.root()).group, std::nullopt);
}

TEST(Facts, ReadsGroupWithMembers) {
  Tree tree;
  tree.write(tree.device("0000:01:00.0") + "class", "0x060400\n");
  tree.bind("0000:01:00.0", "pcieport");
  tree.device(kNvme);
  tree.group("0000:01:00.0", 42);
  tree.group(kNvme, 42);
  const HostFacts facts = read_facts(kNvme, tree.root());
  EXPECT_EQ(facts.group, 42u);
  ASSERT_EQ(facts.group_members.size(), 2u);
  EXPECT_EQ(facts.group_members[0].address, "0000:01:00.0");
  EXPECT_EQ(facts.group_members[0].driver, "pcieport");
  EXPECT_TRUE(facts.group_members[0].is_bridge);
  EXPECT_EQ(facts.group_members[1].address, kNvme);
  EXPECT_FALSE(facts.group_members[1].is_bridge);
}

TEST(Facts, ReadsReservedRangesButRelaxableOnes) {
  Tree tree;
  tree.device(kNvme);
  tree.group(kNvme, 42);
  tree.write("/sys/kernel/iommu_groups/42/reserved_regions",
             "0x0000000000000000 0x0000000000ffffff direct-relaxable\n"
             "0x00000000fee00000 0x00000000feefffff msi\n"
             "0x000000fd00000000 0x000000ffffffffff reserved\n"
             "0x0000000000002000 0x0000000000001000 reserved\n"
             "garbage\n");
  EXPECT_THAT(read_facts(kNvme, tree.root()).reserved_iova,
              ElementsAre(iova(0xfee00000, 0x100000), iova(0xfd00000000, 0x300000000)));
}

TEST(Facts, ReadsResetMethods) {
  Tree tree;
  tree.write(tree.device(kNvme) + "reset_method", "flr bus\n");
  EXPECT_THAT(read_facts(kNvme, tree.root()).reset_methods, ElementsAre("flr", "bus"));
}

TEST(Facts, HasNoResetMethodWhereAllAreTurnedOff) {
  Tree tree;
  tree.write(tree.device(kNvme) + "reset_method", "\n");
  tree.write("/sys/devices/pci0000:00/" + kNvme + "/reset", "");
  EXPECT_THAT(read_facts(kNvme, tree.root()).reset_methods, IsEmpty());
}

TEST(Facts, KnowsThatOldKernelsCanReset) {
  Tree tree;
  tree.write(tree.device(kNvme) + "reset", "");
  EXPECT_THAT(read_facts(kNvme, tree.root()).reset_methods, ElementsAre("unknown"));
}

TEST(Facts, ReadsPhysicalFunctionOfVf) {
  Tree tree;
  tree.device("0000:01:00.0");
  tree.link(tree.device(kNvme) + "physfn", "../0000:01:00.0");
  const HostFacts facts = read_facts(kNvme, tree.root());
  EXPECT_TRUE(facts.is_vf);
  EXPECT_EQ(facts.physical_function, "0000:01:00.0");
}

TEST(Facts, ReadsVfCountsOfPhysicalFunction) {
  Tree tree;
  const std::string path = tree.device("0000:01:00.0");
  tree.write(path + "sriov_totalvfs", "8\n");
  tree.write(path + "sriov_numvfs", "4\n");
  const HostFacts facts = read_facts("0000:01:00.0", tree.root());
  EXPECT_EQ(facts.total_vfs, 8u);
  EXPECT_EQ(facts.vfs, 4u);
  EXPECT_FALSE(facts.is_vf);
}

TEST(Facts, RefusesUnknownAddressWithOtherFunctionsOfTheDevice) {
  Tree tree;
  tree.device("0000:01:00.0");
  tree.device("0000:01:00.1");
  tree.device("0000:01:02.0");
  EXPECT_THAT(refusal(tree, "0000:01:00.7"),
              HasSubstr("0000:01:00.7: there is no such PCI device on this host; the nearest that there are: "
                        "0000:01:00.1, 0000:01:00.0; help: lspci -D"));
}

TEST(Facts, RefusesUnknownAddressWithOtherDevicesOfTheBus) {
  Tree tree;
  tree.device("0000:01:02.0");
  tree.device("0000:07:00.0");
  EXPECT_THAT(refusal(tree, "0000:01:00.0"), HasSubstr("the nearest that there are: 0000:01:02.0; help"));
}

TEST(Facts, RefusesUnknownAddressWithNeighbouringBus) {
  Tree tree;
  tree.device("0000:04:00.0");
  EXPECT_THAT(refusal(tree, "0000:05:00.0"), HasSubstr("the nearest that there are: 0000:04:00.0; help"));
}

TEST(Facts, RefusesUnknownAddressOnHostWithoutDevices) {
  Tree tree;
  EXPECT_THAT(refusal(tree, "0000:05:00.0"), HasSubstr("there is no such PCI device on this host; help: lspci -D"));
}

TEST(Facts, RefusesWhatIsNoAddress) {
  Tree tree;
  EXPECT_THAT(refusal(tree, "../../../etc"), HasSubstr("../../../etc: not a PCI address"));
}

TEST(Facts, RefusesLinkThatLeadsToAnotherDevice) {
  Tree tree;
  tree.device("0000:01:00.0");
  tree.link("/sys/bus/pci/devices/0000:02:00.0", "../../../devices/pci0000:00/0000:01:00.0");
  EXPECT_THAT(refusal(tree, "0000:02:00.0"), HasSubstr("which is another device"));
}

TEST(Facts, RefusesLinkThatLeavesSysfs) {
  Tree tree;
  tree.folder("/etc/0000:02:00.0");
  tree.link("/sys/bus/pci/devices/0000:02:00.0", "../../../../etc/0000:02:00.0");
  EXPECT_THAT(refusal(tree, "0000:02:00.0"), HasSubstr("which is another device"));
}

TEST(Facts, ListsAllDevicesSorted) {
  Tree tree;
  tree.device("0000:02:00.0");
  tree.device("0000:01:00.0");
  EXPECT_THAT(list_devices(tree.root()), ElementsAre("0000:01:00.0", "0000:02:00.0"));
}

}  // namespace
}  // namespace vireo::host
