#include "vmm/boot/acpi_table.h"

#include <numeric>

namespace vireo::boot {
namespace {

constexpr size_t kLengthOffset = 4;
constexpr size_t kChecksumOffset = 9;
constexpr uint32_t kOemRevision = 1;
constexpr std::string_view kCreator = "VREO";
constexpr uint32_t kCreatorRevision = 1;
constexpr uint8_t kSystemIo = 1;  // 5.2.3.2, table 5.1

}  // namespace

uint8_t acpi_checksum(std::span<const uint8_t> data) {
  return static_cast<uint8_t>(0 - std::accumulate(data.begin(), data.end(), 0u));
}

void append_text(std::vector<uint8_t>& out, std::string_view value, size_t size) {
  for (size_t i = 0; i < size; ++i) out.push_back(i < value.size() ? static_cast<uint8_t>(value[i]) : uint8_t{0});
}

AcpiTable::AcpiTable(std::string_view signature, uint8_t revision, const AcpiOem& oem) {
  append_text(data_, signature, 4);
  u32(0);  // length
  u8(revision);
  u8(0);  // checksum
  append_text(data_, oem.id, 6);
  append_text(data_, oem.table_id, 8);
  u32(kOemRevision);
  append_text(data_, kCreator, 4);
  u32(kCreatorRevision);
}

AcpiTable& AcpiTable::number(uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) data_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  return *this;
}

AcpiTable& AcpiTable::zeros(size_t count) {
  data_.resize(data_.size() + count);
  return *this;
}

AcpiTable& AcpiTable::bytes(std::span<const uint8_t> data) {
  data_.insert(data_.end(), data.begin(), data.end());
  return *this;
}

AcpiTable& AcpiTable::io_register(uint16_t port, unsigned bits, Access access) {
  return u8(kSystemIo).u8(bits).u8(0).u8(static_cast<uint8_t>(access)).u64(port);
}

std::vector<uint8_t> AcpiTable::finish() const {
  std::vector<uint8_t> table = data_;
  for (size_t i = 0; i < 4; ++i) table[kLengthOffset + i] = static_cast<uint8_t>(table.size() >> (8 * i));
  table[kChecksumOffset] = acpi_checksum(table);
  return table;
}

}  // namespace vireo::boot
