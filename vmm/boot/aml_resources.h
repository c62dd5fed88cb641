#pragma once

#include <cstdint>

#include "vmm/boot/aml.h"

namespace vireo::boot::aml {

// A resource template: what _CRS returns. Chain what it has, then take the term.
// Source: ACPI 6.5 6.4.
class ResourceTemplate {
 public:
  // Ports a device decodes. Small descriptor, 6.4.2.5.
  ResourceTemplate& io(uint16_t start, uint8_t size);
  // An ISA interrupt: edge, active high, exclusive. 6.4.2.1.
  ResourceTemplate& irq(unsigned line);
  // Memory a device decodes, below 4 GiB. 6.4.3.4.
  ResourceTemplate& fixed_memory32(uint32_t start, uint32_t size);

  // Windows a bridge passes on (ResourceProducer, positive decode, fixed). 6.4.3.5.
  ResourceTemplate& bus_numbers(uint16_t first, uint16_t last);
  ResourceTemplate& io_window(uint16_t first, uint16_t last);
  ResourceTemplate& memory_window32(uint32_t first, uint32_t last);
  ResourceTemplate& memory_window64(uint64_t first, uint64_t last);

  // Return the buffer with its end tag.
  Term term() const;

 private:
  void put(uint64_t value, unsigned size);
  struct Window {
    uint8_t tag;
    uint8_t type;
    uint8_t type_flags;
    unsigned width;
    uint64_t first;
    uint64_t last;
  };
  void window(const Window& window);

  Bytes bytes_;
};

}  // namespace vireo::boot::aml
