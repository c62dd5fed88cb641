#include "vmm/boot/image_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace vireo::boot {
namespace {

std::string open_help(const std::string& key, int error_number) {
  if (error_number == EACCES) return "let this user read the file";
  return "set " + key + " to an existing file";
}

}  // namespace

ImageFile::ImageFile(std::string what, std::string path, const std::string& key)
    : what_(std::move(what)), path_(std::move(path)) {
  const std::string name = key.empty() ? "boot." + what_ : key;
  // O_NONBLOCK: a FIFO must fail below, not hang here.
  fd_ = base::Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd_) {
    const int number = errno;
    throw error("cannot open: " + base::errno_text(number), open_help(name, number));
  }
  struct stat status {};
  if (::fstat(fd_.get(), &status) < 0) throw error("cannot stat: " + base::errno_text(errno), {});
  if (!S_ISREG(status.st_mode)) throw error("not a regular file", "set " + name + " to a file");
  if (status.st_size <= 0) throw error("the file is empty", "copy or install it again");
  size_ = static_cast<uint64_t>(status.st_size);
}

void ImageFile::read(uint64_t offset, std::span<uint8_t> out) const {
  uint64_t end = 0;
  if (__builtin_add_overflow(offset, out.size(), &end) || end > size_)
    throw error("truncated: it ends at byte " + std::to_string(size_) + ", its headers say there is more",
                "copy or install it again");
  while (!out.empty()) {
    const ssize_t got = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw error("cannot read: " + base::errno_text(errno), "check the disk the file is on");
    if (got == 0) throw error("truncated: it became shorter while it was read", "do not write to it meanwhile");
    offset += static_cast<uint64_t>(got);
    out = out.subspan(static_cast<size_t>(got));
  }
}

void ImageFile::load(uint64_t offset, base::GuestAddress target, uint64_t size,
                     const platform::GuestMemory& memory) const {
  if (size == 0) return;
  const std::span<uint8_t> bytes = memory.bytes(target, size);
  if (bytes.empty()) throw error("does not fit into guest memory", "give the guest more memory");
  read(offset, bytes);
}

base::Error ImageFile::error(const std::string& problem, std::string help) const {
  return {base::ExitCode::kBootImage, what_ + " " + path_ + ": " + problem, std::move(help)};
}

}  // namespace vireo::boot
