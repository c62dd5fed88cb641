#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/nvme_disk.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

using testing::HasSubstr;

const std::string kAddress = "0000:00:04.0";

class NvmeDisk : public testing::Test {
 protected:
  NvmeDisk() {
    const std::string device = tree.device(kAddress);
    tree.folder("/sys/bus/pci/devices/" + kAddress + "/nvme/nvme0");
    tree.link("/sys/class/nvme/nvme0/device", "../../../bus/pci/devices/" + kAddress);
  }
  void add(const std::string& entry, const std::string& disk, const std::string& number) {
    tree.folder("/sys/class/nvme/nvme0/" + entry);
    tree.write("/sys/class/block/" + disk + "/nsid", number + "\n");
  }
  template <typename Action>
  std::string error_of(Action action) {
    try {
      action();
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::ExitCode::kDevice);
      return error.what() + std::string(" | ") + error.help();
    }
    return "none";
  }

  Tree tree;
};

TEST_F(NvmeDisk, ControllerIsKnownByItsAddressOrItsNode) {
  EXPECT_EQ(find_nvme_controller(kAddress, tree.root()), kAddress);
  EXPECT_EQ(find_nvme_controller("00:04.0", tree.root()), kAddress);
  EXPECT_EQ(find_nvme_controller("nvme0", tree.root()), kAddress);
}

TEST_F(NvmeDisk, RefusesWhatIsNoController) {
  tree.device("0000:00:05.0");
  EXPECT_THAT(error_of([&] { find_nvme_controller("nvme7", tree.root()); }), HasSubstr("no NVMe controller nvme7"));
  EXPECT_THAT(error_of([&] { find_nvme_controller("0000:00:05.0", tree.root()); }),
              HasSubstr("is no NVMe controller that the host's driver has"));
}

TEST_F(NvmeDisk, FindsTheNamespacesDisk) {
  add("nvme0n1", "nvme0n1", "1");
  add("nvme0n2", "nvme0n2", "7");
  EXPECT_EQ(find_nvme_disk(kAddress, 7, tree.root()), "nvme0n2");
}

// drivers/nvme/host/multipath.c: below the controller is its own way to the disk, nvme0c0n1.
TEST_F(NvmeDisk, FindsTheDiskOfASharedNamespace) {
  add("nvme0c0n1", "nvme0n1", "1");
  EXPECT_EQ(find_nvme_disk(kAddress, 1, tree.root()), "nvme0n1");
}

TEST_F(NvmeDisk, SaysWhichNamespacesThereAre) {
  add("nvme0n1", "nvme0n1", "1");
  add("nvme0n2", "nvme0n2", "7");
  EXPECT_THAT(error_of([&] { find_nvme_disk(kAddress, 2, tree.root()); }),
              HasSubstr("0000:00:04.0 has no namespace 2 | it has: 1, 7"));
}

TEST_F(NvmeDisk, SaysThatThereAreNone) {
  EXPECT_THAT(error_of([&] { find_nvme_disk(kAddress, 1, tree.root()); }), HasSubstr("it has none"));
}

}  // namespace
}  // namespace vireo::host
