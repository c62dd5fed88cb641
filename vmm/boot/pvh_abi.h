#pragma once

#include <cstdint>

// Source: Xen public/arch-x86/hvm/start_info.h and docs/misc/pvh.pandoc; no Linux user header has them.
namespace vireo::boot::pvh {

constexpr uint32_t kMagic = 0x336ec578;
constexpr uint32_t kVersion = 1;     // with the memory map
constexpr uint32_t kEntryNote = 18;  // XEN_ELFNOTE_PHYS32_ENTRY

struct StartInfo {
  uint32_t magic = kMagic;
  uint32_t version = kVersion;
  uint32_t flags = 0;
  uint32_t module_count = 0;
  uint64_t modules = 0;
  uint64_t command_line = 0;
  uint64_t rsdp = 0;
  uint64_t memory_map = 0;
  uint32_t memory_map_entries = 0;
  uint32_t reserved = 0;
};
static_assert(sizeof(StartInfo) == 56);

struct Module {
  uint64_t address = 0;
  uint64_t size = 0;
  uint64_t command_line = 0;
  uint64_t reserved = 0;
};
static_assert(sizeof(Module) == 32);

struct MemoryMapEntry {
  uint64_t address = 0;
  uint64_t size = 0;
  uint32_t type = 0;
  uint32_t reserved = 0;
};
static_assert(sizeof(MemoryMapEntry) == 24);

}  // namespace vireo::boot::pvh
