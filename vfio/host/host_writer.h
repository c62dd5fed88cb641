#pragma once

#include <string>
#include <string_view>

#include "vfio/host/nvme_resources.h"
#include "vfio/host/vf_policy.h"

namespace vireo::host {

// All that changes the host's devices goes through here: a seam, so that tests can react as the kernel does, refuse,
// or end the process between any two changes.
class HostWriter {
 public:
  virtual ~HostWriter() = default;

  // Write one sysfs attribute by one write(2).
  // Errors: base::SystemError (kDevice).
  virtual void write(const std::string& path, std::string_view text) = 0;
  // Load a kernel module. Return modprobe's exit status; -1 when it could not run.
  virtual int load_module(const std::string& name) = 0;
  // vf_policy.h: a PF's network interface, and the index of its VF.
  virtual VfPolicy read_policy(const std::string& interface, unsigned vf) = 0;
  virtual void write_policy(const std::string& interface, unsigned vf, const VfPolicy& policy) = 0;
  // nvme_resources.h: a PF's controller, and the index of its VF.
  virtual NvmeResources read_resources(const std::string& node, unsigned vf) = 0;
  virtual void write_resources(const std::string& node, unsigned vf, const NvmeResources& resources) = 0;
};

// The kernel's own. Lives as long as the process.
HostWriter& kernel_writer();

}  // namespace vireo::host
