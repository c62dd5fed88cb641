// What `vireo host list` prints.
#include "vmm/inventory_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vireo {
namespace {

using host::InventoryEntry;

InventoryEntry entry(const std::string& address, const std::string& parent = {}) {
  InventoryEntry made{.facts = {.address = address}, .parent = parent, .pci_path = {}, .holder = {}, .obstacles = {}};
  made.facts.name = "Maker Thing";
  return made;
}

// A port with a PF of two VFs behind it, of which a guest has one.
std::vector<InventoryEntry> host_with_vfs() {
  std::vector<InventoryEntry> entries{entry("0000:00:1c.0"), entry("0000:01:00.0", "0000:00:1c.0"),
                                      entry("0000:01:00.1", "0000:00:1c.0"), entry("0000:01:00.2", "0000:00:1c.0")};
  entries[0].facts.class_code = 0x060400;
  entries[1].facts.driver = "nvme";
  entries[1].facts.total_vfs = 4;
  entries[1].facts.vfs = 2;
  entries[1].facts.bars = {{.index = 0, .size = 16384}, {.index = 2, .size = 32, .io = true}};
  entries[1].facts.group = 3;
  entries[1].facts.group_members = {{.address = "0000:01:00.0"}, {.address = "0000:01:00.7"}};
  entries[1].facts.reset_methods = {"flr", "bus"};
  entries[1].facts.numa_node = 1;
  entries[2].facts.physical_function = entries[3].facts.physical_function = "0000:01:00.0";
  entries[2].facts.is_vf = entries[3].facts.is_vf = true;
  entries[3].holder = "guest web1, pid 77";
  entries[3].obstacles = {"in use by guest web1, pid 77"};
  return entries;
}

TEST(InventoryText, ShowsAFunction) {
  const std::string text = inventory_text(host_with_vfs(), false);
  EXPECT_NE(text.find("\n0000:01:00.0 Maker Thing\n"
                      "    driver nvme, IOMMU group 3 with 1 more, PF with 2 of 4 VFs, 1 free, NUMA node 1\n"
                      "    BAR 0: 16 KiB, BAR 2: 32 B of ports\n"
                      "    resets: flr, bus\n"
                      "    a guest can have it\n"),
            std::string::npos)
      << text;
}

TEST(InventoryText, SaysWhyAGuestCannotHaveIt) {
  const std::string text = inventory_text(host_with_vfs(), false);
  EXPECT_NE(text.find("no driver, VF of 0000:01:00.0\n    no reset of its own\n"
                      "    not for a guest: in use by guest web1, pid 77\n"),
            std::string::npos)
      << text;
}

TEST(InventoryText, ShowsUsesThatEndWithTheClaim) {
  InventoryEntry nic = entry("0000:00:03.0");
  nic.facts.uses = {{.what = "network interface eth1"}, {.what = "bound to e1000e"}};
  const std::string text = inventory_text({nic}, false);
  EXPECT_NE(text.find("    network interface eth1\n"), std::string::npos);
  EXPECT_EQ(text.find("bound to"), std::string::npos);
}

TEST(InventoryText, ShowsATree) {
  const std::string text = inventory_text(host_with_vfs(), true);
  EXPECT_NE(text.find("0000:00:1c.0 Maker Thing\n    no driver\n  0000:01:00.0 Maker Thing\n"), std::string::npos)
      << text;
}

TEST(InventoryText, SaysThatThereIsNothing) {
  EXPECT_EQ(inventory_text({}, true), "this host has no PCI functions\n");
}

TEST(InventoryText, HasNothingThatATerminalObeys) {
  InventoryEntry odd = entry("0000:00:03.0");
  odd.facts.driver = "n\x1b[2Jvme";
  odd.obstacles = {"in use by caf\xe9, pid 7"};
  const std::string text = inventory_text({odd}, true);
  EXPECT_NE(text.find("driver n?[2Jvme\n"), std::string::npos) << text;
  EXPECT_NE(text.find("in use by caf?, pid 7\n"), std::string::npos) << text;
}

TEST(InventoryJson, HasWhatTheTextHas) {
  const auto list = nlohmann::json::parse(inventory_json(host_with_vfs()));
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[1]["driver"], "nvme");
  EXPECT_EQ(list[1]["group"]["members"][1]["address"], "0000:01:00.7");
  EXPECT_EQ(list[1]["free_vfs"], 1);
  EXPECT_EQ(list[1]["bars"][1]["io"], true);
  EXPECT_TRUE(list[2]["group"].is_null());
  EXPECT_EQ(list[3]["passthrough"], false);
  EXPECT_EQ(list[3]["holder"], "guest web1, pid 77");
}

// A name from pci.ids, or of a process, is bytes.
TEST(InventoryJson, TakesOddBytes) {
  InventoryEntry odd = entry("0000:00:03.0");
  odd.facts.name = "Caf\xe9";
  EXPECT_NO_THROW(nlohmann::json::parse(inventory_json({odd})));
}

}  // namespace
}  // namespace vireo
