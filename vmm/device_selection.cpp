#include "vmm/device_selection.h"

#include <algorithm>

#include "vfio/host/held_locks.h"
#include "vfio/host/identity.h"
#include "vmm/config/load.h"
#include "vmm/plan_devices.h"

namespace vireo {
namespace {

// Which VFs the guest would have, one after the other.
class Foresight {
 public:
  // Return the VF's address; empty: it is yet to be made.
  std::string find(const host::VfRequest& request) {
    const host::PhysicalFunction pf = host::find_physical_function(request.physical_function);
    host::require_able(pf, request);
    if (pf.vfs.empty() && request.create != 0) return {};
    const unsigned index =
        host::choose_vf(pf, request, [&](const std::string& address) { return user_of(address, request); });
    chosen_.push_back(pf.vfs[index]);
    return pf.vfs[index];
  }

 private:
  std::string user_of(const std::string& address, const host::VfRequest& request) const {
    if (std::ranges::count(chosen_, address) != 0) return "this guest's already";
    if (const std::string owner = locks_.owner_of(address); !owner.empty()) return "in use by " + owner;
    return request.index ? host::named_vf_user(address) : host::vf_user(address);
  }

  host::HeldLocks locks_{host::HostRoot{}};
  std::vector<std::string> chosen_;
};

std::string find(const config::MatchConfig& match) {
  return host::find_device(match.values, match.index);
}

// A device that another one of the file is, too: known only now.
void require_another(const config::Config& config, const config::DeviceConfig& chosen) {
  for (const config::DeviceConfig* device : devices_of(config))
    if (device != &chosen && device->vfio == chosen.vfio && !chosen.vfio.empty())
      throw base::Error(base::ExitCode::kConfig, "that is " + chosen.vfio + ", which stands in the file already",
                        "it stands in " + device->where.file + ":" + std::to_string(device->where.line));
}

}  // namespace

host::VfRequest vf_request(const config::VfConfig& vf) {
  return {.physical_function = vf.pf,
          .index = vf.index,
          .create = vf.create,
          .policy = vf.policy,
          .queues = vf.queues,
          .interrupts = vf.interrupts,
          .namespaces = vf.namespaces};
}

void select_devices(config::Config& config, host::Claim& claim) {
  for (config::DeviceConfig* device : unnamed_devices_of(config)) {
    try {
      device->vfio = device->vf ? claim.take_vf(vf_request(*device->vf)) : find(*device->match);
      require_another(config, *device);
    } catch (const base::Error& error) {
      throw base::Error(error.code(), config::ConfigError(device->where, error.what(), error.help()).what());
    }
  }
}

Foreseen foresee_devices(config::Config& config) {
  Foreseen foreseen;
  Foresight foresight;
  for (config::DeviceConfig* device : unnamed_devices_of(config)) {
    try {
      device->vfio = device->vf ? foresight.find(vf_request(*device->vf)) : find(*device->match);
      if (device->vfio.empty())
        foreseen.remarks.push_back(device->vf->pf + " has no VFs yet: `run` makes " +
                                   std::to_string(device->vf->create) + "; the guest's own is not in this plan");
      require_another(config, *device);
    } catch (const base::Error& error) {
      device->vfio.clear();
      foreseen.conflicts.push_back(
          {.code = error.code(), .where = device->where, .message = error.what(), .help = error.help()});
    }
  }
  erase_unknown_devices(config);
  return foreseen;
}

}  // namespace vireo
