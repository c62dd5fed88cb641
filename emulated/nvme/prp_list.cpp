#include "emulated/nvme/prp_list.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace vireo::emulated::nvme {
namespace {

constexpr uint64_t kOffsetMask = kPageSize - 1;
constexpr uint64_t kEntrySize = 8;

// Gathers pages of guest memory as buffers.
class Gatherer {
 public:
  Gatherer(const platform::GuestMemory& memory, std::span<iovec> buffers) : memory_(memory), buffers_(buffers) {}

  Status add(uint64_t address, uint64_t size) {
    const std::span<uint8_t> bytes = memory_.bytes(base::GuestAddress(address), size);
    if (bytes.empty()) return Status::kTransferError;
    if (count_ > 0 && end_ == bytes.data()) {
      buffers_[count_ - 1].iov_len += size;
    } else {
      if (count_ == buffers_.size()) return Status::kInvalidField;
      buffers_[count_++] = {.iov_base = bytes.data(), .iov_len = size};
    }
    end_ = bytes.data() + size;
    return Status::kSuccess;
  }
  size_t count() const { return count_; }

 private:
  const platform::GuestMemory& memory_;
  std::span<iovec> buffers_;
  size_t count_ = 0;
  const uint8_t* end_ = nullptr;
};

constexpr uint64_t pages_of(uint64_t length) {
  return (length + kPageSize - 1) / kPageSize;
}

// Walk a list of `length` bytes' pages: where a list's page ends and more is to come, its last entry is the address of
// the next list. 4.3
Status add_list(const platform::GuestMemory& memory, uint64_t list, uint64_t length, Gatherer& gatherer) {
  if (list % kEntrySize != 0) return Status::kInvalidPrpOffset;
  while (length > 0) {
    const uint64_t room = (kPageSize - (list & kOffsetMask)) / kEntrySize;
    const uint64_t wanted = pages_of(length);
    const bool goes_on = wanted > room;
    const uint64_t count = goes_on ? room - 1 : wanted;
    std::array<uint64_t, kPageSize / kEntrySize> entries;
    const std::span<uint8_t> bytes(reinterpret_cast<uint8_t*>(entries.data()),
                                   (count + (goes_on ? 1 : 0)) * kEntrySize);
    if (!memory.read(base::GuestAddress(list), bytes)) return Status::kTransferError;
    for (uint64_t i = 0; i < count; ++i) {
      if ((entries[i] & kOffsetMask) != 0) return Status::kInvalidPrpOffset;
      const uint64_t size = std::min<uint64_t>(length, kPageSize);
      if (const Status status = gatherer.add(entries[i], size); status != Status::kSuccess) return status;
      length -= size;
    }
    if (!goes_on) break;
    list = entries[count];
    if ((list & kOffsetMask) != 0) return Status::kInvalidPrpOffset;
  }
  return Status::kSuccess;
}

Status gather(const platform::GuestMemory& memory, const Command& command, uint64_t length, Gatherer& gatherer) {
  if (command.prp1 % 4 != 0) return Status::kInvalidPrpOffset;
  const uint64_t first = std::min(length, kPageSize - (command.prp1 & kOffsetMask));
  const Status status = gatherer.add(command.prp1, first);
  length -= first;
  if (status != Status::kSuccess || length == 0) return status;
  if (length > kPageSize) return add_list(memory, command.prp2, length, gatherer);
  if ((command.prp2 & kOffsetMask) != 0) return Status::kInvalidPrpOffset;
  return gatherer.add(command.prp2, length);
}

// Of a page at most, and so of two buffers.
template <typename Copy>
Status copy_data(const platform::GuestMemory& memory, const Command& command, size_t size, Copy copy) {
  std::array<iovec, 2> buffers;
  const PrpBuffers found = find_data(memory, command, size, buffers);
  size_t done = 0;
  for (size_t i = 0; i < found.count && found.status == Status::kSuccess; ++i) {
    copy(static_cast<uint8_t*>(buffers[i].iov_base), done, buffers[i].iov_len);
    done += buffers[i].iov_len;
  }
  return found.status;
}

}  // namespace

PrpBuffers find_data(const platform::GuestMemory& memory, const Command& command, uint64_t length,
                     std::span<iovec> buffers) noexcept {
  Gatherer gatherer(memory, buffers);
  const Status status = gather(memory, command, length, gatherer);
  return {.status = status, .count = gatherer.count()};
}

Status write_data(const platform::GuestMemory& memory, const Command& command, std::span<const uint8_t> data) noexcept {
  return copy_data(memory, command, data.size(),
                   [data](uint8_t* to, size_t done, size_t size) { std::memcpy(to, &data[done], size); });
}

Status read_data(const platform::GuestMemory& memory, const Command& command, std::span<uint8_t> data) noexcept {
  return copy_data(memory, command, data.size(),
                   [data](const uint8_t* from, size_t done, size_t size) { std::memcpy(&data[done], from, size); });
}

}  // namespace vireo::emulated::nvme
