#include "emulated/block/disk_queue.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>

#include "vmm/base/log.h"

namespace vireo::emulated {
namespace {

// What an entry's user data says: a tag, or one of these.
constexpr uint64_t kDoorbell = uint64_t{1} << 32;
constexpr uint64_t kCommand = kDoorbell + 1;
constexpr uint64_t kForgotten = kDoorbell + 2;

// Registered files.
constexpr int kFile = 0;
constexpr int kDirectFile = 1;

constexpr unsigned kOtherEntries = 4;  // doorbell, command, and their ends
constexpr auto kRetryPeriod = std::chrono::seconds(1);

// From the newest kernels' to the oldest's: completions are collected when we ask, by the one thread that submits.
constexpr std::array kSetups{
    unsigned{IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_R_DISABLED},
    unsigned{IORING_SETUP_COOP_TASKRUN | IORING_SETUP_R_DISABLED}, unsigned{IORING_SETUP_R_DISABLED}};

bool transfers(DiskRequest::Kind kind) {
  return kind == DiskRequest::Kind::kRead || kind == DiskRequest::Kind::kWrite;
}

const char* word(DiskRequest::Kind kind) {
  using Kind = DiskRequest::Kind;
  switch (kind) {
    case Kind::kRead:
      return "read";
    case Kind::kWrite:
      return "write";
    case Kind::kFlush:
      return "flush";
    case Kind::kDiscard:
      return "discard";
    case Kind::kWriteZeroes:
      return "write of zeros";
  }
  return "";
}

}  // namespace

DiskQueue::DiskQueue(const DiskImage& image, const Settings& settings)
    : image_(image),
      settings_(settings),
      slots_(settings.depth),
      buffers_(std::make_unique_for_overwrite<iovec[]>(size_t{settings.depth} * kMaxDiskBuffers)) {
  waiting_.reserve(settings.depth);
  create_ring(std::bit_ceil(settings.depth + kOtherEntries));
  thread_ = std::thread([this] { run(); });
}

DiskQueue::~DiskQueue() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    wanted_ = {};
  }
  command_.signal();
  thread_.join();
  ::io_uring_queue_exit(&ring_);
}

void DiskQueue::create_ring(unsigned entries) {
  int error = 0;
  for (const unsigned flags : kSetups) {
    error = ::io_uring_queue_init(entries, &ring_, flags);
    if (error != -EINVAL) break;
  }
  constexpr unsigned kNeeded = IORING_FEAT_RSRC_TAGS;  // of the release that had polls which go on
  if (error == 0 && (ring_.features & kNeeded) == 0) {
    ::io_uring_queue_exit(&ring_);
    error = -EOPNOTSUPP;
  }
  if (error == 0) {
    const std::array files{image_.file(), image_.direct_file()};  // -1: none
    error = ::io_uring_register_files(&ring_, files.data(), files.size());
    if (error < 0) ::io_uring_queue_exit(&ring_);
  }
  if (error < 0)
    throw base::SystemError(base::ExitCode::kHost, "io_uring for the disk " + image_.path(), -error,
                            "emulated disks need Linux 5.13 or later, sysctl kernel.io_uring_disabled=0 where there is "
                            "such a key, and a container whose seccomp filter allows io_uring");
}

void DiskQueue::start(DiskClient& client, const base::EventFd& doorbell) noexcept {
  command({.client = &client, .doorbell = doorbell.get()});
}

void DiskQueue::stop() noexcept {
  command({});
}

void DiskQueue::command(const Session& wanted) noexcept {
  std::unique_lock lock(mutex_);
  wanted_ = wanted;
  command_.signal();
  obeyed_.wait(lock, [this] { return applied_ == wanted_; });
}

void DiskQueue::run() noexcept {
  ::pthread_setname_np(::pthread_self(), settings_.name.c_str());
  ::io_uring_enable_rings(&ring_);
  watch(command_.get(), kCommand);
  commanded_ = true;  // what came before
  while (true) {
    if (commanded_) obey();
    if (last_) return;
    if (std::exchange(rang_, false)) serve();
    wait();
    if (collect() && session_.client != nullptr) session_.client->settle();
    retry();
  }
}

