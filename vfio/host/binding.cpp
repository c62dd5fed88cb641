#include "vfio/host/binding.h"

#include <bit>
#include <cerrno>

#include "iommu/driver_dma.h"
#include "vfio/host/bar_facts.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/bits.h"
#include "vmm/base/fd.h"
#include "vmm/base/log.h"

namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;

std::string bound_text(const std::string& driver) {
  return driver.empty() ? std::string("bound to no driver") : "bound to " + driver;
}

}  // namespace

Binding read_binding(const HostRoot& root, const std::string& address) {
  const std::string folder = root.sys() + "/bus/pci/devices/" + address;
  Binding binding{.driver = link_name(folder + "/driver"),
                  .driver_override = read_attribute(folder + "/driver_override")};
  // Every PCI device has the attribute, and it is never empty.
  binding.present = !binding.driver_override.empty();
  // How printf in the kernel shows that there is none.
  if (binding.driver_override == "(null)") binding.driver_override.clear();
  return binding;
}

std::string Binder::folder(const std::string& address) const {
  return root_.sys() + "/bus/pci/devices/" + address;
}

void Binder::need_driver(const std::string& name) {
  const std::string path = root_.sys() + "/bus/pci/drivers/" + name;
  if (exists(path)) return;
  const int status = writer_->load_module(name);
  if (exists(path)) return;
  throw Error(ExitCode::kDevice,
              path + " is not there, and modprobe " + name + " did not help (status " + std::to_string(status) + ")",
              "modprobe " + name + "; it needs a kernel with CONFIG_VFIO_PCI and that kernel's modules");
}

std::string Binder::need_vfio_driver(const std::string& address, const std::string& wanted) {
  const std::string module = wanted.empty() ? variants_.made_for(address) : std::string();
  if (!module.empty()) {
    if (driver_of_module(module, root_).empty()) writer_->load_module(module);
    if (std::string variant = driver_of_module(module, root_); !variant.empty()) return variant;
    spdlog::warn("[{}] {} is made for it and cannot be loaded: vfio-pci has it", address, module);
  }
  std::string driver = wanted.empty() ? kVfioPci : wanted;
  need_driver(driver);
  return driver;
}

void Binder::write(const std::string& address, const std::string& path, std::string_view text) {
  try {
    writer_->write(path, text);
  } catch (const base::SystemError& error) {
    if (!exists(folder(address)))
      throw Error(ExitCode::kDevice, address + ": gone from the host since it was looked at: " + error.what());
    const int number = error.error_number();
    const bool denied = number == EACCES || number == EPERM || number == EROFS;
    throw Error(ExitCode::kDevice, address + ": " + error.what(),
                denied ? "changing a device's driver needs root and a writable /sys"
                       : "what the kernel says: dmesg | grep " + address);
  }
}

void Binder::set_override(const std::string& address, const std::string& driver) {
  // An empty line takes it away; an empty write would not arrive.
  write(address, folder(address) + "/driver_override", driver.empty() ? "\n" : driver);
}

// The override steers the probe to exactly the wanted driver (a VF whose PF has sriov_drivers_autoprobe=0 binds only
// with one), and gets its wanted value last.
void Binder::move(const std::string& address, const Binding& now, const Binding& wanted) {
  const std::string drivers = root_.sys() + "/bus/pci/drivers/";
  const std::string& steering = wanted.driver.empty() ? wanted.driver_override : wanted.driver;
  if (now.driver_override != steering) set_override(address, steering);
  // By the driver's own file and not the device's link: it refuses when the device has moved meanwhile.
  if (!now.driver.empty()) write(address, drivers + now.driver + "/unbind", address);
  if (!wanted.driver.empty()) write(address, root_.sys() + "/bus/pci/drivers_probe", address);
  if (wanted.driver_override != steering) set_override(address, wanted.driver_override);
  const Binding found = read_binding(root_, address);
  if (found != wanted) explain(address, wanted, found);
}

