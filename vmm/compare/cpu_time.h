#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace vireo::compare {

// Is it the name of a thread that runs a guest's CPU?
bool is_vcpu_thread(const std::string& name);

// How much CPU time a process and the host have used.
class CpuTimes {
 public:
  // `proc`, `kvm`: where procfs and KVM's part of debugfs are, for tests.
  explicit CpuTimes(pid_t process, std::string proc = "/proc", std::string kvm = "/sys/kernel/debug/kvm")
      : process_(process), proc_(std::move(proc)), kvm_(std::move(kvm)) {}

  // Units: nanoseconds.
  struct Moment {
    uint64_t process = 0;  // all of its threads, a guest that they run included
    uint64_t vcpus = 0;    // of these, those that run a guest's CPUs
    uint64_t polling = 0;  // of these, KVM's waiting for an interrupt without sleeping; 0 where it does not say
    uint64_t host = 0;     // all of the host's, guests included; 0 where its kernel does not say
  };
  // Source: Documentation/scheduler/sched-stats.rst, /proc/schedstat and /proc/PID/schedstat;
  // Documentation/virt/kvm/halt-polling.rst.
  Moment now() const;

 private:
  uint64_t polling() const;

  pid_t process_;
  std::string proc_;
  std::string kvm_;
};

// Return what was used between the two. A thread that has ended takes its time with it: never less than nothing.
CpuTimes::Moment since(const CpuTimes::Moment& begin, const CpuTimes::Moment& end);

}  // namespace vireo::compare
