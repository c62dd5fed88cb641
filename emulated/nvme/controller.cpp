#include "emulated/nvme/controller.h"

#include <unistd.h>

#include <utility>

#include "emulated/nvme/registers.h"
#include "vmm/base/log.h"

namespace vireo::emulated::nvme {

Controller::Controller(DiskImage& image, const DiskDeviceSettings& settings, const std::array<uint8_t, 8>& extended,
                       const platform::GuestMemory& memory, InterruptSink& interrupts, platform::EventLoop& loop)
    : image_(image),
      identity_{.serial = settings.serial.empty() ? settings.name : settings.serial, .extended = extended},
      interrupts_(interrupts),
      shared_{.memory = memory, .image = image, .interrupts = interrupts},
      features_(settings.queues),
      completions_(settings.queues + 1),
      size_watch_(image, loop, [this] { namespace_changed(); }) {
  event_requests_.reserve(kEventRequests);
  for (unsigned i = 0; i < settings.queues; ++i)
    submissions_.push_back(
        std::make_unique<SubmissionQueue>(shared_, static_cast<uint16_t>(i + 1), settings.queue(i, kMaxEntries)));
}

std::optional<RingMemory> Controller::ring_memory(base::GuestAddress address, uint32_t entries,
                                                  unsigned shift) const noexcept {
  return RingMemory::make(shared_.memory, address, uint64_t{entries} << shift, kPageSize);
}

bool Controller::enable(const AdminQueues& queues) noexcept {
  const std::lock_guard lock(mutex_);
  const auto submission = ring_memory(queues.submission, queues.submission_entries, kCommandShift);
  const auto completion = ring_memory(queues.completion, queues.completion_entries, kCompletionShift);
  if (!submission || !completion) return false;
  admin_ = {.memory = *submission, .entries = queues.submission_entries, .completions = completions_.data()};
  completions_[0].open({.memory = *completion, .entries = queues.completion_entries, .vector = 0, .interrupts = true},
                       std::nullopt);
  return true;
}

void Controller::disable() noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& queue : submissions_) queue->close();
  for (CompletionQueue& queue : completions_) queue.close();
  admin_.reset();
  admin_head_ = admin_tail_ = 0;
  shadows_.reset();
  uses_shadows_ = false;
  features_.reset();
  shared_.write_cache = features_.write_cache();
  event_requests_.clear();
  namespace_news_ = notice_masked_ = namespace_logged_ = false;
}

void Controller::allow_dma(bool allowed) noexcept {
  if (may_dma_.exchange(allowed) == allowed) return;
  const std::lock_guard lock(mutex_);
  for (const auto& queue : submissions_) queue->run(allowed);
  serve_admin();
}

// A driver that shuts down has flushed what matters to it; this is what a power-down would do.
void Controller::flush() noexcept {
  if (image_.read_only() || ::fdatasync(image_.file()) == 0) return;
  spdlog::error("[{}] the disk could not be flushed: {}", image_.path(), base::errno_text(errno));
  image_.lose_writes();
}

void Controller::ring(unsigned index, uint32_t value) noexcept {
  const unsigned id = index / 2;
  if (id > queues()) return;
  const bool completion = index % 2 == 1;
  if (id != 0 && !completion) return submission(id).ring(value);
  if (completion) {
    if (!completions_[id].set_head(value)) return;
    for (const auto& queue : submissions_) queue->doorbell().signal();
  }
  if (id != 0) return;
  const std::lock_guard lock(mutex_);
  if (!completion && admin_ && value < admin_->entries) admin_tail_ = value;
  serve_admin();
}

bool Controller::unread(uint32_t vectors) const noexcept {
  for (const CompletionQueue& queue : completions_)
    if (queue.unread(vectors)) return true;
  return false;
}

// The one who stored to the doorbell does the work: none of it takes long.
void Controller::serve_admin() noexcept {
  if (!admin_ || !may_dma_) return;
  for (tell_events(); admin_head_ != admin_tail_ && !completions_[0].full(); tell_events()) {
    const auto command = admin_->memory.copy<Command>(uint64_t{admin_head_} << kCommandShift);
    admin_head_ = (admin_head_ + 1) % admin_->entries;
    if (const auto done = execute(command)) answer(command.id, *done);
    if (shadows_) shadow(0, false)->want_after(admin_head_);
  }
}

bool Controller::answer(uint16_t command, const Answer& answer) noexcept {
  const bool posted = completions_[0].post({.result = answer.result,
                                            .head = static_cast<uint16_t>(admin_head_),
                                            .command = command,
                                            .status = status_word(answer.status)});
  if (posted) interrupts_.fire(0);
  return posted;
}

// 5.2: an event is told once; more of its kind are told after its log page was read.
void Controller::tell_events() noexcept {
  constexpr uint32_t kNotice = 2;
  constexpr uint32_t kNamespaceList = 4;
  if (!namespace_news_ || notice_masked_ || event_requests_.empty() || (features_.events() & kNamespaceNotices) == 0)
    return;
  if (!answer(event_requests_.back(), {.result = kNotice | kNamespaceList << 16})) return;
  event_requests_.pop_back();
  namespace_news_ = false;
  notice_masked_ = namespace_logged_ = true;
}

// Who has the lock may be waiting for the medium: then it is told with the next admin command.
void Controller::namespace_changed() noexcept {
  namespace_news_ = true;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) serve_admin();
}

}  // namespace vireo::emulated::nvme
