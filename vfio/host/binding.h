#pragma once

#include <string>

#include "vfio/host/facts.h"
#include "vfio/host/host_writer.h"
#include "vfio/host/journal.h"
#include "vfio/host/vfio_driver.h"

namespace vireo::host {

// Which driver a device has, and which it may have.
struct Binding {
  std::string driver;           // empty: none
  std::string driver_override;  // empty: none
  bool present = true;          // the device is on the host
  bool operator==(const Binding&) const = default;
};

Binding read_binding(const HostRoot& root, const std::string& address);

// Moves devices between drivers by `driver_override`, and reads back that it is so.
// Source: Documentation/ABI/testing/sysfs-bus-pci (driver_override, unbind, drivers_probe)
class Binder {
 public:
  // Lifetime: `writer` outlives it.
  Binder(const HostRoot& root, HostWriter& writer) : root_(root), writer_(&writer), variants_(root) {}

  // Return the driver by which a guest gets a device, loaded: `wanted`, else the variant that is made for the device,
  // else vfio-pci. Errors: base::Error (kDevice)
  std::string need_vfio_driver(const std::string& address, const std::string& wanted);

  // Do `step`: give its device to the step's target driver.
  // Errors: base::Error (kDevice), naming the device, what it is bound to now, and the remedy.
  void apply(const DriverStep& step);
  // Write the attribute. Errors: the same.
  void apply(const AttributeStep& step);
  // Precondition: no driver has the device. Errors: the same.
  void apply(const BarSizeStep& step);

  // Undo `step` from whatever point it got to. What others changed since then is left as they made it. Idempotent.
  // Errors: the same.
  void undo(const DriverStep& step);
  void undo(const AttributeStep& step);
  void undo(const BarSizeStep& step);
  // Only the override, where it is the step's; the driver stays as it is.
  void undo_override(const DriverStep& step);

  // Units: bytes; 0: there is no such BAR.
  uint64_t bar_size(const std::string& address, unsigned bar) const;

 private:
  void need_driver(const std::string& name);
  void resize(const BarSizeStep& step, uint64_t size);
  std::string folder(const std::string& address) const;
  void write(const std::string& address, const std::string& path, std::string_view text);
  void set_override(const std::string& address, const std::string& driver);
  void move(const std::string& address, const Binding& now, const Binding& wanted);
  [[noreturn]] void explain(const std::string& address, const Binding& wanted, const Binding& found) const;

  HostRoot root_;
  HostWriter* writer_;
  VariantModules variants_;
};

}  // namespace vireo::host
