#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "vmm/base/error.h"

namespace vireo::base {

// Owns a file descriptor; move-only.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { close(); }

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

// Open a file (O_CLOEXEC is added).
// Errors: SystemError with `code`, naming the path.
Fd open_file(const std::string& path, int flags, ExitCode code = ExitCode::kHost, unsigned mode = 0644);

// Read a whole small file (sysfs, procfs); trailing newline removed.
// Errors: SystemError with `code`.
std::string read_text(const std::string& path, ExitCode code = ExitCode::kHost);

// The same, or an empty string where it cannot be read.
std::string read_text_or_empty(const std::string& path);

// Write a string by one write(2), as sysfs wants it.
// Errors: SystemError with `code`.
void write_text(const std::string& path, std::string_view text, ExitCode code = ExitCode::kHost);

}  // namespace vireo::base
