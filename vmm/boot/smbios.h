#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vmm/base/address.h"
#include "vmm/platform/guest_memory.h"

namespace vireo::boot {

// Type 0: what started the guest's operating system.
struct SmbiosFirmware {
  std::string vendor = "vireo";
  std::string version;
  // As mm/dd/yyyy. Linux turns features on by this year (root ports sleep from 2015 on), so the default says none.
  std::string release_date;
  bool uefi = false;
};

// Texts: printable ASCII. Other characters are replaced, long texts cut to 255; an empty one is not there.
struct SmbiosInputs {
  // Nothing: the guest has a firmware that adds its own type 0, as SeaBIOS and OVMF do.
  std::optional<SmbiosFirmware> firmware = SmbiosFirmware{};

  // Type 1, and the same maker, version and serial number for the chassis (type 3).
  std::string manufacturer = "vireo";
  std::string product = "virtual machine";
  std::string version;
  std::string serial;
  std::array<uint8_t, 16> uuid{};  // in the order it is written down (RFC 4122); all zeros: the guest has none
  std::string sku;
  std::string family;
  std::string asset_tag;  // type 3; the tag an owner tells machines apart by: a good place for the guest's name

  // Type 4: one socket. Source of the three below: CPUID 0, 80000002-4, 1 (EAX, and EDX in the upper half).
  unsigned cpus = 0;
  std::string cpu_manufacturer;
  std::string cpu_version;
  uint64_t cpu_id = 0;

  // Types 16, 17 and 19. Multiples of 1 KiB that do not overlap.
  std::vector<base::GuestRange> ram;
};

struct SmbiosTables {
  std::vector<uint8_t> entry_point;  // for a firmware (fw_cfg's etc/smbios/smbios-anchor), which sets the address
  std::vector<uint8_t> structures;   // etc/smbios/smbios-tables
};

// Return the structures 0, 1, 3, 4, 16, 17, 19, 32 and 127, and an entry point with the address 0.
// Missing: caches (type 7) and slots (type 9), which 6.2 requires of a machine that has such sockets.
// Errors: base::Error (kInternal) when an input is impossible.
// Source: DSP0134 (SMBIOS) 3.6.0, the layouts of 3.3.
SmbiosTables make_smbios(const SmbiosInputs& inputs);

// Return the 24-byte entry point of the `size` bytes of structures at `structures`. A guest without firmware looks for
// it at multiples of 16 from 0xf0000 to 0xfffff.
// Errors: base::Error (kInternal) when there are 4 GiB of structures.
// Source: DSP0134 5.2.2.
std::vector<uint8_t> smbios_entry_point(base::GuestAddress structures, size_t size);

// Write them at kSmbiosStart: for a guest without firmware.
// Errors: the same, and when they do not fit.
void build_smbios(const SmbiosInputs& inputs, const platform::GuestMemory& memory);

}  // namespace vireo::boot
