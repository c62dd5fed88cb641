#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pci/config_space.h"
#include "vfio/device_io.h"

namespace vireo::fakes {

// A device without a kernel: replays a configuration space, has BARs of plain memory, records calls, fails on demand.
class FakeDevice final : public vfio::DeviceIo {
 public:
  struct IrqCall {
    vfio::IrqIndex index;
    unsigned first = 0;
    std::vector<int> events;  // descriptors; -1: none
  };

  const std::string& address() const override { return address_; }
  vfio::RegionInfo region(unsigned index) override {
    if (index == vfio::kConfigRegion) return {.size = config_size, .readable = true, .writable = true};
    if (index == vfio::kRomRegion && region_fails)
      throw base::SystemError(base::ExitCode::kDevice, "VFIO_DEVICE_GET_REGION_INFO", EIO);
    return regions[index];
  }
  vfio::IrqInfo irq(vfio::IrqIndex index) override { return irqs[index]; }
  bool can_reset() override { return true; }
  base::Mapping map(unsigned region, const vfio::MappableArea& area, uint64_t) override {
    mapped.push_back({region, area.offset, area.size});
    return base::Mapping({.size = area.size, .flags = MAP_PRIVATE | MAP_NORESERVE}, "fake BAR");
  }
  bool read(unsigned region, uint64_t offset, std::span<uint8_t> data) noexcept override {
    if (gone) errno = EIO;
    if (gone) return false;
    if (region == vfio::kConfigRegion) std::memcpy(data.data(), config.data() + offset, data.size());
    if (region == vfio::kRomRegion) std::memcpy(data.data(), rom.data() + offset, data.size());
    if (region < vfio::kRomRegion && !bar.empty()) std::memcpy(data.data(), bar.data() + offset, data.size());
    return true;
  }
  bool write(unsigned region, uint64_t offset, std::span<const uint8_t> data) noexcept override {
    if (gone) return false;
    if (region == vfio::kConfigRegion) std::memcpy(config.data() + offset, data.data(), data.size());
    writes.push_back({region, offset, data.size()});
    return true;
  }
  int set_irqs(vfio::IrqIndex index, unsigned first, std::span<const base::EventFd* const> events) noexcept override {
    IrqCall call{.index = index, .first = first, .events = {}};
    for (const base::EventFd* event : events) call.events.push_back(event == nullptr ? -1 : event->get());
    irq_calls.push_back(std::move(call));
    if (index > vfio::IrqIndex::kMsix || irq_error < 0) return irq_error;
    // As vfio-pci has it: one kind at a time, as many as there are, no more later where it cannot resize.
    if (joined && *joined != index) return -EINVAL;
    if (vectors_left && events.size() > *vectors_left) return static_cast<int>(*vectors_left);
    const auto last = first + static_cast<unsigned>(events.size());
    if (joined && last > enabled && !irqs[index].resizable) return -EINVAL;
    joined = index;
    enabled = std::max(enabled, last);
    return 0;
  }
  int disable_irqs(vfio::IrqIndex index) noexcept override {
    ++disables;
    if (joined != index) return -EINVAL;
    joined.reset();
    enabled = 0;
    return 0;
  }
  int set_unmask_event(vfio::IrqIndex, const base::EventFd& event) noexcept override {
    unmask_events.push_back(event.get());
    return joined == vfio::IrqIndex::kIntx ? unmask_error : -EINVAL;
  }
  int reset() noexcept override {
    ++resets;
    // As vfio-pci shows a dead function: the ids are its own copies, the rest reads all-ones.
    if (dies_by_reset) std::fill(config.begin() + 4, config.end(), uint8_t{0xff});
    return reset_error;
  }
  void close() noexcept override { gone = closed = true; }
  int file() const override { return -1; }

  // Building a configuration space.
  void put(size_t offset, unsigned width, uint32_t value) {
    for (unsigned i = 0; i < width; ++i) config[offset + i] = static_cast<uint8_t>(value >> (8 * i));
  }
  uint32_t get(size_t offset, unsigned width) const {
    uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i) value |= uint32_t{config[offset + i]} << (8 * i);
    return value;
  }

  struct Access {
    unsigned region;
    uint64_t offset;
    uint64_t size;
    auto operator<=>(const Access&) const = default;
  };

  std::array<uint8_t, pci::kExtendedConfigSize> config = {};
  uint64_t config_size = pci::kExtendedConfigSize;
  std::vector<uint8_t> rom;
  std::vector<uint8_t> bar;  // what loads of any BAR give; empty: nothing
  std::map<unsigned, vfio::RegionInfo> regions;
  std::map<vfio::IrqIndex, vfio::IrqInfo> irqs;
  std::vector<Access> mapped;
  std::vector<Access> writes;
  std::vector<IrqCall> irq_calls;
  std::vector<int> unmask_events;
  std::optional<vfio::IrqIndex> joined;  // INTx, MSI or MSI-X, what is connected
  unsigned enabled = 0;                  // of its vectors
  std::optional<size_t> vectors_left;    // of the host's
  bool region_fails = false;             // a query of the ROM's region throws
  unsigned disables = 0;
  unsigned resets = 0;
  int irq_error = 0;
  int unmask_error = 0;
  int reset_error = 0;
  bool gone = false;
  bool closed = false;
  bool dies_by_reset = false;

 private:
  std::string address_ = "0000:01:00.1";
};

// An NVMe VF: one 16 KiB BAR with registers, MSI-X table of 4 vectors at 0x2000, PBA at 0x3000; PM, MSI-X, Express;
// a serial number behind an ARI capability.
inline void make_nvme_vf(FakeDevice& device) {
  device.put(0x00, 4, 0x0010'1b36);
  device.put(0x06, 2, 0x10);
  device.put(0x08, 4, 0x01080202);
  device.put(0x10, 4, 4);  // 64-bit memory
  device.put(0x34, 1, 0x40);
  device.put(0x40, 2, 0x60'01);  // power management
  device.put(0x42, 2, 0x0003);
  device.put(0x60, 2, 0x80'11);  // MSI-X
  device.put(0x62, 2, 3);
  device.put(0x64, 4, 0x2000);
  device.put(0x68, 4, 0x3000);
  device.put(0x80, 2, 0x00'10);  // Express, endpoint
  device.put(0x82, 2, 0x0002);
  device.put(0x84, 4, 0x10008fc0);
  device.put(0x100, 4, 0x1500'0000 | 1 << 16 | 0x0e);  // ARI, hidden
  device.put(0x150, 4, 1 << 16 | 0x03);                // serial number
  device.regions[0] = {.size = 0x4000, .readable = true, .writable = true, .mappable = {{0, 0x4000}}};
  device.irqs[vfio::IrqIndex::kMsix] = {.count = 4, .resizable = false, .maskable = false};
  device.irqs[vfio::IrqIndex::kError] = {.count = 1};
  device.irqs[vfio::IrqIndex::kRequest] = {.count = 1};
}

}  // namespace vireo::fakes
