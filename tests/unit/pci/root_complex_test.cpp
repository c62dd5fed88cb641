#include "pci/root_complex.h"

#include <gtest/gtest.h>

#include "pci/config_access.h"
#include "pci/platform_functions.h"
#include "tests/fakes/fake_memory_slots.h"
#include "vmm/base/bits.h"

namespace vireo::pci {
namespace {

using base::kMiB;

// An endpoint with one 1 MiB BAR, all of it direct.
class TestEndpoint final : public PciFunction {
 public:
  TestEndpoint() : PciFunction("endpoint") {
    config_.set(kVendorId, 4, 0x1234'abcd);
    config_.define(kCommandRegister);
    define_bar(0, {BarKind::kMemory32, kMiB, false});
    config_.seal();
  }
  std::span<const DirectRegion> direct_regions(unsigned) const noexcept override { return {&region_, 1}; }
  std::span<const BarDoorbell> doorbells(unsigned) const noexcept override { return {&bell_, rings_ ? 1u : 0u}; }
  // A store of zero has the doorbell trap.
  BarEffects write_bar(unsigned, uint64_t, std::span<const uint8_t> data) noexcept override {
    const bool rings = data[0] != 0;
    return {.doorbells = std::exchange(rings_, rings) != rings};
  }
  void reset() noexcept override {
    PciFunction::reset();
    ++resets;
  }
  unsigned resets = 0;

 private:
  bool rings_ = true;
  base::EventFd event_;
  BarDoorbell bell_{.offset = 0x3000, .width = 2, .event = &event_};
  DirectRegion region_{.offset = 0, .host = base::HostAddress(0x7000), .size = kMiB, .read_only = false};
};

// An endpoint whose BAR is of I/O ports, one of them a doorbell.
class PortEndpoint final : public PciFunction {
 public:
  PortEndpoint() : PciFunction("ports") {
    config_.set(kVendorId, 4, 0x1234'abcd);
    config_.define(kCommandRegister);
    define_bar(0, {BarKind::kIo, 0x100, false});
    config_.seal();
  }
  std::span<const BarDoorbell> doorbells(unsigned) const noexcept override { return {&bell_, 1}; }

 private:
  base::EventFd event_;
  BarDoorbell bell_{.offset = 6, .width = 0, .event = &event_};
};

// A root port at 00:01.0 with the endpoint at 01:00.0, programmed as the plan says.
class RootComplexTest : public testing::Test {
 protected:
  RootComplexTest() {
    PlannedFunction below{.name = "endpoint"};
    below.bars[0] = {BarKind::kMemory32, kMiB, false};
    plan_ = {{.name = "rp0", .devfn = devfn(1, 0), .bridge = true, .below = {below}}};
    assign_resources(plan_, {{0x1000, 0xf000}, {0x80000000, 0x10000000}, {uint64_t{1} << 32, 0}});
    port_ = static_cast<PciBridge*>(
        &complex_.add(nullptr, devfn(1, 0), std::make_unique<PciBridge>("rp0", PciBridge::Identity{.slot_number = 1})));
    endpoint_ = static_cast<TestEndpoint*>(&complex_.add(port_, 0, std::make_unique<TestEndpoint>()));
    complex_.program(plan_);
  }
  void enable_memory() { complex_.write_config(1, 0, kCommand, 2, kCommandMemory); }

