#include "emulated/firmware/flash.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <memory>
#include <tuple>

#include "tests/fakes/temporary_image.h"
#include "vmm/base/bits.h"
#include "vmm/base/mapping.h"

namespace vireo::emulated {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr base::GuestAddress kStart{0xffc00000};
constexpr uint64_t kBlock = 4 * base::kKiB;
constexpr uint64_t kSize = 3 * kBlock;
constexpr uint8_t kOld = 0x5a;  // what the flash holds

// One slot, which may be refused.
class Slot final : public platform::MemorySlots {
 public:
  using Request = std::tuple<base::GuestAddress, base::HostAddress, uint64_t, bool>;

  bool map(base::GuestAddress start, base::HostAddress host, uint64_t size, bool read_only) noexcept override {
    ++asked;
    last = {start, host, size, read_only};
    return present = !refused;
  }
  void unmap(base::GuestAddress start) noexcept override {
    ++unmaps;
    present = present && start != std::get<0>(last);
  }
  bool add_doorbell(const Doorbell&, const base::EventFd&) noexcept override { return false; }
  void remove_doorbell(const Doorbell&, const base::EventFd&) noexcept override {}

  Request last;
  bool refused = false;
  bool present = false;
  unsigned asked = 0;
  unsigned unmaps = 0;
};

class NorFlash : public testing::Test {
 protected:
  explicit NorFlash(bool refused = false) {
    slot.refused = refused;
    std::fill(content.begin(), content.end(), kOld);
    flash = std::make_unique<Flash>(content, kStart, slot);
  }

  void put(uint64_t offset, const std::vector<uint8_t>& cycles) {
    for (const uint8_t cycle : cycles) flash->write(offset, {&cycle, 1});
  }
  std::vector<uint8_t> load(uint64_t offset, size_t width) {
    std::vector<uint8_t> data(width, 0xee);
    flash->read(offset, data);
    return data;
  }
  uint8_t get(uint64_t offset) { return load(offset, 1)[0]; }
  uint8_t status() {
    put(0, {0x70});
    return get(0);
  }
  // Write to buffer: command, count, as many bytes as `data` has from `offset` on, `last`.
  void put_buffer(uint64_t offset, uint8_t count, const std::vector<uint8_t>& data, uint8_t last = 0xd0) {
    put(offset, {0xe8, count});
    flash->write(offset, data);
    put(offset, {last});
  }

