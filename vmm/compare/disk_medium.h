#pragma once

#include "vmm/compare/medium.h"

namespace vireo::compare {

// A disk of the host's: one namespace of an NVMe controller, a block device, or an image.
// Paths: vf and pf (of a controller), virtio-blk, nvme, host.
class DiskMedium final : public Medium {
 public:
  // What is found on the host.
  struct Facts {
    std::string node;                    // "/dev/nvme0n1", or an image
    std::string text;                    // for people
    std::string controller;              // the NVMe controller's address; empty: none
    bool has_virtual_resources = false;  // its VFs are given queues and interrupts before they work
    bool can_have_vfs = false;
    uint64_t size = 0;  // bytes
  };
  // Errors: (kDevice): it is not there, or somebody uses it.
  static Facts find(const config::CompareConfig& config);

  // Lifetime: the config's is longer.
  DiskMedium(const config::CompareConfig& config, Facts facts) : config_(config), facts_(std::move(facts)) {}

  std::string text() const override { return facts_.text; }
  std::string operation() const override;
  agent::Order order() const override;
  std::vector<std::string> paths() const override;
  Route route(const std::string& path) const override;
  std::vector<std::string> warnings() const override;

 private:
  std::string device_json(const std::string& path, const std::string& node) const;

  const config::CompareConfig& config_;
  Facts facts_;
};

}  // namespace vireo::compare
