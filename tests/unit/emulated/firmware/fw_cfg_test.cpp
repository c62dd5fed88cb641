#include "emulated/firmware/fw_cfg.h"

#include <stdexcept>

#include "tests/unit/emulated/firmware/fw_cfg_fixture.h"

namespace vireo::emulated {
namespace {

using testing::Each;
using testing::ElementsAre;

// "reading four bytes from the data register ... will contain the characters QEMU"
TEST_F(FwCfgTest, HasItsSignature) {
  EXPECT_THAT(item(0, 4), ElementsAre('Q', 'E', 'M', 'U'));
}

// "A 32-bit little-endian unsigned int ... Bit 0: traditional interface. Bit 1: DMA interface."
TEST_F(FwCfgTest, SaysThatItHasPortsAndDma) {
  EXPECT_THAT(item(1, 4), ElementsAre(3, 0, 0, 0));
}

TEST_F(FwCfgTest, HasANumberedItem) {
  device.add(FwCfg::Key::kCpus, {4, 0});
  EXPECT_THAT(item(5, 2), ElementsAre(4, 0));
}

TEST_F(FwCfgTest, ShowsZerosBeforeAnythingIsSelected) {
  EXPECT_THAT(take(2), Each(0));
}

TEST_F(FwCfgTest, ShowsZerosForAKeyThatNobodyHas) {
  EXPECT_THAT(item(kNobodys, 3), Each(0));
}

// "After the data offset has passed the end ... any reads will return a data value of 0x00"
TEST_F(FwCfgTest, ShowsZerosPastTheEnd) {
  EXPECT_THAT(item(kSecond, 5), ElementsAre(1, 2, 3, 0, 0));
}

// "Setting the selector register will cause the data offset to be set to zero."
TEST_F(FwCfgTest, BeginsAgainWhenSelectedAgain) {
  item(kFirst, 3);
  EXPECT_THAT(item(kFirst, 2), ElementsAre('a', 'b'));
}

// "Selector Register: Width: 16-bit"
TEST_F(FwCfgTest, SelectsByStoresOf2BytesOnly) {
  item(kFirst, 1);
  store(0, {kSecond});
  store(0, {kSecond, 0, 0, 0});
  store(0, {kSecond, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_THAT(take(1), ElementsAre('b'));
}

// "Data Register: writes ignored as of QEMU v2.4"
TEST_F(FwCfgTest, IgnoresStoresToTheDataPort) {
  item(kFirst, 1);
  store(1, {'X'});
  store(1, {kSecond, 0});
  EXPECT_THAT(take(1), ElementsAre('b'));
  EXPECT_THAT(item(kFirst, 2), ElementsAre('a', 'b'));
}

// "Selector Register: Write only"
TEST_F(FwCfgTest, LosesNothingWhenTheSelectorIsLoaded) {
  select(kFirst);
  EXPECT_THAT(load(0, 1), ElementsAre(0));
  EXPECT_THAT(take(1), ElementsAre('a'));
}

// "uint32_t count; ... big-endian", "64 bytes total": size, select, reserved, name[56], NUL-terminated ascii.
TEST_F(FwCfgTest, ListsItsFiles) {
  const Bytes list = item(kList, 4 + 2 * 64);
  EXPECT_THAT(Bytes(list.begin(), list.begin() + 12), ElementsAre(0, 0, 0, 2, 0, 0, 0, 5, 0, 0x20, 0, 0));
  EXPECT_STREQ(reinterpret_cast<const char*>(&list[12]), "letters");
  EXPECT_THAT(Bytes(list.begin() + 68, list.begin() + 76), ElementsAre(0, 0, 0, 3, 0, 0x21, 0, 0));
  EXPECT_STREQ(reinterpret_cast<const char*>(&list[76]), "numbers");
}

TEST_F(FwCfgTest, ListsALargeFilesSizeBigEndian) {
  device.add_file("large", Bytes(0x010203));
  const Bytes list = item(kList, 4 + 3 * 64);
  EXPECT_THAT(Bytes(list.begin() + 132, list.begin() + 138), ElementsAre(0, 1, 2, 3, 0, 0x22));
}

TEST_F(FwCfgTest, CutsANameSoThatItEnds) {
  device.add_file(std::string(60, 'x'), {7});
  const Bytes list = item(kList, 4 + 3 * 64 + 1);
  EXPECT_EQ(std::string(list.begin() + 140, list.begin() + 196), std::string(55, 'x') + '\0');
}

TEST_F(FwCfgTest, MakesContentWhenItIsSelected) {
  uint8_t made = 0;
  device.add_file("made", {0, 0}, [&made] { return Bytes{++made, 9}; });
  EXPECT_THAT(item(0x22, 2), ElementsAre(1, 9));
  EXPECT_THAT(item(0x22, 2), ElementsAre(2, 9));
}

TEST_F(FwCfgTest, MakesContentOncePerSelection) {
  unsigned made = 0;
  device.add_file("made", {0, 0}, [&made] { return ++made, Bytes{1, 2}; });
  item(0x22, 4);
  EXPECT_EQ(made, 1u);
}

TEST_F(FwCfgTest, MakesContentForDmaToo) {
  device.add_file("made", {0, 0}, [] { return Bytes{8, 9}; });
  ask(selecting(0x22) | kRead, 2);
  EXPECT_THAT(guest(kTarget, 2), ElementsAre(8, 9));
}

TEST_F(FwCfgTest, KeepsContentWhenItsMakerThrows) {
  device.add_file("made", {5, 6}, []() -> Bytes { throw std::runtime_error("no"); });
  EXPECT_THAT(item(0x22, 2), ElementsAre(5, 6));
}

TEST_F(FwCfgTest, KeepsContentWhenAnotherSizeIsMade) {
  device.add_file("made", {5, 6}, [] { return Bytes{1, 2, 3}; });
  EXPECT_THAT(item(0x22, 3), ElementsAre(5, 6, 0));
}

}  // namespace
}  // namespace vireo::emulated
