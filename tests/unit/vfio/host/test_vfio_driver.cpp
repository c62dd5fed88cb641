// Which of VFIO's drivers a device gets.
#include <gmock/gmock.h>

#include "tests/unit/vfio/host/claim_fixture.h"
#include "vfio/host/vfio_driver.h"

namespace vireo::host {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const std::string kAliases = "/lib/modules/6.12.0/modules.alias";

// Lines as Debian's 6.12 and a kernel with variants have them.
class VariantTest : public ClaimTest {
 protected:
  VariantTest() {
    tree.write("/proc/sys/kernel/osrelease", "6.12.0\n");
    tree.write("/sys/bus/pci/devices/" + kFirst + "/uevent",
               "DRIVER=nvme\nPCI_ID=15B3:101E\nMODALIAS=pci:v000015B3d0000101Esv000015B3sd00000007bc02sc00i00\n");
    write_aliases("alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci\n");
    kernel.on_load = [this](const std::string& module) {
      tree.driver("mlx5-vfio-pci");
      tree.folder("/sys/module/" + module + "/drivers/pci:mlx5-vfio-pci");
      return 0;
    };
  }
  void write_aliases(const std::string& lines) {
    tree.write(kAliases,
               "# Aliases extracted from modules themselves.\nalias pci:v000015B3d0000101Esv*sd*bc*sc*i* "
               "mlx5_core\nalias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n" +
                   lines);
  }
};

TEST_F(VariantTest, IsPreferred) {
  Claim held = claim({kFirst});
  EXPECT_THAT(kernel.history, Contains("modprobe mlx5_vfio_pci"));
  EXPECT_EQ(tree.bound(kFirst), "mlx5-vfio-pci");
  held.release();
  EXPECT_EQ(tree.bound(kFirst), "nvme");
}

TEST_F(VariantTest, IsNotLoadedTwice) {
  kernel.on_load("mlx5_vfio_pci");
  const Claim held = claim({kFirst});
  EXPECT_THAT(kernel.history, Not(Contains("modprobe mlx5_vfio_pci")));
  EXPECT_EQ(tree.bound(kFirst), "mlx5-vfio-pci");
}

TEST_F(VariantTest, IsAnotherDevices) {
  write_aliases("alias vfio_pci:v000015B3d00001021sv*sd*bc*sc*i* mlx5_vfio_pci\n");
  const Claim held = claim({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(VariantTest, IsTheOneThatSaysMost) {
  write_aliases(
      "alias vfio_pci:v000015B3d0000101Esv000015B3sd00000007bc*sc*i* mlx5_special_vfio_pci\n"
      "alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci\n");
  EXPECT_EQ(VariantModules(tree.root()).made_for(kFirst), "mlx5_special_vfio_pci");
}

// The file has more than a MiB; a claim may have many devices.
TEST_F(VariantTest, IsLookedUpInAFileThatIsReadOnce) {
  VariantModules variants(tree.root());
  EXPECT_EQ(variants.made_for(kSecond), "");
  tree.remove(kAliases);
  EXPECT_EQ(variants.made_for(kFirst), "mlx5_vfio_pci");
}

TEST_F(VariantTest, GivesWayWhereItCannotBeLoaded) {
  kernel.on_load = [](const std::string&) { return 1; };
  const Claim held = claim({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(VariantTest, GivesWayWhereTheFileSaysSo) {
  driver = "vfio-pci";
  const Claim held = claim({kFirst});
  EXPECT_EQ(tree.bound(kFirst), "vfio-pci");
}

TEST_F(VariantTest, SaysHowToDoWithoutWhereItRefuses) {
  kernel.broken_drivers = {"mlx5-vfio-pci"};
  EXPECT_THAT(refusal({kFirst}), HasSubstr("write `driver: vfio-pci` beside it"));
  EXPECT_EQ(tree.bound(kFirst), "nvme");
}

TEST_F(VariantTest, StaysWhereTheDeviceIsOnItAlready) {
  tree.remove("/sys/devices/pci0000:00/" + kFirst + "/driver");
  tree.bind(kFirst, "mlx5-vfio-pci");
  { const Claim held = claim({kFirst}); }
  EXPECT_EQ(tree.bound(kFirst), "mlx5-vfio-pci");
}

TEST_F(VariantTest, IsNamedByTheFile) {
  driver = "odd_vfio_pci";
  EXPECT_THAT(refusal({kFirst}),
              HasSubstr("drivers/odd_vfio_pci is not there, and modprobe odd_vfio_pci did not help"));
}

}  // namespace
}  // namespace vireo::host
