#include "pci/platform_functions.h"

#include <gmock/gmock.h>

#include "pci/config_access.h"
#include "pci/root_complex.h"
#include "tests/fakes/fake_memory_slots.h"
#include "vmm/base/bits.h"
#include "vmm/platform/memory_map.h"

// Clauses: Intel 3 Series Express chipset datasheet 5.1.13 (PCIEXBAR); Intel ICH9 datasheet 13.1 (LPC bridge).
namespace vireo::pci {
namespace {

using base::kGiB;
using base::kMiB;
using testing::ElementsAre;

constexpr uint8_t kEcam = 0x5a;
constexpr uint8_t kBar = 0x77;
constexpr uint8_t kNobody = 0xff;
constexpr uint8_t kEndpoint = devfn(2, 0);
constexpr uint8_t kLpc = devfn(31, 0);

// Stands for ECAM, and remembers what reached it.
class Marker final : public platform::IoHandler {
 public:
  void read(uint64_t offset, std::span<uint8_t> data) noexcept override {
    std::ranges::fill(data, kEcam);
    last = offset;
  }
  void write(uint64_t offset, std::span<const uint8_t> data) noexcept override {
    last = offset;
    stored.assign(data.begin(), data.end());
  }
  uint64_t last = 0;
  std::vector<uint8_t> stored;
};

// An endpoint with a BAR of 1 MiB.
class OneBar final : public PciFunction {
 public:
  OneBar() : PciFunction("one-bar") {
    config_.set(kVendorId, 4, 0x1234'abcd);
    config_.define(kCommandRegister);
    define_bar(0, {BarKind::kMemory32, kMiB, false});
    config_.seal();
  }
  void read_bar(unsigned, uint64_t, std::span<uint8_t> data) noexcept override { std::ranges::fill(data, kBar); }
};

// A q35's root bus with an endpoint beside the chipset's functions, and 1 GiB of RAM.
class PlatformFunctions : public testing::Test {
 protected:
  explicit PlatformFunctions(platform::IoHandler* handler = nullptr) {
    complex_.add(nullptr, 0, std::make_unique<HostBridge>(handler == nullptr ? ecam_ : *handler));
    complex_.add(nullptr, kEndpoint, std::make_unique<OneBar>());
    complex_.add(nullptr, kLpc, std::make_unique<LpcBridge>());
    complex_.program({});
  }
  void put_pciexbar(uint64_t value) {
    complex_.write_config(0, 0, kPciexbar + 4, 4, static_cast<uint32_t>(value >> 32));
    complex_.write_config(0, 0, kPciexbar, 4, static_cast<uint32_t>(value));
  }
  void put_bar(uint32_t address) {
    complex_.write_config(0, kEndpoint, kFirstBar, 4, address);
    complex_.write_config(0, kEndpoint, kCommand, 2, kCommandMemory);
  }
  uint8_t at(uint64_t address) {
    std::array<uint8_t, 1> data{};
    memory_.read(address, data);
    return data[0];
  }

