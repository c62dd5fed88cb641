// Guests of a few instructions on the machine's own /dev/kvm. They end by a store that reaches a handler: a halted vCPU
// would wait for ever.
#include "tests/unit/vmm/kvm/tiny_guest.h"

namespace vireo::kvm {
namespace {

class TinyGuest : public TinyGuestFixture {
 protected:
  // mov ebx, 0x80000010; mov byte [ebx], 0x33; mov dx, 0x500; out dx, al
  void store_to_0x80000010() {
    run({0x66, 0xbb, 0x10, 0x00, 0x00, 0x80, 0x67, 0xc6, 0x03, 0x33, 0xba, 0x00, 0x05, 0xee});
  }
};

// mov dx, 0x500; mov al, 0x42; out dx, al
TEST_F(TinyGuest, StoresToAPort) {
  run({0xba, 0x00, 0x05, 0xb0, 0x42, 0xee});
  EXPECT_EQ(end_.last_value, 0x42);
}

// mov dx, 0x501; in al, dx; dec dx; out dx, al: nobody answers at 0x501.
TEST_F(TinyGuest, ReadsAllOnesFromAnAbsentPort) {
  run({0xba, 0x01, 0x05, 0xec, 0x4a, 0xee});
  EXPECT_EQ(end_.last_value, 0xff);
}

TEST_F(TinyGuest, TrapsAStoreToMemoryThatIsAbsent) {
  Catcher device;
  ASSERT_TRUE(mmio_.add(0x80000000, 0x1000, device));
  store_to_0x80000010();
  EXPECT_EQ(device.last_offset, 0x10u);
  EXPECT_EQ(device.last_value, 0x33);
}

TEST_F(TinyGuest, SignalsADoorbellWithoutAReturn) {
  Catcher device;
  ASSERT_TRUE(mmio_.add(0x80000000, 0x1000, device));
  const base::EventFd event;
  ASSERT_TRUE(vm_->add_doorbell({.address = 0x80000010, .width = 1}, event));
  store_to_0x80000010();
  EXPECT_EQ(event.consume(), 1u);
  EXPECT_EQ(device.last_offset, ~uint64_t{0}) << "the store came to user space";
}

// mov dx, 0x510; out dx, ax; mov dx, 0x500; out dx, al
TEST_F(TinyGuest, SignalsADoorbellAtAPortWithoutAReturn) {
  Catcher device;
  ASSERT_TRUE(ports_.add(0x510, 0x10, device));
  const base::EventFd event;
  ASSERT_TRUE(vm_->add_doorbell({.address = 0x510, .width = 0, .port = true}, event));
  run({0xba, 0x10, 0x05, 0xef, 0xba, 0x00, 0x05, 0xee});
  EXPECT_EQ(event.consume(), 1u);
  EXPECT_EQ(device.last_offset, ~uint64_t{0}) << "the store came to user space";
  vm_->remove_doorbell({.address = 0x510, .width = 0, .port = true}, event);
}

TEST_F(TinyGuest, AttachesAnIrqfdToAMessageRoute) {
  const auto gsi = routes_->allocate_msi();
  ASSERT_TRUE(gsi);
  routes_->set_msi(*gsi, {.address = 0xfee00000, .data = 0x41}, 0);
  EXPECT_TRUE(routes_->commit());
  const base::EventFd event;
  EXPECT_TRUE(routes_->attach(*gsi, event, nullptr));
  routes_->detach(*gsi, event);
}

// linux/kvm_host.h, KVM_MAX_IRQ_ROUTES: the pool ends, and says so.
TEST_F(TinyGuest, RunsOutOfRoutesAt4096) {
  unsigned count = 0;
  while (routes_->allocate_msi()) ++count;
  EXPECT_GT(count, 4000u);
  EXPECT_LT(count, 4096u);
}

TEST_F(TinyGuest, ReusesAReleasedGsi) {
  const auto first = routes_->allocate_msi();
  routes_->release_msi(*first);
  EXPECT_EQ(routes_->allocate_msi(), first);
}

}  // namespace
}  // namespace vireo::kvm
