#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vmm/base/bits.h"

// What a guest's YAML file says: values only. `load` makes it, `plan` reads it.
namespace vireo::config {

// Where in the file a value stands, for messages that come later than parsing. Lines and columns count from 1.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;
};

struct MemoryConfig {
  uint64_t size = 0;
  std::optional<uint64_t> hugepages;  // 2 MiB or 1 GiB
  bool prefault = false;
  std::optional<unsigned> numa_node;
  Location where;
};

// Exactly one of `kernel` and `firmware` is set.
struct BootConfig {
  std::string firmware;  // "seabios", "ovmf" or a path
  Location firmware_where;
  std::string disk;  // the port whose disk it boots from; empty: the first
  Location disk_where;
  std::string vars;  // where UEFI keeps its variables; empty: nowhere
  Location vars_where;
  std::string kernel;  // bzImage or PVH ELF
  Location kernel_where;
  std::string initrd;  // empty: none
  Location initrd_where;
  std::string cmdline;
  Location where;
};

// What a guest sees of one of a device's capabilities, against vireo's own table.
struct CapabilityConfig {
  bool extended = false;  // above 0x100
  uint16_t id = 0;
  bool pass = false;  // false: hidden
};

// What happens when a device fails. When the host takes it away: the guest stops, or has to let go of it.
enum class OnError { kStop, kDetach, kReport };

// Where a guest finds a device's MSI-X table: auto moves it away from registers that are used for each I/O.
enum class MsixTable { kAuto, kDevice, kRelocate };

// A VF of a host device's, and what it is to be held to.
struct VfConfig {
  std::string pf;                             // an address, a network interface or an NVMe controller
  std::optional<unsigned> index;              // nothing: any that nobody uses
  unsigned create = 0;                        // how many are made where there are none; 0: none are
  std::map<std::string, std::string> policy;  // by `ip link set vf`'s keys
  std::optional<unsigned> queues;             // these three: of an NVMe controller's
  std::optional<unsigned> interrupts;
  std::optional<std::vector<unsigned>> namespaces;  // sorted
};

// What a host device is known by, whatever its address is today: vfio/host/identity.h has the keys.
struct MatchConfig {
  std::map<std::string, std::string> values;
  std::optional<unsigned> index;  // which of several; nothing: there must be one
};

// A host device that sits at a port, or on the root bus.
struct DeviceConfig {
  std::string vfio;  // host address, "0000:01:00.1" ("01:00.1" is completed); these two: empty until it is found
  std::optional<VfConfig> vf;
  std::optional<MatchConfig> match;
  std::map<std::string, std::string> expect;  // what it must be known by
  Location expect_where;
  bool force = false;       // take it although the host uses it
  bool companions = false;  // the other functions of its IOMMU group are taken with it, and given to nobody
  std::string driver;       // that it is bound to; empty: the variant made for it, else vfio-pci
  std::string power;        // "on": never suspended while it is the guest's; "auto"; empty: as it is
  OnError on_error = OnError::kStop;
  Location on_error_where;
  unsigned removal_timeout = 30;           // seconds
  std::string vf_token;                    // a UUID; empty: none
  std::map<unsigned, uint64_t> bar_sizes;  // bytes, of BARs that are resized on the host
  Location bar_size_where;
  MsixTable msix_table = MsixTable::kAuto;
  Location msix_table_where;
  std::optional<uint8_t> gpudirect_clique;
  Location clique_where;
  std::vector<std::string> reset_methods;  // in this order; empty: the kernel's own
  Location reset_where;
  bool no_rom = false;  // hide its expansion ROM
  std::vector<CapabilityConfig> capabilities;
  std::string rom_file;  // what the ROM shows; empty: the device's own
  Location rom_where;
  std::optional<int> file;  // an open file that vireo was started with, instead of opening one
  Location file_where;
  std::vector<unsigned> trapped_bars;  // whose accesses all exit to vireo
  Location where;
};

// A disk that vireo emulates.
struct DiskConfig {
  std::string image;  // raw: a file or a block device
  bool seed = false;  // made of cloud_init's files; `image` is no path then
  Location image_where;
  bool read_only = false;
  bool direct = false;  // past the host's page cache
  std::string serial;
  unsigned queues = 1;
  bool waits_on_errors = false;  // and not: the guest sees them
};

// A NIC that vireo emulates. Exactly one of the ways out is set.
struct NetConfig {
  std::string tap;     // a network interface
  std::string socket;  // of passt
  Location way_where;
  std::optional<std::array<uint8_t, 6>> mac;
  std::optional<uint16_t> mtu;
  std::optional<bool> vhost;  // of a tap; nothing: where the host has it
  unsigned queues = 1;        // pairs of them
};

// A port of a console that vireo emulates. Exactly one of the ways out is set.
struct ConsolePortConfig {
  std::string name;    // empty: a console
  std::string socket;  // to listen on
  std::string file;    // that output is added to
  Location where;
};

// A device that vireo emulates.
enum class EmulatedKind { kEntropy, kBlock, kNet, kConsole, kNvme, kTest };
struct EmulatedConfig {
  EmulatedKind kind = EmulatedKind::kEntropy;
  bool split_ring = false;                    // packed rings are not offered
  DiskConfig disk;                            // kBlock, kNvme
  NetConfig net;                              // kNet
  std::vector<ConsolePortConfig> ports = {};  // kConsole
  Location where;

  bool is_virtio() const { return kind != EmulatedKind::kNvme && kind != EmulatedKind::kTest; }
  bool is_disk() const { return kind == EmulatedKind::kBlock || kind == EmulatedKind::kNvme; }
};

// A place below a port or on the root bus: empty, a device, or a switch.
struct SwitchConfig;
struct PortConfig {
  std::string name;
  std::optional<uint8_t> device_number;  // `address: 3`, or "3.1" with function; nothing: a stable default
  std::optional<uint8_t> function_number;
  std::vector<DeviceConfig> functions;     // of the device that is plugged in: function 0, 1, ...; empty: nothing is
  std::optional<EmulatedConfig> emulated;  // is plugged in instead
  std::vector<SwitchConfig> downstream;    // at most one: the switch that is plugged in here
  Location where;

  bool has_device() const { return !functions.empty() || emulated; }
};
struct SwitchConfig {
  std::string name;
  std::vector<PortConfig> ports;  // downstream ports
  Location where;
};

// An entry of `pcie:`: a root port (with a device, a switch or nothing), or a switch behind a root port of its own.
struct PcieConfig {
  std::vector<PortConfig> root_ports;
};

// How devices reach the IOMMU: VFIO's type1 container, or iommufd with a file a device.
enum class IommuBackend { kAuto, kType1, kIommufd };

enum class OnReboot { kReboot, kExit };

struct ConsoleConfig {
  enum class Kind { kStdio, kNone, kFile } kind = Kind::kStdio;
  std::string path;  // kFile
  Location where;
};

// What cloud-init in the guest sets it up from.
struct CloudInitConfig {
  std::string user_data;
  std::string network;                       // empty: none
  std::map<std::string, std::string> files;  // more on its disk: names there, paths here
  Location where;
};

struct Config {
  std::string name;
  unsigned cpus = 1;
  Location cpus_where;
  bool hide_hypervisor = false;
  MemoryConfig memory;
  BootConfig boot;
  PcieConfig pcie;  // with a port for cloud_init's disk
  std::optional<CloudInitConfig> cloud_init;
  IommuBackend iommu = IommuBackend::kAuto;
  Location iommu_where;
  bool peer_to_peer = true;
  ConsoleConfig console;
  OnReboot on_reboot = OnReboot::kReboot;
};

}  // namespace vireo::config
