#pragma once

#include <liburing.h>

#include "vmm/base/mapping.h"
#include "vmm/compare/agent/ballast.h"
#include "vmm/compare/agent/blocks.h"
#include "vmm/compare/agent/device.h"

namespace vireo::agent {

// Has operations done by the kernel: an io_uring with the disk and the slots' memory registered, so that the kernel
// looks up neither with each operation. Source: io_uring(7), io_uring_register(2).
class Ring : public Device {
 public:
  // Errors: SystemError naming what the kernel refused. Lifetime: of the file, longer than this.
  Ring(const Order& order, int file);
  ~Ring() override { ::io_uring_queue_exit(&ring_); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  uint64_t now() noexcept override;
  void prepare(unsigned slot) noexcept override;
  void submit() noexcept override;
  void submit_and_wait(uint64_t nanoseconds) noexcept override;
  std::optional<Done> done() noexcept override;

 private:
  void fill_memory(const Order& order);
  void register_resources(int file);
  void carry_ballast() noexcept;

  bool writes_;
  unsigned block_;
  Blocks blocks_;
  Ballast ballast_;
  unsigned prepared_ = 0;  // and not yet submitted
  base::Mapping memory_;   // of all slots
  io_uring ring_{};
};

}  // namespace vireo::agent
