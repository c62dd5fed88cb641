#include "vmm/platform/io_bus.h"

#include <algorithm>
#include <cstring>

namespace vireo::platform {

IoBus::IoBus(std::string name) : name_(std::move(name)), table_(std::make_shared<const Table>()) {}
IoBus::~IoBus() = default;

bool IoBus::add(uint64_t start, uint64_t size, IoHandler& handler) {
  uint64_t last = 0;
  if (size == 0 || __builtin_add_overflow(start, size - 1, &last)) return false;
  const std::lock_guard lock(writers_);
  auto table = std::make_shared<Table>(*table_.load());
  const auto next = std::upper_bound(table->begin(), table->end(), start,
                                     [](uint64_t value, const Entry& entry) { return value < entry.start; });
  if (next != table->end() && next->start <= last) return false;
  if (next != table->begin() && start - std::prev(next)->start < std::prev(next)->size) return false;
  table->insert(next, Entry{start, size, &handler});
  table_.store(std::move(table));
  return true;
}

void IoBus::remove(uint64_t start) noexcept {
  const std::lock_guard lock(writers_);
  auto table = std::make_shared<Table>(*table_.load());
  std::erase_if(*table, [start](const Entry& entry) { return entry.start == start; });
  table_.store(std::move(table));
}

const IoBus::Entry* IoBus::find(const Table& table, uint64_t address) const noexcept {
  const auto next = std::upper_bound(table.begin(), table.end(), address,
                                     [](uint64_t value, const Entry& entry) { return value < entry.start; });
  if (next == table.begin()) return nullptr;
  const Entry& entry = *std::prev(next);
  return address - entry.start < entry.size ? &entry : nullptr;
}

void IoBus::read(uint64_t address, std::span<uint8_t> data) const noexcept {
  const auto table = table_.load();
  std::memset(data.data(), 0xff, data.size());
  if (const Entry* entry = find(*table, address)) entry->handler->read(address - entry->start, data);
}

void IoBus::write(uint64_t address, std::span<const uint8_t> data) const noexcept {
  const auto table = table_.load();
  if (const Entry* entry = find(*table, address)) entry->handler->write(address - entry->start, data);
}

}  // namespace vireo::platform
