// Guests of a few instructions on the machine's own /dev/kvm. They end by a store that reaches a handler: a halted vCPU
// would wait for ever.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <thread>

#include "vmm/kvm/irq_routes.h"
#include "vmm/kvm/vcpu.h"

namespace vireo::kvm {
namespace {

constexpr uint64_t kCode = 0x1000;

// Keeps the last store; asks to be told of it.
class Catcher final : public platform::IoHandler {
 public:
  void read(uint64_t, std::span<uint8_t> data) noexcept override { data[0] = 0x77; }
  void write(uint64_t offset, std::span<const uint8_t> data) noexcept override {
    last_offset = offset;
    last_value = data[0];
    if (caught) caught();
  }
  uint64_t last_offset = ~uint64_t{0};
  uint8_t last_value = 0;
  std::function<void()> caught;
};

class TinyGuest : public testing::Test {
 protected:
  void SetUp() override {
    if (::access("/dev/kvm", R_OK | W_OK) != 0) GTEST_SKIP() << "no /dev/kvm here; the lab's cases run on one";
    system_ = std::make_unique<System>();
    vm_ = std::make_unique<Vm>(*system_);
    routes_ = std::make_unique<IrqRoutes>(*vm_);
    memory_ = std::make_unique<platform::GuestMemory>(
        std::vector<platform::RamRegion>{{*base::GuestRange::make(base::GuestAddress(0), 2 * base::kMiB), 0}},
        platform::MemoryBacking{});
    vm_->add_ram(*memory_);
    Vcpu::install_kick_handler();
    vcpu_ = std::make_unique<Vcpu>(*system_, *vm_, 0, system_->supported_cpuid(),
                                   Vcpu::Buses{.ports = ports_, .memory = mmio_});
    ports_.add(0x500, 1, end_);
    end_.caught = [this] { vcpu_->kick(::pthread_self()); };
  }

  // mov ebx, 0x80000010; mov byte [ebx], 0x33; mov dx, 0x500; out dx, al
  void store_to_0x80000010() {
    run({0x66, 0xbb, 0x10, 0x00, 0x00, 0x80, 0x67, 0xc6, 0x03, 0x33, 0xba, 0x00, 0x05, 0xee});
  }

  // Run real-mode code until it stores to port 0x500 (which `code` must do last). DS reaches 4 GiB ("unreal mode").
  void run(const std::vector<uint8_t>& code) {
    ASSERT_TRUE(memory_->write(base::GuestAddress(kCode), code));
    StartState start{.special = vcpu_->special_registers()};
    start.special.ds.limit = 0xffffffff;
    start.special.ds.g = 1;
    start.special.cs.base = 0;
    start.special.cs.selector = 0;
    start.registers.rip = kCode;
    start.registers.rflags = 2;
    vcpu_->set_start(start);
    EXPECT_EQ(vcpu_->run().why, VcpuStop::Why::kKicked);
  }

  std::unique_ptr<System> system_;
  std::unique_ptr<Vm> vm_;
  std::unique_ptr<IrqRoutes> routes_;
  std::unique_ptr<platform::GuestMemory> memory_;
  platform::IoBus ports_{"ports"};
  platform::IoBus mmio_{"memory"};
  Catcher end_;
  std::unique_ptr<Vcpu> vcpu_;
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
