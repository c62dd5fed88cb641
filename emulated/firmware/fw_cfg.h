#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "vmm/base/log.h"
#include "vmm/platform/guest_memory.h"
#include "vmm/platform/io_bus.h"

namespace vireo::emulated {

// State: complete for what firmware reads.
// Features: selector and data port, DMA, named files, content that is made when it is selected.
// Missing: items that a guest writes: a DMA write fails. A DMA read is carried out at once however long it is, as
// QEMU's. Source: QEMU docs/specs/fw_cfg.rst; Linux include/uapi/linux/qemu_fw_cfg.h.
class FwCfg final : public platform::IoHandler {
 public:
  static constexpr uint16_t kPort = 0x510;
  static constexpr uint16_t kPorts = 12;

  enum class Key : uint16_t {
    kSignature = 0x00,
    kId = 0x01,
    kUuid = 0x02,
    kMemorySize = 0x03,
    kCpus = 0x05,
    kMaxCpus = 0x0f,
    kFiles = 0x19,
    kFirstFile = 0x20,
  };

  // Lifetime: `memory` outlives the device.
  explicit FwCfg(const platform::GuestMemory& memory);

  // Before the guest runs. A file's name has at most 55 characters; of two with one name the guest finds the first.
  void add(Key key, std::vector<uint8_t> content);
  void add_file(const std::string& name, std::vector<uint8_t> content);
  // `make` is called whenever the guest selects the file, for content of as many bytes as `first`. Thread: any vCPU.
  using Maker = std::function<std::vector<uint8_t>()>;
  void add_file(const std::string& name, std::vector<uint8_t> first, Maker make);

  void read(uint64_t offset, std::span<uint8_t> data) noexcept override;
  void write(uint64_t offset, std::span<const uint8_t> data) noexcept override;

 private:
  struct Item {
    std::vector<uint8_t> content;
    Maker make;
  };
  void select(uint16_t key) noexcept;
  uint8_t next() noexcept;
  void store_address(uint64_t offset, std::span<const uint8_t> data) noexcept;
  void transfer() noexcept;
  bool carry_out(uint32_t control, uint32_t length, base::GuestAddress address) noexcept;
  void list_files();

  const platform::GuestMemory& memory_;
  std::mutex mutex_;
  base::FirstTime said_;
  std::map<uint16_t, Item> items_;
  std::vector<std::string> files_;    // [i] has the key kFirstFile + i
  const Item* selected_ = nullptr;    // nothing: reads zeros
  uint64_t position_ = 0;             // in it
  std::array<uint8_t, 8> address_{};  // of a DMA request, as the guest has stored it: big-endian
};

}  // namespace vireo::emulated
