#include "vfio/host/names.h"

// The header does not say that it is C.
extern "C" {
#include <pci/pci.h>
}

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>

#include "vmm/base/library.h"
#include "vmm/base/log.h"

namespace vireo::host {
namespace {

// libpci's own handler ends the process. (The GNU attribute is a part of the type, as libpci declares it.)
__attribute__((noreturn)) void throw_error(char* format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);  // NOLINT(clang-analyzer-valist.Uninitialized)
  va_end(arguments);
  throw std::runtime_error(text);
}

void print_nothing(char*, ...) {}

std::string numbers(uint16_t vendor, uint16_t device) {
  char text[32];
  std::snprintf(text, sizeof text, "vendor %04x device %04x", vendor, device);
  return text;
}

}  // namespace

// libpci, opened when the first name is asked for.
struct DeviceNames::Library : base::Library {
  pci_access* access = nullptr;
  // Once the list failed, libpci's half-filled tables are not asked again.
  bool broken = !*this;

  // pci_lookup_name() needs no pci_init(), which would look for the devices themselves.
  explicit Library(const std::string& ids_file) : base::Library("libpci.so.3") {
    if (broken) return;
    access = function<decltype(::pci_alloc)>("pci_alloc")();
    access->error = throw_error;
    access->warning = print_nothing;
    access->debug = print_nothing;
    if (!ids_file.empty())
      function<decltype(::pci_set_name_list_path)>("pci_set_name_list_path")(access, ::strdup(ids_file.c_str()), 1);
  }
  ~Library() {
    if (access) function<decltype(::pci_cleanup)>("pci_cleanup")(access);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

DeviceNames::DeviceNames(const std::string& ids_file) : library_(std::make_unique<Library>(ids_file)) {}

DeviceNames::~DeviceNames() = default;

std::string DeviceNames::find(uint16_t vendor, uint16_t device) {
  if (library_->broken) return numbers(vendor, device);
  try {
    char buffer[256];
    // Without hwdb.bin libpci loses memory at each look into udev's database; it is made from the same list.
    const auto lookup = library_->function<decltype(::pci_lookup_name)>("pci_lookup_name");
    const char* name =
        lookup(library_->access, buffer, sizeof buffer,
               PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB, vendor, device);
    return name ? name : numbers(vendor, device);
  } catch (const std::runtime_error& error) {
    library_->broken = true;
    spdlog::warn("no device names: libpci: {}", error.what());
    return numbers(vendor, device);
  }
}

std::string device_name(uint16_t vendor, uint16_t device) {
  static std::mutex mutex;
  static DeviceNames names;
  const std::lock_guard lock(mutex);
  return names.find(vendor, device);
}

}  // namespace vireo::host
