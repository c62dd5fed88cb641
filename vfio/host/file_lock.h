#pragma once

#include <optional>
#include <string>

#include "vmm/base/fd.h"

namespace vireo::host {

// An flock(2) on a file made for it, held until this ends or the process does, however it does.
class FileLock {
 public:
  // Take the lock, making the file; nothing when another holds it.
  // Errors: base::SystemError (kHost).
  static std::optional<FileLock> try_take(const std::string& path);
  // The same, waiting for it.
  static FileLock take(const std::string& path);

  // Say in the file who holds it.
  void describe(const std::string& owner) const;

 private:
  explicit FileLock(base::Fd fd) : fd_(std::move(fd)) {}
  base::Fd fd_;
};

// Return what describe() wrote; "another process" where nothing was.
std::string lock_owner(const std::string& path);

}  // namespace vireo::host
