#include "tests/lab/guests/machine.h"

extern "C" char interrupt_entries[];

namespace guest {

volatile uint32_t arrived[256];
void (*volatile before_end)(unsigned vector);

namespace {

// Intel SDM volume 3: 11.12.1.2 (x2APIC registers), 7.14.1 (64-bit gates).
constexpr uint32_t kApicBase = 0x1b;
constexpr uint32_t kX2ApicEoi = 0x80b;
constexpr uint32_t kX2ApicSpurious = 0x80f;
constexpr uint64_t kIoApic = 0xfec00000;

struct Gate {
  uint16_t low;
  uint16_t segment;
  uint16_t attributes;
  uint16_t middle;
  uint32_t high;
  uint32_t reserved;
};
Gate gates[256];

struct [[gnu::packed]] TableRegister {
  uint16_t limit;
  uint64_t base;
};

}  // namespace

extern "C" void on_interrupt(unsigned vector) {
  if (vector < 32) {
    print("conformance: exception ");
    print(vector);
    print("\n");
    power_off();
  }
  arrived[vector] = arrived[vector] + 1;
  if (before_end != nullptr) before_end(vector);
  write_msr(kX2ApicEoi, 0);
}

uint64_t Function::bar(unsigned index) const {
  const uint32_t low = read32(0x10 + 4 * index);
  const bool wide = (low & 7) == 4;
  return (wide ? uint64_t{read32(0x14 + 4 * index)} << 32 : 0) | (low & ~15u);
}

unsigned Function::capability(uint8_t id) const {
  unsigned at = read32(0x34) & 0xfc;
  while (at != 0 && (read32(at) & 0xff) != id) at = read32(at) >> 8 & 0xfc;
  return at;
}

void set_up_interrupts(uint8_t line_vector) {
  for (unsigned i = 0; i < 256; ++i) {
    const auto entry = reinterpret_cast<uint64_t>(interrupt_entries) + 16 * i;
    gates[i] = {static_cast<uint16_t>(entry),       8, 0x8e00, static_cast<uint16_t>(entry >> 16),
                static_cast<uint32_t>(entry >> 32), 0};
  }
  const TableRegister table{sizeof gates - 1, reinterpret_cast<uint64_t>(gates)};
  asm volatile("lidt %0" ::"m"(table));
  out8(0x21, 0xff);  // the PICs are silent
  out8(0xa1, 0xff);
  write_msr(kApicBase, read_msr(kApicBase) | 0xc00);
  write_msr(kX2ApicSpurious, 0x1ff);
  for (unsigned pin = 16; pin < 24; ++pin) {
    at(kIoApic) = 0x11 + 2 * pin;
    at(kIoApic + 16) = 0;
    at(kIoApic) = 0x10 + 2 * pin;
    at(kIoApic + 16) = 0xa000u | line_vector;  // level, active low
  }
  asm volatile("sti");
}

void print(const char* text) {
  for (; *text != '\0'; ++text) {
    while ((in8(0x3fd) & 0x20) == 0) {
    }
    out8(0x3f8, static_cast<uint8_t>(*text));
  }
}

void print(uint64_t number) {
  char digits[21];
  char* first = digits + sizeof digits - 1;
  *first = '\0';
  do {
    *--first = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  print(first);
}

void power_off() {
  out16(0x604, 0x3400);
  for (;;) asm volatile("hlt");
}

}  // namespace guest
