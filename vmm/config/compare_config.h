#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vmm/config/config.h"

namespace vireo::config {

// What a comparison's YAML file says: one medium, the paths to it, and how they are measured. Values only.
struct CompareConfig {
  std::string nvme;  // a physical function: its address or its controller
  Location nvme_where;
  unsigned name_space = 1;
  std::string disk;  // a block device or an image, which no guest can own
  Location disk_where;
  std::string nic;  // a network device: its interface or its address. Of three media, one is named
  Location nic_where;
  std::string peer;                // the interface at its other end; empty: a VF's, if there is one
  std::vector<std::string> paths;  // in the order of the file; empty: all that the medium allows
  Location paths_where;
  std::map<std::string, std::string> backing;  // a path's own block device for the medium, by the path's name
  std::optional<VfConfig> vf;                  // of its `pf`: nothing

  enum class Operation { kRead, kWrite, kUdp, kTcp };
  std::optional<Operation> operation;  // nothing: reads of a disk, datagrams of a network
  Location operation_where;
  bool writes() const { return operation == Operation::kWrite; }
  bool by_tcp() const { return operation == Operation::kTcp; }
  uint64_t message = 64;  // bytes
  uint64_t block = 4 * base::kKiB;
  uint64_t first = 0;  // the range of the medium
  uint64_t size = 0;   // 0: to its end, at most 1 GiB
  Location range_where;
  std::vector<unsigned> depths = {1, 4, 32};   // closed loop
  std::vector<unsigned> loads = {30, 60, 90};  // open loop: percent of the most that a path did in a closed loop
  unsigned rounds = 5;
  uint64_t window = 1'000'000'000;  // nanoseconds
  uint64_t operations = 0;          // that end a window before its time; 0: none do
  bool by_fio = false;              // fio does the I/O, in place of vireo's own agent
  Location agent_where;
  bool count_events = true;
  uint64_t seed = 1;

  // What tests have a path do more for each operation, for a comparison to find. No release has it.
  struct Injection {
    std::string path;
    unsigned exits = 0;  // CPUIDs
    unsigned instructions = 0;
  } inject;

  unsigned cpus = 1;
  uint64_t memory = 512 * base::kMiB;
  std::string image;     // the user's own guest: a disk that boots; empty: a kernel with nothing but the agent
  Location image_where;  //
  std::string firmware = "seabios";  // that boots it: "seabios", "ovmf" or a path
  std::string kernel;                // empty: the host's
  std::string cmdline;               // more of that kernel's command line
  std::string modules;               // the folder with its modules, modules.dep in it; empty: the host's
  unsigned time_limit = 120;         // seconds that a guest has to come up, and for each window besides its own time
};

// The names of paths to a disk; and to a network.
inline constexpr std::array kDiskPaths{"vf", "pf", "virtio-blk", "nvme", "host"};
inline constexpr std::array kNicPaths{"vf", "pf", "vhost-net", "virtio-net", "host"};

}  // namespace vireo::config
