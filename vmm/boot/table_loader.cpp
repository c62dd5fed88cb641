#include "vmm/boot/table_loader.h"

#include "vmm/boot/acpi_table.h"

namespace vireo::boot {
namespace {

constexpr size_t kCommandSize = 128;
constexpr size_t kNameSize = 56;
constexpr uint32_t kAllocate = 1;
constexpr uint32_t kAddPointer = 2;
constexpr uint32_t kAddChecksum = 3;
constexpr uint8_t kAnywhere = 1;         // below 4 GiB
constexpr uint8_t kFirmwareSegment = 2;  // 0xe0000-0xfffff, where an RSDP is looked for (ACPI 6.5 5.2.5.1)
constexpr uint32_t kRsdpAlignment = 16;

// Puts commands one after the other.
class Script {
 public:
  Script& command(uint32_t number) {
    bytes_.resize(base::align_up(bytes_.size(), kCommandSize));
    return u32(number);
  }
  Script& name(std::string_view file) {
    append_text(bytes_, file, kNameSize);
    return *this;
  }
  Script& u32(uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) bytes_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }
  Script& u8(uint8_t value) {
    bytes_.push_back(value);
    return *this;
  }
  std::vector<uint8_t> finish() {
    bytes_.resize(base::align_up(bytes_.size(), kCommandSize));
    return std::move(bytes_);
  }

 private:
  std::vector<uint8_t> bytes_;
};

std::string_view file_of(bool in_rsdp) {
  return in_rsdp ? kAcpiRsdpFile : kAcpiTablesFile;
}

}  // namespace

std::vector<uint8_t> make_table_loader(const AcpiImage& image) {
  Script script;
  script.command(kAllocate).name(kAcpiRsdpFile).u32(kRsdpAlignment).u8(kFirmwareSegment);
  script.command(kAllocate).name(kAcpiTablesFile).u32(kAcpiAlignment).u8(kAnywhere);
  for (const auto& [in_rsdp, offset, width] : image.pointers)
    script.command(kAddPointer).name(file_of(in_rsdp)).name(kAcpiTablesFile).u32(offset).u8(width);
  // After the pointers: they are in the sums.
  for (const auto& [in_rsdp, offset, start, size] : image.checksums)
    script.command(kAddChecksum).name(file_of(in_rsdp)).u32(offset).u32(start).u32(size);
  return script.finish();
}

}  // namespace vireo::boot
