#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace vireo::host {

// The names in libpci's list. Reading the list costs tens of millions of instructions: not for the start of a guest.
// Thread: one at a time.
class DeviceNames {
 public:
  // `ids_file`: instead of libpci's own pci.ids.
  explicit DeviceNames(const std::string& ids_file = {});
  ~DeviceNames();
  DeviceNames(const DeviceNames&) = delete;
  DeviceNames& operator=(const DeviceNames&) = delete;

  // Return "Red Hat, Inc. QEMU NVM Express Controller", or "vendor 1b36 device 0010" where the list has no name.
  std::string find(uint16_t vendor, uint16_t device);

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

// The same from one list for the process, read at the first call. Any thread.
std::string device_name(uint16_t vendor, uint16_t device);

}  // namespace vireo::host
