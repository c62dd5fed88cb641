#include "emulated/virtio/virtio_function.h"

#include <algorithm>
#include <utility>

#include "pci/standard.h"

namespace vireo::emulated {
namespace {

constexpr uint16_t kVendor = 0x1af4;  // virtio 1.2 4.1.2
constexpr uint16_t kFirstDevice = 0x1040;

constexpr uint16_t kStructuresAt = pci::EndpointFunction::kOwnCapabilitiesAt;
constexpr uint8_t kStructureSize = 16;
constexpr uint8_t kNotifySize = 20;
constexpr uint8_t kPciConfigSize = 20;
// In it.
constexpr uint16_t kWindowBar = 4;
constexpr uint16_t kWindowOffset = 8;
constexpr uint16_t kWindowLength = 12;
constexpr uint16_t kWindow = 16;

// What each part of the BAR holds of [offset, offset + size): nothing of what is beside it.
constexpr bool within(uint64_t offset, uint64_t start, uint64_t size) {
  return offset >= start && offset - start < size;
}

}  // namespace

VirtioFunction::VirtioFunction(std::string name, std::unique_ptr<VirtioDevice> device, const Surroundings& around)
    : EndpointFunction(std::move(name),
                       {.vendor = kVendor,
                        .device = static_cast<uint16_t>(kFirstDevice + device->identity().type),
                        .revision = 1,  // not a transitional device
                        .class_code = device->identity().class_code,
                        .subsystem = 0x1100},
                       {.table = kTableStart,
                        .pending = kPendingStart,
                        // And one for the configuration.
                        .count = static_cast<unsigned>(device->identity().queue_sizes.size()) + 1},
                       {.router = around.router, .loop = around.loop, .place = around.place}),
      device_(std::move(device)),
      around_(around),
      queues_(device_->identity().queue_sizes.size()) {
  define_bars();
  define_structures();
  device_->connect(*this);
  reset_device();
  seal();
}

VirtioFunction::~VirtioFunction() {
  for (unsigned i = 0; i < queues_.size(); ++i) stop_queue(i);
}

pci::Bars VirtioFunction::planned_bars(bool port_doorbells) {
  pci::Bars bars;
  bars[0] = {.kind = pci::BarKind::kMemory32, .size = kVirtioBarSize};
  if (port_doorbells) bars[kPortBar] = {.kind = pci::BarKind::kIo, .size = kPortBarSize};
  return bars;
}

void VirtioFunction::define_bars() {
  const bool ports = around_.port_doorbells && queues_.size() <= kMostPortDoorbells;
  const pci::Bars bars = planned_bars(ports);
  for (unsigned i = 0; i <= kPortBar; ++i) define_bar(i, bars[i]);
  for (unsigned i = 0; i < queues_.size(); ++i) {
    const base::EventFd& bell = queues_[i].doorbell;
    bells_.push_back({.offset = kNotifyStart + i * kNotifyMultiplier, .width = 0, .event = &bell});
    if (ports) port_bells_.push_back({.offset = uint64_t{i} * kPortMultiplier, .width = 0, .event = &bell});
  }
}

// virtio 1.2 4.1.4: of two structures of a kind a driver takes the first whose BAR it can have.
void VirtioFunction::define_structures() {
  config_.set(kMsixAt + 1, 1, kStructuresAt);
  const auto queues = static_cast<uint32_t>(queues_.size());
  uint16_t at = define_structure(kStructuresAt, Structure::kCommon, {0, kCommonStart, kCommonSize}, kStructureSize);
  if (has_port_doorbells()) at = define_notify(at, {kPortBar, 0, queues * kPortMultiplier}, kPortMultiplier);
  at = define_notify(at, {0, kNotifyStart, queues * kNotifyMultiplier}, kNotifyMultiplier);
  at = define_structure(at, Structure::kIsr, {0, kIsrStart, 1}, kStructureSize);
  pci_config_at_ = define_structure(at, Structure::kDevice, {0, kDeviceStart, kDeviceSize}, kStructureSize);
  define_structure(pci_config_at_, Structure::kPciConfig, {}, kPciConfigSize);
  config_.set(static_cast<uint16_t>(pci_config_at_ + 1), 1, 0);  // the last
  config_.set_writable(static_cast<uint16_t>(pci_config_at_ + kWindowBar), 1, 0xff);
  config_.set_writable(static_cast<uint16_t>(pci_config_at_ + kWindowOffset), 4, ~uint32_t{0});
  config_.set_writable(static_cast<uint16_t>(pci_config_at_ + kWindowLength), 4, ~uint32_t{0});
}

// virtio 1.2 4.1.4.4.
uint16_t VirtioFunction::define_notify(uint16_t at, const Place& place, uint32_t multiplier) {
  config_.set(static_cast<uint16_t>(at + kStructureSize), 4, multiplier);
  return define_structure(at, Structure::kNotify, place, kNotifySize);
}

// virtio 1.2 4.1.4. Return where the next one starts.
uint16_t VirtioFunction::define_structure(uint16_t at, Structure kind, const Place& place, uint8_t size) {
  const auto next = static_cast<uint16_t>(at + size);
  config_.set(at, 4,
              static_cast<uint32_t>(kind) << 24 | uint32_t{size} << 16 | uint32_t{next} << 8 |
                  static_cast<uint32_t>(pci::CapabilityId::kVendorSpecific));
  config_.set(static_cast<uint16_t>(at + 4), 1, place.bar);
  config_.set(static_cast<uint16_t>(at + 8), 4, place.offset);
  config_.set(static_cast<uint16_t>(at + 12), 4, place.length);
  return next;
}

std::span<const pci::BarDoorbell> VirtioFunction::doorbells(unsigned bar) const noexcept {
  if (bar == 0) return bells_;
  return bar == kPortBar ? std::span<const pci::BarDoorbell>(port_bells_) : std::span<const pci::BarDoorbell>();
}

unsigned VirtioFunction::window_bar() const noexcept {
  return config_.read(static_cast<uint16_t>(pci_config_at_ + kWindowBar), 1);
}

uint32_t VirtioFunction::window_offset() const noexcept {
  return config_.read(static_cast<uint16_t>(pci_config_at_ + kWindowOffset), 4);
}

bool VirtioFunction::is_window(uint16_t offset, unsigned width) const noexcept {
  if (offset != pci_config_at_ + kWindow) return false;
  const unsigned bar = window_bar();
  return width == config_.read(static_cast<uint16_t>(pci_config_at_ + kWindowLength), 4) &&
         (bar == 0 || (bar == kPortBar && has_port_doorbells()));
}

// A load of the window is one of the BAR; so is a store. virtio 1.2 4.1.4.9.
uint32_t VirtioFunction::read_config(uint16_t offset, unsigned width) noexcept {
  if (!is_window(offset, width)) return EndpointFunction::read_config(offset, width);
  uint32_t value = 0;
  read_bar(window_bar(), window_offset(), {reinterpret_cast<uint8_t*>(&value), width});
  return value;
}

// Of a driver that is there: nobody else would look why. virtio 1.2 3.1.1
bool VirtioFunction::asserted() const noexcept {
  return isr_ != 0 && (status_ & kStatusDriverOk) != 0;
}

pci::ConfigEffects VirtioFunction::write_config(uint16_t offset, unsigned width, uint32_t value) noexcept {
  if (is_window(offset, width))
    write_bar(window_bar(), window_offset(), {reinterpret_cast<const uint8_t*>(&value), width});
  const pci::ConfigEffects effects = EndpointFunction::write_config(offset, width, value);
  const std::lock_guard lock(mutex_);
  masters_bus_ = masters_bus();
  run_queues();
  tell_vectors();
  return effects;
}

void VirtioFunction::read_bar(unsigned bar, uint64_t offset, std::span<uint8_t> data) noexcept {
  std::ranges::fill(data, uint8_t{0});
  if (bar == kPortBar) return;
  if (within(offset, kTableStart, kPendingStart - kTableStart)) return vectors().read_table(offset - kTableStart, data);
  if (within(offset, kPendingStart, kVirtioBarSize - kPendingStart))
    return vectors().read_pending(offset - kPendingStart, data);
  const std::lock_guard lock(mutex_);
  if (within(offset, kCommonStart, kCommonSize)) return read_common(offset - kCommonStart, data);
  if (within(offset, kDeviceStart, kDeviceSize)) return device_->read_config(offset - kDeviceStart, data);
  if (offset == kIsrStart) data[0] = isr_.exchange(0);
}

pci::BarEffects VirtioFunction::write_bar(unsigned bar, uint64_t offset, std::span<const uint8_t> data) noexcept {
  // A store that the kernel did not turn into a signal.
  if (bar == kPortBar || within(offset, kNotifyStart, kTableStart - kNotifyStart)) {
    const uint64_t queue = bar == kPortBar ? offset / kPortMultiplier : (offset - kNotifyStart) / kNotifyMultiplier;
    if (queue < queues_.size()) queues_[queue].doorbell.signal();
    return {};
  }
  if (within(offset, kTableStart, kPendingStart - kTableStart)) {
    vectors().write_table(offset - kTableStart, data);
    return {};
  }
  const std::lock_guard lock(mutex_);
  if (within(offset, kCommonStart, kCommonSize)) write_common(offset - kCommonStart, data);
  if (within(offset, kDeviceStart, kDeviceSize)) device_->write_config(offset - kDeviceStart, data);
  return {};
}

void VirtioFunction::reset() noexcept {
  {
    const std::lock_guard lock(mutex_);
    masters_bus_ = false;
    reset_device();
  }
  EndpointFunction::reset();
}

// Give the device what it may serve now, and take back the rest. A queue that was taken back in the middle cannot go
// on: the device has forgotten what it had begun.
void VirtioFunction::run_queues() noexcept {
  const bool allowed = (status_ & kStatusDriverOk) != 0 && masters_bus_;
  const bool stops = !allowed && std::ranges::any_of(queues_, [](const Queue& queue) { return queue.runs; });
  if (stops && !std::exchange(paused_, true)) needs_reset();
  const bool may_run = allowed && !paused_;
  for (unsigned i = 0; i < queues_.size(); ++i) {
    Queue& queue = queues_[i];
    if (!may_run) stop_queue(i);
    if (!may_run || !queue.ring || queue.runs) continue;
    queue.runs = true;
    device_->start({.index = i,
                    .ring = *queue.ring,
                    .doorbell = queue.doorbell,
                    .transport = *this,
                    .features = driver_features_,
                    .layout = queue.layout,
                    .vector = vector_of(queue)});
  }
}

const base::EventFd* VirtioFunction::vector_of(const Queue& queue) const noexcept {
  return uses_msix() && queue.vector < vectors().vectors() ? &vectors().event(queue.vector) : nullptr;
}

void VirtioFunction::tell_vectors() noexcept {
  for (unsigned i = 0; i < queues_.size(); ++i)
    if (queues_[i].runs) device_->set_vector(i, vector_of(queues_[i]));
}

void VirtioFunction::stop_queue(unsigned index) noexcept {
  if (std::exchange(queues_[index].runs, false)) device_->stop(index);
}

void VirtioFunction::interrupt_queue(unsigned index) noexcept {
  notify(queues_[index].vector, kIsrQueue);
}

// virtio 1.2 2.5.1: who reads it in parts sees by the generation that it changed meanwhile.
void VirtioFunction::config_changed() noexcept {
  ++generation_;
  notify(config_vector_, kIsrConfig);
}

void VirtioFunction::needs_reset() noexcept {
  if (!needs_reset_.exchange(true)) notify(config_vector_, kIsrConfig);
}

void VirtioFunction::notify(uint16_t vector, uint8_t cause) noexcept {
  if ((status_ & kStatusDriverOk) == 0) return;
  isr_ |= cause;
  interrupt(vector);
}

}  // namespace vireo::emulated
