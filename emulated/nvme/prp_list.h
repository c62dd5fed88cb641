#pragma once

#include <sys/uio.h>

#include <span>

#include "emulated/nvme/commands.h"
#include "vmm/platform/guest_memory.h"

namespace vireo::emulated::nvme {

// A command's data in guest memory.
struct PrpBuffers {
  Status status = Status::kSuccess;
  size_t count = 0;  // of the buffers that were filled; neighbours are one
};

// Find `length` bytes of data in guest memory by a command's PRP entries. The lists are read once.
// Source: NVMe 1.4 4.3. Errors: as status; nothing is to be used then.
PrpBuffers find_data(const platform::GuestMemory& memory, const Command& command, uint64_t length,
                     std::span<iovec> buffers) noexcept;

// Copy a command's data: to the guest, from it. Precondition: at most a page. Return the status.
Status write_data(const platform::GuestMemory& memory, const Command& command, std::span<const uint8_t> data) noexcept;
Status read_data(const platform::GuestMemory& memory, const Command& command, std::span<uint8_t> data) noexcept;

}  // namespace vireo::emulated::nvme
