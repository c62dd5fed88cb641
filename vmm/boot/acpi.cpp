#include "vmm/boot/acpi.h"

#include "vmm/base/error.h"
#include "vmm/boot/acpi_table.h"

namespace vireo::boot {
namespace {

using base::GuestAddress;

constexpr uint64_t kRsdpSize = 36;
constexpr uint64_t kTableAlignment = 64;  // what the FACS needs (ACPI 6.5 5.2.10)

base::Error impossible(const std::string& what) {
  return {base::ExitCode::kInternal, "ACPI tables: " + what};
}

// Puts tables one after the other.
class Area {
 public:
  explicit Area(const platform::GuestMemory& memory) : memory_(memory) {}

  GuestAddress add(std::span<const uint8_t> table) {
    const GuestAddress address(next_);
    const uint64_t end = next_ + base::align_up(table.size(), kTableAlignment);
    if (end > platform::kAcpiStart.value() + platform::kAcpiSize)
      throw impossible("more than " + std::to_string(platform::kAcpiSize) + " bytes");
    write(address, table);
    next_ = end;
    return address;
  }
  void write(GuestAddress address, std::span<const uint8_t> table) const {
    if (!memory_.write(address, table)) throw impossible("the guest has no memory for them below 1 MiB");
  }
  uint64_t size() const { return next_ - platform::kAcpiStart.value(); }

 private:
  const platform::GuestMemory& memory_;
  uint64_t next_ = platform::kAcpiStart.value() + base::align_up(kRsdpSize, kTableAlignment);
};

// ACPI 6.5 5.2.5.3: revision 2, no RSDT.
std::vector<uint8_t> make_rsdp(const AcpiOem& oem, GuestAddress xsdt) {
  constexpr size_t kChecksum = 8;
  constexpr size_t kFirstPart = 20;
  constexpr size_t kExtendedChecksum = 32;
  std::vector<uint8_t> rsdp;
  append_text(rsdp, "RSD PTR ", 9);
  append_text(rsdp, oem.id, 6);
  rsdp.push_back(2);
  rsdp.resize(kFirstPart);
  rsdp.push_back(kRsdpSize);
  rsdp.resize(24);
  for (unsigned i = 0; i < 8; ++i) rsdp.push_back(static_cast<uint8_t>(xsdt.value() >> (8 * i)));
  rsdp.resize(kRsdpSize);
  rsdp[kChecksum] = acpi_checksum(std::span(rsdp).first(kFirstPart));
  rsdp[kExtendedChecksum] = acpi_checksum(rsdp);
  return rsdp;
}

void check(const AcpiInputs& inputs) {
  const uint64_t buses = inputs.ecam.size() / base::kMiB;
  if (inputs.apic_ids.empty()) throw impossible("no processor");
  if (buses == 0 || buses > 256) throw impossible("ECAM has " + std::to_string(buses) + " buses");
  if (inputs.ecam.last().value() > 0xffffffff) throw impossible("ECAM is above 4 GiB");
  if (!inputs.mmio32.empty() && inputs.mmio32.last().value() > 0xffffffff)
    throw impossible("the 32-bit window is above 4 GiB");
  if (inputs.io.start + uint64_t{inputs.io.size} > 0x10000) throw impossible("the I/O window passes port 0xffff");
}

}  // namespace

AcpiTables build_acpi(const AcpiInputs& inputs, const platform::GuestMemory& memory) {
  check(inputs);
  Area area(memory);
  const GuestAddress facs = area.add(make_facs());
  const GuestAddress dsdt = area.add(make_dsdt(inputs));
  AcpiTable xsdt("XSDT", 1, inputs.oem);
  xsdt.u64(area.add(make_fadt(inputs, facs, dsdt)).value());
  xsdt.u64(area.add(make_madt(inputs)).value());
  xsdt.u64(area.add(make_mcfg(inputs)).value());
  const GuestAddress root = area.add(xsdt.finish());
  area.write(platform::kAcpiStart, make_rsdp(inputs.oem, root));
  return {.rsdp = platform::kAcpiStart, .size = area.size()};
}

}  // namespace vireo::boot
