#pragma once

#include <string>

#include "tests/unit/vfio/host/tree.h"

namespace vireo::host {

// A host that tests/lab/record-host recorded, in a folder; a test changes what it is about.
class RecordedHost : public Tree {
 public:
  // `name`: of a file in tests/golden/hosts.
  explicit RecordedHost(const std::string& name);

  // Where a function's files are: "/sys/devices/pci0000:00/0000:00:03.0/0000:01:00.0/".
  std::string folder_of(const std::string& address) const;
  // Change bytes of a function's configuration space.
  void put(const std::string& address, size_t offset, const std::string& bytes) const;
  // Take an extended capability out of it, where it is: the list is followed from the front.
  void drop_capability(const std::string& address, unsigned id) const;
  // Return where a capability of the first 256 bytes, or an extended one, is. 0: there is none.
  size_t capability(const std::string& address, unsigned id) const;
  size_t extended_capability(const std::string& address, unsigned id) const;
  // Move a function into another's IOMMU group.
  void join_group(const std::string& address, unsigned from, unsigned to) const;
  // Replace a part of a file's text, which it has.
  void replace(const std::string& path, const std::string& part, const std::string& by) const;
};

}  // namespace vireo::host
