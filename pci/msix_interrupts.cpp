#include "pci/msix_interrupts.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "pci/capability_registers.h"
#include "pci/standard.h"

namespace vireo::pci {

MsixInterrupts::MsixInterrupts(ConfigSpace& config, const Place& place, platform::InterruptRouter& router)
    : config_(config), place_(place), router_(router), table_(place.vectors), vectors_(place.vectors) {
  const uint16_t at = place.capability;
  config_.set(at, 1, static_cast<uint32_t>(CapabilityId::kMsix));
  config_.set(static_cast<uint16_t>(at + 2), 2, place.vectors - 1);
  config_.set_writable(static_cast<uint16_t>(at + 2), 2, kMsixEnable | kMsixFunctionMask);
  config_.set(static_cast<uint16_t>(at + 4), 4, place.table | place.bar);
  config_.set(static_cast<uint16_t>(at + 8), 4, place.pending | place.bar);
}

MsixInterrupts::~MsixInterrupts() {
  disconnect();
}

bool MsixInterrupts::enabled() const noexcept {
  return (control_ & kMsixEnable) != 0;
}

bool MsixInterrupts::deliverable(unsigned vector) const noexcept {
  return enabled() && (control_ & kMsixFunctionMask) == 0 && !table_.masked(vector);
}

void MsixInterrupts::update() noexcept {
  const std::lock_guard lock(mutex_);
  const uint32_t control = config_.read(static_cast<uint16_t>(place_.capability + 2), 2);
  if (control == control_) return;
  control_ = control;
  if (!enabled()) return disconnect();
  apply(0, place_.vectors);
}

// Routed at the first time that it can be delivered, and from then on until MSI-X is turned off.
void MsixInterrupts::route(unsigned number) noexcept {
  Vector& vector = vectors_[number];
  if (!vector.gsi) vector.gsi = router_.allocate_msi();
  if (vector.gsi) router_.set_msi(*vector.gsi, table_.message(number), place_.requester);
}

void MsixInterrupts::attach(unsigned number) noexcept {
  Vector& vector = vectors_[number];
  const bool wanted = deliverable(number) && vector.gsi;
  if (wanted == vector.attached) return;
  if (wanted) {
    vector.attached = router_.attach(*vector.gsi, vector.event);
    if (!vector.attached) router_.release_msi(*std::exchange(vector.gsi, std::nullopt));
  } else {
    router_.detach(*vector.gsi, vector.event);
    vector.attached = false;
  }
}

// What waits fires as it is attached: its route must be real by then.
void MsixInterrupts::apply(unsigned first, unsigned count) noexcept {
  for (unsigned i = first; i < first + count; ++i)
    if (deliverable(i)) route(i);
  router_.commit();
  for (unsigned i = first; i < first + count; ++i) attach(i);
}

void MsixInterrupts::disconnect() noexcept {
  for (Vector& vector : vectors_) {
    if (std::exchange(vector.attached, false)) router_.detach(*vector.gsi, vector.event);
    if (vector.gsi) router_.release_msi(*std::exchange(vector.gsi, std::nullopt));
    vector.event.consume();
  }
  router_.commit();
}

void MsixInterrupts::read_table(uint64_t offset, std::span<uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  table_.read(offset, data);
}

void MsixInterrupts::write_table(uint64_t offset, std::span<const uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  const MsixChange change = table_.write(offset, data);
  if (change.count != 0 && enabled()) apply(change.first, change.count);
}

// A bit a vector, from the lowest on. PCIe 6.0 7.7.2.10.
void MsixInterrupts::read_pending(uint64_t offset, std::span<uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  std::fill(data.begin(), data.end(), uint8_t{0});
  for (unsigned i = 0; i < place_.vectors; ++i)
    if (i / 8 >= offset && i / 8 - offset < data.size() && pending(i))
      data[i / 8 - offset] = static_cast<uint8_t>(data[i / 8 - offset] | 1u << i % 8);
}

void MsixInterrupts::reset() noexcept {
  const std::lock_guard lock(mutex_);
  control_ = 0;
  table_.reset();
  disconnect();
}

// Attached ones KVM empties at once.
bool MsixInterrupts::pending(unsigned number) const noexcept {
  pollfd event{.fd = vectors_[number].event.get(), .events = POLLIN, .revents = 0};
  return !vectors_[number].attached && ::poll(&event, 1, 0) == 1;
}

bool MsixInterrupts::raise(unsigned number) noexcept {
  if (!enabled()) return false;
  if (number < place_.vectors) vectors_[number].event.signal();
  return true;
}

}  // namespace vireo::pci
