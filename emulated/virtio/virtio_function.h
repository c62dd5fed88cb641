#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "emulated/virtio/virtio_device.h"
#include "emulated/virtio/virtio_registers.h"
#include "pci/endpoint_function.h"

namespace vireo::emulated {

// Virtio over PCI: a function with a virtio device in it.
// State: works with Linux's drivers.
// Features: modern, split and packed rings, MSI-X, INTx, doorbells by ioeventfd, in memory and as I/O ports, the reset
// of one queue, the five structures that drivers need.
// Missing: power management, notification data, legacy and transitional devices.
// Source: virtio 1.2 4.1.
class VirtioFunction final : public pci::EndpointFunction, private VirtioTransport {
 public:
  struct Surroundings {
    const platform::GuestMemory& memory;
    platform::InterruptRouter& router;
    platform::EventLoop& loop;
    platform::InterruptPlace place = {};
    bool split_ring = false;      // packed ones are not offered
    bool port_doorbells = false;  // BAR 1 is there
  };
  // Lifetime: what is around it outlives it. Thread: destroyed when no CPU runs.
  // Errors: SystemError (kHost) when file descriptors run out.
  VirtioFunction(std::string name, std::unique_ptr<VirtioDevice> device, const Surroundings& around);
  ~VirtioFunction() override;

  // What a function has that holds such a device. `port_doorbells`: with I/O ports that drivers prefer to ring at. A
  // CPU tells the hypervisor all of a store to a port; for one to memory KVM reads the instruction, on AMD's.
  static pci::Bars planned_bars(bool port_doorbells);

  uint32_t read_config(uint16_t offset, unsigned width) noexcept override;
  pci::ConfigEffects write_config(uint16_t offset, unsigned width, uint32_t value) noexcept override;
  void read_bar(unsigned bar, uint64_t offset, std::span<uint8_t> data) noexcept override;
  pci::BarEffects write_bar(unsigned bar, uint64_t offset, std::span<const uint8_t> data) noexcept override;
  std::span<const pci::BarDoorbell> doorbells(unsigned bar) const noexcept override;
  void reset() noexcept override;

 private:
  struct Queue {
    QueueLayout layout;
    std::atomic<uint16_t> vector = kNoVector;
    std::unique_ptr<Virtqueue> ring;  // once it is enabled
    bool runs = false;                // the device's, until it is stopped
    base::EventFd doorbell;
  };

  // Where a structure is: `offset` and `length` in its BAR.
  struct Place {
    uint8_t bar = 0;
    uint32_t offset = 0;
    uint32_t length = 0;
  };
  void define_bars();
  void define_structures();
  uint16_t define_structure(uint16_t at, Structure kind, const Place& place, uint8_t size);
  uint16_t define_notify(uint16_t at, const Place& place, uint32_t multiplier);
  bool asserted() const noexcept override;
  bool is_window(uint16_t offset, unsigned width) const noexcept;
  bool has_port_doorbells() const noexcept { return bars()[kPortBar].kind != pci::BarKind::kNone; }
  unsigned window_bar() const noexcept;
  uint32_t window_offset() const noexcept;
  uint64_t common(Common name) const noexcept;
  void set_common(Common name, uint64_t value) noexcept;
  void set_queue(Common name, uint64_t value) noexcept;
  void read_common(uint64_t offset, std::span<uint8_t> data) const noexcept;
  void write_common(uint64_t offset, std::span<const uint8_t> data) noexcept;
  void set_status(uint8_t value) noexcept;
  void enable_queue(Queue& queue) noexcept;
  void set_vector(Queue& queue, uint64_t value) noexcept;
  void reset_queue(unsigned index) noexcept;
  void reset_device() noexcept;
  void run_queues() noexcept;
  void stop_queue(unsigned index) noexcept;
  const base::EventFd* vector_of(const Queue& queue) const noexcept;
  void tell_vectors() noexcept;
  void interrupt_queue(unsigned index) noexcept override;
  void config_changed() noexcept override;
  void needs_reset() noexcept override;
  void notify(uint16_t vector, uint8_t cause) noexcept;
  Queue* selected() noexcept;
  const Queue* selected() const noexcept;
  uint64_t offered() const noexcept;

  std::unique_ptr<VirtioDevice> device_;
  Surroundings around_;
  std::vector<Queue> queues_;
  std::vector<pci::BarDoorbell> bells_;
  std::vector<pci::BarDoorbell> port_bells_;
  uint16_t pci_config_at_ = 0;  // the capability that is a window to the BARs
  std::atomic<uint16_t> config_vector_ = kNoVector;
  std::atomic<uint8_t> status_ = 0;
  std::atomic<uint8_t> isr_ = 0;
  std::atomic<uint8_t> generation_ = 0;
  std::atomic<bool> needs_reset_ = false;
  std::mutex mutex_;  // of all below, of the queues but for their vectors, and of the device
  bool masters_bus_ = false;
  uint32_t device_feature_select_ = 0;
  uint32_t driver_feature_select_ = 0;
  uint64_t driver_features_ = 0;
  uint16_t queue_select_ = 0;
  bool paused_ = false;  // queues were stopped in the middle
};

}  // namespace vireo::emulated
