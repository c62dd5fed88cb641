#include "vfio/host/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vfio/host/tree.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kNic = "0000:02:00.0";
const std::string kTwin = "0000:02:00.1";
const std::string kDisk = "0000:03:00.0";

// Vital product data as a NIC has it: a name, then VPD-R with PN and SN, then the end.
std::string vital_product_data(const std::string& serial) {
  const std::string fields = std::string("PN\x03") + "abc" + "SN" + static_cast<char>(serial.size()) + serial;
  return std::string("\x82\x04\x00name\x90", 8) + static_cast<char>(fields.size()) + '\0' + fields + "\x78";
}

// A NIC of two ports and an NVMe controller of two namespaces.
class IdentityTest : public testing::Test {
 protected:
  IdentityTest() {
    for (const std::string& address : {kNic, kTwin}) {
      add(address, "0x1521");
      tree.write("/sys/devices/pci0000:00/" + address + "/vpd", vital_product_data("4711"));
    }
    tree.interface(kNic, "eth1", "0x1003");
    tree.write("/sys/devices/pci0000:00/" + kNic + "/net/eth1/address", "52:54:00:00:00:01\n");
    add(kDisk, "0x0010");
    const std::string controller = "/sys/devices/pci0000:00/" + kDisk + "/nvme/nvme0";
    tree.write(controller + "/serial", "S4XY            \n");
    tree.write(controller + "/nvme0n1/wwid", "eui.01\n");
    tree.write(controller + "/nvme0n2/wwid", "eui.02\n");
  }

  void add(const std::string& address, const std::string& device) {
    tree.device(address);
    tree.write("/sys/devices/pci0000:00/" + address + "/vendor", "0x8086\n");
    tree.write("/sys/devices/pci0000:00/" + address + "/device", device + "\n");
  }

  std::string find(const DeviceMatch& match, std::optional<unsigned> index = {}) const {
    return find_device(match, index, tree.root());
  }
  std::string refusal(const DeviceMatch& match, std::optional<unsigned> index = {}) const {
    try {
      return find(match, index);
    } catch (const base::Error& error) {
      return std::string(error.what()) + "; help: " + error.help();
    }
  }

  Tree tree;
};

TEST_F(IdentityTest, FindsByInterface) {
  EXPECT_EQ(find({{"interface", "eth1"}}), kNic);
}

TEST_F(IdentityTest, FindsByMac) {
  EXPECT_EQ(find({{"mac", "52:54:00:00:00:01"}}), kNic);
}

TEST_F(IdentityTest, FindsByNvmeSerialWithoutItsBlanks) {
  EXPECT_EQ(find({{"nvme_serial", "S4XY"}}), kDisk);
}

TEST_F(IdentityTest, FindsByAnyNamespace) {
  EXPECT_EQ(find({{"namespace", "eui.02"}}), kDisk);
}

TEST_F(IdentityTest, FindsByAllThatIsSaid) {
  EXPECT_EQ(find({{"serial", "4711"}, {"interface", "eth1"}}), kNic);
}

TEST_F(IdentityTest, CountsThoseThatAreAlike) {
  EXPECT_EQ(find({{"id", "8086:1521"}}, 1), kTwin);
}

// QubesOS/qubes-issues#7792: a device by its address was another one after a card was plugged in.
TEST_F(IdentityTest, FindsByPathThatRenumberingLeaves) {
  tree.write("/sys/devices/pci0000:00/0000:00:1c.0/0000:07:00.1/vendor", "0x8086\n");
  tree.link("/sys/bus/pci/devices/0000:07:00.1", "../../../devices/pci0000:00/0000:00:1c.0/0000:07:00.1");
  EXPECT_EQ(find({{"pci_path", "0000:00/1c.0/00.1"}}), "0000:07:00.1");
}

TEST_F(IdentityTest, RefusesSeveral) {
  EXPECT_THAT(refusal({{"id", "8086:1521"}}),
              HasSubstr("2 functions have id 8086:1521: 0000:02:00.0, 0000:02:00.1; help: say more of it"));
}

TEST_F(IdentityTest, RefusesIndexThatIsNotThere) {
  EXPECT_THAT(refusal({{"id", "8086:1521"}}, 2), HasSubstr("there are 2 functions with id 8086:1521"));
}

TEST_F(IdentityTest, SaysWhatThereIs) {
  EXPECT_THAT(refusal({{"interface", "eth7"}}),
              HasSubstr("no function of this host has interface eth7; there are: eth1 (0000:02:00.0)"));
}

TEST_F(IdentityTest, SaysThatThereIsNothingOfTheKind) {
  tree.remove("/sys/devices/pci0000:00/" + kDisk + "/nvme");
  EXPECT_THAT(refusal({{"nvme_serial", "S4XY"}}), HasSubstr("no function has a nvme_serial"));
}

TEST_F(IdentityTest, SaysWhatIsOtherwise) {
  EXPECT_THAT(
      find_mismatches(kNic, {{"id", "8086:1521"}, {"mac", "52:54:00:00:00:02"}, {"nvme_serial", "S"}}, tree.root()),
      ElementsAre("its mac is 52:54:00:00:00:01, not 52:54:00:00:00:02", "it has no nvme_serial"));
}

TEST_F(IdentityTest, HasNothingOfAFunctionThatIsGone) {
  EXPECT_THAT(find_mismatches("0000:09:00.0", {{"id", "8086:1521"}}, tree.root()), ElementsAre("it has no id"));
}

TEST(VpdSerial, StandsInTheReadOnlyPart) {
  EXPECT_EQ(vpd_serial(vital_product_data("A1")), "A1");
}

TEST(VpdSerial, LosesItsPadding) {
  EXPECT_EQ(vpd_serial(vital_product_data("A1   ")), "A1");
  EXPECT_EQ(vpd_serial(vital_product_data(std::string("A1\0\0", 4))), "A1");
}

TEST(VpdSerial, IsNotInEmptyData) {
  EXPECT_EQ(vpd_serial(""), std::nullopt);
  EXPECT_EQ(vpd_serial("\x78"), std::nullopt);
  EXPECT_EQ(vpd_serial(std::string(64, '\xff')), std::nullopt);
}

TEST(VpdSerial, IsNotReadPastTheEnd) {
  const std::string whole = vital_product_data("A1B2");
  for (size_t size = 0; size + 1 < whole.size(); ++size) EXPECT_EQ(vpd_serial(whole.substr(0, size)), std::nullopt);
}

}  // namespace
}  // namespace vireo::host
