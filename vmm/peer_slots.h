#pragma once

#include <map>
#include <mutex>

#include "iommu/dma_mapper.h"
#include "vmm/base/log.h"
#include "vmm/platform/memory_slots.h"

namespace vireo {

// Memory slots of BARs that the guest's other devices reach too (peer-to-peer DMA): what is mapped in the guest is
// mapped in the IOMMU at the same address. Where the host refuses that, devices cannot reach each other there, and
// nothing else changes. Thread: any.
class PeerSlots final : public platform::MemorySlots {
 public:
  // No mapper: the slots alone. Lifetime: both outlive this.
  PeerSlots(platform::MemorySlots& slots, iommu::DmaMapper* mapper) : slots_(slots), mapper_(mapper) {}

  bool map(base::GuestAddress start, base::HostAddress host, uint64_t size, bool read_only) noexcept override;
  void unmap(base::GuestAddress start) noexcept override;
  bool add_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept override;
  void remove_doorbell(const Doorbell& doorbell, const base::EventFd& event) noexcept override;

 private:
  platform::MemorySlots& slots_;
  iommu::DmaMapper* mapper_;
  std::mutex mutex_;
  std::map<base::GuestAddress, uint64_t> reachable_;  // sizes
  base::FirstTime refused_;
};

}  // namespace vireo
