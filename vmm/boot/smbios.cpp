#include "vmm/boot/smbios.h"

#include <algorithm>
#include <string_view>

#include "vmm/base/error.h"
#include "vmm/boot/acpi_table.h"
#include "vmm/platform/memory_map.h"

namespace vireo::boot {
namespace {

// 3.3 has every field that vireo has a value for, and the parsers in guests of 2020 know it; later ones only add.
constexpr uint8_t kMajorVersion = 3;
constexpr uint8_t kMinorVersion = 3;

// 6.1.3 has no limit: this one keeps a structure small. It holds the URL that cloud-init takes as a serial number.
constexpr size_t kLongestText = 255;

// What most enumerations call "other" and "unknown" (7.4.1, 7.4.2, 7.5.2, 7.17.3, 7.18.1, ...).
constexpr uint8_t kOther = 1;
constexpr uint8_t kUnknown = 2;

constexpr uint64_t kUnknownNumber = 0;          // a speed, a clock, a voltage, a rank, a maker's number
constexpr uint64_t kUnknownWidth = 0xffff;      // 7.18
constexpr uint64_t kNoCacheHandle = 0xffff;     // 7.5: no cache structure is given
constexpr uint64_t kNoErrorHandle = 0xfffe;     // 7.17, 7.18: no error structure is given
constexpr uint64_t kUnsupportedRelease = 0xff;  // 7.1

enum Type : uint8_t {
  kBios = 0,
  kSystem = 1,
  kChassis = 3,
  kProcessor = 4,
  kMemoryArray = 16,
  kMemoryDevice = 17,
  kMappedAddress = 19,
  kBootInformation = 32,
  kEndOfTable = 127,
};

constexpr size_t kMostOfAType = 256;

// Return a handle that no other structure has and that does not move when one is added.
constexpr uint16_t handle_of(Type type, size_t index = 0) {
  return static_cast<uint16_t>(type << 8 | index);
}

base::Error impossible(const std::string& what) {
  return {base::ExitCode::kInternal, "SMBIOS tables: " + what};
}

// Return the character to write for one byte of a person's text: a NUL would end the string, tools in the guest print
// control characters to a terminal, and 6.1.3 wants US-ASCII for the sake of older parsers.
char printable(char byte) {
  const auto value = static_cast<uint8_t>(byte);
  if (value < ' ' || value == 0x7f) return ' ';
  return value < 0x80 ? byte : '?';
}

std::string clean(std::string_view text) {
  std::string cleaned;
  for (const char byte : text) {
    const bool inside_character = (static_cast<uint8_t>(byte) & 0xc0) == 0x80;  // UTF-8: its first byte is replaced
    if (!inside_character) cleaned.push_back(printable(byte));
  }
  cleaned.erase(0, cleaned.find_first_not_of(' '));
  cleaned.resize(std::min(cleaned.size(), kLongestText));
  cleaned.resize(cleaned.find_last_not_of(' ') + 1);
  return cleaned;
}

// Builds one structure: header, the fields in order, then the texts. All numbers are little-endian.
// Source: DSP0134 6.1.2, 6.1.3.
class Structure {
 public:
  explicit Structure(Type type, size_t index = 0) { u8(type).u8(0).u16(handle_of(type, index)); }

  Structure& u8(uint64_t value) { return number(value, 1); }
  Structure& u16(uint64_t value) { return number(value, 2); }
  Structure& u32(uint64_t value) { return number(value, 4); }
  Structure& u64(uint64_t value) { return number(value, 8); }

  // Add the text's number: they count from 1, 0 is no text.
  Structure& text(std::string_view value) {
    const std::string cleaned = clean(value);
    if (cleaned.empty()) return u8(0);
    append_text(texts_, cleaned, cleaned.size() + 1);
    return u8(++text_count_);
  }
  Structure& no_text() { return u8(0); }

  void append_to(std::vector<uint8_t>& table) const {
    const size_t start = table.size();
    table.insert(table.end(), fields_.begin(), fields_.end());
    table[start + 1] = static_cast<uint8_t>(fields_.size());
    table.insert(table.end(), texts_.begin(), texts_.end());
    table.insert(table.end(), texts_.empty() ? 2 : 1, 0);
  }

 private:
  Structure& number(uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) fields_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }

