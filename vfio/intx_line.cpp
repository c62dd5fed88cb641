#include "vfio/intx_line.h"

#include <array>

namespace vireo::vfio {

void IntxLine::connect() noexcept {
  if (connected_ || refused_) return;
  // What came before the last disconnect is over.
  fired_.consume();
  ended_.consume();
  refused_ = !router_.attach(gsi_, fired_, &ended_);
  if (refused_) return;
  connected_ = true;
  const std::array events{&fired_};
  int error = device_.set_irqs(IrqIndex::kIntx, 0, events);
  if (error == 0) error = device_.set_unmask_event(IrqIndex::kIntx, ended_);
  if (error == 0) return;
  disconnect();
  refused_ = true;
  if (failed_())
    spdlog::warn("[{}] connecting INTx: {}; it does not reach the guest, MSI and MSI-X do", device_.address(),
                 base::errno_text(-error));
}

void IntxLine::disconnect() noexcept {
  refused_ = false;
  if (!connected_) return;
  device_.disable_irqs(IrqIndex::kIntx);
  // KVM lowers the line unless another function holds it.
  router_.detach(gsi_, fired_);
  connected_ = false;
}

}  // namespace vireo::vfio
