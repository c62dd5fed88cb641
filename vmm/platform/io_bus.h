#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace vireo::platform {

// What answers at a range of a bus. Called from any vCPU thread, possibly from several at a time.
class IoHandler {
 public:
  virtual ~IoHandler() = default;
  // `offset` is from the start of the registered range; data.size() is 1 to 8, and offset + size may reach past the
  // range's end: answer what hardware would.
  virtual void read(uint64_t offset, std::span<uint8_t> data) noexcept = 0;
  virtual void write(uint64_t offset, std::span<const uint8_t> data) noexcept = 0;
};

// An address space of handlers (guest MMIO, or I/O ports). No overlaps; what is absent reads all-ones.
// Thread: lookups from any thread without a lock held while the handler runs, so a handler may change the bus.
// Lifetime: handlers outlive the bus's users (the vCPU threads): an access that began before `remove` may still end.
class IoBus {
 public:
  explicit IoBus(std::string name);
  ~IoBus();

  // Register [start, start + size). Return false, changing nothing, when it is empty, wraps or overlaps another.
  bool add(uint64_t start, uint64_t size, IoHandler& handler);
  // Forget the range that starts there; no effect when there is none.
  void remove(uint64_t start) noexcept;

  void read(uint64_t address, std::span<uint8_t> data) const noexcept;
  void write(uint64_t address, std::span<const uint8_t> data) const noexcept;

  const std::string& name() const { return name_; }

 private:
  struct Entry {
    uint64_t start;
    uint64_t size;
    IoHandler* handler;
  };
  using Table = std::vector<Entry>;

  const Entry* find(const Table& table, uint64_t address) const noexcept;

  std::string name_;
  std::mutex writers_;
  std::atomic<std::shared_ptr<const Table>> table_;
};

}  // namespace vireo::platform
