#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vmm/compare/agent/protocol.h"
#include "vmm/compare/fio_files.h"
#include "vmm/compare/result.h"
#include "vmm/compare/stop_signal.h"
#include "vmm/config/compare_config.h"

namespace vireo::compare {

// What a path needs of the host while its agent is up; it is given back at the end.
class HostPart {
 public:
  virtual ~HostPart() = default;
  // The agent's process has begun, and was not yet told anything.
  virtual void give_to(pid_t) {}
};

// How one path leads to the medium.
struct Route {
  PathKind kind = PathKind::kHost;
  std::string device;                                  // on the host, for people
  bool exclusive = false;                              // it takes away what the others need
  bool own_network = false;                            // the agent's process has a network of its own
  std::string guest_device;                            // what a guest's root port has, as JSON; empty: no guest
  std::vector<std::string> modules;                    // that the guest's kernel needs
  std::string alias;                                   // of a device whose driver it needs, too; empty: of none
  std::string words;                                   // the order that has the agent reach the medium
  std::function<std::unique_ptr<HostPart>()> provide;  // may be empty, and return nothing
};

// What the guests are made from.
struct GuestFiles {
  std::string kernel;
  std::string modules;
  std::string folder;                // where their files are written
  std::string vireo;                 // the program that runs them
  std::string agent;                 // the agent's file, for the host's own path
  std::optional<FioFiles> fio = {};  // that does the I/O; nothing: the agent does
};

// What all paths lead to. Errors of all: base::Error.
class Medium {
 public:
  virtual ~Medium() = default;

  virtual std::string text() const = 0;       // for people: "0000:01:00.0, namespace 1 (/dev/nvme0n1)"
  virtual std::string operation() const = 0;  // likewise: "4KiB random reads"
  // What all windows share. Errors: (kConfig) a range that it has not.
  virtual agent::Order order() const = 0;
  // The paths that lead to it where nobody has chosen.
  virtual std::vector<std::string> paths() const = 0;
  virtual Route route(const std::string& path) const = 0;
  // Have it ready, before any path's agent comes up. Lifetime: the signal's is longer.
  virtual void open(const GuestFiles&, const StopSignal&) {}
  // What makes its paths unlike each other.
  virtual std::vector<std::string> warnings() const { return {}; }
};

// Find what a file names. Errors: (kDevice): it is not there, or somebody uses it.
std::unique_ptr<Medium> find_medium(const config::CompareConfig& config);

}  // namespace vireo::compare