  platform::IoBus memory_{"memory"};
  platform::IoBus ports_{"ports"};
  fakes::FakeMemorySlots slots_;
  RootComplex complex_{{.memory = memory_, .ports = ports_, .slots = slots_},
                       {*base::GuestRange::make(base::GuestAddress(0), 0x40000000)}};
  std::vector<PlannedFunction> plan_;
  PciBridge* port_ = nullptr;
  TestEndpoint* endpoint_ = nullptr;
};

TEST_F(RootComplexTest, HasDoorbellsWhereTheBarIs) {
  EXPECT_TRUE(slots_.doorbells.empty());
  enable_memory();
  const uint64_t address = plan_[0].below[0].addresses[0];
  ASSERT_EQ(slots_.doorbells.size(), 1u);
  EXPECT_EQ(slots_.doorbells.begin()->first, address + 0x3000);
  complex_.write_config(1, 0, kCommand, 2, 0);
  EXPECT_TRUE(slots_.doorbells.empty());
}

TEST_F(RootComplexTest, HasDoorbellsAtPorts) {
  complex_.add(nullptr, devfn(3, 0), std::make_unique<PortEndpoint>());
  complex_.write_config(0, devfn(3, 0), kFirstBar, 4, 0x2000);
  complex_.write_config(0, devfn(3, 0), kCommand, 2, kCommandIo);
  ASSERT_EQ(slots_.port_doorbells.size(), 1u);
  EXPECT_EQ(slots_.port_doorbells.begin()->first, 0x2006u);
  EXPECT_TRUE(slots_.doorbells.empty());
  complex_.write_config(0, devfn(3, 0), kCommand, 2, 0);
  EXPECT_TRUE(slots_.port_doorbells.empty());
}

TEST_F(RootComplexTest, HasDoorbellsAsLongAsTheFunctionSays) {
  enable_memory();
  const uint64_t bell = endpoint_->bar_address(0) + 0x3000;
  const std::array<uint8_t, 1> no{0};
  const std::array<uint8_t, 1> yes{1};
  memory_.write(bell, no);
  EXPECT_TRUE(slots_.doorbells.empty());
  memory_.write(bell, yes);
  EXPECT_TRUE(slots_.doorbells.contains(bell));
  memory_.write(bell, no);
  complex_.write_config(1, 0, kCommand, 2, 0);
  EXPECT_TRUE(slots_.doorbells.empty());
}

TEST_F(RootComplexTest, ReadsAllOnesWhereNoFunctionIs) {
  EXPECT_EQ(complex_.read_config(0, devfn(5, 0), 0, 4), 0xffffffffu);
}

TEST_F(RootComplexTest, RoutesByTheBusNumbersOfBridges) {
  EXPECT_EQ(complex_.read_config(1, 0, 0, 4), 0x1234abcdu);
  complex_.write_config(0, devfn(1, 0), kSecondaryBus, 1, 7);
  complex_.write_config(0, devfn(1, 0), kSubordinateBus, 1, 7);
  EXPECT_EQ(complex_.read_config(1, 0, 0, 4), 0xffffffffu);
  EXPECT_EQ(complex_.read_config(7, 0, 0, 4), 0x1234abcdu);
}

TEST_F(RootComplexTest, TakesADetachedFunctionAway) {
  enable_memory();
  complex_.detach(*endpoint_);
  EXPECT_EQ(complex_.read_config(1, 0, 0, 4), 0xffffffffu);
  EXPECT_TRUE(slots_.mapped.empty());
  std::array<uint8_t, 4> data{};
  memory_.read(0x80000000, data);
  EXPECT_EQ(data[0], 0xff);
}

// PCIe 6.0 7.5.3.8 (Data Link Layer Link Active), 7.5.3.11 (Presence Detect State and Changed).
TEST_F(RootComplexTest, ShowsThatThePortIsEmptyThen) {
  complex_.detach(*endpoint_);
  const uint32_t capability = 0x60;
  EXPECT_EQ(port_->read_config(capability + kLinkStatus, 2) & 0x2000u, 0u);
  EXPECT_EQ(port_->read_config(capability + kSlotStatus, 2) & 0x148u, 0x108u);
  port_->reset();
  EXPECT_EQ(port_->read_config(capability + kLinkStatus, 2) & 0x2000u, 0u);
}

TEST_F(RootComplexTest, LeavesAFunctionThatIsNotThereAlone) {
  const TestEndpoint other;
  complex_.detach(other);
  EXPECT_EQ(complex_.read_config(1, 0, 0, 4), 0x1234abcdu);
}

// PCI-to-PCI bridge 1.2 4: each bridge forwards what lies in any of its windows.
TEST_F(RootComplexTest, ForwardsByThePrefetchableWindowToo) {
  complex_.write_config(0, devfn(1, 0), kMemoryLimit, 2, 0);
  complex_.write_config(0, devfn(1, 0), kPrefetchableBase, 2, 0x8000);
  complex_.write_config(0, devfn(1, 0), kPrefetchableLimit, 2, 0x8000);
  complex_.write_config(0, devfn(1, 0), kPrefetchableBaseUpper, 4, 0);
  complex_.write_config(0, devfn(1, 0), kPrefetchableLimitUpper, 4, 0);
  enable_memory();
  EXPECT_TRUE(slots_.mapped.contains(0x80000000));
}

TEST_F(RootComplexTest, KeepsAnOpenWindowThatEndsAtTheTop) {
  complex_.write_config(0, devfn(1, 0), kPrefetchableLimit, 2, 0xfff0);
  complex_.write_config(0, devfn(1, 0), kPrefetchableLimitUpper, 4, 0xffffffff);
  complex_.write_config(0, devfn(1, 0), kPrefetchableBase, 2, 0);
  complex_.write_config(0, devfn(1, 0), kPrefetchableBaseUpper, 4, 1);
  EXPECT_NE(port_->windows().prefetchable.size, 0u);
}

// A BAR over a range that the board has decodes nothing, and does not take the range away when it moves.
TEST_F(RootComplexTest, LeavesTheBoardsRangesAlone) {
  struct Board final : platform::IoHandler {
    void read(uint64_t, std::span<uint8_t> data) noexcept override { data[0] = 0x5a; }
    void write(uint64_t, std::span<const uint8_t>) noexcept override {}
  } board;
  ASSERT_TRUE(memory_.add(0x80000000, 0x1000, board));
  enable_memory();
  complex_.write_config(1, 0, kCommand, 2, 0);
  std::array<uint8_t, 1> data{};
  memory_.read(0x80000000, data);
  EXPECT_EQ(data[0], 0x5a);
}

TEST_F(RootComplexTest, MapsABarWhenMemoryIsEnabled) {
  EXPECT_TRUE(slots_.mapped.empty());
  enable_memory();
  ASSERT_TRUE(slots_.mapped.contains(0x80000000));
  EXPECT_EQ(slots_.mapped[0x80000000].size, kMiB);
}

TEST_F(RootComplexTest, MovesABarWithinTheWindow) {
  complex_.write_config(0, devfn(1, 0), kMemoryLimit, 2, 0x8ff0);
  enable_memory();
  complex_.write_config(1, 0, kFirstBar, 4, 0x80100000);
  EXPECT_FALSE(slots_.mapped.contains(0x80000000));
  EXPECT_TRUE(slots_.mapped.contains(0x80100000));
}

// PCIe 6.0 7.5.1.3.8: what lies outside the bridge's window is not forwarded.
TEST_F(RootComplexTest, UnmapsABarThatLeavesTheWindow) {
  enable_memory();
  complex_.write_config(1, 0, kFirstBar, 4, 0x90000000);
  EXPECT_TRUE(slots_.mapped.empty());
}

TEST_F(RootComplexTest, NeverMapsABarOverRam) {
  complex_.write_config(0, devfn(1, 0), kMemoryBase, 2, 0);
  enable_memory();
  complex_.write_config(1, 0, kFirstBar, 4, 0x00100000);
  EXPECT_TRUE(slots_.mapped.empty());
}

TEST_F(RootComplexTest, ChangesNothingWhenABarIsSized) {
  complex_.write_config(1, 0, kFirstBar, 4, 0xffffffff);
  EXPECT_EQ(complex_.read_config(1, 0, kFirstBar, 4), 0xfff00000u);
  complex_.write_config(1, 0, kFirstBar, 4, 0x80000000);
  EXPECT_EQ(slots_.maps, 0u);
}

// PCIe 6.0 7.5.1.3.13: Secondary Bus Reset resets what is below, once for each rise of the bit.
TEST_F(RootComplexTest, ResetsTheSecondaryBus) {
  enable_memory();
  complex_.write_config(0, devfn(1, 0), kBridgeControl, 2, kBridgeControlReset);
  complex_.write_config(0, devfn(1, 0), kBridgeControl, 2, kBridgeControlReset);
  EXPECT_EQ(endpoint_->resets, 1u);
  EXPECT_TRUE(slots_.mapped.empty());
}

TEST_F(RootComplexTest, ConfigPortsReachTheSameRegisters) {
  ConfigPorts ports(complex_, *std::make_unique<Ecam>(complex_));
  std::array<uint8_t, 4> data{0x00, 0x00, 0x01, 0x80};
  ports.write(0, data);
  ports.read(4, data);
  EXPECT_EQ(data, (std::array<uint8_t, 4>{0xcd, 0xab, 0x34, 0x12}));
}

TEST_F(RootComplexTest, EcamTakesAnAccessOf8BytesApart) {
  Ecam ecam(complex_);
  std::array<uint8_t, 8> data{};
  ecam.read(1 << 20, data);
  EXPECT_EQ(data[0], 0xcd);
  EXPECT_EQ(data[3], 0x12);
}

}  // namespace
}  // namespace vireo::pci
