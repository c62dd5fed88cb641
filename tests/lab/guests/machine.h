#pragma once

#include <cstdint>

// What a guest without an operating system needs of its machine: ports, memory, CPU, PCI, a console.
namespace guest {

inline void out8(uint16_t port, uint8_t value) {
  asm volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}
inline void out16(uint16_t port, uint16_t value) {
  asm volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}
inline uint8_t in8(uint16_t port) {
  uint8_t value;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
inline void write_msr(uint32_t index, uint64_t value) {
  asm volatile("wrmsr" ::"c"(index), "a"(static_cast<uint32_t>(value)), "d"(static_cast<uint32_t>(value >> 32)));
}
inline uint64_t read_msr(uint32_t index) {
  uint32_t low;
  uint32_t high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
  return uint64_t{high} << 32 | low;
}

// A register in memory.
inline volatile uint32_t& at(uint64_t address) {
  return *reinterpret_cast<volatile uint32_t*>(address);
}

// A function's configuration space in ECAM. Errors: absent reads all-ones.
class Function {
 public:
  Function(unsigned bus, unsigned device) : base_(0xe0000000 + (uint64_t{bus} << 20) + (uint64_t{device} << 15)) {}

  uint32_t read32(unsigned offset) const { return at(base_ + offset); }
  void write32(unsigned offset, uint32_t value) const { at(base_ + offset) = value; }
  uint16_t read16(unsigned offset) const { return *reinterpret_cast<volatile uint16_t*>(base_ + offset); }
  void write16(unsigned offset, uint16_t value) const { *reinterpret_cast<volatile uint16_t*>(base_ + offset) = value; }
  uint64_t bar(unsigned index) const;
  // The capability's offset; 0: none.
  unsigned capability(uint8_t id) const;

 private:
  uint64_t base_;
};

// Interrupt vectors that have arrived since the start, each.
extern volatile uint32_t arrived[256];
// Called by the interrupt's handler before the end of interrupt; may be null.
extern void (*volatile before_end)(unsigned vector);

// Local APIC in x2APIC mode, every vector counted, I/O APIC pins 16 to 23 (level) to `line_vector`; interrupts on.
void set_up_interrupts(uint8_t line_vector);

void print(const char* text);
void print(uint64_t number);
// Soft-off. Source: ACPI 6.5 4.8.3.2.1.
[[noreturn]] void power_off();

}  // namespace guest
