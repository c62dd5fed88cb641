#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "vmm/platform/interrupts.h"

namespace vireo::fakes {

// Records what a device asks of its interrupt router. `fail` makes attach and commit refuse, `msi_limit` bounds
// allocate_msi.
class FakeInterruptRouter final : public platform::InterruptRouter {
 public:
  struct Line {
    platform::Gsi gsi;
    bool level;
    auto operator<=>(const Line&) const = default;
  };
  struct Attached {
    int event = -1;
    int resample = -1;
    auto operator<=>(const Attached&) const = default;
  };
  struct Sent {
    platform::MsiMessage message;
    uint32_t device_id = 0;
    auto operator<=>(const Sent&) const = default;
  };

  std::optional<platform::Gsi> allocate_msi() noexcept override {
    const std::lock_guard lock(mutex);
    if (allocated.size() >= msi_limit) return std::nullopt;
    const platform::Gsi gsi = next_gsi++;
    allocated[gsi] = true;
    return gsi;
  }
  void release_msi(platform::Gsi gsi) noexcept override {
    const std::lock_guard lock(mutex);
    allocated.erase(gsi);
    staged.erase(gsi);
    device_ids.erase(gsi);
  }
  void set_msi(platform::Gsi gsi, const platform::MsiMessage& message, uint32_t device_id) noexcept override {
    const std::lock_guard lock(mutex);
    ++set_msi_calls;
    staged[gsi] = message;
    device_ids[gsi] = device_id;
  }
  bool commit() noexcept override {
    const std::lock_guard lock(mutex);
    ++commits;
    if (fail) return false;
    committed = staged;
    return true;
  }
  bool attach(platform::Gsi gsi, const base::EventFd& event, const base::EventFd* resample) noexcept override {
    const std::lock_guard lock(mutex);
    if (fail) return false;
    attached[gsi] = {event.get(), resample != nullptr ? resample->get() : -1};
    return true;
  }
  void detach(platform::Gsi gsi, const base::EventFd&) noexcept override {
    const std::lock_guard lock(mutex);
    attached.erase(gsi);
  }
  void set_line(platform::Gsi gsi, bool level) noexcept override {
    const std::lock_guard lock(mutex);
    lines.push_back({gsi, level});
  }
  void send_msi(const platform::MsiMessage& message, uint32_t device_id) noexcept override {
    const std::lock_guard lock(mutex);
    sent.push_back({message, device_id});
  }

  // Return the level the line was last set to; low before.
  bool level(platform::Gsi gsi) {
    const std::lock_guard lock(mutex);
    bool last = false;
    for (const Line& line : lines)
      if (line.gsi == gsi) last = line.level;
    return last;
  }

  std::mutex mutex;
  bool fail = false;
  size_t msi_limit = 4096;
  platform::Gsi next_gsi = 24;
  std::map<platform::Gsi, bool> allocated;
  std::map<platform::Gsi, platform::MsiMessage> staged;
  std::map<platform::Gsi, platform::MsiMessage> committed;
  std::map<platform::Gsi, uint32_t> device_ids;
  std::map<platform::Gsi, Attached> attached;
  std::vector<Line> lines;
  std::vector<Sent> sent;
  unsigned set_msi_calls = 0;
  unsigned commits = 0;
};

}  // namespace vireo::fakes
