#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "emulated/block/size_watch.h"
#include "emulated/nvme/features.h"
#include "emulated/nvme/identify.h"
#include "emulated/nvme/submission_queue.h"

namespace vireo::emulated::nvme {

// An NVMe controller behind its registers: its queues, and what is asked of it by the admin queue.
// State: works with Linux's driver.
// Features: several I/O queues, each with a thread; shadow doorbells; flush, force unit access, write cache, dataset
// management, write zeroes, write protection, a size that follows the image's, the mandatory features and log pages.
// Missing: abort, health counters, error log entries, SGLs, metadata, several namespaces, firmware, self-test.
// Source: NVMe 1.4.
// Thread: any.
class Controller {
 public:
  // Lifetime: all but the settings outlives this. Errors: SystemError (kHost): no io_uring, no descriptors.
  Controller(DiskImage& image, const DiskDeviceSettings& settings, const std::array<uint8_t, 8>& extended,
             const platform::GuestMemory& memory, InterruptSink& interrupts, platform::EventLoop& loop);
  ~Controller() { disable(); }

  // Where the admin queues are, and how long: at least 2 entries.
  struct AdminQueues {
    base::GuestAddress submission{0};
    base::GuestAddress completion{0};
    uint32_t submission_entries = 0;
    uint32_t completion_entries = 0;
  };
  // Return whether they are aligned, and in RAM. Precondition: it is disabled.
  bool enable(const AdminQueues& queues) noexcept;
  // Forget everything; what was begun is done then, or given up.
  void disable() noexcept;
  // Whether the driver says, by CC, that queues have entries of the sizes that they have.
  void allow_queues(bool allowed) noexcept { sizes_valid_ = allowed; }
  // Whether the function masters the bus: fetches no commands otherwise.
  void allow_dma(bool allowed) noexcept;
  // Bring all that was written to the medium.
  void flush() noexcept;

  // A store to the doorbell `index`, from 0x1000 on in units of 4 bytes.
  void ring(unsigned index, uint32_t value) noexcept;
  // Whether stores to submission queues' doorbells only signal: the values are in guest memory.
  bool uses_shadows() const noexcept { return uses_shadows_; }
  // Precondition: 1 to queues().
  const base::EventFd& doorbell(unsigned queue) const { return submissions_[queue - 1]->doorbell(); }
  unsigned queues() const { return static_cast<unsigned>(submissions_.size()); }

  // Whether the driver has entries to take from a queue of one of these vectors.
  bool unread(uint32_t vectors) const noexcept;

 private:
  using Answer = Features::Answer;

  void serve_admin() noexcept;
  bool answer(uint16_t command, const Answer& answer) noexcept;
  std::optional<Answer> execute(const Command& command) noexcept;
  Answer create_completion(const Command& command) noexcept;
  Answer create_submission(const Command& command) noexcept;
  Answer delete_completion(const Command& command) noexcept;
  Answer delete_submission(const Command& command) noexcept;
  Answer identify(const Command& command) const noexcept;
  Answer log_page(const Command& command) noexcept;
  Answer set_doorbell_buffers(const Command& command) noexcept;
  std::optional<Answer> take_event_request(const Command& command) noexcept;
  void tell_events() noexcept;
  void namespace_changed() noexcept;
  bool is_queue(uint32_t id) const noexcept { return id >= 1 && id <= queues(); }
  SubmissionQueue& submission(uint32_t id) noexcept { return *submissions_[id - 1]; }
  std::optional<RingMemory> ring_memory(base::GuestAddress address, uint32_t entries, unsigned shift) const noexcept;
  Status check_queue(const Command& command, bool is_open) const noexcept;
  std::optional<ShadowDoorbell> shadow(uint32_t queue, bool completion) const noexcept;

  DiskImage& image_;
  Identity identity_;
  InterruptSink& interrupts_;
  Shared shared_;
  std::atomic<bool> sizes_valid_ = false;
  std::atomic<bool> may_dma_ = false;
  std::atomic<bool> namespace_news_ = false;  // of which nobody was told
  std::atomic<bool> uses_shadows_ = false;
  std::mutex mutex_;  // of all below but the completion queues and the doorbells
  Features features_;
  std::optional<SubmissionQueue::Layout> admin_;
  uint32_t admin_head_ = 0;
  uint32_t admin_tail_ = 0;
  std::optional<ShadowDoorbell::Buffers> shadows_;
  std::vector<uint16_t> event_requests_;  // commands that wait
  bool notice_masked_ = false;            // until its log page is read
  bool namespace_logged_ = false;
  std::vector<CompletionQueue> completions_;  // by queue; 0 is the admin queue's
  std::vector<std::unique_ptr<SubmissionQueue>> submissions_;
  SizeWatch size_watch_;
};

}  // namespace vireo::emulated::nvme
