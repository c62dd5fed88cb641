#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "vmm/boot/acpi.h"

// What firmware needs to put ACPI tables where it wants them. Source: QEMU hw/acpi/bios-linker-loader.c's interface, as
// SeaBIOS (src/fw/romfile_loader.h) and edk2 (OvmfPkg/AcpiPlatformDxe/QemuLoader.h) document it.
namespace vireo::boot {

constexpr std::string_view kTableLoaderFile = "etc/table-loader";
constexpr std::string_view kAcpiTablesFile = "etc/acpi/tables";
constexpr std::string_view kAcpiRsdpFile = "etc/acpi/rsdp";

// Return kTableLoaderFile's commands for the other two files: `tables` and `rsdp` of the image.
std::vector<uint8_t> make_table_loader(const AcpiImage& image);

}  // namespace vireo::boot
