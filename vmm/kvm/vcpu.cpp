#include "vmm/kvm/vcpu.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace vireo::kvm {
namespace {

constexpr int kKickSignal = SIGUSR1;

// Intel SDM volume 4. MTRRs: on, write-back by default; what must not be
// cached is mapped so by the kernel (PAT).
constexpr uint32_t kMiscEnable = 0x1a0;
constexpr uint64_t kFastStrings = 1 << 0;
constexpr uint32_t kMtrrDefaultType = 0x2ff;
constexpr uint64_t kMtrrEnableWriteBack = 1 << 11 | 6;

// Intel SDM volume 3, 16.3.1.1: IA32_MCG_CAP.
constexpr uint64_t kMachineCheckBanks = 2;
constexpr uint64_t kMachineCheckControl = 1 << 8;
constexpr uint64_t kMachineCheckRecovery = 1 << 24;

constexpr size_t kLvt0 = 0x350;
constexpr size_t kLvt1 = 0x360;

std::string object(unsigned index) {
  return "vCPU " + std::to_string(index);
}

}  // namespace

Vcpu::Vcpu(const System& system, const Vm& vm, unsigned index, const std::vector<kvm_cpuid_entry2>& cpuid,
           const Buses& buses)
    : index_(index), buses_(buses), fd_(base::ioctl(vm.fd(), kCreateVcpu, index, "the VM")) {
  mapping_ = base::Mapping({.size = system.vcpu_mapping_size(), .fd = fd_.get()}, object(index));
  IoctlArray<kvm_cpuid_entry2> list(cpuid);
  base::ioctl(fd_, kSetCpuid2, list.header(), object(index));
  set_up_machine_check();
  set_msrs({{.index = kMiscEnable, .data = kFastStrings}});  // as at power-on, which KVM leaves out
}

void Vcpu::set_up_as_firmware() {
  set_msrs({{.index = kMtrrDefaultType, .data = kMtrrEnableWriteBack}});
  if (index_ == 0) set_local_apic();
}

void Vcpu::set_up_machine_check() {
  // Each of KVM's 32 banks would cost a guest's start eight exits. A KVM without machine checks says so by an error.
  uint64_t capability = kMachineCheckBanks | kMachineCheckControl | kMachineCheckRecovery;
  base::try_ioctl(fd_, kSetupMce, capability);
}

void Vcpu::set_msrs(const std::vector<kvm_msr_entry>& entries) {
  IoctlArray<kvm_msr_entry> list(entries);
  base::ioctl(fd_, kSetMsrs, list.header(), object(index_));
}

// LINT0 takes the PIC's interrupts, LINT1 is NMI: as firmware leaves them on the boot processor.
void Vcpu::set_local_apic() {
  kvm_lapic_state apic{};
  base::ioctl(fd_, kGetLapic, apic, object(index_));
  const auto set_mode = [&apic](size_t at, uint32_t mode) {
    uint32_t value = 0;
    std::memcpy(&value, apic.regs + at, sizeof value);
    value = (value & ~(7u << 8) & ~(1u << 16)) | mode << 8;
    std::memcpy(apic.regs + at, &value, sizeof value);
  };
  set_mode(kLvt0, 7);
  set_mode(kLvt1, 4);
  base::ioctl(fd_, kSetLapic, apic, object(index_));
}

kvm_sregs Vcpu::special_registers() const {
  kvm_sregs special{};
  base::ioctl(fd_, kGetSregs, special, object(index_));
  return special;
}

void Vcpu::set_start(const StartState& start) {
  StartState copy = start;
  base::ioctl(fd_, kSetSregs, copy.special, object(index_));
  base::ioctl(fd_, kSetRegs, copy.registers, object(index_));
}

void Vcpu::install_kick_handler() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(kKickSignal, &action, nullptr);
}

void Vcpu::kick(pthread_t thread) noexcept {
  // Before KVM_RUN the flag ends it at once; inside it the signal does. Source: api.rst, kvm_run.immediate_exit.
  std::atomic_ref(run_area().immediate_exit).store(1);
  ::pthread_kill(thread, kKickSignal);
}

void Vcpu::clear_kick() noexcept {
  std::atomic_ref(run_area().immediate_exit).store(0);
}

VcpuStop Vcpu::run() noexcept {
  kvm_run& run = run_area();
  for (;;) {
    const int result = ::ioctl(fd_.get(), kRun.request, 0);
    returns_.fetch_add(1, std::memory_order_relaxed);
    if (result < 0 && (errno == EINTR || errno == EAGAIN)) {
      if (std::atomic_ref(run.immediate_exit).load() != 0) return {};
      continue;
    }
    if (result < 0) return {VcpuStop::Why::kHostFailed, std::string("KVM_RUN: ") + base::errno_text(errno)};
    switch (run.exit_reason) {
      case KVM_EXIT_IO:
        handle_io();
        break;
      case KVM_EXIT_MMIO:
        handle_mmio();
        break;
      case KVM_EXIT_INTR:
        break;
      case KVM_EXIT_SHUTDOWN:
        return {VcpuStop::Why::kShutdown, {}};
      default:
        return failure();
    }
    if (std::atomic_ref(run.immediate_exit).load() != 0) {
      // Let KVM finish the instruction whose data we have just given, before state is looked at.
      ::ioctl(fd_.get(), kRun.request, 0);
      return {};
    }
  }
}

void Vcpu::handle_io() noexcept {
  kvm_run& run = run_area();
  uint8_t* data = mapping_.data() + run.io.data_offset;
  for (uint32_t i = 0; i < run.io.count; ++i, data += run.io.size) {
    if (run.io.direction == KVM_EXIT_IO_IN)
      buses_.ports.read(run.io.port, {data, run.io.size});
    else
      buses_.ports.write(run.io.port, {data, run.io.size});
  }
}

void Vcpu::handle_mmio() noexcept {
  kvm_run& run = run_area();
  if (run.mmio.is_write)
    buses_.memory.write(run.mmio.phys_addr, {run.mmio.data, run.mmio.len});
  else
    buses_.memory.read(run.mmio.phys_addr, {run.mmio.data, run.mmio.len});
}

VcpuStop Vcpu::failure() const {
  const kvm_run& run = run_area();
  kvm_regs registers{};
  base::try_ioctl(fd_, kGetRegs, registers);
  char text[160];
  const unsigned detail = run.exit_reason == KVM_EXIT_INTERNAL_ERROR ? run.internal.suberror : 0;
  std::snprintf(text, sizeof text, "vCPU %u cannot go on: KVM exit reason %u, detail %u, rip %#llx", index_,
                run.exit_reason, detail, static_cast<unsigned long long>(registers.rip));
  return {VcpuStop::Why::kFailed, text};
}

}  // namespace vireo::kvm