  std::vector<uint8_t> fields_;
  std::vector<uint8_t> texts_;
  uint8_t text_count_ = 0;
};

// 7.1
Structure make_bios(const SmbiosFirmware& firmware) {
  constexpr uint64_t kNotSupported = 1u << 3;    // 7.1.1: the characteristics before the extension bytes
  constexpr uint64_t kAcpi = 1u << 0;            // 7.1.2.1
  constexpr uint64_t kUefi = 1u << 3;            // 7.1.2.2
  constexpr uint64_t kVirtualMachine = 1u << 4;  // 7.1.2.2
  Structure bios(kBios);
  bios.text(firmware.vendor).text(firmware.version);
  bios.u16(0);  // segment: no image below 1 MiB
  bios.text(firmware.release_date);
  bios.u8(0).u64(kNotSupported);  // ROM size: the least that can be said, 64 KiB
  bios.u8(kAcpi).u8(kVirtualMachine | (firmware.uefi ? kUefi : 0));
  bios.u8(kUnsupportedRelease).u8(kUnsupportedRelease);  // of the firmware
  bios.u8(kUnsupportedRelease).u8(kUnsupportedRelease);  // of an embedded controller
  bios.u16(0);                                           // extended ROM size: not used
  return bios;
}

// 7.2
Structure make_system(const SmbiosInputs& inputs) {
  // 7.2.1: the first three fields are little-endian, unlike RFC 4122.
  constexpr std::array<uint8_t, 16> kUuidOrder{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  Structure system(kSystem);
  system.text(inputs.manufacturer).text(inputs.product).text(inputs.version).text(inputs.serial);
  for (const uint8_t from : kUuidOrder) system.u8(inputs.uuid[from]);
  system.u8(kUnknown);  // what woke it (7.2.2)
  system.text(inputs.sku).text(inputs.family);
  return system;
}

// 7.4
Structure make_chassis(const SmbiosInputs& inputs) {
  Structure chassis(kChassis);
  chassis.text(inputs.manufacturer).u8(kOther);
  chassis.text(inputs.version).text(inputs.serial).text(inputs.asset_tag);
  chassis.u8(kUnknown).u8(kUnknown).u8(kUnknown);  // state at boot, of power supply, thermal
  chassis.u8(kUnknown);                            // security (7.4.3)
  chassis.u32(0).u8(0).u8(0);                      // vendor's own, height and power cords: unspecified
  chassis.u8(0).u8(0);                             // contained elements: none
  chassis.no_text();                               // SKU number
  return chassis;
}

// 7.5
Structure make_processor(const SmbiosInputs& inputs) {
  constexpr uint64_t kCentralProcessor = 3;      // 7.5.1
  constexpr uint64_t kPopulatedEnabled = 0x41;   // socket populated, CPU enabled
  constexpr uint64_t k64BitCapable = 1u << 2;    // 7.5.9
  constexpr uint64_t kMultiCore = 1u << 3;       // 7.5.9
  const uint64_t count = inputs.cpus;            // 16 bits: cores, enabled cores, threads
  const uint64_t low = std::min(count, 0xfful);  // 255: see the 16-bit field
  Structure processor(kProcessor);
  processor.text("CPU 0").u8(kCentralProcessor).u8(kUnknown);
  processor.text(inputs.cpu_manufacturer).u64(inputs.cpu_id).text(inputs.cpu_version);
  processor.u8(kUnknownNumber).u16(kUnknownNumber);   // voltage, external clock
  processor.u16(kUnknownNumber).u16(kUnknownNumber);  // speeds: largest, at boot
  processor.u8(kPopulatedEnabled).u8(kUnknown);       // the socket's type (7.5.5)
  processor.u16(kNoCacheHandle).u16(kNoCacheHandle).u16(kNoCacheHandle);
  processor.no_text().no_text().no_text();  // serial number, asset tag, part number
  processor.u8(low).u8(low).u8(low);
  processor.u16(k64BitCapable | (count > 1 ? kMultiCore : 0));
  processor.u16(kUnknown);  // family again, in 16 bits
  processor.u16(count).u16(count).u16(count);
  return processor;
}

// 7.17
Structure make_memory_array(uint64_t size) {
  constexpr uint64_t kSystemMemory = 3;          // 7.17.2
  constexpr uint64_t kSeeExtended = 0x80000000;  // 2 TiB and more do not fit a count of KiB
  const uint64_t kib = size / base::kKiB;
  const bool extended = kib >= kSeeExtended;
  Structure array(kMemoryArray);
  array.u8(kOther).u8(kSystemMemory).u8(kUnknown);  // where it is, its use, its error correction
  array.u32(extended ? kSeeExtended : kib).u16(kNoErrorHandle);
  array.u16(1).u64(extended ? size : 0);  // devices, extended capacity
  return array;
}

constexpr uint64_t kMostMemory = 0x7fffffff * base::kMiB;  // 7.18.5: 31 bits

// 7.18: all memory is one device, whatever its size.
Structure make_memory_device(uint64_t size) {
  constexpr uint64_t kSeeExtended = 0x7fff;         // 32 GiB - 1 MiB and more do not fit a count of MiB
  constexpr uint64_t kRam = 7;                      // 7.18.2
  constexpr uint64_t kUnknownDetail = 1u << 2;      // 7.18.3
  constexpr uint64_t kVolatileOperation = 1u << 3;  // 7.18.7
  const uint64_t mib = base::align_up(size, base::kMiB) / base::kMiB;
  const bool extended = mib >= kSeeExtended;
  Structure device(kMemoryDevice);
  device.u16(handle_of(kMemoryArray)).u16(kNoErrorHandle);
  device.u16(kUnknownWidth).u16(kUnknownWidth);  // total, data
  device.u16(extended ? kSeeExtended : mib);
  device.u8(kOther).u8(0);                                  // form factor; of no set of devices
  device.text("RAM").no_text();                             // locator of the device, of its bank
  device.u8(kRam).u16(kUnknownDetail).u16(kUnknownNumber);  // type, speed
  device.no_text().no_text().no_text().no_text();           // maker, serial number, asset tag, part number
  device.u8(kUnknownNumber).u32(extended ? mib : 0).u16(kUnknownNumber);  // rank, extended size, configured speed
  device.u16(kUnknownNumber).u16(kUnknownNumber).u16(kUnknownNumber);     // voltages
  device.u8(kUnknown).u16(kVolatileOperation).no_text();  // technology (7.18.6), operating mode, firmware version
  device.u16(kUnknownNumber).u16(kUnknownNumber);         // module's maker and product
  device.u16(kUnknownNumber).u16(kUnknownNumber);         // controller's maker and product
  device.u64(0).u64(size).u64(0).u64(0);                  // non-volatile, volatile, cache, logical bytes
  device.u32(0).u32(0);                                   // extended speeds: not used
  return device;
}

// 7.20
Structure make_mapped_address(const base::GuestRange& range, size_t index) {
  constexpr uint64_t kSeeExtended = 0xffffffff;  // from 4 TiB on
  const uint64_t first_kib = range.start().value() / base::kKiB;
  const uint64_t last_kib = range.last().value() / base::kKiB;
  const bool extended = last_kib >= kSeeExtended;
  Structure mapped(kMappedAddress, index);
  mapped.u32(extended ? kSeeExtended : first_kib).u32(extended ? kSeeExtended : last_kib);
  mapped.u16(handle_of(kMemoryArray)).u8(1);  // devices side by side in a row
  mapped.u64(extended ? range.start().value() : 0).u64(extended ? range.last().value() : 0);
  return mapped;
}

// 7.33
Structure make_boot_information() {
  Structure boot(kBootInformation);
  boot.u32(0).u16(0).u8(0);  // reserved; no errors detected (7.33.1)
  return boot;
}

// Return the bytes of RAM.
uint64_t check(const SmbiosInputs& inputs) {
  if (inputs.cpus == 0 || inputs.cpus >= 0xffff) throw impossible(std::to_string(inputs.cpus) + " processors");
  if (inputs.ram.empty()) throw impossible("no memory");
  if (inputs.ram.size() > kMostOfAType) throw impossible(std::to_string(inputs.ram.size()) + " ranges of memory");
  uint64_t size = 0;
  for (const base::GuestRange& range : inputs.ram) {
    if (range.empty() || !base::is_aligned(range.start().value() | range.size(), base::kKiB))
      throw impossible("a range of memory is empty or has a part of 1 KiB");
    if (range.size() > kMostMemory - size) throw impossible("more memory than one device has");
    size += range.size();
  }
  return size;
}

}  // namespace

std::vector<uint8_t> smbios_entry_point(base::GuestAddress structures, size_t size) {
  constexpr size_t kSize = 24;
  constexpr size_t kChecksum = 5;
  constexpr uint8_t kRevision = 1;
  if (size > 0xffffffff) throw impossible("more than 4 GiB of structures");
  std::vector<uint8_t> entry;
  append_text(entry, "_SM3_", kChecksum + 1);
  entry.insert(entry.end(), {kSize, kMajorVersion, kMinorVersion, 0, kRevision, 0});
  for (unsigned i = 0; i < 4; ++i) entry.push_back(static_cast<uint8_t>(size >> (8 * i)));
  for (unsigned i = 0; i < 8; ++i) entry.push_back(static_cast<uint8_t>(structures.value() >> (8 * i)));
  entry[kChecksum] = acpi_checksum(entry);
  return entry;
}

SmbiosTables make_smbios(const SmbiosInputs& inputs) {
  const uint64_t memory = check(inputs);
  std::vector<uint8_t> table;
  if (inputs.firmware) make_bios(*inputs.firmware).append_to(table);
  make_system(inputs).append_to(table);
  make_chassis(inputs).append_to(table);
  make_processor(inputs).append_to(table);
  make_memory_array(memory).append_to(table);
  make_memory_device(memory).append_to(table);
  for (size_t i = 0; i < inputs.ram.size(); ++i) make_mapped_address(inputs.ram[i], i).append_to(table);
  make_boot_information().append_to(table);
  Structure(kEndOfTable).append_to(table);  // 7.49
  return {.entry_point = smbios_entry_point(base::GuestAddress(), table.size()), .structures = table};
}

void build_smbios(const SmbiosInputs& inputs, const platform::GuestMemory& memory) {
  constexpr uint64_t kStructuresOffset = 32;  // behind the entry point
  const std::vector<uint8_t> structures = make_smbios(inputs).structures;
  const base::GuestAddress start(platform::kSmbiosStart.value() + kStructuresOffset);
  if (kStructuresOffset + structures.size() > platform::kSmbiosSize ||
      !memory.write(platform::kSmbiosStart, smbios_entry_point(start, structures.size())) ||
      !memory.write(start, structures))
    throw base::Error(base::ExitCode::kInternal, "SMBIOS tables: the guest has no place for them below 1 MiB");
}

}  // namespace vireo::boot
