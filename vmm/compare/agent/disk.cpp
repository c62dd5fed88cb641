#include "vmm/compare/agent/disk.h"

#include <linux/fs.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "vmm/base/mapping.h"
#include "vmm/compare/agent/polled_ring.h"

namespace vireo::agent {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience(10);
constexpr uint64_t kHashed = uint64_t{64} * 4096;

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
}

// Sleep until something becomes of the folder, or until the moment. Return whether it is not yet over.
bool wait_for_change(int watch, Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  pollfd changes{.fd = watch, .events = POLLIN, .revents = 0};
  if (left <= 0 || ::poll(&changes, 1, static_cast<int>(left)) == 0) return false;
  char events[4096];
  return ::read(watch, events, sizeof events) > 0;
}

// A guest's kernel finds its disks while its first process already runs.
base::Fd open_when_there(const std::string& path, int flags) {
  const base::Fd watch(::inotify_init1(IN_CLOEXEC));
  ::inotify_add_watch(watch.get(), folder_of(path).c_str(), IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
  const Clock::time_point until = Clock::now() + kPatience;
  for (;;) {
    base::Fd file(::open(path.c_str(), flags | O_CLOEXEC));
    if (file) return file;
    const int error = errno;
    if (error != ENOENT || !wait_for_change(watch.get(), until))
      throw base::SystemError(base::ExitCode::kDevice, "cannot open " + path, error);
  }
}

bool is_block_device(int file) {
  struct stat facts {};
  return ::fstat(file, &facts) == 0 && S_ISBLK(facts.st_mode);
}

// Does its driver have queues that send no interrupts? A partition's are its disk's.
// Source: Documentation/ABI/stable/sysfs-block, queue/io_poll; drivers/nvme/host/pci.c, poll_queues.
bool has_poll_queue(int file) {
  struct stat facts {};
  if (::fstat(file, &facts) != 0 || !S_ISBLK(facts.st_mode)) return false;
  const std::string disk =
      "/sys/dev/block/" + std::to_string(major(facts.st_rdev)) + ":" + std::to_string(minor(facts.st_rdev));
  return base::read_text_or_empty(disk + "/queue/io_poll").starts_with("1") ||
         base::read_text_or_empty(disk + "/../queue/io_poll").starts_with("1");
}

}  // namespace

Disk::Disk(std::string path, bool own, std::optional<Fio> fio)
    : path_(std::move(path)), file_(open_when_there(path_, O_RDONLY | O_DIRECT)), fio_(std::move(fio)) {
  if (own && is_block_device(file_.get())) leave_out_scheduler();
  medium_ = {.size = read_size(), .hash = 0};
  medium_.hash = read_hash();
}

std::unique_ptr<Work> Disk::prepare(const Order& order) {
  if (is_exchange(order.operation)) throw base::Error(base::ExitCode::kUsage, "a disk sends nothing back");
  if (order.span > medium_.size || order.first > medium_.size - order.span)
    throw base::Error(base::ExitCode::kUsage,
                      "the medium ends at " + std::to_string(medium_.size) + ", the range after it");
  if (fio_) return std::make_unique<FioWork>(*fio_, path_);
  if (order.polled)
    return std::make_unique<WorkBy<PolledRing>>(order, file(order.operation), has_poll_queue(file_.get()));
  return std::make_unique<WorkBy<Ring>>(order, file(order.operation));
}

// For writing from the first write on.
int Disk::file(Operation operation) {
  if (operation == Operation::kWrite && !writable_) {
    file_ = base::open_file(path_, O_RDWR | O_DIRECT, base::ExitCode::kDevice);
    writable_ = true;
  }
  return file_.get();
}

// A disk of one queue has a scheduler and its worker thread, which one of several has not: paths would not be alike.
void Disk::leave_out_scheduler() const {
  base::write_text("/sys/block/" + path_.substr(path_.rfind('/') + 1) + "/queue/scheduler", "none",
                   base::ExitCode::kDevice);
}

uint64_t Disk::read_size() const {
  uint64_t size = 0;
  struct stat facts {};
  const bool block = is_block_device(file_.get());
  const int result = block ? ::ioctl(file_.get(), BLKGETSIZE64, &size) : ::fstat(file_.get(), &facts);
  if (result < 0) throw base::SystemError(base::ExitCode::kDevice, "cannot see the size of " + path_, errno);
  return block ? size : static_cast<uint64_t>(facts.st_size);
}

// Source: G. Fowler, L. Noll, K. Vo, FNV-1a of 64 bits.
uint64_t Disk::read_hash() const {
  const base::Mapping memory({.size = kHashed, .flags = MAP_PRIVATE | MAP_ANONYMOUS}, "memory for the first blocks");
  const uint64_t wanted = std::min(medium_.size, kHashed);
  const ssize_t count = ::pread(file_.get(), memory.data(), kHashed, 0);
  if (count < 0) throw base::SystemError(base::ExitCode::kDevice, "cannot read " + path_, errno);
  uint64_t hash = 0xcbf29ce484222325;
  for (uint64_t i = 0; i < std::min(wanted, static_cast<uint64_t>(count)); ++i)
    hash = (hash ^ memory.data()[i]) * 0x100000001b3;
  return hash;
}

}  // namespace vireo::agent
