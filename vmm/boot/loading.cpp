#include "vmm/boot/loading.h"

#include "vmm/boot/boot_layout.h"
#include "vmm/boot/placement.h"

namespace vireo::boot {
namespace {

std::string mebibytes(uint64_t size) {
  return std::to_string(size / base::kMiB + (size % base::kMiB != 0)) + " MiB";
}

}  // namespace

base::GuestRange load_initrd(const LoadRequest& request, uint64_t limit, const base::GuestRange& kernel) {
  if (request.files.initrd.empty()) return {};
  const ImageFile file("initrd", request.files.initrd);
  const auto start = highest_place(request.memory.regions(), file.size(), limit, kernel);
  const auto range = start ? base::GuestRange::make(*start, file.size()) : std::nullopt;
  if (!range)
    throw file.error("needs " + mebibytes(file.size()) + " of guest memory below " + mebibytes(limit) +
                         ", beside the kernel's " + mebibytes(kernel.size()) + "; the guest has " +
                         mebibytes(request.memory.size()),
                     "give the guest more memory, or use a smaller initrd");
  file.load(0, *start, file.size(), request.memory);
  return *range;
}

void write_command_line(const LoadRequest& request, uint64_t limit) {
  const std::string& line = request.files.command_line;
  const uint64_t longest = std::min(limit, kCommandLineArea.size - 1);
  if (line.size() > longest)
    throw request.kernel.error("the command line has " + std::to_string(line.size()) +
                                   " characters, the kernel takes at most " + std::to_string(longest),
                               "shorten boot.cmdline");
  write_low(request, kCommandLineArea.start, {reinterpret_cast<const uint8_t*>(line.c_str()), line.size() + 1});
}

void write_low(const LoadRequest& request, uint64_t address, std::span<const uint8_t> data) {
  if (!request.memory.write(base::GuestAddress(address), data))
    throw request.kernel.error("the guest has no memory below 1 MiB for boot parameters", "give the guest more memory");
}

const std::vector<E820Entry>& checked_e820(const LoadRequest& request) {
  if (request.information.e820.size() > kE820Limit)
    throw base::Error(base::ExitCode::kInternal, "the guest's memory map has " +
                                                     std::to_string(request.information.e820.size()) +
                                                     " entries; kernels take " + std::to_string(kE820Limit));
  return request.information.e820;
}

base::Error too_large(const LoadRequest& request, uint64_t needed) {
  return request.kernel.error("larger than guest memory: it needs " + mebibytes(needed) +
                                  " in one piece, the guest has " + mebibytes(request.memory.size()),
                              "give the guest more memory");
}

}  // namespace vireo::boot
