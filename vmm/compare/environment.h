#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vfio/host/facts.h"
#include "vmm/compare/result.h"

namespace vireo::compare {

// Read where it is measured; vireo's version and the guests' kernel are the caller's to say.
Environment read_environment(const host::HostRoot& root = {});

// Return what a hypervisor's signature, CPUID leaf 0x40000000, stands for: "QEMU's emulator (TCG)"; empty: nothing.
std::string hypervisor_name(const std::string& signature);

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
