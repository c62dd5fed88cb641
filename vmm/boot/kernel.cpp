#include "vmm/boot/kernel.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "vmm/boot/loading.h"

namespace vireo::boot {
namespace {

using namespace std::string_view_literals;

// What people give instead of a kernel, told by its first bytes.
struct Lookalike {
  uint64_t offset;
  std::string_view magic;
  const char* what;
  const char* help;
};

constexpr std::array kLookalikes{
    Lookalike{0, "\x1f\x8b"sv, "gzip-compressed data", "unpack it first (gunzip), or use a bzImage"},
    Lookalike{0,
              "\xfd"
              "7zXZ\0"sv,
              "xz-compressed data", "unpack it first (unxz), or use a bzImage"},
    Lookalike{0, "\x28\xb5\x2f\xfd"sv, "zstd-compressed data", "unpack it first (unzstd), or use a bzImage"},
    Lookalike{0, "BZh"sv, "bzip2-compressed data", "unpack it first (bunzip2), or use a bzImage"},
    Lookalike{0, "\x02\x21\x4c\x18"sv, "lz4-compressed data", "unpack it first (unlz4), or use a bzImage"},
    Lookalike{0, "070701"sv, "a cpio archive, like an initrd", "name it as boot.initrd and the kernel as boot.kernel"},
    Lookalike{0, "#!"sv, "a script", "set boot.kernel to a bzImage or a PVH vmlinux"},
    Lookalike{0, "QFI\xfb"sv, "a qcow2 disk image", "set boot.kernel to the kernel inside it"},
    Lookalike{0, "\x27\x05\x19\x56"sv, "a U-Boot image", "use the bzImage it was made from"},
    Lookalike{0x38, "ARM\x64"sv, "a raw arm64 Image", "use an x86-64 kernel"},
    Lookalike{0x30, "RISCV"sv, "a raw RISC-V Image", "use an x86-64 kernel"},
    Lookalike{0, "MZ"sv, "an EFI program without a Linux header", "use a bzImage or a PVH vmlinux"},
    Lookalike{510, "\x55\xaa"sv, "a disk image or boot sector", "set boot.kernel to the kernel inside it"},
};

constexpr uint64_t kMagicOffset = 0x202;

bool has(std::string_view start, uint64_t offset, std::string_view magic) {
  return start.size() >= offset && start.substr(offset).starts_with(magic);
}

base::Error not_a_kernel(const ImageFile& file, std::string_view start) {
  const auto* found = std::find_if(kLookalikes.begin(), kLookalikes.end(), [&](const Lookalike& candidate) {
    return has(start, candidate.offset, candidate.magic);
  });
  if (found == kLookalikes.end())
    return file.error("not a kernel: neither a bzImage (no HdrS at 0x202) nor an ELF file",
                      "set boot.kernel to a bzImage or a PVH vmlinux; a raw Image cannot be booted");
  return file.error(std::string("not a kernel: it looks like ") + found->what, found->help);
}

enum class Format { kBzImage, kElf };

Format recognise(const ImageFile& kernel) {
  std::array<char, 0x206> buffer{};
  const uint64_t size = std::min<uint64_t>(buffer.size(), kernel.size());
  kernel.read(0, {reinterpret_cast<uint8_t*>(buffer.data()), size});
  const std::string_view start(buffer.data(), size);
  if (has(start, 0,
          "\x7f"
          "ELF"sv))
    return Format::kElf;
  if (has(start, kMagicOffset, "HdrS"sv)) return Format::kBzImage;
  throw not_a_kernel(kernel, start);
}

}  // namespace

uint64_t check_kernel(const std::string& path) {
  const ImageFile kernel("kernel", path);
  return recognise(kernel) == Format::kElf ? check_pvh(kernel) : check_bzimage(kernel);
}

LoadedKernel load_kernel(const KernelFiles& files, const platform::GuestMemory& memory,
                         const BootInformation& information) {
  const ImageFile kernel("kernel", files.kernel);
  const LoadRequest request{kernel, files, memory, information};
  return recognise(kernel) == Format::kElf ? load_pvh(request) : load_bzimage(request);
}

}  // namespace vireo::boot
