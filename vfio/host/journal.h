#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "vfio/host/facts.h"
#include "vfio/host/file_lock.h"
#include "vfio/host/nvme_resources.h"
#include "vfio/host/vf_policy.h"

namespace vireo::host {

// A device goes from `driver` with `driver_override` to `target`. The first two are what undoing brings back.
struct DriverStep {
  std::string device;           // its address
  std::string driver;           // empty: none
  std::string driver_override;  // empty: none
  std::string target;           // "vfio-pci", or a variant driver
  bool operator==(const DriverStep&) const = default;
};

// Whether a device may suspend itself: "on" (never) or "auto". Documentation/ABI/testing/sysfs-devices-power
inline constexpr const char* kPowerControl = "power/control";

// An attribute of a device in sysfs goes from `before` to `wanted`.
struct AttributeStep {
  std::string device;     // its address
  std::string attribute;  // its file's name, "reset_method"; or kPowerControl
  std::string before;
  std::string wanted;
  bool operator==(const AttributeStep&) const = default;
};

// A BAR of a device, while no driver has it, goes from one size to another.
struct BarSizeStep {
  std::string device;  // its address
  unsigned bar = 0;
  uint64_t before = 0;  // Units: bytes
  uint64_t wanted = 0;
  bool operator==(const BarSizeStep&) const = default;
};

// Which VF, by its PF.
struct VfPlace {
  std::string physical_function;  // its name, as PhysicalFunction has it
  unsigned index = 0;
  bool operator==(const VfPlace&) const = default;
};

// A PF goes from no VFs to `count`, which the host's drivers leave alone.
struct VfCountStep {
  std::string device;  // the PF's address
  unsigned count = 0;
  std::string autoprobe;  // its sriov_drivers_autoprobe before
  bool operator==(const VfCountStep&) const = default;
};

// What a PF's driver holds a VF to goes from `before` to `wanted`, which have the same keys.
struct VfPolicyStep {
  std::string device;  // the VF's address; of one on no PCI bus its PF's name
  VfPlace place;
  VfPolicy before;
  VfPolicy wanted;
  bool operator==(const VfPolicyStep&) const = default;
};

// What an NVMe VF has of its PF's goes from `before` to `wanted`.
struct NvmeResourcesStep {
  std::string device;  // the VF's address
  VfPlace place;
  NvmeResources before;
  NvmeResources wanted;
  bool operator==(const NvmeResourcesStep&) const = default;
};

// One change of the host. Another kind of change is another alternative, with a "kind" of its own in the file.
using Step = std::variant<DriverStep, AttributeStep, BarSizeStep, VfCountStep, VfPolicyStep, NvmeResourcesStep>;

std::string device_of(const Step& step);
bool any_of_device(const std::vector<Step>& steps, const std::string& device);

// What a journal file says.
struct JournalRecord {
  std::string boot;  // /proc/sys/kernel/random/boot_id: bindings do not survive a boot, so neither does this
  int64_t pid = 0;
  std::string guest;
  uint64_t created = 0;  // Units: nanoseconds since the boot; the newest journal is undone first
  std::vector<Step> steps;
};

std::string to_text(const JournalRecord& record);

// Errors: base::Error (kDevice) that says what is wrong with the text; never anything else.
JournalRecord parse_journal(const std::string& text);

std::string boot_id(const HostRoot& root);

// Replace a journal file: when this returns, the new text is on the medium; at any moment before, the old one is.
// No steps: the file and its lock file are removed.
// Errors: base::SystemError (kHost).
void store_journal(const std::string& path, const JournalRecord& record);

// The lock that a journal's owner holds for life. Not on the journal itself, which is replaced at each step.
std::string journal_lock_path(const std::string& path);

// The journal of one claim of this process.
class Journal {
 public:
  // Precondition: the caller holds the state lock, so that nobody takes the new journal for one of the dead.
  Journal(const HostRoot& root, const std::string& guest);

  // Record a step that is about to be done.
  void add(Step step);
  // Say which steps are not undone yet.
  void keep(std::vector<Step> steps);

  const std::vector<Step>& steps() const { return record_.steps; }

 private:
  std::string path_;
  JournalRecord record_;
  std::optional<FileLock> lock_;
};

}  // namespace vireo::host
