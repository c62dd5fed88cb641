#include "vmm/compare/users_guest.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "emulated/block/image_lock.h"
#include "vmm/base/bits.h"
#include "vmm/base/fd.h"
#include "vmm/compare/child.h"
#include "vmm/compare/scratch.h"

namespace vireo::compare {
namespace {

using base::ExitCode;

constexpr size_t kPart = base::kMiB;

// Nothing but the agent: what else the image has for cloud-init to do takes time, and differs from guest to guest. It
// talks by the serial console, so nobody logs in there; it goes on after cloud-init, whose end systemd waits for.
// Source: cloud-init's documentation, "Cloud config examples" and "Module reference"; systemd.special(7).
constexpr const char* kUserDataText =
    "#cloud-config\n"
    "cloud_init_modules: []\n"
    "cloud_config_modules: [runcmd]\n"
    "cloud_final_modules: [scripts-user]\n"
    "runcmd:\n"
    "- [sh, -c, \"systemctl mask --runtime --now serial-getty@ttyS0.service\"]\n"
    "- [sh, -c, \"mkdir -p /run/vireo && mount -o ro LABEL=cidata /run/vireo\"]\n"
    "- [sh, -c, \"(/run/vireo/agent /dev/ttyS0; poweroff -f) </dev/null >/dev/null 2>&1 &\"]\n";

// A NIC is the agent's to set up.
constexpr const char* kNetworkText = "config: disabled\n";

// A block device that is mounted, or has a part that is, cannot be opened alone (open(2), O_EXCL).
base::Fd open_image(const std::string& path) {
  base::Fd image(::open(path.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC));
  const int error = errno;
  if (!image && error != EBUSY) throw base::SystemError(ExitCode::kBootImage, "guest.image " + path, error);
  if (image && emulated::lock_image(image.get(), false)) return image;
  const std::string holder = image ? emulated::lock_holder(image.get()) : "a file system or a device mapper";
  throw base::Error(ExitCode::kBootImage,
                    "guest.image " + path + " is in use" + (holder.empty() ? "" : " by " + holder),
                    "end that first: a copy of what is written to is of no use");
}

bool is_zero(const std::vector<char>& part, size_t size) {
  return std::all_of(part.begin(), part.begin() + static_cast<ptrdiff_t>(size), [](char byte) { return byte == 0; });
}

// Copy what is at `offset`; return how much, 0 at the image's end.
size_t copy_part(int from, int to, off_t offset, std::vector<char>& part) {
  const ssize_t size = ::pread(from, part.data(), part.size(), offset);
  if (size < 0) throw base::SystemError(ExitCode::kBootImage, "read the guest's image", errno);
  const auto count = static_cast<size_t>(size);
  if (!is_zero(part, count) && ::pwrite(to, part.data(), count, offset) != size)
    throw base::SystemError(ExitCode::kHost, "copy the guest's image", errno == 0 ? ENOSPC : errno,
                            "name a folder with room: TMPDIR=...");
  return count;
}

}  // namespace

std::string system_copy(const std::string& path, const GuestFiles& files) {
  return files.folder + "/" + path + ".raw";
}

void write_user_data(const GuestFiles& files) {
  write_scratch(files.folder + "/" + kUserData, kUserDataText);
  write_scratch(files.folder + "/" + kNetworkData, kNetworkText);
}

void copy_image(const std::string& image, const std::string& copy, const StopSignal& stop) {
  const base::Fd from = open_image(image);
  const base::Fd to = base::open_file(copy, O_RDWR | O_CREAT | O_TRUNC, ExitCode::kHost, 0600);
  if (::ioctl(to.get(), FICLONE, from.get()) == 0) return;
  std::vector<char> part(kPart);
  off_t offset = 0;
  while (const size_t count = copy_part(from.get(), to.get(), offset, part)) {
    offset += static_cast<off_t>(count);
    if (stop.requested()) throw Stopped();
  }
  if (::ftruncate(to.get(), offset) < 0)
    throw base::SystemError(ExitCode::kHost, "ftruncate " + copy, errno, "name a folder with room: TMPDIR=...");
}

}  // namespace vireo::compare
