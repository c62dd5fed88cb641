#pragma once

#include <string>
#include <string_view>

namespace vireo::host {

// All that changes the host's drivers goes through here: a seam, so that tests can react as the kernel does, refuse,
// or end the process between any two changes.
class HostWriter {
 public:
  virtual ~HostWriter() = default;

  // Write one sysfs attribute by one write(2).
  // Errors: base::SystemError (kDevice).
  virtual void write(const std::string& path, std::string_view text) = 0;
  // Load a kernel module. Return modprobe's exit status; -1 when it could not run.
  virtual int load_module(const std::string& name) = 0;
};

// The kernel's own. Lives as long as the process.
HostWriter& kernel_writer();

}  // namespace vireo::host
