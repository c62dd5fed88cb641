#pragma once

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "pci/bar.h"
#include "pci/standard.h"
#include "tests/fakes/fake_device.h"

namespace vireo::fakes {

namespace recorded {

// linux/ioport.h
constexpr uint64_t kIo = 0x100;
constexpr uint64_t kPrefetch = 0x2000;
constexpr uint64_t k64Bit = 0x100000;

inline void add_region(FakeDevice& device, std::istringstream& words) {
  unsigned index = 0;
  uint64_t size = 0;
  uint64_t flags = 0;
  words >> std::dec >> index >> size >> std::hex >> flags;
  device.regions[index] = {.size = size, .readable = true, .writable = true};
  if (index == vfio::kRomRegion) return;
  if ((flags & kIo) == 0) device.regions[index].mappable = {{0, size}};
  // As VFIO shows it, for VFs too, whose registers are zero.
  const uint32_t type = ((flags & kIo) ? 1 : 0) | ((flags & k64Bit) ? 4 : 0) | ((flags & kPrefetch) ? 8 : 0);
  device.put(pci::bar_register(index), 4, (device.get(pci::bar_register(index), 4) & ~uint32_t{15}) | type);
}

inline void add_bytes(FakeDevice& device, const std::string& line) {
  std::istringstream words(line);
  unsigned offset = 0;
  char colon = 0;
  words >> std::hex >> offset >> colon;
  for (unsigned byte = 0; words >> byte;) device.config[offset++] = static_cast<uint8_t>(byte);
}

// VFIO gives a VF its ids, which its own registers lack. Source: Linux drivers/vfio/pci/vfio_pci_config.c.
inline void add_ids(FakeDevice& device, const std::string& text) {
  device.put(pci::kVendorId, 2, static_cast<uint32_t>(std::stoul(text.substr(0, 4), nullptr, 16)));
  device.put(pci::kVendorId + 2, 2, static_cast<uint32_t>(std::stoul(text.substr(5, 4), nullptr, 16)));
}

}  // namespace recorded

// Load what tests/lab/record-devices wrote. Interrupts are as many as its capabilities say. Errors: an empty device.
inline std::unique_ptr<FakeDevice> load_recorded(const std::string& path) {
  auto device = std::make_unique<FakeDevice>();
  std::ifstream file(path);
  std::ostringstream comments;
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("#")) comments << line.substr(2) << '\n';
    if ((colon == 2 || colon == 3) && line.size() > 40) recorded::add_bytes(*device, line);
  }
  std::istringstream facts(comments.str());
  for (std::string line; std::getline(facts, line);) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    std::string ids;
    if (kind == "region") recorded::add_region(*device, words);
    if (kind == "device" && words >> ids) recorded::add_ids(*device, ids);
  }
  device->config_size = device->get(0x100, 4) == 0 ? pci::kConfigSize : pci::kExtendedConfigSize;
  device->irqs[vfio::IrqIndex::kMsix] = {.count = pci::kExtendedConfigSize};
  device->irqs[vfio::IrqIndex::kMsi] = {.count = 32};
  if (device->get(pci::kInterruptPin, 1) != 0) device->irqs[vfio::IrqIndex::kIntx] = {.count = 1, .maskable = true};
  return device;
}

}  // namespace vireo::fakes
