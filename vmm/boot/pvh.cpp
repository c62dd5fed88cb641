#include <elf.h>

#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "vmm/boot/boot_layout.h"
#include "vmm/boot/loading.h"
#include "vmm/boot/placement.h"
#include "vmm/boot/pvh_abi.h"

// Source: System V ABI (ELF-64), Xen docs/misc/pvh.pandoc.
namespace vireo::boot {
namespace {

constexpr uint64_t kSegmentLimit = 128;
constexpr uint64_t kNotesLimit = 64 * base::kKiB;
constexpr uint64_t kModulesAddress = kPvhStartInfoArea.start + sizeof(pvh::StartInfo);
constexpr uint64_t kMapAddress = kModulesAddress + sizeof(pvh::Module);
static_assert(kMapAddress + kE820Limit * sizeof(pvh::MemoryMapEntry) <=
              kPvhStartInfoArea.start + kPvhStartInfoArea.size);

base::Error damaged(const ImageFile& file, const std::string& what) {
  return file.error("damaged ELF file: " + what, "copy or build it again");
}

std::vector<Elf64_Phdr> read_segments(const ImageFile& file) {
  const auto identity = file.read_object<std::array<uint8_t, EI_NIDENT>>(0);
  if (identity[EI_CLASS] != ELFCLASS64) throw file.error("a 32-bit ELF file", "use an x86-64 kernel (CONFIG_X86_64=y)");
  const auto header = file.read_object<Elf64_Ehdr>(0);
  if (identity[EI_DATA] != ELFDATA2LSB || header.e_machine != EM_X86_64)
    throw file.error("an ELF file for another architecture (e_machine " + std::to_string(header.e_machine) + ")",
                     "use an x86-64 kernel");
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
    throw file.error("an ELF file that is not executable (an object, a module or a core dump)",
                     "use vmlinux or bzImage");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum > kSegmentLimit)
    throw damaged(
        file, std::to_string(header.e_phnum) + " program headers of " + std::to_string(header.e_phentsize) + " bytes");
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  file.read(header.e_phoff, {reinterpret_cast<uint8_t*>(segments.data()), segments.size() * sizeof(Elf64_Phdr)});
  return segments;
}

// Take `size` bytes, padded to 4, from the front; nothing when there are fewer.
std::optional<std::span<const uint8_t>> take(std::span<const uint8_t>& notes, uint64_t size) {
  if (size > notes.size()) return std::nullopt;
  const auto taken = notes.first(size);
  notes = notes.subspan(std::min<uint64_t>(base::align_up(size, 4), notes.size()));
  return taken;
}

// ELF-64, "Note Section": name size, descriptor size, type, name, descriptor; each padded to 4.
std::optional<uint32_t> find_entry(std::span<const uint8_t> notes) {
  constexpr std::array<uint8_t, 4> kOwner{'X', 'e', 'n', 0};
  while (const auto head = take(notes, sizeof(Elf64_Nhdr))) {
    Elf64_Nhdr note;
    std::memcpy(&note, head->data(), sizeof note);
    const auto name = take(notes, note.n_namesz);
    if (!name) return std::nullopt;
    const auto description = take(notes, note.n_descsz);
    if (!description) return std::nullopt;
    const bool ours =
        note.n_type == pvh::kEntryNote && std::equal(name->begin(), name->end(), kOwner.begin(), kOwner.end());
    if (!ours || description->size() < sizeof(uint32_t)) continue;
    uint32_t entry = 0;
    std::memcpy(&entry, description->data(), sizeof entry);
    return entry;
  }
  return std::nullopt;
}

base::GuestAddress read_entry(const ImageFile& file, const std::vector<Elf64_Phdr>& segments) {
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_NOTE || segment.p_filesz == 0 || segment.p_filesz > kNotesLimit) continue;
    std::vector<uint8_t> notes(segment.p_filesz);
    file.read(segment.p_offset, notes);
    if (const auto entry = find_entry(notes)) return base::GuestAddress(*entry);
  }
  throw file.error("an ELF file without a PVH entry note (XEN_ELFNOTE_PHYS32_ENTRY)",
                   "build the kernel with CONFIG_PVH=y, or use its bzImage");
}

