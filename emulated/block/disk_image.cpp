#include "emulated/block/disk_image.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>
#include <thread>

#include "emulated/block/image_lock.h"

namespace vireo::emulated {
namespace {

using base::ExitCode;

struct Format {
  std::string_view magic;
  const char* name;
};
constexpr std::array kOtherFormats{Format{std::string_view("QFI\xfb", 4), "qcow2"}, Format{"KDMV", "vmdk"},
                                   Format{"vhdxfile", "vhdx"}};

std::string why_not_opened(int error, bool read_only) {
  if (error == ENOENT) return "name an image that is there; truncate -s 10G FILE makes an empty one";
  if (error == EBUSY) return "the host uses it: unmount it, or stop what holds it (lsblk shows what is on top)";
  if (error == EROFS || error == EACCES || error == ETXTBSY)
    return read_only ? "let vireo's user read it: chmod, chown"
                     : "let vireo's user write it (chmod, chown), or write `read_only: true` beside it";
  return "name a raw image or a block device";
}

// The same file once more: what has been checked is what is opened. Nothing where its file system has no such way.
base::Fd reopen(int file, int flags) {
  return base::Fd(::open(("/proc/self/fd/" + std::to_string(file)).c_str(), flags | O_CLOEXEC));
}

// Who keeps us from the lock that `take` wants; nothing: it was taken. A guest that was killed has its own until the
// kernel has ended its io_uring, a moment after its process is gone.
template <typename Take>
std::optional<std::string> holder_of(int file, Take take) {
  constexpr unsigned kTries = 20;
  for (unsigned i = 0; !take(); ++i) {
    std::string holder = lock_holder(file);
    if (!holder.empty() || i == kTries) return holder;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return std::nullopt;
}

}  // namespace

DiskImage::DiskImage(DiskSettings settings, Unlocked) : settings_(std::move(settings)) {
  const int access = settings_.read_only ? O_RDONLY : O_RDWR;
  struct stat status {};
  // A device that is opened exclusively is no mounted one's. O_NONBLOCK: nobody writes to a FIFO.
  const bool is_device = ::stat(settings_.path.c_str(), &status) == 0 && S_ISBLK(status.st_mode);
  const int exclusive = is_device && !settings_.read_only ? O_EXCL : 0;
  file_ = base::Fd(::open(settings_.path.c_str(), access | exclusive | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file_ || ::fstat(file_.get(), &status) < 0) {
    const int error = errno;
    if (error == EBUSY) look_for_guest();
    fail(base::errno_text(error), why_not_opened(error, settings_.read_only));
  }
  // io_uring would not wait for a device that cannot say at once whether it must. Linux io_uring/rw.c before 6.5
  ::fcntl(file_.get(), F_SETFL, 0);
  block_device_ = S_ISBLK(status.st_mode);
  if (!block_device_ && !S_ISREG(status.st_mode))
    fail("neither a file nor a block device", "name a raw image or a block device");
  unsigned physical = static_cast<unsigned>(status.st_blksize);
  if (block_device_) {
    int logical = kSectorSize;
    ::ioctl(file_.get(), BLKSSZGET, &logical);
    ::ioctl(file_.get(), BLKPBSZGET, &physical);
    logical_block_ = static_cast<uint32_t>(logical);
  }
  physical_block_ = std::max(logical_block_, std::min(std::bit_floor(physical), uint32_t{4096}));
  check_format();
  size_ = measure();
  if (size() == 0) fail("it is empty", "truncate -s 10G " + path() + " makes it a disk of 10 GiB");
  if (size() % logical_block_ != 0)
    fail("its size of " + std::to_string(size()) + " bytes is no multiple of " + std::to_string(logical_block_) +
             ": the guest would not see its end",
         "truncate -s %" + std::to_string(logical_block_) + " " + path() + " fills it up with zeros");
}

DiskImage::DiskImage(DiskSettings settings) : DiskImage(std::move(settings), Unlocked()) {
  if (const auto holder = holder_of(file_.get(), [this] { return lock_image(file_.get(), !this->read_only()); }))
    fail_in_use(*holder);
  if (!settings_.direct) return;
  direct_ = reopen(file_.get(), (read_only() ? O_RDONLY : O_RDWR) | O_DIRECT);
  if (!direct_)
    fail("its file system has no direct I/O: " + base::errno_text(errno), "leave `direct` out for this disk");
}

uint64_t DiskImage::check(const DiskSettings& settings) {
  const DiskImage image(settings, Unlocked{});
  if (const auto holder = holder_of(image.file(), [&] { return can_lock_image(image.file(), !settings.read_only); }))
    image.fail_in_use(*holder);
  return image.size();
}

// A guest that is given the container would see no disk in it, and write over it.
void DiskImage::check_format() const {
  std::array<char, 8> start{};
  if (::pread(file_.get(), start.data(), start.size(), 0) < 0)
    fail("it cannot be read: " + base::errno_text(errno), "name a raw image or a block device");
  const std::string_view text(start.data(), start.size());
  for (const Format& format : kOtherFormats)
    if (text.starts_with(format.magic))
      fail(std::string("a ") + format.name + " image: vireo takes raw ones",
           "qemu-img convert -O raw " + path() + " " + path() + ".raw");
}

uint64_t DiskImage::measure() const noexcept {
  uint64_t size = 0;
  struct stat status {};
  if (block_device_) return ::ioctl(file_.get(), BLKGETSIZE64, &size) == 0 ? size : this->size();
  return ::fstat(file_.get(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : this->size();
}

bool DiskImage::look_at_size() noexcept {
  const uint64_t now = measure() / logical_block_ * logical_block_;
  return size_.exchange(now, std::memory_order_relaxed) != now;
}

// Who has the device exclusively may be another guest.
void DiskImage::look_for_guest() {
  file_ = base::Fd(::open(settings_.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const std::string holder = file_ ? lock_holder(file_.get()) : "";
  if (!holder.empty()) fail_in_use(holder);
}

void DiskImage::fail_in_use(const std::string& holder) const {
  fail("another guest uses it" + (holder.empty() ? "" : ": " + holder),
       "end that one, or give each its own image; a read_only disk can be shared by several");
}

void DiskImage::fail(const std::string& what, const std::string& help) const {
  throw base::Error(ExitCode::kBootImage, "image " + path() + ": " + what, help);
}

}  // namespace vireo::emulated
