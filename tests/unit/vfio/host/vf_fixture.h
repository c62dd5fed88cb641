#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/vfio/host/fake_kernel.h"
#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/claim.h"
#include "vfio/host/vf_commands.h"
#include "vmm/base/error.h"

namespace vireo::host {

inline const std::string kNic = "0000:02:00.0";         // eth1
inline const std::string kController = "0000:03:00.0";  // nvme0
inline const std::string kNicVf = "0000:02:10.0";       // the first that is made
inline const std::string kSecondNicVf = "0000:02:10.1";
inline const std::string kNvmeVf = "0000:03:10.0";

// A NIC and an NVMe controller that can have four VFs and have none; vfio-pci loaded, an IOMMU.
class VfTest : public testing::Test {
 protected:
  VfTest() : kernel(tree) {
    tree.driver("vfio-pci");
    add_pf(kNic, "igb");
    tree.interface(kNic, "eth1", "0x1003");
    tree.link("/sys/devices/pci0000:00/" + kNic + "/net/eth1/device", "../../../" + kNic);
    add_pf(kController, "nvme");
    tree.folder("/sys/devices/pci0000:00/" + kController + "/nvme/nvme0");
    tree.link("/sys/class/nvme/nvme0", "../../devices/pci0000:00/" + kController + "/nvme/nvme0");
    tree.link("/sys/devices/pci0000:00/" + kController + "/nvme/nvme0/device", "../../../" + kController);
    for (unsigned vf = 0; vf < 4; ++vf) {
      kernel.policies[{"eth1", vf}] = {{"mac", "00:00:00:00:00:00"}, {"vlan", "0"},      {"qos", "0"},
                                       {"proto", "802.1Q"},          {"spoofchk", "on"}, {"trust", "off"}};
      kernel.resources[{"/dev/nvme0", vf}] = {.namespaces = {1, 2}};
    }
  }

  void add_pf(const std::string& address, const std::string& driver) {
    const std::string folder = tree.device(address);
    tree.write(folder + "sriov_numvfs", "0\n");
    tree.write(folder + "sriov_totalvfs", "4\n");
    tree.write(folder + "sriov_drivers_autoprobe", "1\n");
    tree.bind(address, driver);
  }

  Claim new_claim(const std::string& name = "web") { return Claim(name, tree.root(), kernel); }

  template <typename Work>
  static std::string refusal(const Work& work) {
    try {
      work();
    } catch (const base::Error& error) {
      return std::string(error.what()) + "; help: " + error.help();
    }
    return "no error";
  }

  std::string attribute(const std::string& address, const std::string& name) const {
    return tree.read("/sys/devices/pci0000:00/" + address + "/" + name);
  }
  // The PF has no VFs, and the host's drivers would take new ones, as at first.
  bool is_as_before(const std::string& pf) const {
    return attribute(pf, "sriov_numvfs") == "0\n" && attribute(pf, "sriov_drivers_autoprobe") == "1\n";
  }

  Tree tree;
  FakeKernel kernel;
};

}  // namespace vireo::host
