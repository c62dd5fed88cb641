#include "vmm/boot/acpi.h"

#include <cstring>
#include <utility>

#include "vmm/base/error.h"
#include "vmm/boot/acpi_table.h"

namespace vireo::boot {
namespace {

using base::GuestAddress;

constexpr uint64_t kTablesOffset = base::align_up(36, kAcpiAlignment);  // in our area, after the RSDP
constexpr uint32_t kTableChecksum = 9;                                  // ACPI 6.5 5.2.6

// ACPI 6.5 5.2.5.3.
constexpr uint32_t kRsdpSize = 36;
constexpr uint32_t kRsdpChecksum = 8;  // of the first part
constexpr uint32_t kRsdpFirstPart = 20;
constexpr uint32_t kRsdpXsdt = 24;
constexpr uint32_t kRsdpExtendedChecksum = 32;

// ACPI 6.5 5.2.9, table 5.9.
constexpr uint32_t kFadtFacs = 36;
constexpr uint32_t kFadtDsdt = 40;
constexpr uint32_t kFadtExtendedDsdt = 140;
constexpr uint32_t kHeaderSize = 36;

base::Error impossible(const std::string& what) {
  return {base::ExitCode::kInternal, "ACPI tables: " + what};
}

// Puts tables one after the other.
class Assembly {
 public:
  // Return its offset, as the address that others know it by for now.
  GuestAddress add(std::span<const uint8_t> table) {
    const auto start = static_cast<uint32_t>(base::align_up(image_.tables.size(), kAcpiAlignment));
    image_.tables.resize(start);
    image_.tables.insert(image_.tables.end(), table.begin(), table.end());
    return GuestAddress(start);
  }
  GuestAddress add_with_checksum(std::span<const uint8_t> table) {
    const GuestAddress start = add(table);
    const auto offset = static_cast<uint32_t>(start.value());
    image_.tables[offset + kTableChecksum] = 0;
    image_.checksums.push_back(
        {.offset = offset + kTableChecksum, .start = offset, .size = static_cast<uint32_t>(table.size())});
    return start;
  }
  void pointer(GuestAddress table, uint32_t offset, uint8_t width) {
    image_.pointers.push_back({.offset = static_cast<uint32_t>(table.value()) + offset, .width = width});
  }
  AcpiImage& image() { return image_; }

 private:
  AcpiImage image_;
};

// Revision 2, no RSDT.
void add_rsdp(AcpiImage& image, const AcpiOem& oem, GuestAddress xsdt) {
  std::vector<uint8_t>& rsdp = image.rsdp;
  append_text(rsdp, "RSD PTR ", 9);
  append_text(rsdp, oem.id, 6);
  rsdp.push_back(2);
  rsdp.resize(kRsdpFirstPart);
  rsdp.push_back(kRsdpSize);
  rsdp.resize(kRsdpXsdt);
  for (unsigned i = 0; i < 8; ++i) rsdp.push_back(static_cast<uint8_t>(xsdt.value() >> (8 * i)));
  rsdp.resize(kRsdpSize);
  image.pointers.push_back({.in_rsdp = true, .offset = kRsdpXsdt, .width = 8});
  image.checksums.push_back({.in_rsdp = true, .offset = kRsdpChecksum, .start = 0, .size = kRsdpFirstPart});
  image.checksums.push_back({.in_rsdp = true, .offset = kRsdpExtendedChecksum, .start = 0, .size = kRsdpSize});
}

void check(const AcpiInputs& inputs) {
  const uint64_t buses = inputs.ecam.size() / base::kMiB;
  if (inputs.apic_ids.empty()) throw impossible("no processor");
  if (buses == 0 || buses > 256) throw impossible("ECAM has " + std::to_string(buses) + " buses");
  if (inputs.ecam.last().value() > 0xffffffff) throw impossible("ECAM is above 4 GiB");
  for (const base::GuestRange& window : inputs.memory)
    if (window.empty() || (window.start().value() <= 0xffffffff && window.last().value() > 0xffffffff))
      throw impossible("a memory window is empty or passes 4 GiB");
  if (inputs.io.start + uint64_t{inputs.io.size} > 0x10000) throw impossible("the I/O window passes port 0xffff");
}

// Have the pointers and checksums that `tables` has at that address.
void settle(AcpiImage& image, GuestAddress tables) {
  for (const auto& [in_rsdp, offset, width] : image.pointers) {
    std::vector<uint8_t>& bytes = in_rsdp ? image.rsdp : image.tables;
    uint64_t value = 0;
    std::memcpy(&value, &bytes[offset], width);
    value += tables.value();
    std::memcpy(&bytes[offset], &value, width);
  }
  for (const auto& [in_rsdp, offset, start, size] : image.checksums) {
    std::vector<uint8_t>& bytes = in_rsdp ? image.rsdp : image.tables;
    bytes[offset] = acpi_checksum(std::span(bytes).subspan(start, size));
  }
}

}  // namespace

AcpiImage make_acpi(const AcpiInputs& inputs) {
  check(inputs);
  Assembly assembly;
  const GuestAddress facs = assembly.add(make_facs());
  const GuestAddress dsdt = assembly.add_with_checksum(make_dsdt(inputs));
  const GuestAddress fadt = assembly.add_with_checksum(make_fadt(inputs, facs, dsdt));
  assembly.pointer(fadt, kFadtFacs, 4);
  assembly.pointer(fadt, kFadtDsdt, 4);
  assembly.pointer(fadt, kFadtExtendedDsdt, 8);
  AcpiTable xsdt("XSDT", 1, inputs.oem);
  xsdt.u64(fadt.value());
  xsdt.u64(assembly.add_with_checksum(make_madt(inputs)).value());
  xsdt.u64(assembly.add_with_checksum(make_mcfg(inputs)).value());
  const std::vector<uint8_t> list = xsdt.finish();
  const GuestAddress root = assembly.add_with_checksum(list);
  for (uint32_t entry = kHeaderSize; entry < list.size(); entry += 8) assembly.pointer(root, entry, 8);
  add_rsdp(assembly.image(), inputs.oem, root);
  return std::move(assembly.image());
}

AcpiTables build_acpi(const AcpiInputs& inputs, const platform::GuestMemory& memory) {
  AcpiImage image = make_acpi(inputs);
  const GuestAddress tables(platform::kAcpiStart.value() + kTablesOffset);
  const uint64_t size = kTablesOffset + image.tables.size();
  if (size > platform::kAcpiSize) throw impossible("more than " + std::to_string(platform::kAcpiSize) + " bytes");
  settle(image, tables);
  if (!memory.write(platform::kAcpiStart, image.rsdp) || !memory.write(tables, image.tables))
    throw impossible("the guest has no memory for them below 1 MiB");
  return {.rsdp = platform::kAcpiStart, .size = size};
}

}  // namespace vireo::boot
