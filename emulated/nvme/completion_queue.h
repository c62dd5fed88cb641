#pragma once

#include <mutex>
#include <optional>

#include "emulated/nvme/commands.h"
#include "emulated/nvme/shadow_doorbell.h"

namespace vireo::emulated::nvme {

// A completion queue, for any number of submission queues. Source: NVMe 1.4 4.1, 4.6. Thread: any.
class CompletionQueue {
 public:
  struct Layout {
    RingMemory memory;
    uint32_t entries = 0;
    uint16_t vector = 0;
    bool interrupts = false;
  };

  void open(const Layout& layout, const std::optional<ShadowDoorbell>& shadow) noexcept;
  void close() noexcept;
  bool is_open() const noexcept;
  // Where the driver's head is from now on.
  void set_shadow(const std::optional<ShadowDoorbell>& shadow) noexcept;

  // Put an entry there; its status has no phase yet. Return false, having done nothing, when there is no room: the
  // doorbell tells of it.
  bool post(Completion entry) noexcept;
  // The same as what post() would say.
  bool full() noexcept;
  // The vector that says that there are entries; nothing: the driver wants none.
  std::optional<uint16_t> vector() const noexcept;
  // Whether the driver has not taken all entries of a queue that interrupts by one of these vectors.
  bool unread(uint32_t vectors) const noexcept;

  // The doorbell was stored to. Return whether somebody waits for room.
  bool set_head(uint32_t head) noexcept;

 private:
  uint32_t head() const noexcept;
  bool has_room() noexcept;

  mutable std::mutex mutex_;
  std::optional<Layout> layout_;
  std::optional<ShadowDoorbell> shadow_;
  uint32_t doorbell_ = 0;
  uint32_t tail_ = 0;
  uint16_t phase_ = 1;
  bool waited_for_ = false;
};

}  // namespace vireo::emulated::nvme
