#include "emulated/nvme/completion_queue.h"

#include <cstddef>
#include <utility>

namespace vireo::emulated::nvme {

void CompletionQueue::open(const Layout& layout, const std::optional<ShadowDoorbell>& shadow) noexcept {
  const std::lock_guard lock(mutex_);
  layout_ = layout;
  shadow_ = shadow;
  doorbell_ = tail_ = 0;
  phase_ = 1;
  waited_for_ = false;
}

void CompletionQueue::close() noexcept {
  const std::lock_guard lock(mutex_);
  layout_.reset();
}

bool CompletionQueue::is_open() const noexcept {
  const std::lock_guard lock(mutex_);
  return layout_.has_value();
}

void CompletionQueue::set_shadow(const std::optional<ShadowDoorbell>& shadow) noexcept {
  const std::lock_guard lock(mutex_);
  shadow_ = shadow;
}

// A head that is none is no head: the last one that was.
uint32_t CompletionQueue::head() const noexcept {
  const uint32_t value = shadow_ ? shadow_->load() : doorbell_;
  return value < layout_->entries ? value : doorbell_;
}

// Where there is none the doorbell is asked for.
bool CompletionQueue::has_room() noexcept {
  const uint32_t next = (tail_ + 1) % layout_->entries;
  const uint32_t seen = head();  // once: what the driver stores after this is seen below, or rings
  if (next != seen) return true;
  waited_for_ = true;
  return shadow_ && shadow_->want_after(seen) && next != head();
}

bool CompletionQueue::full() noexcept {
  const std::lock_guard lock(mutex_);
  return layout_ && !has_room();
}

bool CompletionQueue::post(Completion entry) noexcept {
  const std::lock_guard lock(mutex_);
  if (!layout_) return true;  // nobody is to see it
  if (!has_room()) return false;
  const uint64_t offset = uint64_t{tail_} << kCompletionShift;
  const auto status = static_cast<uint16_t>(entry.status | phase_);
  entry.status = static_cast<uint16_t>(status ^ 1);  // not to be seen before the rest is
  layout_->memory.store(offset, entry);
  if (shadow_ && !waited_for_) shadow_->want_none_until((head() + layout_->entries - 1) % layout_->entries);
  layout_->memory.store_release(offset + offsetof(Completion, status), status);
  tail_ = (tail_ + 1) % layout_->entries;
  if (tail_ == 0) phase_ ^= 1;
  return true;
}

std::optional<uint16_t> CompletionQueue::vector() const noexcept {
  const std::lock_guard lock(mutex_);
  return layout_ && layout_->interrupts ? std::optional(layout_->vector) : std::nullopt;
}

// NVMe 1.4 3.1.3: there are 32 bits that mask vectors of lines.
bool CompletionQueue::unread(uint32_t vectors) const noexcept {
  const std::lock_guard lock(mutex_);
  return layout_ && layout_->interrupts && layout_->vector < 32 && (vectors >> layout_->vector & 1) != 0 &&
         tail_ != head();
}

bool CompletionQueue::set_head(uint32_t head) noexcept {
  const std::lock_guard lock(mutex_);
  if (!layout_ || head >= layout_->entries) return false;
  doorbell_ = head;
  return std::exchange(waited_for_, false);
}

}  // namespace vireo::emulated::nvme