bool is_loaded(const Elf64_Phdr& segment) {
  return segment.p_type == PT_LOAD && segment.p_memsz != 0;
}

// Return all the memory the segments take, from the first to the last.
base::GuestRange extent(const ImageFile& kernel, const std::vector<Elf64_Phdr>& segments) {
  uint64_t low = ~uint64_t{0};
  uint64_t high = 0;
  for (const Elf64_Phdr& segment : segments) {
    if (!is_loaded(segment)) continue;
    const auto range = base::GuestRange::make(base::GuestAddress(segment.p_paddr), segment.p_memsz);
    if (!range || segment.p_filesz > segment.p_memsz) throw damaged(kernel, "a segment's size is impossible");
    if (range->last() >= platform::kHighRamStart) throw damaged(kernel, "a segment is above 4 GiB");
    if (range->start() < platform::kHighMemoryStart)
      throw kernel.error("has a segment below 1 MiB, where the PC platform is", "link it at 1 MiB or above");
    low = std::min(low, range->start().value());
    high = std::max(high, range->last().value());
  }
  if (low > high) throw damaged(kernel, "no segment to load");
  return *base::GuestRange::make(base::GuestAddress(low), high - low + 1);
}

void load_segments(const LoadRequest& request, const std::vector<Elf64_Phdr>& segments) {
  for (const Elf64_Phdr& segment : segments) {
    if (!is_loaded(segment)) continue;
    const base::GuestAddress start(segment.p_paddr);
    request.kernel.load(segment.p_offset, start, segment.p_filesz, request.memory);
    const std::span<uint8_t> bytes = request.memory.bytes(start, segment.p_memsz);
    std::memset(bytes.data() + segment.p_filesz, 0, segment.p_memsz - segment.p_filesz);
  }
}

void write_start_info(const LoadRequest& request, const LoadedKernel& loaded) {
  const std::vector<E820Entry>& map = checked_e820(request);
  std::vector<pvh::MemoryMapEntry> entries;
  entries.reserve(map.size());
  for (const E820Entry& entry : map)
    entries.push_back({entry.range.start().value(), entry.range.size(), static_cast<uint32_t>(entry.type)});
  pvh::StartInfo info;
  info.command_line = kCommandLineArea.start;
  info.rsdp = request.information.rsdp.value_or(base::GuestAddress()).value();
  info.memory_map = kMapAddress;
  info.memory_map_entries = static_cast<uint32_t>(entries.size());
  if (!loaded.initrd.empty()) {
    info.module_count = 1;
    info.modules = kModulesAddress;
  }
  write_low_object(request, kPvhStartInfoArea.start, info);
  write_low_object(request, kModulesAddress,
                   pvh::Module{.address = loaded.initrd.start().value(), .size = loaded.initrd.size()});
  write_low(request, kMapAddress,
            {reinterpret_cast<const uint8_t*>(entries.data()), entries.size() * sizeof entries[0]});
}

}  // namespace

uint64_t check_pvh(const ImageFile& kernel) {
  const std::vector<Elf64_Phdr> segments = read_segments(kernel);
  read_entry(kernel, segments);
  return extent(kernel, segments).last().value() + 1;
}

LoadedKernel load_pvh(const LoadRequest& request) {
  const std::vector<Elf64_Phdr> segments = read_segments(request.kernel);
  LoadedKernel loaded;
  loaded.protocol = Protocol::kPvh;
  loaded.entry = read_entry(request.kernel, segments);
  loaded.parameters = base::GuestAddress(kPvhStartInfoArea.start);
  loaded.kernel = extent(request.kernel, segments);
  if (!fits(request.memory.regions(), loaded.kernel.start(), loaded.kernel.size()))
    throw too_large(request, loaded.kernel.last().value() + 1);
  if (!loaded.kernel.contains(loaded.entry)) throw damaged(request.kernel, "its PVH entry is outside its segments");
  write_command_line(request, kCommandLineArea.size - 1);
  load_segments(request, segments);
  loaded.initrd = load_initrd(request, platform::kHighRamStart.value(), loaded.kernel);
  write_start_info(request, loaded);
  return loaded;
}

}  // namespace vireo::boot
