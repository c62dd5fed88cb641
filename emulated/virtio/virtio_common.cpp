// The common configuration structure of a virtio function. virtio 1.2 4.1.4.3.
#include <array>

#include "emulated/register_bytes.h"
#include "emulated/virtio/virtio_function.h"

namespace vireo::emulated {
namespace {

constexpr uint64_t kTransportFeatures =
    kFeatureIndirect | kFeatureEventIndex | kFeatureVersion1 | kFeaturePackedRing | kFeatureQueueReset;

using CommonRegister = NamedRegister<Common>;
constexpr std::array kCommonRegisters{
    CommonRegister{Common::kDeviceFeatureSelect, 4}, CommonRegister{Common::kDeviceFeature, 4},
    CommonRegister{Common::kDriverFeatureSelect, 4}, CommonRegister{Common::kDriverFeature, 4},
    CommonRegister{Common::kConfigVector, 2},        CommonRegister{Common::kQueues, 2},
    CommonRegister{Common::kDeviceStatus, 1},        CommonRegister{Common::kConfigGeneration, 1},
    CommonRegister{Common::kQueueSelect, 2},         CommonRegister{Common::kQueueSize, 2},
    CommonRegister{Common::kQueueVector, 2},         CommonRegister{Common::kQueueEnable, 2},
    CommonRegister{Common::kQueueNotifyOffset, 2},   CommonRegister{Common::kQueueDescriptors, 8},
    CommonRegister{Common::kQueueDriver, 8},         CommonRegister{Common::kQueueDevice, 8},
    CommonRegister{Common::kQueueReset, 2}};

constexpr uint32_t half(uint64_t features, uint32_t select) {
  return select > 1 ? 0 : static_cast<uint32_t>(features >> 32 * select);
}

}  // namespace

uint64_t VirtioFunction::offered() const noexcept {
  const bool split = around_.split_ring || device_->identity().split_rings_only;
  return (device_->identity().features | kTransportFeatures) & ~(split ? kFeaturePackedRing : 0);
}

VirtioFunction::Queue* VirtioFunction::selected() noexcept {
  return queue_select_ < queues_.size() ? &queues_[queue_select_] : nullptr;
}
const VirtioFunction::Queue* VirtioFunction::selected() const noexcept {
  return queue_select_ < queues_.size() ? &queues_[queue_select_] : nullptr;
}

uint64_t VirtioFunction::common(Common name) const noexcept {
  const Queue* queue = selected();
  switch (name) {
    case Common::kDeviceFeatureSelect:
      return device_feature_select_;
    case Common::kDeviceFeature:
      return half(offered(), device_feature_select_);
    case Common::kDriverFeatureSelect:
      return driver_feature_select_;
    case Common::kDriverFeature:
      return half(driver_features_, driver_feature_select_);
    case Common::kConfigVector:
      return config_vector_;
    case Common::kQueues:
      return queues_.size();
    case Common::kDeviceStatus:
      return status_ | (needs_reset_ ? kStatusNeedsReset : 0);
    case Common::kConfigGeneration:
      return generation_;
    case Common::kQueueSelect:
      return queue_select_;
    case Common::kQueueSize:
      return queue == nullptr ? 0 : queue->layout.size;  // 0: there is no such queue
    case Common::kQueueVector:
      return queue == nullptr ? kNoVector : queue->vector.load();
    case Common::kQueueEnable:
      return queue != nullptr && queue->ring ? 1 : 0;
    case Common::kQueueNotifyOffset:
      return queue == nullptr ? 0 : queue_select_;
    case Common::kQueueDescriptors:
      return queue == nullptr ? 0 : queue->layout.descriptors.value();
    case Common::kQueueDriver:
      return queue == nullptr ? 0 : queue->layout.driver.value();
    case Common::kQueueDevice:
      return queue == nullptr ? 0 : queue->layout.device.value();
    case Common::kQueueReset:
      return 0;  // it is over before anybody can look
  }
  return 0;
}

void VirtioFunction::set_common(Common name, uint64_t value) noexcept {
  switch (name) {
    case Common::kDeviceFeatureSelect:
      device_feature_select_ = static_cast<uint32_t>(value);
      return;
    case Common::kDriverFeatureSelect:
      driver_feature_select_ = static_cast<uint32_t>(value);
      return;
    case Common::kDriverFeature: {
      // Settled once both agree.
      if (driver_feature_select_ > 1 || (status_ & kStatusFeaturesOk) != 0) return;
      const unsigned shift = 32 * driver_feature_select_;
      driver_features_ = (driver_features_ & ~(uint64_t{0xffffffff} << shift)) | value << shift;
      return;
    }
    case Common::kConfigVector:
      config_vector_ = value < vectors().vectors() ? static_cast<uint16_t>(value) : kNoVector;
      return;
    case Common::kDeviceStatus:
      return set_status(static_cast<uint8_t>(value));
    case Common::kQueueSelect:
      queue_select_ = static_cast<uint16_t>(value);
      return;
    default:
      return set_queue(name, value);
  }
}

// A queue that runs is not changed but for its vector. virtio 1.2 4.1.4.3.2.
void VirtioFunction::set_queue(Common name, uint64_t value) noexcept {
  Queue* queue = selected();
  if (queue == nullptr) return;
  if (name == Common::kQueueVector) return set_vector(*queue, value);
  if (name == Common::kQueueReset && value == 1 && (driver_features_ & kFeatureQueueReset) != 0)
    return reset_queue(queue_select_);
  if (queue->ring) return;
  if (name == Common::kQueueSize && value <= device_->identity().queue_sizes[queue_select_])
    queue->layout.size = static_cast<uint16_t>(value);
  if (name == Common::kQueueDescriptors) queue->layout.descriptors = base::GuestAddress(value);
  if (name == Common::kQueueDriver) queue->layout.driver = base::GuestAddress(value);
  if (name == Common::kQueueDevice) queue->layout.device = base::GuestAddress(value);
  if (name == Common::kQueueEnable && value == 1) enable_queue(*queue);
}

void VirtioFunction::set_vector(Queue& queue, uint64_t value) noexcept {
  queue.vector = value < vectors().vectors() ? static_cast<uint16_t>(value) : kNoVector;
  tell_vectors();
}

void VirtioFunction::enable_queue(Queue& queue) noexcept {
  if ((status_ & kStatusFeaturesOk) == 0) return;
  queue.ring = make_virtqueue(around_.memory, queue.layout, driver_features_);
  if (!queue.ring) return needs_reset();
  run_queues();
}

// virtio 1.2 3.1.1: the driver sets its bits one after the other; what is refused stays clear.
void VirtioFunction::set_status(uint8_t value) noexcept {
  if (value == 0) return reset_device();
  const bool acceptable = (driver_features_ & ~offered()) == 0 && (driver_features_ & kFeatureVersion1) != 0;
  if ((value & kStatusFeaturesOk) != 0 && !acceptable) value &= static_cast<uint8_t>(~kStatusFeaturesOk);
  // What was agreed stays so until the next reset: the queues were checked by it.
  if ((status_ & kStatusFeaturesOk) != 0) value |= kStatusFeaturesOk;
  status_ = static_cast<uint8_t>(value & ~kStatusNeedsReset);
  run_queues();
}

// virtio 1.2 2.6.1.
void VirtioFunction::reset_queue(unsigned index) noexcept {
  Queue& queue = queues_[index];
  stop_queue(index);
  queue.ring.reset();
  queue.layout = {.size = device_->identity().queue_sizes[index]};
  queue.vector = kNoVector;
}

void VirtioFunction::reset_device() noexcept {
  for (unsigned i = 0; i < queues_.size(); ++i) reset_queue(i);
  device_feature_select_ = driver_feature_select_ = 0;
  driver_features_ = 0;
  config_vector_ = kNoVector;
  queue_select_ = 0;
  status_ = 0;
  isr_ = 0;
  needs_reset_ = paused_ = false;
}

// Precondition: data is zeros.
void VirtioFunction::read_common(uint64_t offset, std::span<uint8_t> data) const noexcept {
  load_registers<Common>(kCommonRegisters, offset, data, [this](Common name) { return common(name); });
}

void VirtioFunction::write_common(uint64_t offset, std::span<const uint8_t> data) noexcept {
  store_registers<Common>(
      kCommonRegisters, offset, data, [this](Common name) { return common(name); },
      [this](Common name, uint64_t value) { set_common(name, value); });
}

}  // namespace vireo::emulated
