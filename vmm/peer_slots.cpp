#include "vmm/peer_slots.h"

namespace vireo {

bool PeerSlots::map(base::GuestAddress start, base::HostAddress host, uint64_t size, bool read_only) noexcept {
  if (!slots_.map(start, host, size, read_only)) return false;
  if (mapper_ == nullptr || read_only) return true;
  const std::lock_guard lock(mutex_);
  try {
    mapper_->map(base::Iova(start.value()), host, size);
    reachable_.emplace(start, size);
  } catch (const base::Error& error) {
    if (refused_()) spdlog::warn("no peer-to-peer DMA to the BAR at {:#x}: {}", start.value(), error.what());
  }
  return true;
}

void PeerSlots::unmap(base::GuestAddress start) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = reachable_.find(start); found != reachable_.end()) {
      mapper_->unmap(base::Iova(start.value()), found->second);
      reachable_.erase(found);
    }
  }
  slots_.unmap(start);
}

bool PeerSlots::add_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept {
  return slots_.add_doorbell(doorbell, event);
}

void PeerSlots::remove_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept {
  slots_.remove_doorbell(doorbell, event);
}

}  // namespace vireo