// What cannot be done is known at once.
void DiskQueue::serve() noexcept {
  if (session_.client == nullptr) return;
  session_.client->serve();
  session_.client->settle();
}

// Move to what start() and stop() want; what is in flight ends first.
void DiskQueue::obey() noexcept {
  const std::lock_guard lock(mutex_);
  commanded_ = false;
  last_ = ends_;
  if (session_ == wanted_) return;
  if (watches_) {
    io_uring_sqe& cancel = entry();
    ::io_uring_prep_poll_remove(&cancel, kDoorbell);
    ::io_uring_sqe_set_data64(&cancel, kForgotten);
  }
  while (in_flight_ > 0 || watches_) {
    ::io_uring_submit_and_wait(&ring_, 1);
    collect();
  }
  if (session_.client != nullptr) session_.client->settle();
  waiting_.clear();
  applied_ = session_ = wanted_;
  rang_ = session_.client != nullptr;
  if (rang_) watch(session_.doorbell, kDoorbell);
  obeyed_.notify_all();
}

void DiskQueue::wait() noexcept {
  if (waiting_.empty()) {
    ::io_uring_submit_and_wait(&ring_, 1);
    return;
  }
  io_uring_cqe* first = nullptr;
  __kernel_timespec second{.tv_sec = 1, .tv_nsec = 0};
  ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &second, nullptr);
}

// Return whether a request was done.
bool DiskQueue::collect() noexcept {
  std::array<io_uring_cqe*, 32> batch;
  bool done = false;
  while (const unsigned count = ::io_uring_peek_batch_cqe(&ring_, batch.data(), batch.size())) {
    for (unsigned i = 0; i < count; ++i) {
      done |= batch[i]->user_data < kDoorbell;
      handle(batch[i]->user_data, batch[i]->res, (batch[i]->flags & IORING_CQE_F_MORE) != 0);
    }
    ::io_uring_cq_advance(&ring_, count);
  }
  return done;
}

// A watch tells of each signal, without the counter being read, until the kernel says that it was the last one.
void DiskQueue::handle(uint64_t data, int result, bool goes_on) noexcept {
  if (data < kDoorbell) return complete(static_cast<DiskTag>(data), result);
  if (data == kCommand) {
    commanded_ = true;
    if (!goes_on && result >= 0) watch(command_.get(), kCommand);
  }
  if (data != kDoorbell) return;
  rang_ = true;
  if (goes_on) return;
  watches_ = false;
  if (result >= 0) watch(session_.doorbell, kDoorbell);  // not by our wish
}

void DiskQueue::submit(DiskTag tag, const DiskRequest& request) noexcept {
  Slot& slot = slots_[tag];
  slot = {.kind = request.kind,
          .durable = request.durable,
          .may_unmap = request.may_unmap,
          .offset = request.offset,
          .left = request.length,
          .buffers = &buffers_[size_t{tag} * kMaxDiskBuffers],
          .count = static_cast<unsigned>(request.buffers.size())};
  std::ranges::copy(request.buffers, slot.buffers);
  issue(tag);
}

void DiskQueue::issue(DiskTag tag) noexcept {
  io_uring_sqe& fresh = entry();
  prepare(fresh, slots_[tag]);
  ::io_uring_sqe_set_data64(&fresh, tag);
  ++in_flight_;
}

void DiskQueue::prepare(io_uring_sqe& fresh, const Slot& slot) const noexcept {
  using Kind = DiskRequest::Kind;
  const int file = file_for(slot);
  const iovec& first = *slot.buffers;
  const int zero = slot.may_unmap ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE;
  const auto length = static_cast<unsigned>(first.iov_len);
  switch (slot.kind) {
    case Kind::kRead:
      if (slot.count == 1)
        ::io_uring_prep_read(&fresh, file, first.iov_base, length, slot.offset);
      else
        ::io_uring_prep_readv(&fresh, file, slot.buffers, slot.count, slot.offset);
      break;
    case Kind::kWrite:
      if (slot.count == 1)
        ::io_uring_prep_write(&fresh, file, first.iov_base, length, slot.offset);
      else
        ::io_uring_prep_writev(&fresh, file, slot.buffers, slot.count, slot.offset);
      if (slot.durable) fresh.rw_flags = RWF_DSYNC;
      break;
    case Kind::kFlush:
      ::io_uring_prep_fsync(&fresh, file, IORING_FSYNC_DATASYNC);
      break;
    case Kind::kDiscard:
      ::io_uring_prep_fallocate(&fresh, file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                static_cast<off_t>(slot.offset), static_cast<off_t>(slot.left));
      break;
    case Kind::kWriteZeroes:
      ::io_uring_prep_fallocate(&fresh, file, zero | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(slot.offset),
                                static_cast<off_t>(slot.left));
      break;
  }
  fresh.flags |= IOSQE_FIXED_FILE;
}

