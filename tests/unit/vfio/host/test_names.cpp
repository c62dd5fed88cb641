#include <gtest/gtest.h>

#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/names.h"

namespace vireo::host {
namespace {

TEST(DeviceNames, FindsNameInList) {
  Tree tree;
  tree.write("/pci.ids", "fff1  Some Vendor\n\t0010  Some Device\n");
  EXPECT_EQ(DeviceNames(tree.root().prefix + "/pci.ids").find(0xfff1, 0x0010), "Some Vendor Some Device");
}

TEST(DeviceNames, GivesNumbersWithoutList) {
  EXPECT_EQ(DeviceNames("/nonexistent/pci.ids").find(0xfff1, 0x0010), "vendor fff1 device 0010");
}

// libpci's own error handler would end the process here.
TEST(DeviceNames, GivesNumbersWhereListIsGarbled) {
  Tree tree;
  tree.write("/pci.ids", "fff1  Some Vendor\n\tnonsense\n");
  EXPECT_EQ(DeviceNames(tree.root().prefix + "/pci.ids").find(0xfff1, 0x0010), "vendor fff1 device 0010");
}

TEST(DeviceNames, GoesOnAfterGarbledList) {
  Tree tree;
  tree.write("/pci.ids", "fff1  Some Vendor\n\tnonsense\n");
  DeviceNames names(tree.root().prefix + "/pci.ids");
  names.find(0xfff1, 0x0010);
  EXPECT_EQ(names.find(0xfff1, 0x0011), "vendor fff1 device 0011");
}

TEST(DeviceNames, HasOneListForTheProcess) {
  EXPECT_EQ(device_name(0xfff1, 0x0010), "vendor fff1 device 0010");
}

}  // namespace
}  // namespace vireo::host
