#include "vmm/vcpu_threads.h"

#include <pthread.h>

#include "vmm/kvm/cpuid.h"

namespace vireo {
namespace {

kvm_segment segment(const boot::SegmentState& state) {
  kvm_segment segment{};
  segment.base = state.base;
  segment.limit = state.limit;
  segment.selector = state.selector;
  segment.type = state.type;
  segment.present = 1;
  segment.s = state.code_or_data;
  segment.l = state.long_mode;
  segment.db = state.default_32;
  segment.g = state.granularity_4k;
  return segment;
}

kvm::StartState start_state(kvm_sregs special, const boot::InitialCpuState& cpu) {
  special.cs = segment(cpu.code);
  special.ds = special.es = special.fs = special.gs = special.ss = segment(cpu.data);
  special.tr = segment(cpu.task);
  special.gdt.base = cpu.gdt_base;
  special.gdt.limit = cpu.gdt_limit;
  special.cr0 = cpu.cr0;
  special.cr3 = cpu.cr3;
  special.cr4 = cpu.cr4;
  special.efer = cpu.efer;
  kvm_regs registers{};
  registers.rip = cpu.rip;
  registers.rsi = cpu.rsi;
  registers.rbx = cpu.rbx;
  registers.rflags = cpu.rflags;
  return {.registers = registers, .special = special};
}

void report(Verdict& verdict, const kvm::VcpuStop& stop, unsigned index) {
  using Why = kvm::VcpuStop::Why;
  if (stop.why == Why::kShutdown)
    verdict.reach(Outcome::Kind::kCrash, "vCPU " + std::to_string(index) + ": triple fault");
  if (stop.why == Why::kHostFailed) verdict.reach(Outcome::Kind::kHostFailed, stop.detail);
  if (stop.why == Why::kFailed) verdict.reach(Outcome::Kind::kCrash, stop.detail);
}

}  // namespace

VcpuThreads::VcpuThreads(const kvm::System& system, const kvm::Vm& vm, const Shape& shape,
                         const kvm::Vcpu::Buses& buses, const std::optional<boot::InitialCpuState>& start) {
  kvm::Vcpu::install_kick_handler();
  const auto supported = system.supported_cpuid();
  for (unsigned i = 0; i < shape.count; ++i) {
    const kvm::CpuShape cpu{.index = i, .cpus = shape.count, .hide_hypervisor = shape.hide_hypervisor};
    vcpus_.push_back(std::make_unique<kvm::Vcpu>(system, vm, i, kvm::guest_cpuid(supported, cpu), buses));
    if (start) vcpus_.back()->set_up_as_firmware();
  }
  kvm::Vcpu& first = *vcpus_.front();
  if (start) first.set_start(start_state(first.special_registers(), *start));
}

VcpuThreads::~VcpuThreads() {
  stop();
}

void VcpuThreads::start(Verdict& verdict) {
  for (const auto& vcpu : vcpus_)
    threads_.emplace_back([&verdict, cpu = vcpu.get()] {
      ::pthread_setname_np(::pthread_self(), ("vcpu" + std::to_string(cpu->index())).c_str());
      report(verdict, cpu->run(), cpu->index());
    });
}

void VcpuThreads::stop() noexcept {
  for (size_t i = 0; i < threads_.size(); ++i) vcpus_[i]->kick(threads_[i].native_handle());
  threads_.clear();
}

uint64_t VcpuThreads::returns() const {
  uint64_t sum = 0;
  for (const auto& vcpu : vcpus_) sum += vcpu->returns();
  return sum;
}

}  // namespace vireo
