#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <span>

#include "vmm/platform/io_bus.h"
#include "vmm/platform/memory_slots.h"

namespace vireo::emulated {

// State: NOR flash one byte wide, as edk2 keeps UEFI variables in it; the bytes are a file's, mapped shared.
// Features: Intel's command set: read array, status, identifier and CFI query; byte program, block erase, write to
//   buffer (256 bytes). While it shows its array, loads do not leave the guest.
// Missing: time (all is done at once, so there is nothing to suspend or resume), block locks, protection registers; a
//   command for these is refused as any unknown one is. Programming sets bits too, as QEMU's flash does and real NOR
//   does not: a driver that keeps to NOR's rule sees no difference (edk2 2022.11 was traced and does), and one that was
//   only tested on QEMU works. Nothing waits for the disk: a killed vireo loses nothing, a host that crashes may lose
//   what the guest stored last, in any order (msync with MS_ASYNC does nothing on Linux, MS_SYNC would halt a vCPU).
// Source: JEDEC JESD68.01 (CFI), Intel AP-646 (command set 0x0001), 28F128J3 data sheet; where they leave a choice or
//   edk2 needs otherwise, OvmfPkg/QemuFlashFvbServicesRuntimeDxe and QEMU's pflash_cfi01 with a width of 1.
// An access wider than a byte is that many accesses of a byte, in ascending order; what lies past the end reads
// all-ones, and stores there are dropped.
class Flash final : public platform::IoHandler {
 public:
  // `content`: whole pages of a file that does not become shorter, or of memory. `start`: where it is in the guest.
  // `block_size`: what an erase clears, a power of two from 256 on; edk2 wants 4 KiB.
  // Lifetime: `content` and `slots` outlive it.
  Flash(std::span<uint8_t> content, base::GuestAddress start, platform::MemorySlots& slots, uint32_t block_size = 4096);
  ~Flash() override;
  Flash(const Flash&) = delete;
  Flash& operator=(const Flash&) = delete;

  void read(uint64_t offset, std::span<uint8_t> data) noexcept override;
  void write(uint64_t offset, std::span<const uint8_t> data) noexcept override;

  uint64_t size() const { return content_.size(); }

 private:
  enum class Shown : uint8_t { kArray, kStatus, kIdentifier, kQuery };
  // What the next store is.
  enum class Cycle : uint8_t { kCommand, kProgrammed, kEraseConfirm, kBufferCount, kBufferData, kBufferConfirm };

  static constexpr size_t kBufferSize = 256;
  static constexpr size_t kQueryStart = 0x10;
  using QueryTable = std::array<uint8_t, 0x30>;

  static QueryTable query_table(uint64_t size, uint32_t block_size);

  uint64_t bytes_from(uint64_t offset) const;
  uint8_t load(uint64_t offset) const;
  void store(uint64_t offset, uint8_t value);
  void begin(uint8_t command);
  void expect(Cycle cycle);
  void finish();
  void refuse(uint8_t errors);
  void erase(uint64_t offset);
  void fill_buffer(uint64_t offset, uint8_t value);
  void flush_buffer();
  void reconcile_slot();

  const std::span<uint8_t> content_;
  const base::GuestAddress start_;
  platform::MemorySlots& slots_;
  const uint32_t block_size_;
  const QueryTable query_;

  std::mutex mutex_;
  Shown shown_ = Shown::kArray;
  Cycle cycle_ = Cycle::kCommand;
  uint8_t status_;
  bool mapped_ = false;
  bool outside_ = false;            // a byte for the buffer lay outside `window_`
  unsigned buffer_left_ = 0;        // bytes yet to come
  std::optional<uint64_t> window_;  // where the buffer's first byte goes; the first byte that comes chooses
  std::array<uint8_t, kBufferSize> buffer_{};
};

}  // namespace vireo::emulated
