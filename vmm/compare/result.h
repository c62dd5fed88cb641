#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vmm/compare/agent/histogram.h"

// What a comparison has found: values only, as JSON keeps them. What they mean is said by analysis.h.
namespace vireo::compare {

// A way for a guest's I/O to reach the medium.
enum class PathKind { kPassthrough, kVirtio, kEmulated, kHost };

// What is asked of a path. Closed loop: `depth` operations are always under way. Open loop: operations begin at moments
// that do not depend on the path, at `percent` of what it did in a closed loop at most.
struct Workload {
  unsigned depth = 1;
  unsigned percent = 0;  // 0: closed loop

  auto operator<=>(const Workload&) const = default;
};

// The workload that paths are explained with: one operation at a time, nothing else waiting.
inline constexpr Workload kOneAtATime{};

// One window of measuring. Units: nanoseconds.
struct Window {
  unsigned round = 0;
  uint64_t operations = 0;
  uint64_t errors = 0;
  uint64_t elapsed = 0;
  uint64_t rate = 0;        // asked for, operations a second; 0: closed loop
  uint64_t agent_user = 0;  // CPU time of the agent: its own, and its kernel's for it
  uint64_t agent_system = 0;
  uint64_t vmm_cpu = 0;   // CPU time of vireo's threads, the guest's included
  uint64_t vcpu_cpu = 0;  // of these, the threads that run the guest's CPUs; on the host's own path: the agent, which
                          // stands in a guest's place
  uint64_t polling = 0;   // of these, KVM's waiting for an interrupt without sleeping
  uint64_t host_cpu = 0;  // of all of the host's CPUs that were not idle
  uint64_t latest = 0;    // how late the agent itself began an operation, at most
  uint64_t own = 0;       // the agent's own part of an operation, picoseconds; 0: not known
  agent::Histogram latency;

  bool operator==(const Window&) const = default;
};

// What was counted in a window of its own, in which times mean nothing: to count takes time.
struct Events {
  uint64_t operations = 0;
  uint64_t elapsed = 0;                        // nanoseconds
  std::map<std::string, uint64_t> exits;       // to the host's kernel, by the CPU's reason
  std::map<std::string, uint64_t> exit_time;   // nanoseconds in the host's kernel, by the same
  std::map<std::string, uint64_t> user_exits;  // of these, those that KVM_RUN returned with, by KVM's reason
  std::map<std::string, uint64_t> calls;       // system calls of vireo's threads but KVM_RUN, by name
  std::map<std::string, uint64_t> interrupts;  // given to the guest, by way: "posted", "irqfd", "user space"
  // CPU time by what it was for: "guest", "KVM", "polling" (KVM's, for an interrupt), "vireo", "host", "idle".
  std::map<std::string, uint64_t> cpu;
  std::string missing;  // why there is nothing, or not all

  bool operator==(const Events&) const = default;
};

struct CaseResult {
  Workload workload;
  std::vector<Window> windows;  // by round
  std::optional<Events> events;

  bool operator==(const CaseResult&) const = default;
};

// One operation at a time on the host, whose CPU did not sleep until it was done.
struct Polled {
  bool poll_queue = false;      // the driver polled a queue of the device's without interrupts; else the agent asked
  std::vector<Window> windows;  // by round

  bool operator==(const Polled&) const = default;
};

struct PathResult {
  std::string name;  // "vf", "virtio-blk", "nvme", "host": unlike all others
  PathKind kind = PathKind::kHost;
  std::string device;   // on the host, for people
  std::string failure;  // why it has not all cases; empty: it has
  std::vector<CaseResult> cases;
  std::optional<Polled> polled;  // of the host's own path

  bool operator==(const PathResult&) const = default;
};

// Where it was measured: what makes two comparisons comparable.
struct Environment {
  std::string vireo;   // version
  std::string kernel;  // the host's
  std::string guest_kernel;
  std::string cpu;
  unsigned cpus = 0;
  std::string clock;            // the host's clock source
  std::string emulated;         // what emulates the host; empty: nothing does
  std::string agent = "vireo";  // what did the I/O: "vireo", "fio-3.33 by io_uring"
  std::string governor;         // of the CPU's frequency; empty: it has none

  bool operator==(const Environment&) const = default;
};

struct Comparison {
  std::string medium;        // "0000:01:00.0, namespace 1"
  uint64_t medium_size = 0;  // bytes that operations reach; 0: it has none
  std::string operation;     // "4 KiB random reads"
  std::string started;       // UTC, ISO 8601
  uint64_t duration = 0;     // nanoseconds
  unsigned rounds = 0;       // asked for
  bool cut_short = false;    // by Ctrl-C
  Environment environment;
  std::vector<PathResult> paths;
  std::vector<std::string> warnings;  // seen while measuring: clock, frequency, noise of other processes

  bool operator==(const Comparison&) const = default;
};

}  // namespace vireo::compare
