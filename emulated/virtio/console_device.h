#pragma once

#include "emulated/virtio/console_port.h"
#include "emulated/virtio/console_registers.h"
#include "emulated/virtio/queue_server.h"

namespace vireo::emulated {

// State: works with Linux's driver.
// Features: several ports: consoles, and those that have names; each is a Unix socket's or a file's on the host. A
// client that does not read holds up its own port only.
// Missing: window sizes, emergency writes, ports that come and go.
// Source: virtio 1.2 5.3.
class ConsoleDevice final : public LoopDevice {
 public:
  // Errors: as ConsolePort's.
  ConsoleDevice(const std::vector<ConsolePortSettings>& ports, platform::EventLoop& loop);

  const Identity& identity() const override { return identity_; }
  void read_config(uint64_t offset, std::span<uint8_t> data) noexcept override;

 private:
  struct Port {
    std::unique_ptr<ConsolePort> host;
    uint8_t news = 0;             // what the driver is to be told, a bit each in the order of telling
    bool guest_open = false;      // somebody reads there in the guest
    std::optional<Chain> input;   // to be filled
    std::optional<Chain> output;  // of which a part is written
    size_t written = 0;
  };

  bool serve(const RunningQueue& queue) noexcept override;
  void stopped(unsigned index) noexcept override;
  bool send_news(const RunningQueue& queue) noexcept;
  void take_control(const RunningQueue& queue) noexcept;
  void obey(const ConsoleControl& control) noexcept;
  bool receive(const RunningQueue& queue, unsigned number) noexcept;
  bool transmit(const RunningQueue& queue, Port& port) noexcept;
  enum class Progress { kDone, kMore, kNoRoom };
  static Progress write(Port& port) noexcept;
  void connected(unsigned number) noexcept;

  Identity identity_;
  std::vector<Port> ports_;
};

}  // namespace vireo::emulated
