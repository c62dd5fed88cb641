#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vfio/host/facts.h"
#include "vmm/compare/result.h"

namespace vireo::compare {

// Read where it is measured; vireo's version and the guests' kernel are the caller's to say.
Environment read_environment(const host::HostRoot& root = {});

// Return what a hypervisor's signature, CPUID leaf 0x40000000, stands for: "QEMU's emulator (TCG)"; empty: nothing.
std::string hypervisor_name(const std::string& signature);

// Return a warning where a block device of the host's has an I/O scheduler: what comes by the host goes through it, and
// a guest that owns a part of the controller does not. Source: Documentation/block/switching-sched.rst.
std::optional<std::string> scheduler_warning(const std::string& node, const host::HostRoot& root = {});

// Looks at what spoils a measurement while it runs.
class HostWatch {
 public:
  explicit HostWatch(host::HostRoot root = {});

  // Look again. Cheap; not within a window.
  void look();
  // What was seen, as sentences.
  std::vector<std::string> warnings() const;

 private:
  host::HostRoot root_;
  std::string clock_;
  std::string load_;
  uint64_t slowest_ = 0;  // kHz; 0: not known
  uint64_t fastest_ = 0;
};

}  // namespace vireo::compare