  Slot slot;
  base::Mapping mapping{{.size = kSize}, "flash"};
  std::span<uint8_t> content{mapping.data(), kSize};
  std::unique_ptr<Flash> flash;
};

class NorFlashWithoutSlot : public NorFlash {
 protected:
  NorFlashWithoutSlot() : NorFlash(true) {}
};

TEST_F(NorFlash, ShowsItsArrayInAReadOnlySlotAtFirst) {
  EXPECT_TRUE(slot.present);
  EXPECT_EQ(slot.last, Slot::Request(kStart, base::host_address(content.data()), flash->size(), true));
}

// Linux cfi_qry_mode_off: a driver that does not know the command set yet sends both sets' resets. 28F128J3: bit 7 of
// the status, ready; no error.
TEST_F(NorFlash, ShowsItsArrayAfterTheOtherSetsResetToo) {
  put(0x55, {0x98, 0xf0});
  EXPECT_TRUE(slot.present);
  EXPECT_EQ(status(), 0x80);
}

TEST_F(NorFlash, LeavesTheSlotWhenTheArrayIsShownAnyway) {
  put(0, {0xff, 0x50, 0xf0});
  EXPECT_EQ(slot.asked, 1u);
  EXPECT_EQ(slot.unmaps, 0u);
}

// edk2's QemuFlashWrite: for each byte 0x10 and the byte; at the end 0xff where the last one went.
TEST_F(NorFlash, ChangesTheSlotOncePerRunOfBytes) {
  put(8, {0x10, 1});
  put(9, {0x10, 2});
  put(10, {0x10, 3, 0xff});
  EXPECT_THAT(load(8, 3), ElementsAre(1, 2, 3));
  EXPECT_EQ(slot.asked, 2u);
  EXPECT_EQ(slot.unmaps, 1u);
}

// edk2's QemuFlashDetected: after 0x50 and 0x70 a load of 0 (CLEARED_ARRAY_STATUS) means flash.
TEST_F(NorFlash, IsWhatEdk2Detects) {
  put(0x10, {0x50, 0x70});
  EXPECT_EQ(get(0x10), 0);
}

// edk2's QemuFlashDetected: it programs the byte that is there, and bit 4 of the status would mean write-protected.
TEST_F(NorFlash, IsWritableToEdk2) {
  put(0x10, {0x50, 0x70, 0x10, kOld, 0x70});
  EXPECT_EQ(get(0x10), 0x80);
}

// 28F128J3: Clear Status Register clears the error bits.
TEST_F(NorFlash, ForgetsErrorsWhenTheStatusIsCleared) {
  put(0, {0x20, 0x00, 0x50});
  EXPECT_EQ(status(), 0);
}

// 28F128J3: after a program or an erase the device shows its status until another mode is asked for.
TEST_F(NorFlash, TakesTheSlotAwayToShowItsStatus) {
  put(7, {0x40, 0x12});
  EXPECT_FALSE(slot.present);
  EXPECT_EQ(get(0), 0x80);
}

// QEMU's pflash_cfi01 stores the byte as it is; real NOR would only clear bits: 0x12 here.
TEST_F(NorFlash, ProgramsAByteAndNoNeighbour) {
  put(7, {0x40, 0xb7});
  EXPECT_THAT(content.first(9), ElementsAre(kOld, kOld, kOld, kOld, kOld, kOld, kOld, 0xb7, kOld));
}

// 28F128J3: an erase sets all bits of a block.
TEST_F(NorFlash, ErasesABlockAndNoOther) {
  put(kBlock + 5, {0x20, 0xd0});
  EXPECT_THAT(content.first(kBlock), Each(kOld));
  EXPECT_THAT(content.subspan(2 * kBlock), Each(kOld));
  EXPECT_THAT(content.subspan(kBlock, kBlock), Each(0xff));
  EXPECT_EQ(get(0), 0x80);
}

// 28F128J3: bits 4 and 5 of the status together, a wrong sequence of commands.
TEST_F(NorFlash, ErasesNothingUnconfirmed) {
  put(kBlock, {0x20, 0x10});
  EXPECT_THAT(content, Each(kOld));
  EXPECT_TRUE(slot.present);
  EXPECT_EQ(status(), 0xb0);
}

TEST_F(NorFlash, RefusesAnUnknownCommand) {
  put(0, {0x70, 0x60});
  EXPECT_TRUE(slot.present);
  EXPECT_EQ(status(), 0xb0);
}

// 28F128J3: write to buffer: the count of bytes less one, the bytes, confirm.
TEST_F(NorFlash, WritesABuffer) {
  put_buffer(kBlock + 2, 2, {1, 2, 3});
  EXPECT_EQ(get(0), 0x80);
  EXPECT_THAT(content.subspan(kBlock + 1, 5), ElementsAre(kOld, 1, 2, 3, kOld));
}

TEST_F(NorFlash, WritesNoBufferUnconfirmed) {
  put_buffer(0, 0, {1}, 0xff);
  EXPECT_THAT(content, Each(kOld));
  EXPECT_TRUE(slot.present);
  EXPECT_EQ(status(), 0xb0);
}

// 28F128J3: the driver waits for bit 7 after the command, that is for a free buffer.
TEST_F(NorFlash, HasABufferFree) {
  put(0, {0x50, 0xe8});
  EXPECT_EQ(get(0), 0x80);
}

// QEMU's pflash_cfi01: bit 4 when a byte lies outside the aligned 256 bytes that the first one is in. All
// that were announced are taken for data: as commands, those here would erase the next block.
TEST_F(NorFlash, WritesNoBufferAcrossABlocksEnd) {
  put_buffer(kBlock - 2, 4, {1, 2, 3, 0x20, 0xd0});
  EXPECT_THAT(content, Each(kOld));
  EXPECT_TRUE(slot.present);
  EXPECT_EQ(status(), 0x90);
}

TEST_F(NorFlash, WritesABufferAfterOneThatCouldNotBe) {
  put_buffer(kBlock - 1, 1, {1, 2});
  put_buffer(0, 1, {3, 4});
  EXPECT_THAT(content.first(3), ElementsAre(3, 4, kOld));
}

// A byte past the end never comes to the device: the buffer is not full, and the confirmation a byte of it.
TEST_F(NorFlash, WritesNoBufferPastTheEnd) {
  put_buffer(kSize - 2, 3, {1, 2, 3, 4});
  EXPECT_THAT(content, Each(kOld));
}

// JESD68.01: "QRY" at 0x10, then the primary command set, 0x0001: Intel's; its table is where 0x15 says.
TEST_F(NorFlash, AnswersTheQuery) {
  put(0x55, {0x98});
  EXPECT_THAT(load(0x0f, 6), ElementsAre(0, 'Q', 'R', 'Y', 0x01, 0x00));
  EXPECT_THAT(load(0x15, 2), ElementsAre(0x31, 0));
  EXPECT_THAT(load(0x31, 5), ElementsAre('P', 'R', 'I', '1', '0'));
  EXPECT_FALSE(slot.present);
}

// JESD68.01: at 0x27 the size as a power of two, at 0x2a the buffer's; blocks less one, their size in 256 bytes.
TEST_F(NorFlash, TellsItsGeometry) {
  put(0, {0x98});
  EXPECT_THAT(load(0x27, 5), ElementsAre(14, 0, 0, 8, 0));
  EXPECT_THAT(load(0x2c, 5), ElementsAre(1, 2, 0, 0x10, 0));
}

// 28F128J3: read identifier codes: at 0 the manufacturer's, 0x89 for Intel; at 2 the block's lock: none.
TEST_F(NorFlash, TellsItsIdentifier) {
  put(0, {0x90});
  EXPECT_THAT(load(kBlock, 3), ElementsAre(0x89, 0, 0));
  EXPECT_FALSE(slot.present);
}

TEST_F(NorFlash, TakesWideAccessesAsBytesInAscendingOrder) {
  flash->write(8, std::array<uint8_t, 4>{0x40, 1, 0x40, 2});
  EXPECT_FALSE(slot.present);
  put(0, {0xff});
  EXPECT_THAT(load(8, 4), ElementsAre(kOld, 1, kOld, 2));
}

TEST_F(NorFlash, ReadsAllOnesPastTheEnd) {
  EXPECT_THAT(load(kSize - 1, 3), ElementsAre(kOld, 0xff, 0xff));
  EXPECT_THAT(load(kSize, 2), Each(0xff));
  EXPECT_THAT(load(~uint64_t{0}, 2), Each(0xff));
}

TEST_F(NorFlash, DropsStoresPastTheEnd) {
  put(kSize, {0x70});
  flash->write(~uint64_t{0}, std::array<uint8_t, 2>{0x70, 0x70});
  EXPECT_TRUE(slot.present);
  EXPECT_EQ(get(0), kOld);
}

TEST_F(NorFlash, DropsTheBytesOfAStoreThatLiePastTheEnd) {
  flash->write(kSize - 1, std::array<uint8_t, 2>{0x40, 1});
  put(0, {2});
  EXPECT_EQ(content[0], 2);
}

TEST_F(NorFlash, TakesTheSlotAwayAtItsEnd) {
  flash.reset();
  EXPECT_FALSE(slot.present);
}

TEST_F(NorFlashWithoutSlot, ProgramsAllTheSame) {
  put(3, {0x10, 0x12, 0xff});
  EXPECT_EQ(get(3), 0x12);
}

TEST_F(NorFlashWithoutSlot, AsksAgainAfterAStore) {
  slot.refused = false;
  put(0, {0xff});
  EXPECT_TRUE(slot.present);
}

TEST(Flash, KeepsItsContentInTheFile) {
  const fakes::TemporaryImage image(kSize / fakes::TemporaryImage::kSector);
  const base::Fd file(::open(image.path().c_str(), O_RDWR | O_CLOEXEC));
  Slot slot;
  const base::Mapping mapping({.size = kSize, .fd = file.get()}, image.path());
  Flash flash(std::span(mapping.data(), kSize), kStart, slot);
  flash.write(512, std::array<uint8_t, 1>{0x40});
  flash.write(512, std::array<uint8_t, 1>{0xab});
  EXPECT_THAT(image.read(511, 3), ElementsAre(0, 0xab, 1));
}

// Three pages are a block of 8 KiB and half of one.
TEST(Flash, ErasesTheLastBlockToTheEnd) {
  Slot slot;
  const base::Mapping mapping({.size = kSize}, "flash");
  const std::span content(mapping.data(), kSize);
  Flash flash(content, kStart, slot, 8 * base::kKiB);
  flash.write(kSize - 2, std::array<uint8_t, 2>{0x20, 0xd0});
  EXPECT_THAT(content.first(2 * kBlock), Each(0));
  EXPECT_THAT(content.subspan(2 * kBlock), Each(0xff));
}

}  // namespace
}  // namespace vireo::emulated
