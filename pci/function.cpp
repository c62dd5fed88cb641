#include "pci/function.h"

#include <algorithm>

namespace vireo::pci {
namespace {

constexpr uint32_t kRomEnable = 1;

// Type bits, PCIe 6.0 7.5.1.2.1: bit 0 I/O, bits 2:1 = 10b 64-bit, bit 3 prefetchable.
constexpr uint32_t type_bits(const Bar& bar) {
  if (bar.kind == BarKind::kIo) return 1;
  if (bar.kind == BarKind::kRom) return 0;
  return (bar.kind == BarKind::kMemory64 ? 4u : 0u) | (bar.prefetchable ? 8u : 0u);
}

// The bits that are no address.
constexpr uint32_t low_bits(BarKind kind) {
  return kind == BarKind::kIo ? 3 : kind == BarKind::kRom ? 0x7ff : 15;
}

}  // namespace

void PciFunction::define_bar(unsigned index, const Bar& bar) {
  bars_.at(index) = bar;
  if (bar.kind == BarKind::kNone) return;
  const uint64_t mask = ~(bar.size - 1);
  const uint32_t enable = bar.kind == BarKind::kRom ? kRomEnable : 0;
  config_.set(bar_register(index), 4, type_bits(bar));
  config_.set_writable(bar_register(index), 4, (static_cast<uint32_t>(mask) & ~low_bits(bar.kind)) | enable);
  if (bar.kind == BarKind::kMemory64)
    config_.set_writable(bar_register(index + 1), 4, static_cast<uint32_t>(mask >> 32));
}

ConfigEffects PciFunction::write_config(uint16_t offset, unsigned width, uint32_t value) noexcept {
  config_.write(offset, width, value);
  return {.decode = touches(offset, width, kCommand, 2) || touches(offset, width, kFirstBar, 4 * kRomIndex) ||
                    touches(offset, width, bar_register(kRomIndex), 4)};
}

void PciFunction::read_bar(unsigned, uint64_t, std::span<uint8_t> data) noexcept {
  std::fill(data.begin(), data.end(), uint8_t{0xff});
}

BarEffects PciFunction::write_bar(unsigned, uint64_t, std::span<const uint8_t>) noexcept {
  return {};
}

std::span<const DirectRegion> PciFunction::direct_regions(unsigned) const noexcept {
  return {};
}

std::span<const BarDoorbell> PciFunction::doorbells(unsigned) const noexcept {
  return {};
}

uint64_t PciFunction::bar_address(unsigned bar) const noexcept {
  const BarKind kind = bars_[bar].kind;
  const uint64_t low = config_.read(bar_register(bar), 4) & ~uint64_t{low_bits(kind)};
  switch (kind) {
    case BarKind::kNone:
      return 0;
    case BarKind::kIo:
      return low & 0xffff;  // x86 has 64 Ki ports
    case BarKind::kMemory32:
    case BarKind::kRom:
      return low;
    case BarKind::kMemory64:
      return low | uint64_t{config_.read(bar_register(bar + 1), 4)} << 32;
  }
  return 0;
}

std::vector<DecodedBar> PciFunction::decode() const {
  std::vector<DecodedBar> decoded;
  if (!may_decode()) return decoded;
  const uint32_t command = config_.read(kCommand, 2);
  for (unsigned i = 0; i < kBars; ++i) {
    const Bar& bar = bars_[i];
    const bool io = bar.kind == BarKind::kIo;
    if (bar.kind == BarKind::kRom && (config_.read(bar_register(i), 1) & kRomEnable) == 0) continue;
    if (bar.kind == BarKind::kNone || (command & (io ? kCommandIo : kCommandMemory)) == 0) continue;
    decoded.push_back({.bar = i, .io = io, .address = bar_address(i), .size = bar.size});
  }
  return decoded;
}

}  // namespace vireo::pci
