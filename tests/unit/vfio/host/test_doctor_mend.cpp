// What the doctor does of what it says.
#include "tests/unit/vfio/host/doctor_fixture.h"
#include "tests/unit/vfio/host/fake_kernel.h"

namespace vireo::host {
namespace {

using testing::HasSubstr;

// A path from a device's name goes nowhere else, and no other command is run.
TEST(DoctorsMend, RunsWhatARebootUndoes) {
  const auto can = [](const std::string& command) { return can_mend({.mend = command}); };
  EXPECT_TRUE(can("modprobe vfio-pci"));
  EXPECT_TRUE(can("vireo host restore"));
  EXPECT_TRUE(can("echo 512 > /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages"));
  EXPECT_TRUE(can("echo 0 > /sys/bus/pci/devices/0000:02:00.0/d3cold_allowed"));
  EXPECT_FALSE(can("echo 1 > /sys/bus/pci/devices/0000:02:00.0/remove"));
  EXPECT_FALSE(can("echo 0 > /sys/bus/pci/devices/../../../d3cold_allowed"));
  EXPECT_FALSE(can("modprobe vfio-pci; reboot"));
  EXPECT_FALSE(can("put intel_iommu=on on the kernel's command line"));
  EXPECT_FALSE(can(""));
}

TEST(DoctorsMend, WritesTheAttribute) {
  const Tree tree;
  tree.device("0000:02:00.0");
  FakeKernel kernel(tree);
  mend({.mend = "echo 0 > /sys/bus/pci/devices/0000:02:00.0/d3cold_allowed"}, tree.root(), kernel);
  EXPECT_THAT(kernel.history, testing::ElementsAre("devices/0000:02:00.0/d3cold_allowed <- 0"));
}

TEST(DoctorsMend, LoadsTheModule) {
  const Tree tree;
  FakeKernel kernel(tree);
  kernel.on_load = [](const std::string&) { return 0; };
  mend({.mend = "modprobe vfio-pci"}, tree.root(), kernel);
  EXPECT_THAT(kernel.history, testing::ElementsAre("modprobe vfio-pci"));
}

TEST(DoctorsMend, SaysThatAModuleIsRefused) {
  const Tree tree;
  FakeKernel kernel(tree);
  kernel.on_load = [](const std::string&) { return 1; };
  try {
    mend({.mend = "modprobe vfio-pci"}, tree.root(), kernel);
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("modprobe vfio-pci ended with 1"));
  }
}

}  // namespace
}  // namespace vireo::host