void Binder::explain(const std::string& address, const Binding& wanted, const Binding& found) const {
  const std::string log = "what the kernel says: dmesg | grep -e vfio -e " + address;
  if (found.driver == wanted.driver)
    throw Error(ExitCode::kDevice,
                address + ": driver_override reads \"" + found.driver_override + "\" after \"" +
                    wanted.driver_override + "\" was written",
                log);
  const std::string message = address + ": " + bound_text(found.driver) + " after it was offered to " +
                              (wanted.driver.empty() ? std::string("none") : wanted.driver);
  if (iommu::is_vfio_driver(wanted.driver) && !exists(folder(address) + "/iommu_group"))
    throw Error(
        ExitCode::kDevice, message + ": no IOMMU covers it, so vfio-pci refuses it",
        "turn the IOMMU on in the firmware's set-up; on Intel also intel_iommu=on on the kernel's command line");
  if (iommu::is_vfio_driver(wanted.driver) && wanted.driver != kVfioPci)
    throw Error(ExitCode::kDevice, message + ", which refused it", "write `driver: vfio-pci` beside it; " + log);
  if (!wanted.driver.empty() && !exists(root_.sys() + "/bus/pci/drivers/" + wanted.driver))
    throw Error(ExitCode::kDevice, message + ", which is not loaded", "modprobe " + wanted.driver);
  throw Error(ExitCode::kDevice, message + ", which refused it", log);
}

void Binder::apply(const DriverStep& step) {
  if (step.driver == step.target) return;
  move(step.device, {.driver = step.driver, .driver_override = step.driver_override},
       {.driver = step.target, .driver_override = step.target});
}

void Binder::apply(const AttributeStep& step) {
  if (step.before == step.wanted) return;
  const std::string path = folder(step.device) + "/" + step.attribute;
  write(step.device, path, step.wanted);
  if (const std::string found = read_attribute(path); found != step.wanted)
    throw Error(
        ExitCode::kDevice,
        step.device + ": " + step.attribute + " reads \"" + found + "\" after \"" + step.wanted + "\" was written",
        "what the kernel says: dmesg | grep " + step.device);
}

uint64_t Binder::bar_size(const std::string& address, unsigned bar) const {
  for (const BarFacts& found : read_bars(folder(address)))
    if (found.index == bar) return found.size;
  return 0;
}

// The file takes the size as the exponent of two in MiB. Documentation/ABI/testing/sysfs-bus-pci, resource<N>_resize.
void Binder::resize(const BarSizeStep& step, uint64_t size) {
  if (bar_size(step.device, step.bar) == size) return;
  const std::string name = "resource" + std::to_string(step.bar) + "_resize";
  write(step.device, folder(step.device) + "/" + name, std::to_string(std::countr_zero(size / base::kMiB)));
  if (const uint64_t found = bar_size(step.device, step.bar); found != size)
    throw Error(ExitCode::kDevice,
                step.device + ": BAR " + std::to_string(step.bar) + " has " + std::to_string(found / base::kMiB) +
                    " MiB after it was to have " + std::to_string(size / base::kMiB) + " MiB",
                "the bridges above it may have no room: dmesg | grep " + step.device);
}

void Binder::apply(const BarSizeStep& step) {
  resize(step, step.wanted);
}

// What somebody else made of it meanwhile stays.
void Binder::undo(const BarSizeStep& step) {
  if (!exists(folder(step.device)) || bar_size(step.device, step.bar) != step.wanted) return;
  if (const std::string driver = read_binding(root_, step.device).driver;
      driver.empty() || iommu::is_vfio_driver(driver))
    resize(step, step.before);
  else
    spdlog::warn("[{}] BAR {} keeps its size: the device is {} now", step.device, step.bar, bound_text(driver));
}

void Binder::undo_override(const DriverStep& step) {
  if (!exists(folder(step.device))) return;
  const bool ours = read_binding(root_, step.device).driver_override == step.target;
  if (ours && step.driver_override != step.target) set_override(step.device, step.driver_override);
}

void Binder::undo(const AttributeStep& step) {
  const std::string path = folder(step.device) + "/" + step.attribute;
  // What somebody else wrote meanwhile stays.
  if (step.before != step.wanted && read_attribute(path) == step.wanted) write(step.device, path, step.before);
}

void Binder::undo(const DriverStep& step) {
  if (step.driver == step.target || !exists(folder(step.device))) return;
  const Binding now = read_binding(root_, step.device);
  // Ours are the target while the device is the guest's, and the old driver for the moment of its probe.
  const bool override_is_ours = now.driver_override == step.target || now.driver_override == step.driver;
  const std::string driver_override = override_is_ours ? step.driver_override : now.driver_override;
  const bool moved_by_others = !now.driver.empty() && now.driver != step.target && now.driver != step.driver;
  if (moved_by_others)
    spdlog::warn("[{}] is {} now, not {}: left there", step.device, bound_text(now.driver), bound_text(step.target));
  if (!moved_by_others && now.driver != step.driver)
    move(step.device, now, {.driver = step.driver, .driver_override = driver_override});
  else if (now.driver_override != driver_override)
    set_override(step.device, driver_override);
}

}  // namespace vireo::host
