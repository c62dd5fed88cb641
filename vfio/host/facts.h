#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vmm/base/address.h"
#include "vmm/platform/huge_pages.h"

// What the host says about a PCI function, read from sysfs and libpci. Values only; nothing is changed.
namespace vireo::host {

// Where sysfs, procfs and /dev are: "" for the real ones, a folder in tests over recorded trees.
struct HostRoot {
  std::string prefix;
  std::string sys() const { return prefix + "/sys"; }
  std::string proc() const { return prefix + "/proc"; }
  std::string dev() const { return prefix + "/dev"; }
};

struct BarFacts {
  unsigned index = 0;  // 0-5; 6 is the expansion ROM
  uint64_t size = 0;
  bool io = false;
  bool is_64bit = false;
  bool prefetchable = false;
  auto operator<=>(const BarFacts&) const = default;
};

struct GroupMember {
  std::string address;  // "0000:65:00.0"
  std::string driver;   // empty: none
  bool is_bridge = false;
};

// Why the host needs the device: "network interface eth0 has the default route", "/dev/nvme0n1 is mounted on /srv".
struct DeviceUse {
  std::string what;
  bool blocking = false;  // refused without `force: true`
};

struct MsixFacts {
  unsigned vectors = 0;  // 0: no MSI-X
  unsigned table_bar = 0;
  uint32_t table_offset = 0;
  unsigned pba_bar = 0;
  uint32_t pba_offset = 0;
};

struct HostFacts {
  std::string address;  // "0000:65:00.1"
  std::string path;     // resolved sysfs folder
  uint16_t vendor = 0;
  uint16_t device = 0;
  uint16_t subsystem_vendor = 0;
  uint16_t subsystem_device = 0;
  uint32_t class_code = 0;  // 24 bits: class, subclass, interface
  std::string name;         // left empty by read_facts(): device_name() in names.h is for commands that print it
  std::string driver;       // empty: none
  bool is_vf = false;
  std::string physical_function;  // of a VF
  unsigned total_vfs = 0;
  unsigned vfs = 0;
  std::vector<BarFacts> bars;
  MsixFacts msix;
  unsigned msi_vectors = 0;
  bool has_express = false;
  std::vector<std::string> reset_methods;  // "flr", "pm", "bus"; empty: none
  std::optional<unsigned> group;           // nothing: no IOMMU covers it
  std::vector<GroupMember> group_members;  // with itself
  std::vector<base::IovaRange> reserved_iova;
  std::vector<DeviceUse> uses;
  std::optional<unsigned> numa_node;  // left empty by read_facts(): numa_node() is for commands that print it
};

// What a process may do about the limit of memory that it may lock.
struct LockingRights {
  bool may_raise_limit = false;  // CAP_SYS_RESOURCE
  bool ignores_limit = false;    // CAP_IPC_LOCK: neither type1 nor iommufd holds the limit against the process
};

// Facts that belong to no device.
struct MachineFacts {
  bool kvm_present = false;                     // /dev/kvm is there
  std::string kvm_error;                        // errno text when it cannot be opened read-write, else empty
  bool vfio_present = false;                    // /dev/vfio/vfio, or the module can be loaded
  bool iommufd_present = false;                 // /dev/iommu, where it was asked for or VFIO's container is not there
  unsigned physical_address_bits = 0;           // /proc/cpuinfo "address sizes"
  uint64_t memory_available = 0;                // MemAvailable
  bool numa_node_present = false;               // where it was asked for
  std::vector<platform::HugePages> huge_pages;  // where they were asked for
  uint64_t memlock_soft = 0;                    // RLIMIT_MEMLOCK; ~0: unlimited
  uint64_t memlock_hard = 0;
  LockingRights locking;               // where memory that may be locked has a limit
  uint64_t files_soft = ~uint64_t{0};  // RLIMIT_NOFILE, where it was asked for
  uint64_t files_hard = ~uint64_t{0};
};

// Read one device's facts. `address` is complete ("0000:65:00.1").
// Errors: base::Error (kDevice) when there is no such device, with the nearest that there are.
HostFacts read_facts(const std::string& address, const HostRoot& root = {});

// Numbers ("511:0") of the files by which VFIO gives a device: its group's and its own; empty: there is none.
struct DeviceFiles {
  std::string group;
  std::string device;
};
DeviceFiles device_files(const HostFacts& facts, const HostRoot& root = {});

// The sizes that a BAR can be given: bit n is 2^n MiB; 0: it has one size only; nothing: only root can know.
// Source: Documentation/ABI/testing/sysfs-bus-pci, resource<N>_resize.
std::optional<uint64_t> resizable_to(const HostFacts& facts, unsigned bar);

// The NUMA node that it is at. Nothing: the firmware does not say.
std::optional<unsigned> numa_node(const HostFacts& facts);

// Whether the device has a record of its errors (AER). Nothing: only root can know.
std::optional<bool> reports_errors(const HostFacts& facts);

// Return the addresses of all PCI functions of the host, sorted.
std::vector<std::string> list_devices(const HostRoot& root = {});

// Look at this process's rights.
LockingRights locking_rights(const HostRoot& root = {});

// What is not asked for is not looked at: a guest's start pays for each file.
struct MachineQuery {
  bool huge_pages = false;
  bool iommufd = false;
  bool files = false;
  std::optional<unsigned> numa_node;  // its presence, and the huge pages there instead of all
};
MachineFacts read_machine_facts(const MachineQuery& query, const HostRoot& root = {});

}  // namespace vireo::host
