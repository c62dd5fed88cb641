#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "vmm/base/error.h"
#include "vmm/base/fd.h"
#include "vmm/platform/guest_memory.h"

namespace vireo::boot {

// A boot file, open for reading. Nothing in it is trusted: all reads are checked against its size.
class ImageFile {
 public:
  // `what` begins every message: "kernel", "initrd". `key`: in the guest's file, if it is not boot's of
  // that name.
  // Errors: base::Error (kBootImage) when it is not there, not readable, not a regular file, or empty.
  ImageFile(std::string what, std::string path, const std::string& key = {});

  uint64_t size() const { return size_; }

  // Read exactly out.size() bytes at `offset`.
  // Errors: base::Error (kBootImage), "truncated", when the file ends before.
  void read(uint64_t offset, std::span<uint8_t> out) const;
  template <typename T>
  T read_object(uint64_t offset) const {
    T object;
    read(offset, {reinterpret_cast<uint8_t*>(&object), sizeof object});
    return object;
  }

  // Read straight into guest memory, without a copy of ours.
  // Errors: the same, and when the guest has no memory there.
  void load(uint64_t offset, base::GuestAddress target, uint64_t size, const platform::GuestMemory& memory) const;

  // Return an error that names the file: "kernel /boot/x: <problem>".
  base::Error error(const std::string& problem, std::string help) const;

 private:
  std::string what_;
  std::string path_;
  base::Fd fd_;
  uint64_t size_ = 0;
};

}  // namespace vireo::boot
