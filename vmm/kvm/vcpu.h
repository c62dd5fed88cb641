#pragma once

#include <atomic>
#include <vector>

#include "vmm/base/mapping.h"
#include "vmm/kvm/vm.h"
#include "vmm/platform/io_bus.h"

namespace vireo::kvm {

// The registers that a boot vCPU starts with.
struct StartState {
  kvm_regs registers{};
  kvm_sregs special{};
};

// Why Vcpu::run() returned.
struct VcpuStop {
  enum class Why { kKicked, kShutdown, kFailed, kHostFailed } why = Why::kKicked;
  std::string detail;  // of failures: for the log
};

// One virtual CPU. Thread: constructed anywhere; run() on a thread of its own; kick() from any.
class Vcpu {
 public:
  struct Buses {
    const platform::IoBus& ports;
    const platform::IoBus& memory;
  };
  // Errors: SystemError (kHost).
  Vcpu(const System& system, const Vm& vm, unsigned index, const std::vector<kvm_cpuid_entry2>& cpuid,
       const Buses& buses);

  unsigned index() const { return index_; }

  // Leave MSRs and the local APIC as a PC's firmware does, for a guest that begins without one.
  void set_up_as_firmware();

  kvm_sregs special_registers() const;
  // Set the registers of the first instruction. Only the boot vCPU; the others wait for INIT and SIPI.
  void set_start(const StartState& start);

  // Run the guest until a kick, a shutdown (triple fault) or a failure.
  VcpuStop run() noexcept;
  // Make run() return soon, also when it has not begun. `thread` runs it and has the kick signal's handler.
  void kick(pthread_t thread) noexcept;
  // Allow run() again after a kick.
  void clear_kick() noexcept;

  // How often KVM_RUN came back to user space.
  uint64_t returns() const noexcept { return returns_.load(std::memory_order_relaxed); }

  // Install the kick signal's empty handler, once a process.
  static void install_kick_handler();

 private:
  void set_up_machine_check();
  void set_msrs(const std::vector<kvm_msr_entry>& entries);
  void set_local_apic();
  void handle_io() noexcept;
  void handle_mmio() noexcept;
  VcpuStop failure() const;

  kvm_run& run_area() const { return *reinterpret_cast<kvm_run*>(mapping_.data()); }

  unsigned index_;
  Buses buses_;
  base::Fd fd_;
  base::Mapping mapping_;
  std::atomic<uint64_t> returns_ = 0;
};

}  // namespace vireo::kvm
