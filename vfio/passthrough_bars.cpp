// BAR accesses of a passed-through function that trap, and its MSI-X state.
#include <algorithm>

#include "vfio/passthrough_function.h"
#include "vmm/base/log.h"

namespace vireo::vfio {

PassthroughFunction::Place PassthroughFunction::place_of(unsigned bar, uint64_t offset) const noexcept {
  const MsixLayout& msix = findings_.msix;
  if (msix.offset == 0) return Place::kDevice;
  if (bar == msix.table_bar && offset - msix.table_offset < table_.size()) return Place::kTable;
  if (bar == msix.pba_bar && offset - msix.pba_offset < msix.pba_size()) return Place::kPba;
  return Place::kDevice;
}

// How many of `wanted` bytes lie in the same place as the first: accesses that straddle are split.
uint64_t PassthroughFunction::bytes_here(unsigned bar, uint64_t offset, size_t wanted) const noexcept {
  const Place first = place_of(bar, offset);
  uint64_t count = 1;
  while (count < wanted && place_of(bar, offset + count) == first) ++count;
  return count;
}

// How many of `wanted` bytes lie in the BAR: an access may reach past its end.
size_t PassthroughFunction::bytes_inside(unsigned bar, uint64_t offset, size_t wanted) const noexcept {
  const uint64_t size = findings_.bars[bar].size;
  return offset >= size ? 0 : std::min<size_t>(wanted, size - offset);
}

void PassthroughFunction::read_bar(unsigned bar, uint64_t offset, std::span<uint8_t> data) noexcept {
  std::fill(data.begin(), data.end(), uint8_t{0xff});
  data = data.first(bytes_inside(bar, offset, data.size()));
  while (!data.empty()) {
    const auto part = data.first(bytes_here(bar, offset, data.size()));
    switch (place_of(bar, offset)) {
      case Place::kDevice:
        if (!lost_) device_->read(bar, offset, part);
        break;
      case Place::kTable: {
        const std::lock_guard lock(interrupt_mutex_);
        table_.read(offset - findings_.msix.table_offset, part);
        break;
      }
      case Place::kPba:
        read_pba(offset - findings_.msix.pba_offset, part);
        break;
    }
    offset += part.size();
    data = data.subspan(part.size());
  }
}

void PassthroughFunction::write_bar(unsigned bar, uint64_t offset, std::span<const uint8_t> data) noexcept {
  data = data.first(bytes_inside(bar, offset, data.size()));
  while (!data.empty()) {
    const auto part = data.first(bytes_here(bar, offset, data.size()));
    switch (place_of(bar, offset)) {
      case Place::kDevice:
        if (!lost_ && !device_->write(bar, offset, part)) {
          lost_ = true;
          spdlog::error("[{} -> {}] BAR {} refuses a store at {:#x}", device_->address(), name(), bar, offset);
        }
        break;
      case Place::kTable:
        write_table(offset - findings_.msix.table_offset, part);
        break;
      case Place::kPba:
        break;  // read-only. PCIe 6.0 7.7.2.10
    }
    offset += part.size();
    data = data.subspan(part.size());
  }
}

void PassthroughFunction::read_pba(uint64_t offset, std::span<uint8_t> data) noexcept {
  const std::lock_guard lock(interrupt_mutex_);
  for (size_t i = 0; i < data.size(); ++i) {
    uint8_t bits = 0;
    for (unsigned bit = 0; bit < 8; ++bit) {
      const uint64_t vector = (offset + i) * 8 + bit;
      if (msix_ && vector < msix_->size() && msix_->pending(static_cast<unsigned>(vector)))
        bits = static_cast<uint8_t>(bits | 1u << bit);
    }
    data[i] = bits;
  }
}

void PassthroughFunction::write_table(uint64_t offset, std::span<const uint8_t> data) noexcept {
  pci::MsixChange change;
  {
    const std::lock_guard lock(interrupt_mutex_);
    change = table_.write(offset, data);
  }
  if (change.count != 0) apply_msix(change.first, change.count);
}

void PassthroughFunction::apply_msix(unsigned first, unsigned count) noexcept {
  if (!msix_) return;
  const std::lock_guard lock(interrupt_mutex_);
  const uint32_t control = msix_control_;
  const bool enabled = (control & kMsixEnable) != 0;
  const bool open = enabled && (control & kMsixFunctionMask) == 0;
  for (unsigned i = first; i < first + count; ++i)
    msix_->want(i, open && !table_.masked(i) ? std::optional(table_.message(i)) : std::nullopt);
  msix_->want_enabled(enabled ? msix_->size() : 0);
  msix_->reconcile(first, count);
}

}  // namespace vireo::vfio
