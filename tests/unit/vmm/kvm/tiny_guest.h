#pragma once

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <vector>

#include "vmm/kvm/irq_routes.h"
#include "vmm/kvm/vcpu.h"

namespace vireo::kvm {

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

// A guest of a few instructions on the machine's own /dev/kvm.
class TinyGuestFixture : public testing::Test {
 protected:
  static constexpr uint64_t kCode = 0x1000;

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

}  // namespace vireo::kvm
