#pragma once

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "vmm/boot/cpu_state.h"
#include "vmm/kvm/vcpu.h"
#include "vmm/outcome.h"

namespace vireo {

// The guest's CPUs, a thread each. Destruction stops and joins them.
class VcpuThreads {
 public:
  struct Shape {
    unsigned count = 1;
    bool hide_hypervisor = false;
  };
  // `start`: nothing: they begin as after a reset. Errors: SystemError (kHost).
  VcpuThreads(const kvm::System& system, const kvm::Vm& vm, const Shape& shape, const kvm::Vcpu::Buses& buses,
              const std::optional<boot::InitialCpuState>& start);
  ~VcpuThreads();

  // Run all; a crash goes to `verdict`.
  void start(Verdict& verdict);
  void stop() noexcept;

  // Returns of KVM_RUN to user space, all vCPUs together.
  uint64_t returns() const;

 private:
  std::vector<std::unique_ptr<kvm::Vcpu>> vcpus_;
  std::vector<std::jthread> threads_;
};

}  // namespace vireo
