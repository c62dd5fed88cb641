// What ACPI tells a guest of its address space, with and without firmware.
#include "vmm/guest_tables.h"

#include <gmock/gmock.h>

#include "tests/unit/vmm/plan_fixture.h"

namespace vireo {
namespace {

using base::kGiB;
using base::kMiB;
using base::kTiB;
using testing::ElementsAre;

base::GuestRange range(uint64_t start, uint64_t end) {
  return *base::GuestRange::make(base::GuestAddress(start), end - start);
}

class GuestTables : public PlanTest {
 protected:
  boot::AcpiInputs with_ecam(const std::optional<base::GuestRange>& ecam) {
    return acpi_inputs_behind_firmware(plan(), ecam);
  }
};

const base::GuestRange kAtPowerOn = range(0xe0000000, 0xf0000000);
const base::GuestRange kAboveRam = range(4 * kGiB, kTiB);  // 40 address bits

// edk2 OvmfPkg: PcdPciExpressBaseAddress. From RAM's end to the I/O APIC all is free but ECAM.
TEST_F(GuestTables, HaveWindowsAroundEcamWhereEdk2PutsIt) {
  const boot::AcpiInputs inputs = with_ecam(range(0xb0000000, 0xc0000000));
  EXPECT_EQ(inputs.ecam, range(0xb0000000, 0xc0000000));
  EXPECT_THAT(inputs.memory, ElementsAre(range(0x80000000, 0xb0000000), range(0xc0000000, 0xfec00000), kAboveRam));
}

TEST_F(GuestTables, HaveWindowsAroundEcamWhereItWasAtPowerOn) {
  const boot::AcpiInputs inputs = with_ecam(kAtPowerOn);
  EXPECT_EQ(inputs.ecam, kAtPowerOn);
  EXPECT_THAT(inputs.memory, ElementsAre(range(0x80000000, 0xe0000000), range(0xf0000000, 0xfec00000), kAboveRam));
}

TEST_F(GuestTables, HaveWindowsAroundAShortEcam) {
  const boot::AcpiInputs inputs = with_ecam(range(0xb0000000, 0xb4000000));
  EXPECT_EQ(inputs.ecam, range(0xb0000000, 0xb4000000));
  EXPECT_THAT(inputs.memory, ElementsAre(range(0x80000000, 0xb0000000), range(0xb4000000, 0xfec00000), kAboveRam));
}

TEST_F(GuestTables, TakeEcamAtPowerOnWhereItIsOff) {
  EXPECT_EQ(with_ecam({}).ecam, kAtPowerOn);
}

TEST_F(GuestTables, TakeEcamAtPowerOnWhereItIsOverRam) {
  EXPECT_EQ(with_ecam(range(0x10000000, 0x20000000)).ecam, kAtPowerOn);
}

TEST_F(GuestTables, TakeEcamAtPowerOnWhereItIsAbove4Gib) {
  EXPECT_EQ(with_ecam(range(0xf'00000000, 0xf'10000000)).ecam, kAtPowerOn);
}

TEST_F(GuestTables, TakeEcamAtPowerOnWhereItCoversTheIoApic) {
  EXPECT_EQ(with_ecam(range(0xf0000000, 0x100000000)).ecam, kAtPowerOn);
}

// The tables' size is told before firmware has moved ECAM: a window on either side, always.
TEST_F(GuestTables, HaveAsManyWindowsWhereverEcamIs) {
  EXPECT_EQ(with_ecam({}).memory.size(), 3u);
  EXPECT_EQ(with_ecam(range(0x80000000, 0x90000000)).memory.size(), 3u);
  EXPECT_EQ(with_ecam(range(0xfc000000, 0x100000000)).memory.size(), 3u);
  EXPECT_EQ(with_ecam(range(0x84000000, 0x88000000)).memory.size(), 3u);
  EXPECT_EQ(with_ecam(range(0xf8000000, 0xfc000000)).memory.size(), 3u);
}

TEST_F(GuestTables, HaveTheirSizeWhereverEcamIs) {
  const auto size_at = [this](const std::optional<base::GuestRange>& ecam) {
    return boot::make_acpi(with_ecam(ecam)).tables.size();
  };
  EXPECT_EQ(size_at(range(0xb0000000, 0xc0000000)), size_at({}));
  EXPECT_EQ(size_at(range(0xf8000000, 0xfc000000)), size_at({}));
}

TEST_F(GuestTables, HaveTheHighWindowAboveRam) {
  config_.memory.size = 6 * kGiB;
  EXPECT_EQ(with_ecam({}).memory.at(2), range(8 * kGiB, kTiB));
}

TEST_F(GuestTables, HaveTheHighWindowAtAGib) {
  config_.memory.size = 6 * kGiB + 2 * kMiB;
  EXPECT_EQ(with_ecam({}).memory.at(2), range(9 * kGiB, kTiB));
}

TEST_F(GuestTables, EndTheHighWindowWhereAddressesEnd) {
  surroundings_.machine.physical_address_bits = 36;
  EXPECT_EQ(with_ecam({}).memory.at(2), range(4 * kGiB, 64 * kGiB));
}

TEST_F(GuestTables, NameEachCpu) {
  config_.cpus = 3;
  EXPECT_THAT(with_ecam({}).apic_ids, ElementsAre(0, 1, 2));
}

// Without firmware: the windows are those that the tree was programmed by, and MCFG names the buses that are there.
TEST_F(GuestTables, HaveThePlansWindowsWithoutFirmware) {
  const Plan made = plan();
  const boot::AcpiInputs inputs = acpi_inputs(made);
  const uint64_t high = made.windows.prefetchable.base;
  EXPECT_THAT(inputs.memory,
              ElementsAre(range(0x80000000, 0xe0000000), range(high, high + made.windows.prefetchable.size)));
  EXPECT_EQ(inputs.ecam, range(0xe0000000, 0xe0200000));
}

}  // namespace
}  // namespace vireo
