#include "emulated/block/disk_queue.h"

#include <fcntl.h>
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

constexpr unsigned kRetrySeconds = 1;

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
      buffers_(std::make_unique_for_overwrite<iovec[]>(size_t{settings.depth} * kMaxDiskBuffers)),
      ring_(std::bit_ceil(settings.depth + kOtherEntries), std::array{image.file(), image.direct_file()},
            "the disk " + image.path()) {
  waiting_.reserve(settings.depth);
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
  obeyed_.wait(lock, [this] { return session_ == wanted_; });
}

void DiskQueue::run() noexcept {
  ::pthread_setname_np(::pthread_self(), settings_.name.c_str());
  ring_.enable();
  ring_.watch(command_.get(), kCommand);
  commanded_ = true;  // what came before
  while (true) {
    if (commanded_) obey();
    if (last_) return;
    if (std::exchange(rang_, false)) serve();
    waiting_.empty() ? ring_.wait() : ring_.wait(kRetrySeconds);
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
  stopping_ = true;
  if (watches_) ring_.unwatch(kDoorbell, kForgotten);
  while (in_flight_ > 0 || watches_) {
    ring_.wait();
    collect();
  }
  if (session_.client != nullptr) session_.client->settle();
  stopping_ = false;
  waiting_.clear();
  session_ = wanted_;
  rang_ = session_.client != nullptr;
  if (rang_) watch_doorbell();
  obeyed_.notify_all();
}

// Return whether a request was done.
bool DiskQueue::collect() noexcept {
  bool done = false;
  ring_.collect([&](uint64_t data, int result, bool goes_on) {
    done |= data < kDoorbell;
    handle(data, result, goes_on);
  });
  return done;
}

// A watch tells of each signal, without the counter being read, until the kernel says that it was the last one.
void DiskQueue::handle(uint64_t data, int result, bool goes_on) noexcept {
  if (data < kDoorbell) return complete(static_cast<DiskTag>(data), result);
  if (data == kCommand) {
    commanded_ = true;
    if (!goes_on) ring_.watch(command_.get(), kCommand);
  }
  if (data != kDoorbell) return;
  rang_ = true;
  if (goes_on) return;
  watches_ = false;
  if (!stopping_) watch_doorbell();  // not by our wish
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
  if (request.kind == DiskRequest::Kind::kFlush && image_.lost_writes()) return finish(tag, DiskResult::kFailed);
  issue(tag);
}

void DiskQueue::issue(DiskTag tag) noexcept {
  prepare(ring_.request(tag), slots_[tag]);
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
  if (result == -EINTR) return issue(tag);
  if (result == -EAGAIN) return wait(tag);
  if (result < 0) return fail(tag, -result);
  if (slot.kind == DiskRequest::Kind::kWriteZeroes && slot.durable) {
    slot.kind = DiskRequest::Kind::kFlush;
    return issue(tag);
  }
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
  using Kind = DiskRequest::Kind;
  if (error == EOPNOTSUPP && slot.kind == Kind::kWriteZeroes && std::exchange(slot.may_unmap, false)) return issue(tag);
  if (error == EOPNOTSUPP)  // a discard is a hint
    return finish(tag, slot.kind == Kind::kDiscard ? DiskResult::kDone : DiskResult::kUnsupported);
  // The kernel has dropped what it could not write: a second flush would succeed, and lie.
  if (slot.kind == Kind::kFlush) image_.lose_writes();
  const bool waits = settings_.on_error == OnDiskError::kWait && slot.kind != Kind::kFlush;
  if (const auto left_out = errors_.admit(base::LogLimit::Clock::now()))
    spdlog::warn("[{}] {} of {} bytes at {}: {}: {}{}", image_.path(), word(slot.kind), slot.left, slot.offset,
                 base::errno_text(error), waits ? "it waits, and is tried again each second" : "the guest is told",
                 *left_out == 0 ? "" : "; " + std::to_string(*left_out) + " more since the last line of this kind");
  if (!waits) return finish(tag, DiskResult::kFailed);
  wait(tag);
}

void DiskQueue::wait(DiskTag tag) noexcept {
  slots_[tag].retry_at = std::chrono::steady_clock::now() + std::chrono::seconds(kRetrySeconds);
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

void DiskQueue::watch_doorbell() noexcept {
  ring_.watch(session_.doorbell, kDoorbell);
  watches_ = true;
}

}  // namespace vireo::emulated
