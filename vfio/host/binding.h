#pragma once

#include <string>

#include "vfio/host/facts.h"
#include "vfio/host/host_writer.h"
#include "vfio/host/journal.h"

namespace vireo::host {

inline constexpr const char* kVfioPci = "vfio-pci";

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
  Binder(HostRoot root, HostWriter& writer) : root_(std::move(root)), writer_(&writer) {}

  // Make sure that vfio-pci is there, loading it when it is not.
  // Errors: base::Error (kDevice)
  void need_vfio_driver();

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
  void resize(const BarSizeStep& step, uint64_t size);
  std::string folder(const std::string& address) const;
  void write(const std::string& address, const std::string& path, std::string_view text);
  void set_override(const std::string& address, const std::string& driver);
  void move(const std::string& address, const Binding& now, const Binding& wanted);
  [[noreturn]] void explain(const std::string& address, const Binding& wanted, const Binding& found) const;

  HostRoot root_;
  HostWriter* writer_;
};

}  // namespace vireo::host
