#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vfio/host/facts.h"
#include "vfio/host/host_writer.h"
#include "vfio/host/vf_request.h"

namespace vireo::host {

// A device to take.
struct ClaimedDevice {
  std::string address;
  std::string driver = {};  // that it is bound to; empty: the variant made for it, else vfio-pci
  std::string power = {};   // of power/control: "on" or "auto"; empty: as it is
  // Of its attributes in sysfs, those that are to be otherwise while it is the guest's: {"reset_method", "bus"}.
  std::vector<std::pair<std::string, std::string>> attributes = {};
  std::map<unsigned, uint64_t> bar_sizes = {};  // bytes, of BARs that are to be resized
};

// Host devices taken for one guest: VFs made and set up, devices bound to vfio-pci by driver_override. Transactional:
// each step is written to the journal (fsync) before it is done, verified by reading back, and undone in reverse when
// the claim ends, when a later step fails, or by restore() after the process died.
// The journal is one file a claim: <state>/claims/<pid>-<start time>.json; the .lock beside it is locked (flock) while
// its owner lives. Each device has a lock of its own, so that two processes never take the same one. A claim first
// undoes what dead ones left.
// A device that is on vfio-pci already stays there afterwards. VFs that a claim made stay until nobody has one of them:
// the last claim to end takes them away.
class Claim {
 public:
  // A claim of nothing yet. Lifetime: `writer` outlives it.
  explicit Claim(const std::string& guest, const HostRoot& root = {}, HostWriter& writer = kernel_writer());
  ~Claim();
  Claim(Claim&&) noexcept;
  Claim& operator=(Claim&&) noexcept;

  // Make sure of a VF, have it held to what is wanted, and lock it; return its address, for take().
  // Errors: base::Error (kDevice), naming the PF, what was refused and the remedy; (kHost) when nothing can be
  // recorded. Nothing is claimed then any more.
  std::string take_vf(const VfRequest& request);

  // Take all of `devices`, or none. Errors: the same.
  void take(const std::vector<ClaimedDevice>& devices);

  // The host took this device itself: what the claim changed of it but its driver is put back, and it is anybody's.
  void let_go(const std::string& address) noexcept;

  // Give the devices back to the drivers they came from. Idempotent; problems are logged and leave the journal.
  void release() noexcept;

 private:
  class State;
  std::unique_ptr<State> state_;
};

// What restore() did with one device.
struct Restored {
  std::string address;  // empty: the problem is the journal's own
  std::string driver;   // where it is now; empty: none
  std::string problem;  // empty: put back
  // The problem is that somebody has one of its VFs, and no fault: they go when nobody has one any more.
  bool vfs_in_use = false;
};

// Undo the journals of owners that are gone; journals of live ones are left alone. Idempotent.
// Errors: base::Error (kHost) when the state folder is not to be had (not root).
std::vector<Restored> restore(const HostRoot& root = {}, HostWriter& writer = kernel_writer());

// Where journals are kept: /run/vireo/claims (gone with a reboot, as bindings are).
std::string journal_folder(const HostRoot& root = {});

}  // namespace vireo::host
