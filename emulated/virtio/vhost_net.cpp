#include "emulated/virtio/vhost_net.h"

#define VIRTIO_RING_NO_LEGACY  // C only: conversions from void*
#include <linux/vhost.h>
#undef VIRTIO_RING_NO_LEGACY
#include <unistd.h>

#include "emulated/virtio/net_backend.h"
#include "vmm/base/ioctl.h"
#include "vmm/base/log.h"

namespace vireo::emulated {
namespace {

using base::Ioctl;

constexpr const char* kPath = "/dev/vhost-net";
constexpr uint16_t kQueueSize = 256;
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

}  // namespace

bool VhostNetDevice::available() noexcept {
  return ::access(kPath, R_OK | W_OK) == 0;
}

VhostNetDevice::VhostNetDevice(base::Fd tap, const NetSettings& settings, const platform::GuestMemory& memory,
                               platform::EventLoop& loop)
    : settings_(settings),
      tap_(std::move(tap)),
      vhost_(::open(kPath, O_RDWR | O_CLOEXEC)),
      memory_(memory),
      loop_(loop),
      identity_{.type = 1,
                .class_code = 0x020000,
                .features = own_features(settings) | tap_features(),
                .queue_sizes = {kQueueSize, kQueueSize},
                .split_rings_only = true} {
  if (!vhost_)
    throw base::SystemError(base::ExitCode::kHost, kPath, errno,
                            "modprobe vhost_net, let vireo's user open it, or write `vhost: false`");
  base::ioctl(vhost_, kSetOwner, 0, kPath);
  set_memory(memory);
  for (unsigned i = 0; i < rings_.size(); ++i) {
    loop_.watch(rings_[i].line.get(), [this, i](uint32_t) {
      rings_[i].line.consume();
      transport_->interrupt_queue(i);
    });
    loop_.watch(rings_[i].error.get(), [this, i](uint32_t) {
      rings_[i].error.consume();
      transport_->needs_reset();
    });
  }
}

VhostNetDevice::~VhostNetDevice() {
  for (const Ring& ring : rings_) {
    loop_.unwatch(ring.line.get());
    loop_.unwatch(ring.error.get());
  }
}

void VhostNetDevice::set_memory(const platform::GuestMemory& memory) {
  MemoryTable table;
  if (memory.regions().size() > kMostRegions)
    throw base::Error(base::ExitCode::kInternal, "more pieces of RAM than vhost-net is told of");
  for (const platform::RamRegion& region : memory.regions())
    table.region[table.regions++] = {.guest_phys_addr = region.range.start().value(),
                                     .memory_size = region.range.size(),
                                     .userspace_addr = memory.host(region.range.start(), region.range.size())->value()};
  base::ioctl(vhost_, kSetMemory, table, kPath);
}

void VhostNetDevice::read_config(uint64_t offset, std::span<uint8_t> data) noexcept {
  load_from(config_space(settings_, true), offset, data);
}

void VhostNetDevice::start(const RunningQueue& queue) noexcept try {
  if (running_++ == 0) {
    uint64_t features = 0;
    base::ioctl(vhost_, kGetFeatures, features, kPath);
    features &= queue.features & (kRingFeatures | kNetMergeable);
    base::ioctl(vhost_, kSetFeatures, features, kPath);
    set_tap_features(tap_, queue.features);
  }
  set_up_ring(queue);
  set_backend(queue.index, tap_.get());
} catch (const base::Error& error) {
  spdlog::warn("[{}] {}", settings_.name, error.what());
  queue.transport.needs_reset();
}

// The rings were checked to be in RAM when the driver enabled the queue.
void VhostNetDevice::set_up_ring(const RunningQueue& queue) {
  const QueueLayout& layout = queue.layout;
  const auto host = [this](base::GuestAddress address) { return memory_.host(address, 1)->value(); };
  vhost_vring_state state{.index = queue.index, .num = layout.size};
  base::ioctl(vhost_, kSetSize, state, kPath);
  state.num = 0;
  base::ioctl(vhost_, kSetBase, state, kPath);
  vhost_vring_addr addresses{.index = queue.index,
                             .desc_user_addr = host(layout.descriptors),
                             .used_user_addr = host(layout.device),
                             .avail_user_addr = host(layout.driver)};
  base::ioctl(vhost_, kSetAddresses, addresses, kPath);
  rings_[queue.index].call = -1;
  set_vector(queue.index, queue.vector);
  vhost_vring_file file{.index = queue.index, .fd = rings_[queue.index].error.get()};
  base::ioctl(vhost_, kSetError, file, kPath);
  file.fd = queue.doorbell.get();
  base::ioctl(vhost_, kSetKick, file, kPath);
}

void VhostNetDevice::set_vector(unsigned index, const base::EventFd* vector) noexcept {
  Ring& ring = rings_[index];
  const int wanted = (vector != nullptr ? *vector : ring.line).get();
  if (std::exchange(ring.call, wanted) == wanted) return;
  vhost_vring_file file{.index = index, .fd = wanted};
  if (const int error = base::try_ioctl(vhost_, kSetCall, file); error < 0)
    spdlog::warn("[{}] VHOST_SET_VRING_CALL: {}", settings_.name, base::errno_text(-error));
}

void VhostNetDevice::set_backend(unsigned index, int file) {
  vhost_vring_file backend{.index = index, .fd = file};
  base::ioctl(vhost_, kSetBackend, backend, kPath);
}

// Without a backend vhost has let go of the ring.
void VhostNetDevice::stop(unsigned index) noexcept {
  if (running_ > 0) --running_;
  vhost_vring_file backend{.index = index, .fd = -1};
  if (const int error = base::try_ioctl(vhost_, kSetBackend, backend); error < 0)
    spdlog::warn("[{}] VHOST_NET_SET_BACKEND: {}", settings_.name, base::errno_text(-error));
}

}  // namespace vireo::emulated
