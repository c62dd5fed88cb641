// The device for tests in the PCIe tree, driven by a guest of a few instructions: MMIO that returns to vireo, a store
// that only signals, an interrupt that no user code carries.
#include "emulated/test/test_function.h"

#include "pci/capability_registers.h"
#include "pci/root_complex.h"
#include "tests/unit/vmm/kvm/tiny_guest.h"

namespace vireo::kvm {
namespace {

using emulated::TestFunction;
using Reg = TestFunction::Reg;

constexpr uint64_t kBar = 0x80000000;
constexpr uint8_t kDevfn = pci::devfn(1, 0);

class TestDeviceGuest : public TinyGuestFixture {
 protected:
  void SetUp() override {
    TinyGuestFixture::SetUp();
    if (IsSkipped()) return;
    complex_ = std::make_unique<pci::RootComplex>(
        pci::BarMappings::Spaces{.memory = mmio_, .ports = ports_, .slots = *vm_}, std::vector<base::GuestRange>{});
    complex_->add(nullptr, kDevfn,
                  std::make_unique<TestFunction>(
                      "test", TestFunction::Surroundings{
                                  .router = *routes_, .loop = loop_, .place = {.requester = kDevfn, .lines = {16}}}));
    complex_->write_config(0, kDevfn, pci::bar_register(0), 4, kBar);
    complex_->write_config(0, kDevfn, pci::kCommand, 2, pci::kCommandMemory | pci::kCommandBusMaster);
  }
  void TearDown() override { complex_.reset(); }  // before its slots and routes

  uint32_t get(Reg reg) {
    uint32_t value = 0;
    mmio_.read(kBar + static_cast<uint64_t>(reg), {reinterpret_cast<uint8_t*>(&value), sizeof value});
    return value;
  }
  void set(uint64_t offset, uint32_t value) {
    mmio_.write(kBar + offset, {reinterpret_cast<const uint8_t*>(&value), sizeof value});
  }
  // Vector 2 to the guest's CPU. Intel SDM volume 3, 11.11.
  void use_msix(uint8_t interrupt) {
    constexpr uint64_t kEntry = TestFunction::kTableStart + uint64_t{2} * pci::kMsixEntrySize;
    complex_->write_config(0, kDevfn, pci::EndpointFunction::kMsixAt + 2, 2, pci::kMsixEnable);
    set(kEntry, 0xfee00000);
    set(kEntry + 8, interrupt);
    set(kEntry + 12, 0);
  }

  platform::EventLoop loop_;
  std::unique_ptr<pci::RootComplex> complex_;
};

TEST_F(TestDeviceGuest, ReadsBackWhatTheGuestStores) {
  run({
      0x66, 0xbb, 0x20, 0x00, 0x00, 0x80,        // mov ebx, 0x80000020: scratch
      0x67, 0x66, 0xc7, 0x03, 0x44, 3,    2, 1,  // mov dword [ebx], 0x01020344
      0x67, 0x66, 0x8b, 0x03,                    // mov eax, [ebx]
      0xba, 0x00, 0x05, 0xee                     // mov dx, 0x500; out dx, al
  });
  EXPECT_EQ(end_.last_value, 0x44);
  EXPECT_EQ(get(Reg::kScratch0), 0x01020344u);
  EXPECT_EQ(get(Reg::kStores), 1u);
}

TEST_F(TestDeviceGuest, CountsRingsThatDoNotReturn) {
  run({
      0x66, 0xbb, 0x40, 0x00, 0x00, 0x80,  // mov ebx, 0x80000040: the doorbell
      0x67, 0x88, 0x03,                    // mov [ebx], al
      0x67, 0x66, 0x89, 0x03,              // mov [ebx], eax
      0x67, 0x66, 0x8b, 0x43, 0xc8,        // mov eax, [ebx - 0x38]: its count
      0xba, 0x00, 0x05, 0xee               // mov dx, 0x500; out dx, al
  });
  EXPECT_EQ(end_.last_value, 2);
  EXPECT_EQ(get(Reg::kStores), 0u) << "a store came to user space";
}

TEST_F(TestDeviceGuest, DoorbellLeavesWithTheBar) {
  complex_->write_config(0, kDevfn, pci::kCommand, 2, 0);
  run({
      0x66, 0xbb, 0x40, 0x00, 0x00, 0x80,  // mov ebx, 0x80000040
      0x67, 0x66, 0x89, 0x03,              // mov [ebx], eax
      0xba, 0x00, 0x05, 0xee               // mov dx, 0x500; out dx, al
  });
  complex_->write_config(0, kDevfn, pci::kCommand, 2, pci::kCommandMemory);
  EXPECT_EQ(get(Reg::kRings), 0u);
}

// The handler says 0x99; the loop before the other answer is many times as long as an interrupt takes.
TEST_F(TestDeviceGuest, InterruptsTheGuest) {
  constexpr uint8_t kInterrupt = 0x41;
  constexpr uint16_t kHandler = 0x2000;
  use_msix(kInterrupt);
  // mov dx, 0x500; mov al, 0x99; out dx, al; jmp to itself
  memory_->write(base::GuestAddress(kHandler), std::vector<uint8_t>{0xba, 0x00, 0x05, 0xb0, 0x99, 0xee, 0xeb, 0xfe});
  memory_->write(base::GuestAddress(4 * kInterrupt), std::vector<uint8_t>{0, kHandler >> 8, 0, 0});
  run({
      0x66, 0xbb, 0xf0, 0x00, 0xe0, 0xfe,              // mov ebx, 0xfee000f0: the local APIC's spurious vector
      0x67, 0x66, 0xc7, 0x03, 0xff, 0x01, 0x00, 0x00,  // mov dword [ebx], 0x1ff: enabled
      0x66, 0xbb, 0x0c, 0x00, 0x00, 0x80,              // mov ebx, 0x8000000c: raise
      0x67, 0x66, 0xc7, 0x03, 0x02, 0x00, 0x00, 0x00,  // mov dword [ebx], 2
      0xfb,                                            // sti
      0x66, 0xb9, 0x00, 0x00, 0x01, 0x00,              // mov ecx, 0x10000
      0xe4, 0x84,                                      // in al, 0x84: nobody answers, but it takes microseconds
      0x67, 0xe2, 0xfb,                                // loop to it, by ecx
      0xb0, 0x00, 0xba, 0x00, 0x05, 0xee               // mov al, 0; mov dx, 0x500; out dx, al
  });
  EXPECT_EQ(end_.last_value, 0x99);
}

}  // namespace
}  // namespace vireo::kvm
