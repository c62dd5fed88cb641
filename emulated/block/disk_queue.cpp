#include "emulated/block/disk_queue.h"

#include <pthread.h>
#include <sys/resource.h>

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

constexpr int kBeforeVcpus = 1;  // nice: it counts four fifths of the CPU time that it takes

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
  // Where it shares a CPU with the vCPU that waits for it, it goes first, and the vCPU need not halt and be woken.
  // Without CAP_SYS_NICE the scheduler decides, and takes what did more of late for the less urgent.
  ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) - kBeforeVcpus);
  ring_.enable();
  register_memory();
  ring_.watch(command_.get(), kCommand);
  commanded_ = true;  // what came before
  while (true) {
    if (commanded_) obey();
    if (last_) return ring_.release_files();
    if (std::exchange(rang_, false)) serve();
    if (wait_and_collect() && session_.client != nullptr) session_.client->settle();
    retry();
  }
}

// By this thread, so that a guest's start does not wait for it.
void DiskQueue::register_memory() noexcept {
  if (settings_.memory.empty()) return;
  if (const int error = ring_.register_memory(settings_.memory))
    spdlog::debug("[{}] io_uring does not register the guest's memory: {}", image_.path(), base::errno_text(error));
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
bool DiskQueue::wait_and_collect() noexcept {
  if (in_flight_ != 1 || !waiting_.empty()) {
    waiting_.empty() ? ring_.wait() : ring_.wait(kRetrySeconds);
    return collect();
  }
  if (!lookout_.is_worth_it()) {
    ring_.wait();
    return collect();
  }
  const bool found = ring_.look(Lookout::kMost);
  lookout_.looked(found);
  if (!found) ring_.wait();
  return collect();
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
  DiskOperation& operation = slots_[tag].operation;
  operation = {.kind = request.kind,
               .durable = request.durable,
               .may_unmap = request.may_unmap,
               .offset = request.offset,
               .left = request.length,
               .buffers = &buffers_[size_t{tag} * kMaxDiskBuffers],
               .count = static_cast<unsigned>(request.buffers.size())};
  std::ranges::copy(request.buffers, operation.buffers);
  if (request.kind == DiskRequest::Kind::kFlush && image_.lost_writes()) return finish(tag, DiskResult::kFailed);
  issue(tag);
}

void DiskQueue::issue(DiskTag tag) noexcept {
  const DiskOperation& operation = slots_[tag].operation;
  const auto buffer = operation.has_one_buffer() ? ring_.buffer_of(*operation.buffers) : std::nullopt;
  operation.prepare(ring_.request(tag), file_for(operation), buffer);
  ++in_flight_;
}

// Past the page cache only what is aligned; the kernel keeps both ways to one file coherent.
int DiskQueue::file_for(const DiskOperation& operation) const noexcept {
  const bool direct = image_.direct_file() >= 0 && operation.transfers();
  return direct && operation.aligned(image_.transfer_alignment()) ? kDirectFile : kFile;
}

// The kernel may do less than it was asked; the rest is asked for again.
void DiskQueue::complete(DiskTag tag, int result) noexcept {
  DiskOperation& operation = slots_[tag].operation;
  --in_flight_;
  if (result == -EINTR) return issue(tag);
  if (result == -EAGAIN) return wait(tag);
  if (result < 0) return fail(tag, -result);
  if (operation.kind == DiskRequest::Kind::kWriteZeroes && operation.durable) {
    operation.kind = DiskRequest::Kind::kFlush;
    return issue(tag);
  }
  if (!operation.transfers()) return finish(tag, DiskResult::kDone);
  if (result == 0 && operation.left > 0) return fail(tag, EIO);  // past the end of a file that has shrunk
  operation.advance(static_cast<uint64_t>(result));
  if (operation.left == 0) return finish(tag, DiskResult::kDone);
  issue(tag);
}

void DiskQueue::fail(DiskTag tag, int error) noexcept {
  DiskOperation& operation = slots_[tag].operation;
  using Kind = DiskRequest::Kind;
  if (error == EOPNOTSUPP && operation.kind == Kind::kWriteZeroes && std::exchange(operation.may_unmap, false))
    return issue(tag);
  if (error == EOPNOTSUPP)  // a discard is a hint
    return finish(tag, operation.kind == Kind::kDiscard ? DiskResult::kDone : DiskResult::kUnsupported);
  // The kernel has dropped what it could not write: a second flush would succeed, and lie.
  if (operation.kind == Kind::kFlush) image_.lose_writes();
  const bool waits = settings_.on_error == OnDiskError::kWait && operation.kind != Kind::kFlush;
  if (const auto left_out = errors_.admit(base::LogLimit::Clock::now()))
    spdlog::warn("[{}] {} of {} bytes at {}: {}: {}{}", image_.path(), operation.word(), operation.left,
                 operation.offset, base::errno_text(error),
                 waits ? "it waits, and is tried again each second" : "the guest is told",
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
