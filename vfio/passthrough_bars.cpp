// BAR accesses of a passed-through function that trap.
#include <algorithm>

#include "vfio/passthrough_function.h"
#include "vmm/base/log.h"

namespace vireo::vfio {

PassthroughFunction::Place PassthroughFunction::place_of(unsigned bar, uint64_t offset) const noexcept {
  if (bar == pci::kRomIndex) return Place::kRom;
  const MsixLayout& msix = findings_.msix;
  if (msix.offset == 0) return Place::kDevice;
  if (bar == msix.table_bar && offset - msix.table_offset < interrupts_.table_size()) return Place::kTable;
  if (bar == msix.pba_bar && offset - msix.pba_offset < msix.pba_size()) return Place::kPba;
  return msix.relocated && bar == msix.table_bar ? Place::kNothing : Place::kDevice;
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

void PassthroughFunction::read_own_pending(uint64_t offset, std::span<uint8_t> data) noexcept {
  device_->read(findings_.msix.own_pba_bar, findings_.msix.own_pba_offset + offset, data);
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
      case Place::kTable:
        interrupts_.read_table(offset - findings_.msix.table_offset, part);
        break;
      case Place::kPba:
        std::fill(part.begin(), part.end(), uint8_t{0});
        if (!lost_) read_own_pending(offset - findings_.msix.pba_offset, part);
        interrupts_.read_pending(offset - findings_.msix.pba_offset, part);
        break;
      case Place::kNothing:
        std::fill(part.begin(), part.end(), uint8_t{0});
        break;
      case Place::kRom:
        rom_.read(offset, part);
        break;
    }
    offset += part.size();
    data = data.subspan(part.size());
  }
}

pci::BarEffects PassthroughFunction::write_bar(unsigned bar, uint64_t offset, std::span<const uint8_t> data) noexcept {
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
        interrupts_.write_table(offset - findings_.msix.table_offset, part);
        break;
      case Place::kPba:
      case Place::kRom:
      case Place::kNothing:
        break;  // read-only. PCIe 6.0 7.7.2.10, 7.5.1.2.4
    }
    offset += part.size();
    data = data.subspan(part.size());
  }
  return {};
}

}  // namespace vireo::vfio
