#include "vmm/boot/aml_resources.h"

namespace vireo::boot::aml {
namespace {

// ACPI 6.5 6.4.2 and 6.4.3: small tags carry their length, large ones have bit 7 set.
constexpr uint8_t kIrqTag = 0x22;
constexpr uint8_t kIoTag = 0x47;
constexpr uint8_t kEndTag = 0x79;
constexpr uint8_t kFixedMemory32Tag = 0x86;
constexpr uint8_t kDwordTag = 0x87;
constexpr uint8_t kWordTag = 0x88;
constexpr uint8_t kQwordTag = 0x8a;

constexpr uint8_t kDecode16 = 1;
constexpr uint8_t kWritable = 1;
constexpr uint8_t kMemoryType = 0;
constexpr uint8_t kIoType = 1;
constexpr uint8_t kBusType = 2;
constexpr uint8_t kEntireIoRange = 3;                // table 6.57, _RNG: not only ISA or non-ISA
constexpr uint8_t kFixedProducer = 1 << 2 | 1 << 3;  // table 6.55: _MIF, _MAF; producer, positive decode

}  // namespace

void ResourceTemplate::put(uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) bytes_.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

ResourceTemplate& ResourceTemplate::io(uint16_t start, uint8_t size) {
  put(kIoTag, 1);
  put(kDecode16, 1);
  put(start, 2);
  put(start, 2);
  put(1, 1);  // alignment
  put(size, 1);
  return *this;
}

ResourceTemplate& ResourceTemplate::irq(unsigned line) {
  put(kIrqTag, 1);
  put(uint64_t{1} << line, 2);
  return *this;
}

ResourceTemplate& ResourceTemplate::fixed_memory32(uint32_t start, uint32_t size) {
  put(kFixedMemory32Tag, 1);
  put(9, 2);
  put(kWritable, 1);
  put(start, 4);
  put(size, 4);
  return *this;
}

// 6.4.3.5.1 to 6.4.3.5.3: one shape, three widths.
void ResourceTemplate::window(const Window& window) {
  put(window.tag, 1);
  put(3 + 5 * window.width, 2);
  put(window.type, 1);
  put(kFixedProducer, 1);
  put(window.type_flags, 1);
  put(0, window.width);  // granularity
  put(window.first, window.width);
  put(window.last, window.width);
  put(0, window.width);  // translation
  put(window.last - window.first + 1, window.width);
}

ResourceTemplate& ResourceTemplate::bus_numbers(uint16_t first, uint16_t last) {
  window({kWordTag, kBusType, 0, 2, first, last});
  return *this;
}

ResourceTemplate& ResourceTemplate::io_window(uint16_t first, uint16_t last) {
  window({kWordTag, kIoType, kEntireIoRange, 2, first, last});
  return *this;
}

ResourceTemplate& ResourceTemplate::memory_window32(uint32_t first, uint32_t last) {
  window({kDwordTag, kMemoryType, kWritable, 4, first, last});
  return *this;
}

ResourceTemplate& ResourceTemplate::memory_window64(uint64_t first, uint64_t last) {
  window({kQwordTag, kMemoryType, kWritable, 8, first, last});
  return *this;
}

Term ResourceTemplate::term() const {
  Bytes all = bytes_;
  all.push_back(kEndTag);
  all.push_back(0);  // 6.4.2.9: a checksum of zero counts as good
  return buffer(all);
}

}  // namespace vireo::boot::aml
