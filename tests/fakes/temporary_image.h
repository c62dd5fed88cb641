#pragma once

#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "vmm/base/fd.h"

namespace vireo::fakes {

// A file of sectors, each filled with its number's lowest byte; gone at the end.
class TemporaryImage {
 public:
  static constexpr uint64_t kSector = 512;

  explicit TemporaryImage(uint64_t sectors) {
    file_ = base::Fd(::mkstemp(path_.data()));
    std::vector<uint8_t> bytes;
    for (uint64_t i = 0; i < sectors; ++i) bytes.insert(bytes.end(), kSector, static_cast<uint8_t>(i));
    write(0, bytes);
  }
  ~TemporaryImage() { ::unlink(path_.c_str()); }
  TemporaryImage(const TemporaryImage&) = delete;
  TemporaryImage& operator=(const TemporaryImage&) = delete;

  const std::string& path() const { return path_; }
  void resize(uint64_t size) const {
    if (::ftruncate(file_.get(), static_cast<off_t>(size)) < 0) std::abort();
  }
  void write(uint64_t offset, const std::vector<uint8_t>& bytes) const {
    if (::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)) !=
        static_cast<ssize_t>(bytes.size()))
      std::abort();
  }
  std::vector<uint8_t> read(uint64_t offset, size_t size) const {
    std::vector<uint8_t> bytes(size);
    bytes.resize(static_cast<size_t>(::pread(file_.get(), bytes.data(), size, static_cast<off_t>(offset))));
    return bytes;
  }

 private:
  std::string path_ = "/tmp/vireo-image-XXXXXX";
  base::Fd file_;
};

}  // namespace vireo::fakes
