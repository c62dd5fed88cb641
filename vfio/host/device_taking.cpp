#include "vfio/host/device_taking.h"

#include "iommu/driver_dma.h"
#include "vfio/host/holder.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/error.h"

namespace vireo::host {

using base::Error;
using base::ExitCode;

bool DeviceTaking::is_done(const ClaimedDevice& device) const {
  const std::string driver = read_binding(root_, device.address).driver;
  return device.attributes.empty() && sizes_to_set(device).empty() &&
         (device.driver.empty() ? iommu::is_vfio_driver(driver) : driver == device.driver) &&
         (device.power.empty() || attribute(device.address, kPowerControl) == device.power);
}

// What the device has now, not what the facts said a while ago, is what it gets back.
void DeviceTaking::take(const ClaimedDevice& device) const {
  const std::string& address = device.address;
  const Binding before = read_binding(root_, address);
  if (!before.present) throw Error(ExitCode::kDevice, address + ": gone from the host since it was looked at");
  const bool stays = iommu::is_vfio_driver(before.driver) && (device.driver.empty() || device.driver == before.driver);
  const std::string driver = stays ? before.driver : binder_->need_vfio_driver(address, device.driver);
  // Whatever it was before, VFIO's drivers make it "auto" when they get a device and "on" when they let it go.
  // Linux drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device() and its counterpart.
  if (!stays && !attribute(address, kPowerControl).empty()) set_attribute(address, kPowerControl, "on");
  if (const auto sizes = sizes_to_set(device); sizes.empty())
    move(address, before, driver);
  else
    resize(address, before, driver, sizes);
  if (!device.power.empty()) set_attribute(address, kPowerControl, device.power);
  for (const auto& [name, wanted] : device.attributes) set_attribute(address, name, wanted);
}

std::map<unsigned, uint64_t> DeviceTaking::sizes_to_set(const ClaimedDevice& device) const {
  std::map<unsigned, uint64_t> sizes = device.bar_sizes;
  std::erase_if(sizes, [&](const auto& size) { return binder_->bar_size(device.address, size.first) == size.second; });
  return sizes;
}

// The kernel resizes what no driver has. VFIO's unbind would wait for whoever has the device open.
void DeviceTaking::resize(const std::string& address, const Binding& before, const std::string& driver,
                          const std::map<unsigned, uint64_t>& sizes) const {
  if (const std::string holder = iommu::is_vfio_driver(before.driver) ? device_holder(root_, address) : "";
      !holder.empty())
    throw Error(ExitCode::kDevice, address + ": its BARs cannot be resized while it is open in " + holder,
                "end that program first");
  move(address, before, "");
  for (const auto& [bar, size] : sizes)
    add_(BarSizeStep{.device = address, .bar = bar, .before = binder_->bar_size(address, bar), .wanted = size});
  move(address, read_binding(root_, address), driver);
}

void DeviceTaking::move(const std::string& address, const Binding& before, const std::string& target) const {
  add_(DriverStep{
      .device = address, .driver = before.driver, .driver_override = before.driver_override, .target = target});
}

std::string DeviceTaking::attribute(const std::string& address, const std::string& name) const {
  return read_attribute(root_.sys() + "/bus/pci/devices/" + address + "/" + name);
}

void DeviceTaking::set_attribute(const std::string& address, const std::string& name, const std::string& wanted) const {
  const AttributeStep step{.device = address, .attribute = name, .before = attribute(address, name), .wanted = wanted};
  if (step.before != wanted) add_(step);
}

}  // namespace vireo::host
