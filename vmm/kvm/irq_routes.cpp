#include "vmm/kvm/irq_routes.h"

#include <algorithm>

#include "vmm/base/log.h"
#include "vmm/platform/memory_map.h"

namespace vireo::kvm {
namespace {

using platform::Gsi;
using platform::kFirstMsiGsi;

std::vector<kvm_irq_routing_entry> pin_routes() {
  std::vector<kvm_irq_routing_entry> routes;
  for (uint32_t gsi = 0; gsi < 16; ++gsi) {
    if (gsi == 2) continue;  // the slave PIC
    kvm_irq_routing_entry entry{.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP};
    entry.u.irqchip = {.irqchip = gsi < 8 ? uint32_t{KVM_IRQCHIP_PIC_MASTER} : uint32_t{KVM_IRQCHIP_PIC_SLAVE},
                       .pin = gsi % 8};
    routes.push_back(entry);
  }
  for (uint32_t gsi = 0; gsi < platform::kIoApicPins; ++gsi) {
    if (gsi == 2) continue;  // pin 2 is the timer's: MADT has the override
    kvm_irq_routing_entry entry{.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP};
    entry.u.irqchip = {.irqchip = KVM_IRQCHIP_IOAPIC, .pin = gsi == 0 ? 2 : gsi};
    routes.push_back(entry);
  }
  return routes;
}

kvm_irq_routing_entry message_route(Gsi gsi, const platform::MsiMessage& message, uint32_t device_id) {
  kvm_irq_routing_entry entry{.gsi = gsi, .type = KVM_IRQ_ROUTING_MSI};
  entry.u.msi.address_lo = static_cast<uint32_t>(message.address);
  entry.u.msi.address_hi = static_cast<uint32_t>(message.address >> 32);
  entry.u.msi.data = message.data;
  entry.u.msi.devid = device_id;
  return entry;
}

}  // namespace

IrqRoutes::IrqRoutes(const Vm& vm) : vm_(vm), table_(pin_routes()), pin_entries_(table_.header().count) {
  if (const int error = write_routes(); error < 0)
    throw base::SystemError(base::ExitCode::kHost, "KVM_SET_GSI_ROUTING on the VM", -error);
}

std::optional<Gsi> IrqRoutes::allocate_msi() noexcept {
  const std::lock_guard lock(mutex_);
  size_t index = all_allocated_below_;
  while (index < messages_.size() && messages_[index].allocated) ++index;
  if (index + pin_entries_ >= platform::kMaxRoutes) {
    if (routes_used_up_()) spdlog::error("all {} interrupt routes of KVM are used", platform::kMaxRoutes);
    return std::nullopt;
  }
  if (index == messages_.size()) messages_.emplace_back();
  messages_[index].allocated = true;
  all_allocated_below_ = index + 1;
  return kFirstMsiGsi + static_cast<Gsi>(index);
}

void IrqRoutes::release_msi(Gsi gsi) noexcept {
  const std::lock_guard lock(mutex_);
  if (gsi < kFirstMsiGsi || gsi - kFirstMsiGsi >= messages_.size()) return;
  changed_ |= messages_[gsi - kFirstMsiGsi].routed;
  messages_[gsi - kFirstMsiGsi] = {};
  all_allocated_below_ = std::min<size_t>(all_allocated_below_, gsi - kFirstMsiGsi);
}

void IrqRoutes::set_msi(Gsi gsi, const platform::MsiMessage& message, uint32_t device_id) noexcept {
  const std::lock_guard lock(mutex_);
  if (gsi < kFirstMsiGsi || gsi - kFirstMsiGsi >= messages_.size()) return;
  Message& entry = messages_[gsi - kFirstMsiGsi];
  if (!entry.allocated || (entry.routed && entry.message == message && entry.device_id == device_id)) return;
  entry = {.allocated = true, .routed = true, .message = message, .device_id = device_id};
  changed_ = true;
}

int IrqRoutes::write_routes() noexcept {
  const auto routed =
      static_cast<size_t>(std::count_if(messages_.begin(), messages_.end(), [](const Message& m) { return m.routed; }));
  table_.resize(pin_entries_ + routed);
  size_t count = pin_entries_;
  for (size_t i = 0; i < messages_.size(); ++i)
    if (messages_[i].routed)
      table_.entries()[count++] =
          message_route(kFirstMsiGsi + static_cast<Gsi>(i), messages_[i].message, messages_[i].device_id);
  return base::try_ioctl(vm_.fd(), kSetGsiRouting, table_.header());
}

bool IrqRoutes::commit() noexcept {
  const std::lock_guard lock(mutex_);
  if (!changed_) return true;
  const int error = write_routes();
  if (error < 0) {
    if (routes_refused_()) spdlog::error("KVM_SET_GSI_ROUTING: {}", base::errno_text(-error));
    return false;
  }
  changed_ = false;
  return true;
}

bool IrqRoutes::attach(Gsi gsi, const base::EventFd& event, const base::EventFd* resample) noexcept {
  kvm_irqfd request{.fd = static_cast<uint32_t>(event.get()), .gsi = gsi};
  if (resample != nullptr) {
    request.flags = KVM_IRQFD_FLAG_RESAMPLE;
    request.resamplefd = static_cast<uint32_t>(resample->get());
  }
  const int error = base::try_ioctl(vm_.fd(), kIrqfd, request);
  if (error < 0 && irqfd_refused_()) spdlog::error("KVM_IRQFD for GSI {}: {}", gsi, base::errno_text(-error));
  return error >= 0;
}

void IrqRoutes::detach(Gsi gsi, const base::EventFd& event) noexcept {
  kvm_irqfd request{.fd = static_cast<uint32_t>(event.get()), .gsi = gsi, .flags = KVM_IRQFD_FLAG_DEASSIGN};
  base::try_ioctl(vm_.fd(), kIrqfd, request);
}

void IrqRoutes::set_line(Gsi gsi, bool level) noexcept {
  kvm_irq_level request{};
  request.irq = gsi;
  request.level = level ? 1 : 0;
  base::try_ioctl(vm_.fd(), kIrqLine, request);
}

void IrqRoutes::send_msi(const platform::MsiMessage& message, uint32_t device_id) noexcept {
  kvm_msi request{.address_lo = static_cast<uint32_t>(message.address),
                  .address_hi = static_cast<uint32_t>(message.address >> 32),
                  .data = message.data,
                  .devid = device_id};
  base::try_ioctl(vm_.fd(), kSignalMsi, request);
}

}  // namespace vireo::kvm
