#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pci/topology.h"
#include "vfio/config_policy.h"
#include "vfio/host/facts.h"
#include "vmm/config/config.h"
#include "vmm/platform/guest_memory.h"
#include "vmm/platform/interrupts.h"

namespace vireo {

// Why a guest cannot start as the file says, or what an operator should know.
struct Conflict {
  base::ExitCode code = base::ExitCode::kHost;
  config::Location where;  // line 0: no place in the file
  std::string message;     // with the evidence
  std::string help;        // the command that mends it
  // What it is about: a port's name, a device's host address, what an emulated device uses. Empty: the whole guest.
  std::string subject = {};
};

// What a file that the guest boots from looks like on disk.
struct FileFacts {
  std::string problem;  // empty: it can be booted from; else a sentence that names the file
  std::string help;
  uint64_t size = 0;  // of the memory that it needs
};

// An open file that vireo was started with, and the files that it can be. Device numbers as sysfs has them: "511:0".
struct GivenFile {
  std::string number;         // empty: it is not open
  std::string group_number;   // of /dev/vfio/GROUP
  std::string device_number;  // of /dev/vfio/devices/vfioN; empty: there is none
};

// A device of the file with what the host says of it.
struct DeviceFacts {
  std::string address;
  std::optional<host::HostFacts> facts;  // nothing: there is no such device
  std::string problem;                   // why not
  std::string help;
  FileFacts rom = {};  // where the file names one
  std::optional<GivenFile> given = {};
  // The other functions of its group that need to be taken with it, where the file says so.
  std::vector<host::HostFacts> companions = {};
  // Where the file wants it; nothing where only root can know.
  std::optional<bool> reports_errors = {};
  // What the file expects it to be known by, and it is not.
  std::vector<std::string> mismatches = {};
  // Of the BARs that the file resizes: bit n is 2^n MiB; nothing where only root can know.
  std::map<unsigned, std::optional<uint64_t>> resizable = {};
};

// Everything outside the file that a plan depends on.
struct Surroundings {
  host::MachineFacts machine;
  std::map<std::string, DeviceFacts> devices;  // by address
  FileFacts first_file;                        // kernel or firmware
  FileFacts variables = {};                    // the firmware's
  FileFacts initrd;
  FileFacts console;                                    // where its output goes, if to a file
  std::map<std::string, FileFacts> images = {};         // of disks, by path
  std::map<std::string, FileFacts> networks = {};       // taps by name, sockets by path
  std::map<std::string, FileFacts> console_ports = {};  // by path
};

// What a function of the planned tree is; its place and addresses are in pci::PlannedFunction.
enum class FunctionKind { kHostBridge, kLpcBridge, kRootPort, kUpstreamPort, kDownstreamPort, kPassthrough, kEmulated };
struct FunctionRole {
  FunctionKind kind = FunctionKind::kHostBridge;
  std::string host;                         // kPassthrough: the host's address
  uint16_t slot = 0;                        // of a port that has one; of a device: the one that it is in
  bool occupied = false;                    // ports
  bool hot_plug = false;                    // ports: the guest can be asked to let go of what is there
  bool reports_errors = false;              // root ports: of a device below
  config::OnError on_error = {};            // kPassthrough
  unsigned removal_timeout = 0;             // kPassthrough, seconds
  std::optional<uint8_t> clique;            // kPassthrough: of NVIDIA's GPUDirect
  std::optional<unsigned> msix_bar;         // kPassthrough: vireo's own, where the MSI-X table is relocated to it
  bool one_of_several = false;              // kPassthrough: of its device's functions
  std::string rom_file;                     // kPassthrough: what its ROM's BAR shows; empty: the device's own
  std::vector<unsigned> trapped_bars = {};  // kPassthrough: mapped nowhere
  vfio::PolicyOverrides capabilities = {};  // kPassthrough: where the file departs from vireo's table
  config::EmulatedConfig emulated = {};     // kEmulated
  platform::InterruptPlace interrupts = {};
};

// How a guest will be: everything `run` does follows from it, `plan` prints it.
struct Plan {
  config::Config config;
  host::MachineFacts machine;
  std::vector<platform::RamRegion> ram;
  platform::MemoryBacking backing;
  std::vector<pci::PlannedFunction> root_bus;
  std::map<std::string, FunctionRole> roles;         // by PlannedFunction::name
  std::map<std::string, host::HostFacts> devices;    // by host address
  std::vector<std::string> companions;               // host addresses of what is taken for devices' groups' sake
  std::map<std::string, host::HostFacts> around;     // companions; after look_at_neighbours() bridges and PFs, too
  std::map<std::string, uint64_t> rom_sizes;         // of files, by host address
  std::map<std::string, uint64_t> image_sizes;       // of disks, by path
  std::map<std::string, std::string> reset_methods;  // where the file says so, as reset_method takes them: "flr bus"
  std::map<std::string, int> given_files;            // open files that the devices came with, by host address
  pci::Windows windows;                              // of the root bus
  bool iommufd = false;                              // and not VFIO's type1 container
  bool peer_to_peer = false;                         // BARs are mapped for the guest's other devices
  unsigned vectors = 0;                              // MSI and MSI-X vectors of all devices together
  uint64_t files_needed = 0;                         // open at once: mostly an eventfd a vector
  uint64_t memlock_needed = 0;
  bool registers_memory = false;  // disks' io_urings pin it once, and not page by page with each request
  std::vector<Conflict> conflicts;
  std::vector<std::string> remarks;  // what the guest runs with, and an operator should know
};

// Lifetime of what it returns: until the next.
Conflict& add_conflict(Plan& plan, base::ExitCode code, const config::Location& where, std::string message,
                       std::string help = {});

// Look at the host: devices, files, limits. Changes nothing.
Surroundings look_around(const config::Config& config);

// Make the plan: a pure function. All conflicts at once, none thrown.
Plan make_plan(const config::Config& config, const Surroundings& surroundings);

// The same guest without devices that it has lost: for its reboot.
Plan without_devices(Plan plan, const std::vector<std::string>& addresses);

// Errors: base::Error with every conflict's text and the first one's exit code, when there are any.
void require_feasible(const Plan& plan);

}  // namespace vireo
