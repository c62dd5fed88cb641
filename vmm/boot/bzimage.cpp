#include <asm/bootparam.h>

#include <bit>
#include <cstddef>
#include <cstring>

#include "vmm/boot/boot_layout.h"
#include "vmm/boot/loading.h"
#include "vmm/boot/placement.h"

// Source: Documentation/arch/x86/boot.rst ("boot.rst" below), the 64-bit boot protocol.
namespace vireo::boot {
namespace {

constexpr uint64_t kHeaderOffset = 0x1f1;
constexpr uint64_t kSectorSize = 512;
constexpr uint16_t kBootFlag = 0xaa55;
constexpr uint32_t kMagic = 0x53726448;      // "HdrS"
constexpr uint16_t kOldestVersion = 0x020c;  // 2.12: xloadflags
constexpr uint64_t kEntryOffset = 0x200;     // of the 64-bit entry in the protected-mode code
constexpr uint8_t kUnknownLoader = 0xff;     // type_of_loader
constexpr uint64_t kLargestAlignment = base::kGiB;

static_assert(sizeof(boot_params) == kZeroPageArea.size);
static_assert(offsetof(boot_params, hdr) == kHeaderOffset);

// The header's facts, checked.
struct Header {
  setup_header raw{};
  uint64_t raw_size = 0;     // how much of it the kernel has
  uint64_t code_offset = 0;  // protected-mode code in the file
  uint64_t code_size = 0;
  uint64_t memory_size = 0;  // what it needs from its load address on
};

base::Error damaged(const ImageFile& file, const std::string& what) {
  return file.error("damaged kernel header: " + what, "copy or install it again");
}

void check_version(const ImageFile& file, const setup_header& raw) {
  const uint16_t version = raw.version;
  if (version < kOldestVersion)
    throw file.error("boot protocol " + std::to_string(version >> 8) + "." + std::to_string(version & 0xff) +
                         " is too old; 2.12 (Linux 3.8) is the oldest that can be entered in 64-bit mode",
                     "use a newer kernel");
  if ((raw.xloadflags & XLF_KERNEL_64) == 0)
    throw file.error("a 32-bit kernel (XLF_KERNEL_64 is clear)", "use an x86-64 kernel (CONFIG_X86_64=y)");
}

Header read_header(const ImageFile& file) {
  Header header;
  header.raw = file.read_object<setup_header>(kHeaderOffset);
  const setup_header& raw = header.raw;
  if (raw.boot_flag != kBootFlag || raw.header != kMagic) throw damaged(file, "wrong magic numbers");
  check_version(file, raw);

  // boot.rst, "Details of Header Fields": the second byte of `jump` says where the header ends.
  const uint64_t header_end = 0x202 + (raw.jump >> 8);
  if (header_end < kHeaderOffset + offsetof(setup_header, handover_offset)) throw damaged(file, "it is too short");
  header.raw_size = std::min<uint64_t>(header_end - kHeaderOffset, sizeof raw);

  const uint64_t setup_sectors = raw.setup_sects == 0 ? 4 : raw.setup_sects;
  header.code_offset = (setup_sectors + 1) * kSectorSize;
  // `syssize` may be rounded up or down to 16 bytes.
  const uint64_t promised = uint64_t{raw.syssize} * 16;
  if (file.size() <= header.code_offset || file.size() - header.code_offset + 15 < promised)
    throw file.error(
        "truncated: " + std::to_string(file.size()) + " bytes of " + std::to_string(header.code_offset + promised),
        "copy or install it again");
  header.code_size = file.size() - header.code_offset;
  if (header.code_size <= kEntryOffset) throw damaged(file, "no code at its 64-bit entry");
  header.memory_size = std::max<uint64_t>(raw.init_size, header.code_size);
  return header;
}

// boot.rst, pref_address: relocatable kernels go anywhere aligned, others only there.
base::GuestRange place(const LoadRequest& request, const Header& header) {
  const base::GuestAddress preferred{header.raw.pref_address};
  const auto& ram = request.memory.regions();
  const uint64_t alignment = header.raw.kernel_alignment;
  std::optional<base::GuestAddress> start;
  if (fits(ram, preferred, header.memory_size)) {
    start = preferred;
  } else if (header.raw.relocatable_kernel != 0) {
    if (!std::has_single_bit(alignment) || alignment > kLargestAlignment)
      throw damaged(request.kernel, "kernel_alignment is " + std::to_string(alignment));
    start = lowest_place(ram, header.memory_size, std::max(alignment, base::kPageSize));
  }
  const auto range = start ? base::GuestRange::make(*start, header.memory_size) : std::nullopt;
  if (!range) throw too_large(request, header.memory_size);
  // The page tables at entry map 4 GiB.
  if (range->last() >= platform::kHighRamStart) throw damaged(request.kernel, "pref_address is above 4 GiB");
  return *range;
}

void fill_e820(const LoadRequest& request, boot_params& parameters) {
  const std::vector<E820Entry>& map = checked_e820(request);
  for (size_t i = 0; i < map.size(); ++i)
    parameters.e820_table[i] = {map[i].range.start().value(), map[i].range.size(), static_cast<uint32_t>(map[i].type)};
  parameters.e820_entries = static_cast<uint8_t>(map.size());
}

void write_zero_page(const LoadRequest& request, const Header& header, const LoadedKernel& loaded) {
  boot_params parameters{};
  std::memcpy(&parameters.hdr, &header.raw, header.raw_size);
  parameters.hdr.type_of_loader = kUnknownLoader;
  parameters.hdr.loadflags |= LOADED_HIGH;
  parameters.hdr.code32_start = static_cast<uint32_t>(loaded.kernel.start().value());
  parameters.hdr.cmd_line_ptr = static_cast<uint32_t>(kCommandLineArea.start);
  parameters.hdr.setup_data = 0;
  parameters.hdr.ramdisk_image = static_cast<uint32_t>(loaded.initrd.start().value());
  parameters.hdr.ramdisk_size = static_cast<uint32_t>(loaded.initrd.size());
  parameters.acpi_rsdp_addr = request.information.rsdp.value_or(base::GuestAddress()).value();
  fill_e820(request, parameters);
  write_low_object(request, kZeroPageArea.start, parameters);
}

}  // namespace

uint64_t check_bzimage(const ImageFile& kernel) {
  return read_header(kernel).memory_size;
}

LoadedKernel load_bzimage(const LoadRequest& request) {
  const Header header = read_header(request.kernel);
  LoadedKernel loaded;
  loaded.protocol = Protocol::kLinux64;
  loaded.kernel = place(request, header);
  loaded.entry = base::GuestAddress(loaded.kernel.start().value() + kEntryOffset);
  loaded.parameters = base::GuestAddress(kZeroPageArea.start);
  write_command_line(request, header.raw.cmdline_size);
  request.kernel.load(header.code_offset, loaded.kernel.start(), header.code_size, request.memory);
  // boot.rst, initrd_addr_max: the highest address the initrd's last byte may have.
  loaded.initrd = load_initrd(request, uint64_t{header.raw.initrd_addr_max} + 1, loaded.kernel);
  write_zero_page(request, header, loaded);
  return loaded;
}

}  // namespace vireo::boot
