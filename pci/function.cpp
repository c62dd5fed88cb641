#include "pci/function.h"

#include <algorithm>

namespace vireo::pci {
namespace {

constexpr uint16_t bar_register(unsigned index) {
  return static_cast<uint16_t>(kFirstBar + 4 * index);
}

// Type bits, PCIe 6.0 7.5.1.2.1: bit 0 I/O, bits 2:1 = 10b 64-bit, bit 3 prefetchable.
constexpr uint32_t type_bits(const Bar& bar) {
  if (bar.kind == BarKind::kIo) return 1;
  return (bar.kind == BarKind::kMemory64 ? 4u : 0u) | (bar.prefetchable ? 8u : 0u);
}

}  // namespace

void PciFunction::define_bar(unsigned index, const Bar& bar) {
  bars_.at(index) = bar;
  if (bar.kind == BarKind::kNone) return;
  const uint64_t mask = ~(bar.size - 1);
  const uint32_t address_bits = bar.kind == BarKind::kIo ? ~uint32_t{3} : ~uint32_t{15};
  config_.set(bar_register(index), 4, type_bits(bar));
  config_.set_writable(bar_register(index), 4, static_cast<uint32_t>(mask) & address_bits);
  if (bar.kind == BarKind::kMemory64)
    config_.set_writable(bar_register(index + 1), 4, static_cast<uint32_t>(mask >> 32));
}

ConfigEffects PciFunction::write_config(uint16_t offset, unsigned width, uint32_t value) noexcept {
  config_.write(offset, width, value);
  return {.decode = touches(offset, width, kCommand, 2) || touches(offset, width, kFirstBar, 4 * kBars)};
}

void PciFunction::read_bar(unsigned, uint64_t, std::span<uint8_t> data) noexcept {
  std::fill(data.begin(), data.end(), uint8_t{0xff});
}

void PciFunction::write_bar(unsigned, uint64_t, std::span<const uint8_t>) noexcept {}

std::span<const DirectRegion> PciFunction::direct_regions(unsigned) const noexcept {
  return {};
}

uint64_t PciFunction::bar_address(unsigned bar) const noexcept {
  const uint64_t low = config_.read(bar_register(bar), 4);
  switch (bars_[bar].kind) {
    case BarKind::kNone:
      return 0;
    case BarKind::kIo:
      return low & ~uint64_t{3} & 0xffff;  // x86 has 64 Ki ports
    case BarKind::kMemory32:
      return low & ~uint64_t{15};
    case BarKind::kMemory64:
      return (low & ~uint64_t{15}) | uint64_t{config_.read(bar_register(bar + 1), 4)} << 32;
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
    if (bar.kind == BarKind::kNone || (command & (io ? kCommandIo : kCommandMemory)) == 0) continue;
    decoded.push_back({.bar = i, .io = io, .address = bar_address(i), .size = bar.size});
  }
  return decoded;
}

}  // namespace vireo::pci
