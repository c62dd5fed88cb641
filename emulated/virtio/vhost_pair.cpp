#include "emulated/virtio/vhost_pair.h"

#define VIRTIO_RING_NO_LEGACY  // C only: conversions from void*
#include <linux/vhost.h>
#undef VIRTIO_RING_NO_LEGACY
#include <unistd.h>

#include "emulated/virtio/net_backend.h"
#include "emulated/virtio/net_registers.h"
#include "vmm/base/ioctl.h"
#include "vmm/base/log.h"

namespace vireo::emulated {
namespace {

using base::Ioctl;

constexpr const char* kPath = "/dev/vhost-net";
constexpr unsigned kMostRegions = 16;

constexpr Ioctl<void> kSetOwner{VHOST_SET_OWNER, "VHOST_SET_OWNER"};
constexpr Ioctl<uint64_t> kGetFeatures{VHOST_GET_FEATURES, "VHOST_GET_FEATURES"};
constexpr Ioctl<uint64_t> kSetFeatures{VHOST_SET_FEATURES, "VHOST_SET_FEATURES"};
constexpr Ioctl<vhost_vring_state> kSetSize{VHOST_SET_VRING_NUM, "VHOST_SET_VRING_NUM"};
constexpr Ioctl<vhost_vring_state> kSetBase{VHOST_SET_VRING_BASE, "VHOST_SET_VRING_BASE"};
constexpr Ioctl<vhost_vring_addr> kSetAddresses{VHOST_SET_VRING_ADDR, "VHOST_SET_VRING_ADDR"};
constexpr Ioctl<vhost_vring_file> kSetKick{VHOST_SET_VRING_KICK, "VHOST_SET_VRING_KICK"};
constexpr Ioctl<vhost_vring_file> kSetCall{VHOST_SET_VRING_CALL, "VHOST_SET_VRING_CALL"};
constexpr Ioctl<vhost_vring_file> kSetError{VHOST_SET_VRING_ERR, "VHOST_SET_VRING_ERR"};
constexpr Ioctl<vhost_vring_file> kSetBackend{VHOST_NET_SET_BACKEND, "VHOST_NET_SET_BACKEND"};

// What of a queue's shape vhost carries out; the rest is between driver and transport.
constexpr uint64_t kRingFeatures = kFeatureIndirect | kFeatureEventIndex | kFeatureVersion1;

// linux/vhost.h: struct vhost_memory with its regions behind it.
struct MemoryTable {
  uint32_t regions = 0;
  uint32_t padding = 0;
  std::array<vhost_memory_region, kMostRegions> region = {};
};
static_assert(offsetof(MemoryTable, region) == sizeof(vhost_memory));
// The request's number knows only what stands before the regions.
constexpr Ioctl<MemoryTable> kSetMemory{VHOST_SET_MEM_TABLE, "VHOST_SET_MEM_TABLE"};

// Of vhost-net's two; linux/vhost.h numbers them as virtio does a pair.
constexpr unsigned ring_of(unsigned queue) {
  return queue % 2;
}

}  // namespace

bool has_vhost_net() noexcept {
  return ::access(kPath, R_OK | W_OK) == 0;
}

VhostPair::VhostPair(base::Fd tap, const std::string& name, const platform::GuestMemory& memory,
                     platform::EventLoop& loop)
    : name_(name), tap_(std::move(tap)), vhost_(::open(kPath, O_RDWR | O_CLOEXEC)), memory_(memory), loop_(loop) {
  if (!vhost_)
    throw base::SystemError(base::ExitCode::kHost, kPath, errno,
                            "modprobe vhost_net, let vireo's user open it, or write `vhost: false`");
  base::ioctl(vhost_, kSetOwner, 0, kPath);
  set_memory(memory);
  for (Ring& ring : rings_) {
    loop_.watch(ring.line.get(), [&ring](uint32_t) {
      ring.line.consume();
      ring.transport->interrupt_queue(ring.queue);
    });
    loop_.watch(ring.error.get(), [&ring](uint32_t) {
      ring.error.consume();
      ring.transport->needs_reset();
    });
  }
}

VhostPair::~VhostPair() {
  for (const Ring& ring : rings_) {
    loop_.unwatch(ring.line.get());
    loop_.unwatch(ring.error.get());
  }
}

void VhostPair::set_memory(const platform::GuestMemory& memory) {
  MemoryTable table;
  if (memory.regions().size() > kMostRegions)
    throw base::Error(base::ExitCode::kInternal, "more pieces of RAM than vhost-net is told of");
  for (const platform::RamRegion& region : memory.regions())
    table.region[table.regions++] = {.guest_phys_addr = region.range.start().value(),
                                     .memory_size = region.range.size(),
                                     .userspace_addr = memory.host(region.range.start(), region.range.size())->value()};
  base::ioctl(vhost_, kSetMemory, table, kPath);
}

NetPair::Abilities VhostPair::abilities() const {
  return {.features = tap_features(), .split_rings_only = true};
}

void VhostPair::start(const RunningQueue& queue) noexcept try {
  if (running_++ == 0) {
    uint64_t features = 0;
    base::ioctl(vhost_, kGetFeatures, features, kPath);
    features &= queue.features & (kRingFeatures | kNetMergeable);
    base::ioctl(vhost_, kSetFeatures, features, kPath);
    set_tap_features(tap_, queue.features);
  }
  set_up_ring(queue);
  set_backend(ring_of(queue.index), tap_.get());
} catch (const base::Error& error) {
  spdlog::warn("[{}] {}", name_, error.what());
  queue.transport.needs_reset();
}

// The rings were checked to be in RAM when the driver enabled the queue.
void VhostPair::set_up_ring(const RunningQueue& queue) {
  const QueueLayout& layout = queue.layout;
  const auto host = [this](base::GuestAddress address) { return memory_.host(address, 1)->value(); };
  const unsigned index = ring_of(queue.index);
  Ring& ring = rings_[index];
  vhost_vring_state state{.index = index, .num = layout.size};
  base::ioctl(vhost_, kSetSize, state, kPath);
  state.num = 0;
  base::ioctl(vhost_, kSetBase, state, kPath);
  vhost_vring_addr addresses{.index = index,
                             .desc_user_addr = host(layout.descriptors),
                             .used_user_addr = host(layout.device),
                             .avail_user_addr = host(layout.driver)};
  base::ioctl(vhost_, kSetAddresses, addresses, kPath);
  if (ring.transport == nullptr) {  // stored once: the loop reads them without a lock
    ring.queue = queue.index;
    ring.transport = &queue.transport;
  }
  ring.call = -1;
  set_vector(queue.index, queue.vector);
  vhost_vring_file file{.index = index, .fd = ring.error.get()};
  base::ioctl(vhost_, kSetError, file, kPath);
  file.fd = queue.doorbell.get();
  base::ioctl(vhost_, kSetKick, file, kPath);
}

void VhostPair::set_vector(unsigned index, const base::EventFd* vector) noexcept {
  Ring& ring = rings_[ring_of(index)];
  const int wanted = (vector != nullptr ? *vector : ring.line).get();
  if (std::exchange(ring.call, wanted) == wanted) return;
  vhost_vring_file file{.index = ring_of(index), .fd = wanted};
  if (const int error = base::try_ioctl(vhost_, kSetCall, file); error < 0)
    spdlog::warn("[{}] VHOST_SET_VRING_CALL: {}", name_, base::errno_text(-error));
}

void VhostPair::set_backend(unsigned ring, int file) {
  vhost_vring_file backend{.index = ring, .fd = file};
  base::ioctl(vhost_, kSetBackend, backend, kPath);
}

// Without a backend vhost has let go of the ring.
void VhostPair::stop(unsigned index) noexcept {
  if (running_ > 0) --running_;
  vhost_vring_file backend{.index = ring_of(index), .fd = -1};
  if (const int error = base::try_ioctl(vhost_, kSetBackend, backend); error < 0)
    spdlog::warn("[{}] VHOST_NET_SET_BACKEND: {}", name_, base::errno_text(-error));
}

bool VhostPair::attach(bool attached) noexcept {
  return attach_tap(tap_, attached);
}

}  // namespace vireo::emulated
