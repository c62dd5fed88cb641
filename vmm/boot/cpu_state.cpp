#include "vmm/boot/cpu_state.h"

#include <array>

#include "vmm/base/error.h"
#include "vmm/boot/boot_layout.h"

namespace vireo::boot {
namespace {

// Documentation/arch/x86/boot.rst: __BOOT_CS is 0x10, __BOOT_DS is 0x18.
constexpr uint16_t kCodeSelector = 0x10;
constexpr uint16_t kDataSelector = 0x18;
constexpr uint16_t kTaskSelector = 0x20;

// Intel SDM volume 3, 2.5 and 2.2.1.
constexpr uint64_t kCr0ProtectionEnable = 1 << 0;
constexpr uint64_t kCr0ExtensionType = 1 << 4;
constexpr uint64_t kCr0Paging = uint64_t{1} << 31;
constexpr uint64_t kCr4PhysicalAddressExtension = 1 << 5;
constexpr uint64_t kEferLongModeEnable = 1 << 8;
constexpr uint64_t kEferLongModeActive = 1 << 10;

// Intel SDM volume 3, tables 4-15 to 4-18.
constexpr uint64_t kPagePresent = 1 << 0;
constexpr uint64_t kPageWritable = 1 << 1;
constexpr uint64_t kPageLarge = 1 << 7;
constexpr uint64_t kTable = kPagePresent | kPageWritable;

constexpr uint8_t kTypeCode = 0xb;      // execute, read, accessed
constexpr uint8_t kTypeData = 0x3;      // read, write, accessed
constexpr uint8_t kTypeTaskBusy = 0xb;  // 32- or 64-bit TSS, busy

// Intel SDM volume 3, 3.4.5, figure 3-8.
uint64_t descriptor(const SegmentState& segment) {
  const uint64_t limit = segment.granularity_4k ? segment.limit >> 12 : segment.limit;
  const uint64_t base = segment.base;
  return (limit & 0xffff) | (base & 0xffffff) << 16 | uint64_t{segment.type} << 40 |
         uint64_t{segment.code_or_data} << 44 | uint64_t{1} << 47 | (limit >> 16 & 0xf) << 48 |
         uint64_t{segment.long_mode} << 53 | uint64_t{segment.default_32} << 54 |
         uint64_t{segment.granularity_4k} << 55 | (base >> 24) << 56;
}

template <typename T>
void store(const platform::GuestMemory& memory, uint64_t address, const T& object) {
  if (!memory.write_object(base::GuestAddress(address), object))
    throw base::Error(base::ExitCode::kBootImage, "the guest has no memory below 1 MiB", "give the guest more memory");
}

void write_gdt(const InitialCpuState& cpu, const platform::GuestMemory& memory) {
  // A long-mode TSS descriptor takes two slots; its base is below 4 GiB, so the second is zero.
  const std::array<uint64_t, 6> gdt{0, 0, descriptor(cpu.code), descriptor(cpu.data), descriptor(cpu.task), 0};
  static_assert(sizeof gdt <= kGdtArea.size);
  store(memory, kGdtArea.start, gdt);
}

void write_identity_map(const platform::GuestMemory& memory) {
  constexpr uint64_t kEntries = 512;
  constexpr uint64_t kDirectories = 4;
  constexpr uint64_t kPointers = kPageTableArea.start + base::kPageSize;
  constexpr uint64_t kFirstDirectory = kPointers + base::kPageSize;
  static_assert((2 + kDirectories) * base::kPageSize == kPageTableArea.size);

  std::array<uint64_t, kEntries> table{};
  table[0] = kPointers | kTable;
  store(memory, kPageTableArea.start, table);
  for (uint64_t i = 0; i < kDirectories; ++i) table[i] = (kFirstDirectory + i * base::kPageSize) | kTable;
  store(memory, kPointers, table);
  for (uint64_t i = 0; i < kDirectories; ++i) {
    for (uint64_t j = 0; j < kEntries; ++j) table[j] = (i * kEntries + j) * 2 * base::kMiB | kTable | kPageLarge;
    store(memory, kFirstDirectory + i * base::kPageSize, table);
  }
}

}  // namespace

InitialCpuState prepare_cpu(const LoadedKernel& kernel, const platform::GuestMemory& memory) {
  const bool long_mode = kernel.protocol == Protocol::kLinux64;
  InitialCpuState cpu;
  cpu.protocol = kernel.protocol;
  cpu.rip = kernel.entry.value();
  cpu.gdt_base = kGdtArea.start;
  cpu.gdt_limit = 6 * sizeof(uint64_t) - 1;
  cpu.code = {.selector = kCodeSelector,
              .limit = 0xffffffff,
              .type = kTypeCode,
              .long_mode = long_mode,
              .default_32 = !long_mode,
              .granularity_4k = true};
  cpu.data = {
      .selector = kDataSelector, .limit = 0xffffffff, .type = kTypeData, .default_32 = true, .granularity_4k = true};
  cpu.task = {.selector = kTaskSelector, .limit = 0x67, .type = kTypeTaskBusy, .code_or_data = false};
  cpu.cr0 = kCr0ProtectionEnable | kCr0ExtensionType;
  if (long_mode) {
    write_identity_map(memory);
    cpu.rsi = kernel.parameters.value();
    cpu.cr0 |= kCr0Paging;
    cpu.cr3 = kPageTableArea.start;
    cpu.cr4 = kCr4PhysicalAddressExtension;
    cpu.efer = kEferLongModeEnable | kEferLongModeActive;
  } else {
    cpu.rbx = kernel.parameters.value();
  }
  write_gdt(cpu, memory);
  return cpu;
}

}  // namespace vireo::boot
