#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "vmm/boot/acpi.h"

namespace vireo::boot {

// Builds one ACPI table: header, then fields in order. All numbers are little-endian.
// Source: ACPI 6.5 5.2.6.
class AcpiTable {
 public:
  AcpiTable(std::string_view signature, uint8_t revision, const AcpiOem& oem);

  AcpiTable& u8(uint64_t value) { return number(value, 1); }
  AcpiTable& u16(uint64_t value) { return number(value, 2); }
  AcpiTable& u32(uint64_t value) { return number(value, 4); }
  AcpiTable& u64(uint64_t value) { return number(value, 8); }
  AcpiTable& zeros(size_t count);
  AcpiTable& bytes(std::span<const uint8_t> data);

  // How wide one access to a register is. Source: ACPI 6.5 5.2.3.2.
  enum class Access : uint8_t { kUndefined = 0, kByte = 1, kWord = 2, kDword = 3 };
  // A generic address structure of I/O ports.
  AcpiTable& io_register(uint16_t port, unsigned bits, Access access);
  AcpiTable& no_register() { return zeros(12); }

  // Set length and checksum; return the table.
  std::vector<uint8_t> finish() const;

 private:
  AcpiTable& number(uint64_t value, unsigned size);

  std::vector<uint8_t> data_;
};

// Return what makes the bytes sum to zero.
uint8_t acpi_checksum(std::span<const uint8_t> data);

// Append `value`, cut or padded with NULs to `size`.
void append_text(std::vector<uint8_t>& out, std::string_view value, size_t size);

// The tables' contents (acpi_dsdt.cpp, acpi_fixed.cpp).
std::vector<uint8_t> make_dsdt(const AcpiInputs& inputs);
std::vector<uint8_t> make_fadt(const AcpiInputs& inputs, base::GuestAddress facs, base::GuestAddress dsdt);
std::vector<uint8_t> make_facs();
std::vector<uint8_t> make_madt(const AcpiInputs& inputs);
std::vector<uint8_t> make_mcfg(const AcpiInputs& inputs);

}  // namespace vireo::boot
