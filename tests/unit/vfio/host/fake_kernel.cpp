#include "tests/unit/vfio/host/fake_kernel.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "iommu/driver_dma.h"
#include "vfio/host/binding.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

[[noreturn]] void fail(const std::string& path, int error_number) {
  throw base::SystemError(base::ExitCode::kDevice, "cannot write to " + path, error_number);
}

}  // namespace

void FakeKernel::write(const std::string& path, std::string_view text) {
  const std::string relative = path.substr(tree_.root().prefix.size());
  const std::string value(text);
  change(relative.substr(std::string("/sys/bus/pci/").size()) + " <- " + (value == "\n" ? "" : value));
  if (!refused.empty() && path.find(refused) != std::string::npos) fail(path, refusal);
  if (!exists(path.substr(0, path.rfind('/')))) fail(path, ENOENT);
  if (path.ends_with("/driver_override")) write_override(relative, value);
  if (path.ends_with("/sriov_numvfs")) make_vfs(relative, static_cast<unsigned>(std::stoi(value)));
  if (path.ends_with("/reset_method") || path.ends_with("/power/control") || path.ends_with("/sriov_drivers_autoprobe"))
    tree_.write(relative, value + "\n");
  if (path.ends_with("/unbind")) unbind(relative, value);
  if (path.ends_with("/drivers_probe")) probe(value);
  if (path.ends_with("_resize")) resize(relative, value);
}

void FakeKernel::change(const std::string& what) {
  if (static_cast<int>(history.size()) == killed_at) ::_exit(137);
  history.push_back(what);
}

// Linux drivers/pci/pci-sysfs.c, sriov_numvfs_store(): VFs in groups of their own, at device 10 of the PF's bus.
void FakeKernel::make_vfs(const std::string& path, unsigned count) const {
  const std::string folder = path.substr(0, path.rfind('/'));
  const std::string pf = folder.substr(folder.rfind('/') + 1);
  const std::string real = "/sys/devices/pci0000:00/" + pf;
  const auto address = [&](unsigned index) { return pf.substr(0, 8) + "10." + std::to_string(index); };
  const unsigned now = static_cast<unsigned>(std::stoi(tree_.read(real + "/sriov_numvfs")));
  if (now != 0 && count != 0) fail(path, EBUSY);
  for (unsigned index = 0; index < now; ++index) {
    const std::string group = "/sys/kernel/iommu_groups/" + std::to_string(40 + index);
    for (const std::string& name : {real + "/virtfn" + std::to_string(index), "/sys/bus/pci/devices/" + address(index),
                                    "/sys/devices/pci0000:00/" + address(index), group})
      tree_.remove(name);
  }
  for (unsigned index = 0; index < count; ++index) {
    tree_.device(address(index));
    tree_.group(address(index), 40 + index);
    tree_.link("/sys/devices/pci0000:00/" + address(index) + "/physfn", "../" + pf);
    tree_.link(real + "/virtfn" + std::to_string(index), "../" + address(index));
  }
  tree_.write(real + "/sriov_numvfs", std::to_string(count) + "\n");
}

VfPolicy FakeKernel::read_policy(const std::string& interface, unsigned vf) {
  return policies.at({interface, vf});
}

void FakeKernel::write_policy(const std::string& interface, unsigned vf, const VfPolicy& policy) {
  std::string text = interface + " vf " + std::to_string(vf);
  for (const auto& [key, value] : policy) text += " " + key + " " + value;
  change(text);
  for (const auto& [key, value] : policy)
    if (key != forgotten_key) policies.at({interface, vf})[key] = value;
}

NvmeResources FakeKernel::read_resources(const std::string& node, unsigned vf) {
  return resources.at({node, vf});
}

void FakeKernel::write_resources(const std::string& node, unsigned vf, const NvmeResources& wanted) {
  change(node + " vf " + std::to_string(vf) + " queues " + std::to_string(wanted.queues) +
         (wanted.online ? " online" : " offline"));
  NvmeResources& now = resources.at({node, vf});
  now.online = false;
  if (wanted.queues >= too_many_queues)
    throw base::Error(base::ExitCode::kDevice, node + ": VF: giving it queues: Invalid Number of Controller Resources");
  now = wanted;
}

int FakeKernel::load_module(const std::string& name) {
  history.push_back("modprobe " + name);
  return on_load(name);
}

void FakeKernel::write_override(const std::string& path, const std::string& text) const {
  tree_.write(path, text == "\n" ? "(null)\n" : text + "\n");
}

void FakeKernel::unbind(const std::string& path, const std::string& address) const {
  if (path != "/sys/bus/pci/drivers/" + tree_.bound(address) + "/unbind") fail(path, ENODEV);
  set_power(address, "on");
  tree_.remove("/sys/devices/pci0000:00/" + address + "/driver");
}

// Linux drivers/vfio/pci/vfio_pci_core.c: pm_runtime_allow() in register_device(), _forbid() in its counterpart.
void FakeKernel::set_power(const std::string& address, const std::string& control) const {
  const std::string path = "/sys/devices/pci0000:00/" + address + "/power/control";
  if (iommu::is_vfio_driver(tree_.bound(address)) && !tree_.read(path).empty()) tree_.write(path, control + "\n");
}

// Of BAR 0 alone. Linux drivers/pci/pci-sysfs.c: EBUSY while a driver has the device.
void FakeKernel::resize(const std::string& path, const std::string& exponent) const {
  const std::string folder = path.substr(0, path.rfind('/'));
  if (!tree_.bound(folder.substr(folder.rfind('/') + 1)).empty()) fail(path, EBUSY);
  if (no_room) return;
  std::ostringstream line;
  line << "0x1000000000 0x" << std::hex << 0x1000000000 + (uint64_t{1} << (20 + std::stoi(exponent))) - 1
       << " 0x0000000000140204\n";
  tree_.write(folder + "/resource", line.str());
}

void FakeKernel::probe(const std::string& address) const {
  const Binding now = read_binding(tree_.root(), address);
  if (!now.driver.empty()) return;
  const auto found = natural.find(address);
  const std::string unforced = found == natural.end() ? "" : found->second;
  const std::string driver = now.driver_override.empty() ? unforced : now.driver_override;
  const auto loaded = tree_.list("/sys/bus/pci/drivers");
  const bool broken = std::find(broken_drivers.begin(), broken_drivers.end(), driver) != broken_drivers.end();
  if (!broken && std::find(loaded.begin(), loaded.end(), driver) != loaded.end()) tree_.bind(address, driver);
  set_power(address, "auto");
}

}  // namespace vireo::host
