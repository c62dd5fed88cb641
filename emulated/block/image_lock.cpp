#include "emulated/block/image_lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "vmm/base/fd.h"

namespace vireo::emulated {
namespace {

struct flock whole_file(bool exclusive) {
  struct flock lock {};
  lock.l_type = static_cast<short>(exclusive ? F_WRLCK : F_RDLCK);
  lock.l_whence = SEEK_SET;
  return lock;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// Names in a folder that begin with a digit: processes, files of a process.
template <typename Visit>
void for_each_number(const std::string& path, Visit visit) {
  const Folder folder(::opendir(path.c_str()));
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr)
    if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') visit(std::string(entry->d_name));
}

// proc(5), /proc/PID/fdinfo: a line that begins "lock:" for each lock that came by this open file.
bool holds_lock(const std::string& process, const std::string& file) {
  return base::read_text_or_empty("/proc/" + process + "/fdinfo/" + file).find("lock:") != std::string::npos;
}

}  // namespace

bool lock_image(int file, bool exclusive) noexcept {
  struct flock lock = whole_file(exclusive);
  return ::fcntl(file, F_OFD_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES);
}

bool can_lock_image(int file, bool exclusive) noexcept {
  struct flock lock = whole_file(exclusive);
  return ::fcntl(file, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK;
}

std::string lock_holder(int file) {
  struct stat wanted {};
  if (::fstat(file, &wanted) < 0) return "";
  std::string holder;
  for_each_number("/proc", [&](const std::string& process) {
    const std::string files = "/proc/" + process + "/fd";
    for_each_number(files, [&](const std::string& number) {
      struct stat other {};
      if (!holder.empty() || ::stat((files + "/" + number).c_str(), &other) < 0) return;
      if (other.st_dev != wanted.st_dev || other.st_ino != wanted.st_ino || !holds_lock(process, number)) return;
      holder = "process " + process + " (" + base::read_text_or_empty("/proc/" + process + "/comm") + ")";
    });
  });
  return holder;
}

}  // namespace vireo::emulated
