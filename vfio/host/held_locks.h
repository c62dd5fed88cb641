#pragma once

#include <set>
#include <string>

#include "vfio/host/facts.h"

namespace vireo::host {

// Which devices have been claimed, at one moment: to look at a lock by taking it would be in a claim's way.
// Source: proc(5), /proc/locks.
class HeldLocks {
 public:
  explicit HeldLocks(const HostRoot& root);

  // Return whether somebody holds a lock on a file.
  bool holds(const std::string& path) const;

  // Return whose a device is: "guest "web" (vireo, pid 77)"; empty: nobody's.
  std::string owner_of(const std::string& address) const;

 private:
  HostRoot root_;
  std::set<std::string> files_;  // "major:minor:inode"
};

}  // namespace vireo::host
