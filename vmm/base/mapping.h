#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "vmm/base/address.h"
#include "vmm/base/fd.h"

namespace vireo::base {

// Owns an mmap(2); move-only.
class Mapping {
 public:
  struct Request {
    uint64_t size = 0;
    int fd = -1;          // -1: anonymous
    uint64_t offset = 0;  // in the file
    int protection = PROT_READ | PROT_WRITE;
    int flags = MAP_SHARED;
    uint64_t alignment = 0;  // of the host address; 0: the kernel's choice. A power of two.
  };

  Mapping() = default;
  // Errors: SystemError with `code`, naming `object`.
  Mapping(const Request& request, const std::string& object, ExitCode code = ExitCode::kHost,
          const std::string& help = {});
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  uint8_t* data() const { return data_; }
  uint64_t size() const { return size_; }
  HostAddress address() const { return host_address(data_); }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  uint8_t* data_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace vireo::base
