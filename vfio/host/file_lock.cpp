#include "vfio/host/file_lock.h"

#include <sys/file.h>

#include <cerrno>

namespace vireo::host {
namespace {

// Only root may open it, or anyone could hold the lock.
base::Fd open_lock(const std::string& path) {
  base::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd)
    throw base::SystemError(base::ExitCode::kHost, "cannot open " + path, errno,
                            "claiming a device needs root: run vireo as root, or bind the device to vfio-pci first");
  return fd;
}

// Return errno or 0.
int lock(const base::Fd& fd, int operation) {
  while (::flock(fd.get(), operation) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

}  // namespace

std::optional<FileLock> FileLock::try_take(const std::string& path) {
  base::Fd fd = open_lock(path);
  const int error = lock(fd, LOCK_EX | LOCK_NB);
  if (error == EWOULDBLOCK) return std::nullopt;
  if (error != 0) throw base::SystemError(base::ExitCode::kHost, "flock on " + path, error);
  return FileLock(std::move(fd));
}

FileLock FileLock::take(const std::string& path) {
  base::Fd fd = open_lock(path);
  if (const int error = lock(fd, LOCK_EX)) throw base::SystemError(base::ExitCode::kHost, "flock on " + path, error);
  return FileLock(std::move(fd));
}

void FileLock::describe(const std::string& owner) const {
  // Only for people to read: a failure costs a worse message.
  if (::ftruncate(fd_.get(), 0) == 0 && ::pwrite(fd_.get(), owner.data(), owner.size(), 0) < 0) return;
}

std::string lock_owner(const std::string& path) {
  const std::string owner = base::read_text_or_empty(path);
  return owner.empty() ? "another process" : owner;
}

}  // namespace vireo::host
