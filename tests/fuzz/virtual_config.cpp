// Any bytes as a device's configuration space: it is refused, or the guest's image of it has chains that end, and what
// the image leaves to the device lies inside capabilities.
#include <algorithm>
#include <cstring>

#include "pci/capability_list.h"
#include "tests/fakes/fake_device.h"
#include "vfio/virtual_config.h"
#include "vmm/base/log.h"

namespace {

using namespace vireo;

std::array<uint8_t, pci::kExtendedConfigSize> bytes_of(const pci::ConfigSpace& config) {
  std::array<uint8_t, pci::kExtendedConfigSize> bytes;
  for (uint16_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(config.read(i, 1));
  return bytes;
}

void require(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spdlog::set_level(spdlog::level::off);
  fakes::FakeDevice device;
  fakes::make_nvme_vf(device);
  const size_t low = std::min<size_t>(size, pci::kConfigSize);
  std::memcpy(device.config.data(), data, low);
  std::memcpy(device.config.data() + pci::kFirstExtendedCapability, data + low,
              std::min<size_t>(size - low, pci::kExtendedConfigSize - pci::kConfigSize));
  device.irqs[vfio::IrqIndex::kMsi] = {.count = 32};
  device.irqs[vfio::IrqIndex::kIntx] = {.count = 1};
  try {
    pci::ConfigSpace config;
    const vfio::ConfigFindings findings = vfio::build_virtual_config(device, {}, config);
    config.seal();
    const auto image = bytes_of(config);
    require(!pci::walk_capabilities(image).broken);
    require(!pci::walk_extended_capabilities(image).broken);
    for (unsigned i = 0; i < pci::kFirstCapability; ++i) require(!findings.passed[i]);
  } catch (const base::Error&) {
  }
  return 0;
}
