#include "vfio/vector_set.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "vmm/base/log.h"

namespace vireo::vfio {

VectorSet::VectorSet(DeviceIo& device, const Shape& shape, platform::InterruptRouter& router)
    : device_(device), index_(shape.index), resizable_(shape.resizable), router_(router), vectors_(shape.vectors) {
  for (const Vector& vector : vectors_) events_.push_back(&vector.event);
}

VectorSet::~VectorSet() {
  wanted_enabled_ = 0;
  reconcile();
  for (Vector& vector : vectors_)
    if (vector.gsi) router_.release_msi(*vector.gsi);
  router_.commit();
}

void VectorSet::want(unsigned vector, const std::optional<platform::MsiMessage>& message) {
  vectors_[vector].wanted = message;
}

bool VectorSet::deliverable(unsigned vector) const noexcept {
  return vector < wanted_enabled_ && vectors_[vector].wanted.has_value();
}

void VectorSet::reconcile(unsigned first, unsigned count) noexcept {
  unsigned last = std::min(first + count, size());
  if (wanted_enabled_ != applied_enabled_) {
    first = 0;
    last = size();
  }
  for (unsigned i = first; i < last; ++i) {
    Vector& vector = vectors_[i];
    if (!deliverable(i)) {
      detach(vector);
      continue;
    }
    if (!vector.gsi) vector.gsi = router_.allocate_msi();
    if (vector.gsi) router_.set_msi(*vector.gsi, *vector.wanted, requester_);
  }
  router_.commit();
  apply_enable();
  connect(first, last);
  for (unsigned i = first; i < last; ++i) {
    Vector& vector = vectors_[i];
    if (!deliverable(i) || !vector.gsi || vector.attached) continue;
    vector.attached = router_.attach(*vector.gsi, vector.event);
  }
}

// Where the guest changes how many, the range is enabled anew: the kernel keeps no smaller one. Without
// VFIO_IRQ_INFO_NORESIZE one vector without an event turns the interrupts on, and connect() adds those that are used.
void VectorSet::apply_enable() noexcept {
  if (wanted_enabled_ == applied_enabled_) return;
  if (applied_enabled_ != 0) disable();
  if (wanted_enabled_ == 0) return;
  constexpr std::array<const base::EventFd*, 1> kNoEvent{nullptr};
  const auto events = resizable_ ? std::span<const base::EventFd* const>(kNoEvent)
                                 : std::span<const base::EventFd* const>(events_).first(wanted_enabled_);
  int result = device_.set_irqs(index_, 0, events);
  size_t count = events.size();
  // The host has that many left: better those than none, guests use the first ones most.
  if (result > 0 && static_cast<size_t>(result) < count) {
    report("enabling", {0, wanted_enabled_}, -ENOSPC);
    count = static_cast<size_t>(result);
    result = device_.set_irqs(index_, 0, events.first(count));
  }
  report("enabling", {0, wanted_enabled_}, result > 0 ? -ENOSPC : result);
  // The next reconcile tries again: vectors may have become free.
  if (result != 0) return;
  applied_enabled_ = wanted_enabled_;
  for (size_t i = 0; !resizable_ && i < count; ++i) vectors_[i].connected = true;
}

void VectorSet::disable() noexcept {
  if (const int error = device_.disable_irqs(index_); error < 0)
    spdlog::warn("[{}] disabling interrupts: {}", device_.address(), base::errno_text(-error));
  // A disabled vector has no pending bit. PCIe 6.0 7.7.2.2.
  for (unsigned i = wanted_enabled_; i < size(); ++i) vectors_[i].event.consume();
  for (Vector& vector : vectors_) vector.connected = false;
  applied_enabled_ = 0;
}

// One SET_IRQS a run of vectors that are wanted now and were not yet.
void VectorSet::connect(unsigned first, unsigned last) noexcept {
  if (!resizable_ || applied_enabled_ == 0) return;
  const auto missing = [this](unsigned i) { return deliverable(i) && !vectors_[i].connected; };
  while (first < last) {
    unsigned end = first;
    while (end < last && missing(end)) ++end;
    if (end != first) connect_run(first, end);
    first = std::max(end, first + 1);
  }
}

void VectorSet::connect_run(unsigned first, unsigned last) noexcept {
  const int error = device_.set_irqs(index_, first, std::span(events_).subspan(first, last - first));
  report("connecting", {first, last - first}, error > 0 ? -ENOSPC : error);
  for (unsigned i = first; error == 0 && i < last; ++i) vectors_[i].connected = true;
}

void VectorSet::detach(Vector& vector) noexcept {
  if (vector.attached) router_.detach(*vector.gsi, vector.event);
  vector.attached = false;
}

bool VectorSet::pending(unsigned vector) const noexcept {
  if (vectors_[vector].attached) return false;
  pollfd query{.fd = vectors_[vector].event.get(), .events = POLLIN, .revents = 0};
  return ::poll(&query, 1, 0) > 0;
}

VectorState VectorSet::state(unsigned number) const noexcept {
  const Vector& vector = vectors_[number];
  return {.number = number,
          .gsi = vector.gsi,
          .masked = !deliverable(number),
          .pending = pending(number),
          .connected = vector.connected,
          .attached = vector.attached};
}

void VectorSet::report(const char* action, const Range& range, int error) noexcept {
  if (error >= 0 || reported_) return;
  reported_ = true;
  spdlog::error("[{}] {} {} interrupt vectors from number {}: {}; not all of them reach the guest", device_.address(),
                action, range.count, range.first, base::errno_text(-error));
}

}  // namespace vireo::vfio
