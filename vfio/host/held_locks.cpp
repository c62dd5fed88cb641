#include "vfio/host/held_locks.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>

#include "vfio/host/file_lock.h"
#include "vfio/host/state_folder.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

std::string file_number(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  char text[64];
  std::snprintf(text, sizeof text, "%02x:%02x:%lu", major(status.st_dev), minor(status.st_dev), status.st_ino);
  return text;
}

}  // namespace

HeldLocks::HeldLocks(const HostRoot& root) : root_(root) {
  const std::string text = base::read_text_or_empty(root.proc() + "/locks");
  for (const std::string_view line : split_lines(text)) {
    const auto words = split_words(line);
    if (words.size() > 5 && words[1] == "FLOCK") files_.emplace(words[5]);
  }
}

bool HeldLocks::holds(const std::string& path) const {
  return files_.contains(file_number(path));
}

std::string HeldLocks::owner_of(const std::string& address) const {
  const std::string lock = device_lock_path(root_, address);
  return holds(lock) ? lock_owner(lock) : std::string();
}

}  // namespace vireo::host
