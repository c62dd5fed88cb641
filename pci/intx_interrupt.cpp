#include "pci/intx_interrupt.h"

#include <utility>

namespace vireo::pci {

IntxInterrupt::IntxInterrupt(platform::Gsi gsi, platform::InterruptRouter& router, platform::EventLoop& loop,
                             std::function<bool()> asserted)
    : gsi_(gsi), router_(router), loop_(loop), asserted_(std::move(asserted)) {}

void IntxInterrupt::allow(bool allowed) noexcept {
  const std::lock_guard lock(mutex_);
  if (std::exchange(allowed_, allowed) == allowed) return;
  if (allowed && asserted_() && connect()) fired_.signal();
  if (allowed || !std::exchange(connected_, false)) return;
  loop_.unwatch(ended_.get());
  router_.detach(gsi_, fired_);  // lowers the line
}

void IntxInterrupt::raise() noexcept {
  const std::lock_guard lock(mutex_);
  if (allowed_ && connect()) fired_.signal();
}

// When it is first used: most drivers take MSI-X.
bool IntxInterrupt::connect() noexcept try {
  if (connected_) return true;
  fired_.consume();
  ended_.consume();
  if (!router_.attach(gsi_, fired_, &ended_)) return false;
  loop_.watch(ended_.get(), [this](uint32_t) { ended(); });
  connected_ = true;
  return true;
} catch (const base::Error&) {
  router_.detach(gsi_, fired_);
  return false;
}

void IntxInterrupt::ended() noexcept {
  const std::lock_guard lock(mutex_);
  ended_.consume();
  if (connected_ && asserted_()) fired_.signal();
}

}  // namespace vireo::pci
