#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vfio/host/facts.h"

namespace vireo::host {

// Host devices taken for one guest: bound to vfio-pci by driver_override. Transactional: each step is written to the
// journal (fsync) before it is done, verified by reading back, and undone in reverse when the claim ends, when a later
// step fails, or by restore() after the process died.
// The journal is one file a process: <state>/<pid>-<start time>.json, locked (flock) while its owner lives.
class Claim {
 public:
  // Take all of `devices`, or none.
  // Errors: base::Error (kDevice), naming the device, the step and the remedy.
  Claim(const std::vector<HostFacts>& devices, const std::string& guest, const HostRoot& root = {});
  ~Claim();
  Claim(Claim&&) noexcept;
  Claim& operator=(Claim&&) noexcept;

  // Give the devices back to the drivers they came from. Idempotent; problems are logged and leave the journal.
  void release() noexcept;

 private:
  class State;
  std::unique_ptr<State> state_;
};

// What restore() did with one device.
struct Restored {
  std::string address;
  std::string driver;     // where it is now; empty: none
  std::string problem;    // empty: put back
};

// Undo the journals of owners that are gone; journals of live ones are left alone. Idempotent.
std::vector<Restored> restore(const HostRoot& root = {});

// Where journals are kept: /run/vireo/claims (gone with a reboot, as bindings are).
std::string journal_folder(const HostRoot& root = {});

}  // namespace vireo::host
