#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace vireo::compare {

// How much CPU time a process and the host have used.
class CpuTimes {
 public:
  // `proc`: where procfs is, for tests.
  explicit CpuTimes(pid_t process, std::string proc = "/proc") : process_(process), proc_(std::move(proc)) {}

  // Units: nanoseconds.
  struct Moment {
    uint64_t process = 0;  // all of its threads, a guest that they run included
    uint64_t host = 0;     // all of the host's, guests included; 0 where its kernel does not say
  };
  // Source: Documentation/scheduler/sched-stats.rst, /proc/schedstat and /proc/PID/schedstat.
  Moment now() const;

 private:
  pid_t process_;
  std::string proc_;
};

}  // namespace vireo::compare
