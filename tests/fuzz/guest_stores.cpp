// A guest's stores of any width, at any place of a passed-through function behind a root port, in any order. The
// device's own configuration space is from the fuzzer too.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "pci/root_complex.h"
#include "tests/fakes/fake_device.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "tests/fakes/fake_memory_slots.h"
#include "vfio/passthrough_function.h"
#include "vmm/base/log.h"

namespace {

using namespace vireo;

struct Store {
  uint8_t target;  // 0: the port's registers, 1: the function's, 2: its BARs and its ROM, 3: a reset
  uint8_t width;
  uint16_t offset;
  uint32_t value;
};

std::unique_ptr<fakes::FakeDevice> make_device(const uint8_t*& data, size_t& size) {
  auto device = std::make_unique<fakes::FakeDevice>();
  fakes::make_nvme_vf(*device);
  const size_t taken = std::min<size_t>(size, 64);
  // The first bytes overwrite the capability area.
  std::memcpy(device->config.data() + 0x34, data, taken);
  device->irqs[vfio::IrqIndex::kIntx] = {.count = 1};
  device->irqs[vfio::IrqIndex::kMsi] = {.count = 32};
  device->irqs[vfio::IrqIndex::kMsix].resizable = taken != 0 && (data[0] & 1) != 0;
  device->put(pci::kInterruptPin, 1, 1);
  device->regions[vfio::kRomRegion] = {.size = 0x1000, .readable = true};
  device->rom.assign(0x1000, 0x55);
  data += taken;
  size -= taken;
  return device;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spdlog::set_level(spdlog::level::off);
  fakes::FakeInterruptRouter router;
  platform::IoBus memory("memory");
  platform::IoBus ports("ports");
  fakes::FakeMemorySlots slots;
  pci::RootComplex complex({.memory = memory, .ports = ports, .slots = slots}, {});
  auto& port = static_cast<pci::PciBridge&>(
      complex.add(nullptr, 8, std::make_unique<pci::PciBridge>("rp0", pci::PciBridge::Identity{.slot_number = 1})));
  vfio::PassthroughSettings settings;
  settings.rom_size = 0x2000;
  auto& function = complex.add(
      &port, 0, std::make_unique<vfio::PassthroughFunction>("vf", make_device(data, size), settings, router));
  complex.write_config(0, 8, pci::kSecondaryBus, 2, 0x0101);
  for (Store store; size >= sizeof store; data += sizeof store, size -= sizeof store) {
    std::memcpy(&store, data, sizeof store);
    const unsigned width = 1u << (store.width % 3);
    const auto offset = static_cast<uint16_t>(store.offset & 0xfff & ~(width - 1));
    if (store.target % 4 == 0) complex.write_config(0, 8, offset, width, store.value);
    if (store.target % 4 == 1) complex.write_config(1, 0, offset, width, store.value);
    if (store.target % 4 == 2) {
      std::array<uint8_t, 8> bytes{};
      std::memcpy(bytes.data(), &store.value, sizeof store.value);
      function.write_bar(0, store.offset & 0x3fff, std::span(bytes).first(1u << (store.width % 4)));
      function.read_bar(0, store.offset & 0x3fff, std::span(bytes).first(1u << (store.width % 4)));
      function.read_bar(pci::kRomIndex, store.offset & 0x1fff, std::span(bytes).first(1u << (store.width % 4)));
    }
    if (store.target % 4 == 3) function.reset();
    complex.read_config(1, 0, offset, width);
  }
  return 0;
}