// Past the page cache only what is aligned; the kernel keeps both ways to one file coherent.
int DiskQueue::file_for(const Slot& slot) const noexcept {
  if (image_.direct_file() < 0 || !transfers(slot.kind)) return kFile;
  uint64_t all = slot.offset;
  for (unsigned i = 0; i < slot.count; ++i)
    all |= reinterpret_cast<uint64_t>(slot.buffers[i].iov_base) | slot.buffers[i].iov_len;
  return all % image_.transfer_alignment() == 0 ? kDirectFile : kFile;
}

// The kernel may do less than it was asked; the rest is asked for again.
void DiskQueue::complete(DiskTag tag, int result) noexcept {
  Slot& slot = slots_[tag];
  --in_flight_;
  if (result == -EINTR || result == -EAGAIN) return issue(tag);
  if (result < 0) return fail(tag, -result);
  if (!transfers(slot.kind)) return finish(tag, DiskResult::kDone);
  auto moved = static_cast<uint64_t>(result);
  if (moved == 0 && slot.left > 0) return fail(tag, EIO);  // past the end of a file that has shrunk
  slot.offset += moved;
  slot.left -= std::min(moved, slot.left);
  if (slot.left == 0) return finish(tag, DiskResult::kDone);
  while (moved >= slot.buffers->iov_len) {
    moved -= slot.buffers->iov_len;
    ++slot.buffers;
    --slot.count;
  }
  slot.buffers->iov_base = static_cast<uint8_t*>(slot.buffers->iov_base) + moved;
  slot.buffers->iov_len -= moved;
  issue(tag);
}

void DiskQueue::fail(DiskTag tag, int error) noexcept {
  Slot& slot = slots_[tag];
  if (error == EOPNOTSUPP)  // a discard is a hint
    return finish(tag, slot.kind == DiskRequest::Kind::kDiscard ? DiskResult::kDone : DiskResult::kUnsupported);
  const bool waits = settings_.on_error == OnDiskError::kWait;
  if (const auto left_out = errors_.admit(base::LogLimit::Clock::now()))
    spdlog::warn("[{}] {} of {} bytes at {}: {}: {}{}", image_.path(), word(slot.kind), slot.left, slot.offset,
                 base::errno_text(error), waits ? "it waits, and is tried again each second" : "the guest is told",
                 *left_out == 0 ? "" : "; " + std::to_string(*left_out) + " more since the last line of this kind");
  if (!waits) return finish(tag, DiskResult::kFailed);
  slot.retry_at = std::chrono::steady_clock::now() + kRetryPeriod;
  waiting_.push_back(tag);
}

void DiskQueue::finish(DiskTag tag, DiskResult result) noexcept {
  if (session_.client != nullptr) session_.client->done(tag, result);
}

void DiskQueue::retry() noexcept {
  if (waiting_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(waiting_, [&](DiskTag tag) {
    const bool due = slots_[tag].retry_at <= now;
    if (due) issue(tag);
    return due;
  });
}

void DiskQueue::watch(int file, uint64_t data) noexcept {
  io_uring_sqe& fresh = entry();
  ::io_uring_prep_poll_multishot(&fresh, file, POLLIN);
  ::io_uring_sqe_set_data64(&fresh, data);
  if (data == kDoorbell) watches_ = true;
}

io_uring_sqe& DiskQueue::entry() noexcept {
  io_uring_sqe* fresh = ::io_uring_get_sqe(&ring_);
  while (fresh == nullptr) {
    ::io_uring_submit(&ring_);
    fresh = ::io_uring_get_sqe(&ring_);
  }
  return *fresh;
}

}  // namespace vireo::emulated
