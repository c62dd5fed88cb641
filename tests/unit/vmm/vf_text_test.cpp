// What `vireo host vf list` prints.
#include "vmm/vf_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vireo {
namespace {

// A NIC of which a guest has a VF, and a controller with one that is free.
std::vector<host::ListedPf> two_pfs() {
  return {{.function = {.name = "0000:02:00.0", .driver = "igb", .interface = "eth1", .total_vfs = 7},
           .vfs = {{.address = "0000:02:10.0",
                    .driver = "vfio-pci",
                    .user = "in use by guest \"web\" (vireo, pid 77)",
                    .policy = {{"mac", "52:54:00:00:00:01"}, {"vlan", "10"}}}}},
          {.function = {.name = "0000:03:00.0", .driver = "nvme", .nvme_node = "/dev/nvme0", .total_vfs = 4},
           .vfs = {{.address = "0000:03:10.0",
                    .resources =
                        host::NvmeResources{.online = true, .queues = 3, .interrupts = 2, .namespaces = {1, 4}}}}}};
}

TEST(VfText, ShowsWhoHasVfAndWhatItIsHeldTo) {
  EXPECT_EQ(vfs_text(two_pfs()),
            "0000:02:00.0 eth1 (igb): 1 of 7 VFs\n"
            "  VF 0  0000:02:10.0  in use by guest \"web\" (vireo, pid 77)\n"
            "        mac 52:54:00:00:00:01 vlan 10\n"
            "0000:03:00.0 /dev/nvme0 (nvme): 1 of 4 VFs\n"
            "  VF 0  0000:03:10.0  free\n"
            "        online, 3 queues, 2 interrupts, namespaces 1,4\n");
}

TEST(VfText, SaysThatThereIsNothing) {
  EXPECT_EQ(vfs_text({}), "no function of this host has SR-IOV\n");
}

TEST(VfText, SaysThatNoNamespaceIsAttached) {
  auto listed = two_pfs();
  listed[1].vfs[0].resources->namespaces.clear();
  listed[1].vfs[0].resources->online = false;
  EXPECT_NE(vfs_text(listed).find("offline, 3 queues, 2 interrupts, namespaces none\n"), std::string::npos);
}

// The name of a process, or of an interface, is bytes.
TEST(VfText, TakesOddBytes) {
  auto listed = two_pfs();
  listed[0].function.interface = "eth\xe9";
  listed[0].vfs[0].user = "in use by \x1b[2J\xe9, pid 7";
  EXPECT_NE(vfs_text(listed).find("0000:02:00.0 eth? (igb)"), std::string::npos);
  EXPECT_NE(vfs_text(listed).find("in use by ?[2J?, pid 7\n"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::accept(vfs_json(listed)));
}

TEST(VfText, HasTheSameForPrograms) {
  const auto json = nlohmann::json::parse(vfs_json(two_pfs()));
  EXPECT_EQ(json.at(0).at("pf"), "0000:02:00.0");
  EXPECT_EQ(json.at(0).at("interface"), "eth1");
  EXPECT_EQ(json.at(0).at("vfs").at(0).at("policy").at("vlan"), "10");
  EXPECT_FALSE(json.at(0).at("vfs").at(0).contains("nvme"));
  EXPECT_EQ(json.at(1).at("vfs").at(0).at("index"), 0);
  EXPECT_EQ(json.at(1).at("vfs").at(0).at("nvme").at("namespaces").at(1), 4);
}

}  // namespace
}  // namespace vireo
