#include "vfio/interrupts.h"

#include <algorithm>

namespace vireo::vfio {

Interrupts::Interrupts(DeviceIo& device, const ConfigFindings& findings, const platform::InterruptPlace& place,
                       platform::InterruptRouter& router)
    : msi_layout_(findings.msi), table_(std::max(findings.msix.vectors, 1u)) {
  const auto make = [&](IrqIndex index, uint16_t capability, unsigned vectors) -> std::unique_ptr<VectorSet> {
    if (capability == 0) return nullptr;
    // What the kernel lets us connect, which a broken device may say otherwise than its capability.
    const IrqInfo info = device.irq(index);
    if (info.count < vectors) return nullptr;
    auto set = std::make_unique<VectorSet>(
        device, VectorSet::Shape{.index = index, .vectors = vectors, .resizable = info.resizable}, router);
    set->set_requester(place.requester);
    return set;
  };
  msix_ = make(IrqIndex::kMsix, findings.msix.offset, findings.msix.vectors);
  msi_ = make(IrqIndex::kMsi, findings.msi.offset, findings.msi.vectors);
  if (findings.interrupt_pin != 0)
    line_ = std::make_unique<IntxLine>(device, place.lines[findings.interrupt_pin - 1u], router);
  apply(0, 0);
}

Interrupts::~Interrupts() = default;

Interrupts::Kind Interrupts::wanted_kind() const noexcept {
  if (off_) return Kind::kNone;
  if ((msix_control_ & kMsixEnable) != 0) return Kind::kMsix;
  return (msi_registers_.control & kMsiEnable) != 0 ? Kind::kMsi : Kind::kIntx;
}

// Make what is joined as wanted; `first` and `count` say which MSI-X vectors a store touched.
void Interrupts::apply(unsigned first, unsigned count) noexcept {
  const Kind wanted = wanted_kind();
  if (wanted != applied_) {
    switch_off(applied_);
    applied_ = wanted;
    first = 0;
    count = table_.vectors();
  }
  if (wanted == Kind::kMsix) apply_msix(first, count);
  if (wanted == Kind::kMsi) apply_msi();
  if (wanted == Kind::kIntx && line_) line_->connect();
}

void Interrupts::switch_off(Kind kind) noexcept {
  if (kind == Kind::kIntx && line_) line_->disconnect();
  VectorSet* const vectors = kind == Kind::kMsix ? msix_.get() : kind == Kind::kMsi ? msi_.get() : nullptr;
  if (vectors == nullptr) return;
  vectors->want_enabled(0);
  vectors->reconcile();
}

void Interrupts::apply_msix(unsigned first, unsigned count) noexcept {
  if (!msix_) return;
  const bool open = (msix_control_ & kMsixFunctionMask) == 0;
  for (unsigned i = first; i < first + count; ++i)
    msix_->want(i, open && !table_.masked(i) ? std::optional(table_.message(i)) : std::nullopt);
  msix_->want_enabled(msix_->size());
  msix_->reconcile(first, count);
}

void Interrupts::apply_msi() noexcept {
  if (!msi_) return;
  const auto& [control, address, data, mask] = msi_registers_;
  const unsigned count = std::min(1u << ((control >> 4) & 7), msi_layout_.vectors);
  for (unsigned i = 0; i < msi_layout_.vectors; ++i) {
    // Vector i has the low bits of the data replaced by its number. PCIe 6.0 7.7.1.5.
    const platform::MsiMessage message{.address = address, .data = (data & ~(count - 1)) | i};
    msi_->want(i, i < count && (mask >> i & 1) == 0 ? std::optional(message) : std::nullopt);
  }
  msi_->want_enabled(count);
  msi_->reconcile();
}

void Interrupts::set_msix_control(uint32_t control) noexcept {
  const std::lock_guard lock(mutex_);
  msix_control_ = control;
  apply(0, table_.vectors());
}

void Interrupts::set_msi(const MsiRegisters& registers) noexcept {
  const std::lock_guard lock(mutex_);
  msi_registers_ = registers;
  apply(0, 0);
}

void Interrupts::write_table(uint64_t offset, std::span<const uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  const pci::MsixChange change = table_.write(offset, data);
  if (change.count != 0) apply(change.first, change.count);
}

void Interrupts::read_table(uint64_t offset, std::span<uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  table_.read(offset, data);
}

void Interrupts::read_pending(uint64_t offset, std::span<uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < data.size(); ++i) {
    uint8_t bits = 0;
    for (unsigned bit = 0; bit < 8; ++bit) {
      const uint64_t number = (offset + i) * 8 + bit;
      if (!msix_ || number >= msix_->size()) continue;
      const auto vector = static_cast<unsigned>(number);
      const bool at_device = !msix_->connected(vector) && (data[i] >> bit & 1) != 0;
      if (at_device || msix_->pending(vector)) bits = static_cast<uint8_t>(bits | 1u << bit);
    }
    data[i] = bits;
  }
}

uint32_t Interrupts::msi_pending() noexcept {
  const std::lock_guard lock(mutex_);
  uint32_t bits = 0;
  for (unsigned i = 0; msi_ && i < msi_->size(); ++i)
    if (msi_->pending(i)) bits |= 1u << i;
  return bits;
}

InterruptState Interrupts::state() {
  const std::lock_guard lock(mutex_);
  InterruptState state{.kind = applied_, .vectors = {}};
  const VectorSet* const set = applied_ == Kind::kMsix ? msix_.get() : applied_ == Kind::kMsi ? msi_.get() : nullptr;
  for (unsigned i = 0; set != nullptr && i < set->size(); ++i) state.vectors.push_back(set->state(i));
  if (applied_ == Kind::kIntx && line_) state.vectors.push_back(line_->state());
  if (applied_ == Kind::kIntx && !line_) state.kind = Kind::kNone;
  return state;
}

void Interrupts::shut_down() noexcept {
  const std::lock_guard lock(mutex_);
  off_ = true;
  apply(0, 0);
}

void Interrupts::reset() noexcept {
  const std::lock_guard lock(mutex_);
  msix_control_ = 0;
  msi_registers_ = {};
  table_.reset();
  off_ = false;
  apply(0, 0);
}

}  // namespace vireo::vfio
