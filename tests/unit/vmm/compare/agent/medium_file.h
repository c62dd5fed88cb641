#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "vmm/base/fd.h"

namespace vireo::agent {

// A file of bytes that tell their place, where the page cache can be passed by: a tmpfs at /tmp would refuse that.
class MediumFile {
 public:
  explicit MediumFile(size_t size) {
    file_ = base::Fd(::mkstemp(path_.data()));
    bytes_.resize(size);
    for (size_t i = 0; i < size; ++i) bytes_[i] = static_cast<uint8_t>(i / 512 + i);
    if (::pwrite(file_.get(), bytes_.data(), size, 0) != static_cast<ssize_t>(size)) std::abort();
    ::fsync(file_.get());
  }
  ~MediumFile() { ::unlink(path_.c_str()); }
  MediumFile(const MediumFile&) = delete;
  MediumFile& operator=(const MediumFile&) = delete;

  const std::string& path() const { return path_; }
  const std::vector<uint8_t>& first_bytes() const { return bytes_; }
  std::vector<uint8_t> read() const {
    std::vector<uint8_t> bytes(bytes_.size());
    if (::pread(file_.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
    return bytes;
  }
  // Return where blocks are not as they were.
  std::vector<uint64_t> changed(size_t block) const {
    const std::vector<uint8_t> now = read();
    std::vector<uint64_t> all;
    for (size_t at = 0; at < now.size(); at += block)
      if (!std::equal(&now[at], &now[at] + block, &bytes_[at])) all.push_back(at);
    return all;
  }

 private:
  std::string path_ = VIREO_BINARY_DIR "/agent-medium-XXXXXX";
  base::Fd file_;
  std::vector<uint8_t> bytes_;
};

}  // namespace vireo::agent
