#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vfio/host/facts.h"

namespace vireo::host {

// What stands directly on block devices: mounted file systems and swap areas, as this process's namespace sees them.
class Mounts {
 public:
  explicit Mounts(const HostRoot& root);

  // Return "is mounted on /srv" or "is used as swap"; nothing where it is neither.
  // `number`: "259:1"; `nodes`: the device's names below /dev. btrfs mounts have a number of their own, and are found
  // by the name.
  std::optional<std::string> use_of(const std::string& number, const std::vector<std::string>& nodes) const;

 private:
  struct Mount {
    std::string number;
    std::string source;
    std::string point;
  };
  std::vector<Mount> mounts_;
  std::vector<std::string> swaps_;
};

}  // namespace vireo::host
