#include "pci/msix_table.h"

#include <algorithm>
#include <cstring>

namespace vireo::pci {
namespace {

constexpr uint32_t kMaskBit = 1;  // Vector Control, PCIe 6.0 7.7.2.9

}  // namespace

MsixTable::MsixTable(unsigned vectors) : entries_(vectors) {
  reset();
}

void MsixTable::reset() noexcept {
  std::fill(entries_.begin(), entries_.end(), Entry{0, 0, 0, kMaskBit});
}

void MsixTable::read(uint64_t offset, std::span<uint8_t> data) const noexcept {
  std::fill(data.begin(), data.end(), uint8_t{0xff});
  if (offset >= size()) return;
  const auto* bytes = reinterpret_cast<const uint8_t*>(entries_.data());
  std::memcpy(data.data(), bytes + offset, std::min<uint64_t>(data.size(), size() - offset));
}

MsixChange MsixTable::write(uint64_t offset, std::span<const uint8_t> data) noexcept {
  if (offset >= size() || data.empty()) return {};
  const uint64_t length = std::min<uint64_t>(data.size(), size() - offset);
  auto* bytes = reinterpret_cast<uint8_t*>(entries_.data());
  if (std::memcmp(bytes + offset, data.data(), length) == 0) return {};
  std::memcpy(bytes + offset, data.data(), length);
  const auto first = static_cast<unsigned>(offset / kMsixEntrySize);
  const auto last = static_cast<unsigned>((offset + length - 1) / kMsixEntrySize);
  // Reserved bits of Vector Control read zero.
  for (unsigned i = first; i <= last; ++i) entries_[i].control &= kMaskBit;
  return {.first = first, .count = last - first + 1};
}

platform::MsiMessage MsixTable::message(unsigned vector) const noexcept {
  const Entry& entry = entries_[vector];
  return {.address = uint64_t{entry.address_high} << 32 | entry.address_low, .data = entry.data};
}

bool MsixTable::masked(unsigned vector) const noexcept {
  return (entries_[vector].control & kMaskBit) != 0;
}

}  // namespace vireo::pci
