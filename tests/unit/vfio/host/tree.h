#pragma once

#include <string>
#include <vector>

#include "vfio/host/facts.h"

namespace vireo::host {

// A host in a folder: sysfs, procfs and /dev as files and links that a test makes. Gone with the object.
class Tree {
 public:
  Tree();
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  HostRoot root() const { return HostRoot{.prefix = folder_}; }

  // Paths are as on a host: "/sys/class/net". Folders on the way are made.
  void write(const std::string& path, const std::string& text) const;
  void link(const std::string& path, const std::string& target) const;
  void folder(const std::string& path) const;
  void remove(const std::string& path) const;
  std::string read(const std::string& path) const;
  std::vector<std::string> list(const std::string& path) const;

  // A function below pci0000:00 with the usual files, no driver and no group; return its folder.
  std::string device(const std::string& address) const;
  // A driver that is loaded.
  void driver(const std::string& name) const;
  void bind(const std::string& address, const std::string& driver) const;
  // Put a device into an IOMMU group.
  void group(const std::string& address, unsigned number) const;
  // A network interface or a block device below a function.
  void interface(const std::string& address, const std::string& name, const std::string& flags) const;
  void block(const std::string& address, const std::string& name, const std::string& number) const;

  std::string bound(const std::string& address) const;
  std::string driver_override(const std::string& address) const;

 private:
  std::string folder_;
};

// A 256-byte configuration space with MSI (4 vectors), MSI-X (20 vectors, table in BAR 2 at 0x3000) and Express.
std::string config_with_capabilities();

}  // namespace vireo::host
