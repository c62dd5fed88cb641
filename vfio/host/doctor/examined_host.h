#pragma once

#include <string>
#include <vector>

#include "vfio/host/doctor/finding.h"
#include "vfio/host/facts.h"

namespace vireo::host {

// A host as the doctor's checks read it. Paths are as on the host: "/proc/cmdline".
class ExaminedHost {
 public:
  // `wanted`: the devices that a guest is to have; none: whatever there is.
  ExaminedHost(HostRoot root, std::vector<std::string> wanted);

  const HostRoot& root() const { return root_; }
  const std::vector<HostFacts>& functions() const { return functions_; }
  // Nothing where there is no such function.
  const HostFacts* find(const std::string& address) const;
  bool is_wanted(const std::string& address) const;
  // Those that are wanted; all but bridges where none is.
  std::vector<const HostFacts*> patients() const;

  bool has(const std::string& path) const;
  std::string read(const std::string& path) const;
  std::vector<std::string> list(const std::string& path) const;
  // What a file says, for who is told of it: "(not there)" where it is not.
  Evidence evidence(const std::string& path) const;
  // The first line of a file that has a word in it.
  Evidence line_with(const std::string& path, const std::string& word) const;
  // A function's file: "/sys/bus/pci/devices/0000:01:00.0/config".
  static std::string file_of(const HostFacts& facts, const std::string& name);
  // Its configuration space, as much as may be read.
  std::string config_of(const HostFacts& facts) const;
  // How wide the CPU's physical addresses are, below 64; 0: it does not say.
  unsigned address_bits() const;
  // Whether a word stands on the kernel's command line.
  bool was_booted_with(const std::string& word) const;

 private:
  HostRoot root_;
  std::vector<std::string> wanted_;
  std::vector<HostFacts> functions_;
};

using Findings = std::vector<Finding>;

}  // namespace vireo::host
