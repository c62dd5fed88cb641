#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "emulated/block/disk_queue.h"
#include "emulated/nvme/completion_queue.h"
#include "vmm/platform/guest_memory.h"

namespace vireo::emulated::nvme {

// Who lets the guest know of completions. Thread: any.
class InterruptSink {
 public:
  virtual ~InterruptSink() = default;
  virtual void fire(uint16_t vector) noexcept = 0;
};

// What all of a controller's queues share.
struct Shared {
  const platform::GuestMemory& memory;
  const DiskImage& image;
  InterruptSink& interrupts;
  std::atomic<bool> write_cache = true;  // what is written is durable only after a flush

  uint32_t block_size() const { return image.logical_block(); }
  uint64_t blocks() const { return image.size() / block_size(); }
};

// An I/O submission queue: makes a disk's requests of the driver's commands. Source: NVMe 1.4 4.1, 6.
// Thread: as said; the disk's thread does the work.
class SubmissionQueue final : private DiskClient {
 public:
  struct Layout {
    RingMemory memory;
    uint32_t entries = 0;
    CompletionQueue* completions = nullptr;
  };

  // Lifetime: `shared` outlives this. Errors: as DiskQueue's.
  SubmissionQueue(Shared& shared, uint16_t id, const DiskQueue::Settings& settings);

  // Thread: one at a time, and not the disk's; so the next four.
  void open(const Layout& layout, const std::optional<ShadowDoorbell>& shadow) noexcept;
  // What it has begun is done then, or given up.
  void close() noexcept;
  const std::optional<Layout>& layout() const { return layout_; }
  // Take the tail from there from now on. Precondition: it is paused.
  void set_shadow(const std::optional<ShadowDoorbell>& shadow) noexcept { shadow_ = shadow; }
  // Fetch commands, or do not: what it has begun is done then.
  void run(bool wanted) noexcept;

  // The doorbell was stored to. Thread: any.
  void ring(uint32_t tail) noexcept;
  // Signal it to have the queue looked at.
  const base::EventFd& doorbell() const { return doorbell_; }

 private:
  // A command that the disk has.
  struct Pending {
    Command command;
    unsigned range = 0;  // of dataset management: the one that is being worked on
  };

  void serve() noexcept override;
  void done(DiskTag tag, DiskResult result) noexcept override;
  void settle() noexcept override;

  bool fetch() noexcept;
  uint32_t tail() const noexcept;
  void take(const Command& command) noexcept;
  std::optional<Status> begin(const Command& command) noexcept;
  std::optional<Status> transfer(const Command& command, DiskRequest::Kind kind) noexcept;
  std::optional<Status> write_zeroes(const Command& command) noexcept;
  std::optional<Status> deallocate(const Command& command, unsigned range) noexcept;
  bool in_disk(uint64_t first, uint64_t blocks) const noexcept;
  bool durable(const Command& command) const noexcept;
  std::optional<Status> submit(const Command& command, const DiskRequest& request, unsigned range = 0) noexcept;
  void finish(uint16_t command, Status status) noexcept;
  void post_backlog() noexcept;

  Shared& shared_;
  uint16_t id_;
  std::optional<Layout> layout_;
  std::optional<ShadowDoorbell> shadow_;
  base::EventFd doorbell_;
  std::atomic<uint32_t> rung_tail_ = 0;
  uint32_t head_ = 0;
  bool runs_ = false;
  bool posted_ = false;
  bool starved_ = false;  // there are commands, and no room for them here
  std::vector<Pending> pending_;
  std::vector<DiskTag> free_;
  std::vector<Completion> backlog_;  // for which the completion queue has no room
  DiskQueue disk_;                   // the last: its thread uses the rest
};

}  // namespace vireo::emulated::nvme
