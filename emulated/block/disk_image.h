#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "vmm/base/fd.h"

namespace vireo::emulated {

constexpr uint32_t kSectorSize = 512;  // what virtio and firmware count in

struct DiskSettings {
  std::string path;
  bool read_only = false;
  bool direct = false;  // past the host's page cache
};

// A disk's bytes: a raw image in a file, or a block device, held against other guests.
// State: complete.
// Features: raw, past the page cache where it is asked for, advisory lock, size that follows the file's.
// Missing: formats other than raw.
class DiskImage {
 public:
  // Open it, and look at it as the constructor does, but take no lock. Return its size in bytes.
  // Errors: as the constructor's.
  static uint64_t check(const DiskSettings& settings);

  // Errors: base::Error (kBootImage) when it is not there, may not be opened, is no raw image, is empty, is not whole
  // sectors, or is in use: by whom.
  explicit DiskImage(DiskSettings settings);

  const std::string& path() const { return settings_.path; }
  bool read_only() const { return settings_.read_only; }
  // Any request may go here.
  int file() const { return file_.get(); }
  // Requests that are aligned to transfer_alignment(), in memory and on the disk; -1: there is no such way.
  int direct_file() const { return direct_.get(); }
  uint32_t transfer_alignment() const { return physical_block_; }
  // What it is read and written in by preference. At least kSectorSize.
  uint32_t logical_block() const { return logical_block_; }
  uint32_t physical_block() const { return physical_block_; }

  // A flush has failed: what was written before it may be lost, and the kernel says so once only. fsync(2)
  // Thread: any.
  void lose_writes() const noexcept { lost_writes_ = true; }
  bool lost_writes() const noexcept { return lost_writes_; }

  // Bytes. Thread: any.
  uint64_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
  // Look again; return whether it is another one.
  bool look_at_size() noexcept;

 private:
  struct Unlocked {};
  DiskImage(DiskSettings settings, Unlocked);
  void check_format() const;
  void look_for_guest();
  uint64_t measure() const noexcept;
  [[noreturn]] void fail(const std::string& what, const std::string& help) const;
  [[noreturn]] void fail_in_use(const std::string& holder) const;

  DiskSettings settings_;
  base::Fd file_;
  base::Fd direct_;
  bool block_device_ = false;
  uint32_t logical_block_ = kSectorSize;
  uint32_t physical_block_ = kSectorSize;
  std::atomic<uint64_t> size_ = 0;
  mutable std::atomic<bool> lost_writes_ = false;
};

}  // namespace vireo::emulated
