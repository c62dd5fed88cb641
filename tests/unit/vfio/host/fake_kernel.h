#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/host_writer.h"

namespace vireo::host {

// What the kernel does in a Tree when a driver attribute is written. Records each change; refuses or ends the process
// where it is told to.
class FakeKernel : public HostWriter {
 public:
  explicit FakeKernel(const Tree& tree) : tree_(tree) {}

  // The driver that takes a device without an override.
  std::map<std::string, std::string> natural;
  // Drivers whose probe fails, silently as the kernel's does.
  std::vector<std::string> broken_drivers;
  // Part of a path whose write fails, and how.
  std::string refused;
  int refusal = 0;
  // Bridges have no room for a BAR of another size: it keeps what it has.
  bool no_room = false;
  // The process ends, as by SIGKILL, instead of this write (counted from 0).
  int killed_at = -1;
  // What modprobe does.
  std::function<int(const std::string&)> on_load = [](const std::string&) { return 1; };

  // What PFs' drivers and controllers hold their VFs to; a VF that is not there is refused.
  std::map<std::pair<std::string, unsigned>, VfPolicy> policies;
  std::map<std::pair<std::string, unsigned>, NvmeResources> resources;
  // A key that a driver accepts and forgets.
  std::string forgotten_key;
  // A controller that gives nobody this many queues.
  unsigned too_many_queues = 100;

  std::vector<std::string> history;

  void write(const std::string& path, std::string_view text) override;
  int load_module(const std::string& name) override;
  VfPolicy read_policy(const std::string& interface, unsigned vf) override;
  void write_policy(const std::string& interface, unsigned vf, const VfPolicy& policy) override;
  NvmeResources read_resources(const std::string& node, unsigned vf) override;
  void write_resources(const std::string& node, unsigned vf, const NvmeResources& wanted) override;

 private:
  void change(const std::string& what);
  void make_vfs(const std::string& path, unsigned count) const;
  void write_override(const std::string& path, const std::string& text) const;
  void unbind(const std::string& path, const std::string& address) const;
  void probe(const std::string& address) const;
  void set_power(const std::string& address, const std::string& control) const;
  void resize(const std::string& path, const std::string& exponent) const;

  const Tree& tree_;
};

}  // namespace vireo::host