  Marker ecam_;
  platform::IoBus memory_{"memory"};
  platform::IoBus ports_{"ports"};
  fakes::FakeMemorySlots slots_;
  RootComplex complex_{{.memory = memory_, .ports = ports_, .slots = slots_},
                       {*base::GuestRange::make(base::GuestAddress(0), kGiB)}};
};

// Firmware knows a q35 by it, and a virtual one by the subsystem. edk2 OvmfPkg/Include/OvmfPlatforms.h.
TEST_F(PlatformFunctions, HaveAHostBridgeThatFirmwareKnows) {
  EXPECT_EQ(complex_.read_config(0, 0, kVendorId, 4), 0x29c08086u);
  EXPECT_EQ(complex_.read_config(0, 0, kSubsystemVendor, 4), 0x11001af4u);
}

TEST_F(PlatformFunctions, HaveEcamAtPowerOn) {
  EXPECT_EQ(at(0xdfffffff), kNobody);
  EXPECT_EQ(at(0xe0000000), kEcam);
  EXPECT_EQ(at(0xefffffff), kEcam);
  EXPECT_EQ(at(0xf0000000), kNobody);
}

TEST_F(PlatformFunctions, MoveEcam) {
  put_pciexbar(0xb0000001);
  EXPECT_EQ(at(0xafffffff), kNobody);
  EXPECT_EQ(at(0xb0000000), kEcam);
  EXPECT_EQ(at(0xbfffffff), kEcam);
  EXPECT_EQ(at(0xe0000000), kNobody);
}

// Bits 35:32 of the address.
TEST_F(PlatformFunctions, MoveEcamAbove4Gib) {
  put_pciexbar(0x8'10000001);
  EXPECT_EQ(at(0x8'10000000), kEcam);
  EXPECT_EQ(at(0x10000000), kNobody);
}

TEST_F(PlatformFunctions, TakeLoadsToTheirPlaceInEcam) {
  put_pciexbar(0xb0000001);
  at(0xb0123457);
  EXPECT_EQ(ecam_.last, 0x123457u);
}

TEST_F(PlatformFunctions, TakeStoresToTheirPlaceInEcam) {
  put_pciexbar(0xb0000001);
  const std::array<uint8_t, 2> data{1, 2};
  memory_.write(0xb0fab004, data);
  EXPECT_EQ(ecam_.last, 0xfab004u);
  EXPECT_THAT(ecam_.stored, ElementsAre(1, 2));
}

// Bit 0: "0 = The PCIEXBAR register is disabled."
TEST_F(PlatformFunctions, TurnEcamOff) {
  put_pciexbar(0xe0000000);
  EXPECT_EQ(at(0xe0000000), kNobody);
  put_pciexbar(0xe0000001);
  EXPECT_EQ(at(0xe0000000), kEcam);
}

// Bits 2:1: "01 = 128 MB (Buses 0-127)"
TEST_F(PlatformFunctions, HaveEcamOf128Buses) {
  put_pciexbar(0xb8000003);
  EXPECT_EQ(at(0xb7ffffff), kNobody);
  EXPECT_EQ(at(0xb8000000), kEcam);
  EXPECT_EQ(at(0xbfffffff), kEcam);
  EXPECT_EQ(at(0xc0000000), kNobody);
}

// Bits 2:1: "10 = 64 MB (Buses 0-63)"
TEST_F(PlatformFunctions, HaveEcamOf64Buses) {
  put_pciexbar(0xb4000005);
  EXPECT_EQ(at(0xb3ffffff), kNobody);
  EXPECT_EQ(at(0xb4000000), kEcam);
  EXPECT_EQ(at(0xb7ffffff), kEcam);
  EXPECT_EQ(at(0xb8000000), kNobody);
}

// Bits 2:1: "11 = Reserved"
TEST_F(PlatformFunctions, HaveNoEcamOfAReservedLength) {
  put_pciexbar(0xb0000007);
  EXPECT_EQ(at(0xb0000000), kNobody);
  EXPECT_EQ(at(0xe0000000), kNobody);
}

// Bits 27 and 26 are address bits of a short ECAM only.
TEST_F(PlatformFunctions, AlignEcamToItsLength) {
  put_pciexbar(0xbc000001);
  EXPECT_EQ(at(0xb0000000), kEcam);
  put_pciexbar(0xbc000003);
  EXPECT_EQ(at(0xb7ffffff), kNobody);
  EXPECT_EQ(at(0xb8000000), kEcam);
}

TEST_F(PlatformFunctions, KeepPciexbarsFieldsOnly) {
  put_pciexbar(~uint64_t{0});
  EXPECT_EQ(complex_.read_config(0, 0, kPciexbar, 4), 0xfc000007u);
  EXPECT_EQ(complex_.read_config(0, 0, kPciexbar + 4, 4), 0x0000000fu);
}

TEST_F(PlatformFunctions, MoveEcamByAStoreOfOneByte) {
  complex_.write_config(0, 0, kPciexbar + 3, 1, 0xb0);
  EXPECT_EQ(at(0xb0000000), kEcam);
  EXPECT_EQ(at(0xe0000000), kNobody);
}

TEST_F(PlatformFunctions, PreferEcamToABar) {
  put_bar(0xb0100000);
  EXPECT_EQ(at(0xb0100000), kBar);
  put_pciexbar(0xb0000001);
  EXPECT_EQ(at(0xb0100000), kEcam);
}

TEST_F(PlatformFunctions, ShowABarAgainWhenEcamHasGone) {
  put_bar(0xe0100000);
  EXPECT_EQ(at(0xe0100000), kEcam);
  put_pciexbar(0xb0000001);
  EXPECT_EQ(at(0xe0100000), kBar);
}

TEST_F(PlatformFunctions, HaveNoEcamOverRam) {
  put_pciexbar(0x30000001);
  EXPECT_EQ(at(0x30000000), kNobody);
  EXPECT_EQ(at(0xe0000000), kNobody);
}

TEST_F(PlatformFunctions, HaveEcamAgainWhereItWasAfterAWrongWay) {
  put_pciexbar(0x00000001);
  put_pciexbar(0xe0000001);
  EXPECT_EQ(at(0xe0000000), kEcam);
}

// 13.1.9, 13.1.13: PIRQ routing. Bits 6:4 of each are reserved.
TEST_F(PlatformFunctions, KeepWhereInterruptsAreRouted) {
  complex_.write_config(0, kLpc, 0x60, 4, 0x0b0a0b0a);
  complex_.write_config(0, kLpc, 0x68, 1, 0x85);
  EXPECT_EQ(complex_.read_config(0, kLpc, 0x60, 4), 0x0b0a0b0au);
  EXPECT_EQ(complex_.read_config(0, kLpc, 0x68, 1), 0x85u);
}

TEST_F(PlatformFunctions, KeepNoReservedBitsOfInterruptRouting) {
  complex_.write_config(0, kLpc, 0x60, 4, 0xffffffff);
  complex_.write_config(0, kLpc, 0x68, 4, 0xffffffff);
  EXPECT_EQ(complex_.read_config(0, kLpc, 0x60, 4), 0x8f8f8f8fu);
  EXPECT_EQ(complex_.read_config(0, kLpc, 0x68, 4), 0x8f8f8f8fu);
}

// 13.1.6, 13.1.7: PMBASE with the I/O space indicator, ACPI_CNTL with ACPI_EN.
TEST_F(PlatformFunctions, SayWherePowerManagementIs) {
  EXPECT_EQ(complex_.read_config(0, kLpc, kVendorId, 4), 0x29188086u);
  EXPECT_EQ(complex_.read_config(0, kLpc, 0x40, 4), platform::kPmBase | 1u);
  EXPECT_EQ(complex_.read_config(0, kLpc, 0x44, 1), 0x80u);
}

TEST(EcamRange, IsNothingWhereItIsOff) {
  EXPECT_EQ(ecam_range(0xe0000000), std::nullopt);
  EXPECT_EQ(ecam_range(0xe0000007), std::nullopt);
}

TEST(EcamRange, IsWhatPciexbarSays) {
  EXPECT_EQ(ecam_range(0xf'b8000003), base::GuestRange::make(base::GuestAddress(0xf'b8000000), 128 * kMiB));
}

// The real one: what moves it may come through it.
class MovingEcam : public PlatformFunctions {
 protected:
  MovingEcam() : PlatformFunctions(&real_) {}
  Ecam real_{complex_};
};

TEST_F(MovingEcam, MovesByAStoreThroughItself) {
  const std::array<uint8_t, 4> place{0x01, 0x00, 0x00, 0xb0};
  memory_.write(0xe0000000 + kPciexbar, place);
  EXPECT_EQ(at(0xe0000000), kNobody);
  EXPECT_EQ(at(0xb0000000), 0x86);
}

}  // namespace
}  // namespace vireo::pci
