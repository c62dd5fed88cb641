// The slot and the errors of a root port: what its driver sees, and what is told to it by MSI.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pci/root_complex.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "tests/fakes/fake_memory_slots.h"

namespace vireo::pci {
namespace {

constexpr uint16_t kMsi = 0x48;
constexpr uint16_t kExpress = 0x60;
constexpr uint16_t kAer = 0x100;
constexpr uint8_t kPort = devfn(1, 0);
constexpr uint32_t kListening =
    kSlotButtonPressed | kSlotPresenceChanged | kSlotInterruptEnable | kSlotLinkChangedEnable;
constexpr uint32_t kPowerIndicatorOn = 1u << 8;
constexpr uint32_t kLinkActive = 1u << 13;
constexpr uint32_t kPresent = 1u << 6;

class Endpoint final : public PciFunction {
 public:
  Endpoint() : PciFunction("endpoint") {
    config_.set(kVendorId, 4, 0x1234'abcd);
    config_.seal();
  }
  void reset() noexcept override { ++resets; }
  unsigned resets = 0;
};

// A port at 00:01.0 whose slot holds one function.
class HotPlugTest : public testing::Test {
 protected:
  explicit HotPlugTest(bool hot_plug = true, bool errors = true) {
    port_ = static_cast<PciBridge*>(
        &complex_.add(nullptr, kPort,
                      std::make_unique<PciBridge>("rp0", PciBridge::Identity{.slot_number = 7,
                                                                             .occupied = true,
                                                                             .hot_plug = hot_plug,
                                                                             .reports_errors = errors,
                                                                             .router = &router_,
                                                                             .requester = kPort})));
    endpoint_ = static_cast<Endpoint*>(&complex_.add(port_, 0, std::make_unique<Endpoint>()));
    complex_.write_config(0, kPort, kSecondaryBus, 1, 1);
    complex_.write_config(0, kPort, kSubordinateBus, 1, 1);
  }
  uint32_t port(uint16_t offset, unsigned width = 2) { return complex_.read_config(0, kPort, offset, width); }
  void set_port(uint16_t offset, uint32_t value, unsigned width = 2) {
    complex_.write_config(0, kPort, offset, width, value);
  }
  uint32_t slot_status() { return port(kExpress + kSlotStatus); }
  void clear_slot(uint32_t bits) { set_port(kExpress + kSlotStatus, bits); }
  uint32_t below() { return complex_.read_config(1, 0, kVendorId, 4); }
  // As pciehp and the port's driver do.
  void listen() {
    set_port(kMsi + 4, 0xfee0'1000, 4);
    set_port(kMsi + 0xc, 0x41);
    set_port(kMsi + 2, 1);
    set_port(kExpress + kSlotControl, kListening | kPowerIndicatorOn);
  }

  fakes::FakeInterruptRouter router_;
  platform::IoBus memory_{"memory"};
  platform::IoBus ports_{"ports"};
  fakes::FakeMemorySlots slots_;
  RootComplex complex_{{.memory = memory_, .ports = ports_, .slots = slots_}, {}};
  base::EventFd off_;
  PciBridge* port_ = nullptr;
  Endpoint* endpoint_ = nullptr;
};

TEST_F(HotPlugTest, HasAButtonAPowerControllerAndNoCommandNotices) {
  EXPECT_EQ(port(kExpress + kSlotCapabilities, 4), 7u << 19 | kSlotHotPlug);
}

TEST_F(HotPlugTest, AsksNobodyWhereNoDriverListens) {
  EXPECT_FALSE(complex_.ask_to_let_go(*endpoint_, off_));
  EXPECT_EQ(slot_status() & kSlotButtonPressed, 0u);
}

TEST_F(HotPlugTest, TellsOfTheButtonByOneMessageUntilItIsCleared) {
  listen();
  EXPECT_TRUE(complex_.ask_to_let_go(*endpoint_, off_));
  EXPECT_TRUE(complex_.ask_to_let_go(*endpoint_, off_));
  ASSERT_EQ(router_.sent.size(), 1u);
  EXPECT_EQ(router_.sent[0].message.address, 0xfee0'1000u);
  EXPECT_EQ(router_.sent[0].message.data, 0x41u);
  EXPECT_EQ(router_.sent[0].device_id, kPort);
  clear_slot(kSlotButtonPressed);
  EXPECT_TRUE(complex_.ask_to_let_go(*endpoint_, off_));
  EXPECT_EQ(router_.sent.size(), 2u);
}

TEST_F(HotPlugTest, TellsNothingWithoutMsi) {
  listen();
  set_port(kMsi + 2, 0);
  EXPECT_TRUE(complex_.ask_to_let_go(*endpoint_, off_));
  EXPECT_TRUE(router_.sent.empty());
}

TEST_F(HotPlugTest, LetsGoWhenTheDriverTakesThePowerAway) {
  listen();
  complex_.ask_to_let_go(*endpoint_, off_);
  EXPECT_EQ(off_.consume(), 0u);
  set_port(kExpress + kSlotControl, kListening | kSlotPowerOff);
  EXPECT_EQ(off_.consume(), 1u);
  EXPECT_EQ(below(), ~0u);
  EXPECT_EQ(endpoint_->resets, 0u);
  EXPECT_EQ(port(kExpress + kLinkStatus) & kLinkActive, 0u);
  EXPECT_NE(slot_status() & kPresent, 0u);
  complex_.detach(*endpoint_);
  EXPECT_EQ(slot_status() & kPresent, 0u);
}

TEST_F(HotPlugTest, OffersTheRestOfItsSlotAgain) {
  auto& other = complex_.add(port_, 1, std::make_unique<Endpoint>());
  listen();
  EXPECT_TRUE(complex_.ask_to_let_go(other, off_));
  set_port(kExpress + kSlotControl, kListening | kSlotPowerOff);
  EXPECT_EQ(off_.consume(), 1u);
  clear_slot(kSlotButtonPressed);
  complex_.detach(other);
  EXPECT_NE(slot_status() & kPresent, 0u);
  EXPECT_EQ(endpoint_->resets, 0u);
  complex_.offer_again(*endpoint_);
  EXPECT_EQ(endpoint_->resets, 1u);
  EXPECT_NE(slot_status() & kSlotButtonPressed, 0u);
  set_port(kExpress + kSlotControl, kListening | kPowerIndicatorOn);
  EXPECT_EQ(below(), 0x1234'abcdu);
}

// Not in time: what waited is gone when the power goes at last, and the rest of the slot is offered then.
TEST_F(HotPlugTest, OffersTheRestOfItsSlotToALateDriver) {
  auto& other = complex_.add(port_, 1, std::make_unique<Endpoint>());
  listen();
  EXPECT_TRUE(complex_.ask_to_let_go(other, off_));
  complex_.detach(other);
  clear_slot(kSlotButtonPressed);
  complex_.offer_again(*endpoint_);
  EXPECT_EQ(slot_status() & kSlotButtonPressed, 0u);
  set_port(kExpress + kSlotControl, kListening | kSlotPowerOff);
  EXPECT_EQ(off_.consume(), 0u);
  EXPECT_EQ(endpoint_->resets, 1u);
  EXPECT_NE(slot_status() & kSlotButtonPressed, 0u);
}

TEST_F(HotPlugTest, LetsGoAtOnceOfWhatHasNoPower) {
  listen();
  set_port(kExpress + kSlotControl, kListening | kSlotPowerOff);
  EXPECT_TRUE(complex_.ask_to_let_go(*endpoint_, off_));
  EXPECT_EQ(off_.consume(), 1u);
}

// A guest may turn a slot off and on by itself.
TEST_F(HotPlugTest, AnswersAgainWithPower) {
  listen();
  set_port(kExpress + kSlotControl, kListening | kSlotPowerOff);
  EXPECT_EQ(below(), ~0u);
  EXPECT_EQ(endpoint_->resets, 1u);
  clear_slot(kSlotLinkChanged);
  set_port(kExpress + kSlotControl, kListening | kPowerIndicatorOn);
  EXPECT_EQ(below(), 0x1234'abcdu);
  EXPECT_NE(port(kExpress + kLinkStatus) & kLinkActive, 0u);
  EXPECT_NE(slot_status() & kSlotLinkChanged, 0u);
}

TEST_F(HotPlugTest, TellsOfWhatIsPulled) {
  listen();
  complex_.detach(*endpoint_);
  EXPECT_EQ(router_.sent.size(), 1u);
  EXPECT_EQ(slot_status() & (kSlotPresenceChanged | kSlotLinkChanged), kSlotPresenceChanged | kSlotLinkChanged);
}

TEST_F(HotPlugTest, RecordsAFatalErrorWithItsSource) {
  EXPECT_FALSE(complex_.report_fatal_error(*endpoint_));
  EXPECT_EQ(port(kAer + kRootErrorStatus, 4), kErrorReceived | kFirstErrorFatal | kFatalErrorReceived);
  EXPECT_EQ(port(kAer + kErrorSource, 4), 0x0100u << 16);
  EXPECT_TRUE(router_.sent.empty());
}

TEST_F(HotPlugTest, TellsOfErrorsOnceUntilTheyAreCleared) {
  listen();
  set_port(kAer + kRootErrorCommand, 7, 4);
  EXPECT_TRUE(complex_.report_fatal_error(*endpoint_));
  EXPECT_TRUE(complex_.report_fatal_error(*endpoint_));
  EXPECT_EQ(router_.sent.size(), 1u);
  EXPECT_NE(port(kAer + kRootErrorStatus, 4) & kErrorsReceived, 0u);
  set_port(kAer + kRootErrorStatus, 0x7f, 4);
  EXPECT_EQ(port(kAer + kRootErrorStatus, 4), 0u);
  complex_.report_fatal_error(*endpoint_);
  EXPECT_EQ(router_.sent.size(), 2u);
}

TEST_F(HotPlugTest, LeadsFromAerToAcs) {
  EXPECT_EQ(port(kAer, 4) & 0xffff, 1u);
  EXPECT_EQ(port(static_cast<uint16_t>(port(kAer, 4) >> 20), 4), 0x0001'000du);
}

class PlainSlotTest : public HotPlugTest {
 protected:
  PlainSlotTest() : HotPlugTest(false, false) {}
};

TEST_F(PlainSlotTest, HasNoHotPlugAndNoErrors) {
  listen();
  EXPECT_EQ(port(kExpress + kSlotCapabilities, 4), 7u << 19);
  EXPECT_FALSE(complex_.ask_to_let_go(*endpoint_, off_));
  EXPECT_FALSE(complex_.report_fatal_error(*endpoint_));
  EXPECT_EQ(port(kAer, 4) & 0xffff, 0x000du);
}

TEST_F(PlainSlotTest, KeepsItsPower) {
  set_port(kExpress + kSlotControl, kSlotPowerOff);
  EXPECT_EQ(below(), 0x1234'abcdu);
}

}  // namespace
}  // namespace vireo::pci
