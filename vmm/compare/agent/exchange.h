#pragma once

#include <netinet/in.h>

#include <optional>
#include <vector>

#include "vmm/base/fd.h"
#include "vmm/compare/agent/ballast.h"
#include "vmm/compare/agent/device.h"

namespace vireo::agent {

// What is not back after so long is lost.
inline constexpr uint64_t kLostAfter = 1'000'000'000;  // nanoseconds

uint64_t monotonic_now() noexcept;
// Sleep until the socket can be read, or written where that is wanted, at most so long.
void await(const base::Fd& socket, bool writable, uint64_t nanoseconds) noexcept;

// Messages as datagrams: an operation is one that comes back, by the number in it. One that does not within
// kLostAfter has failed, which is seen once nothing else comes. A Device.
class UdpExchange {
 public:
  // Errors: SystemError naming what was refused.
  UdpExchange(const Order& order, const sockaddr_in& peer);

  uint64_t now() noexcept { return monotonic_now(); }
  void prepare(unsigned slot) noexcept { ready_.push_back(slot); }  // there is room for all slots
  void submit() noexcept;
  void submit_and_wait(uint64_t nanoseconds) noexcept;
  std::optional<Done> done() noexcept;

 private:
  struct Header {
    uint64_t number = 0;  // never twice
    uint64_t slot = 0;
  };
  struct UnderWay {
    uint64_t number = 0;  // 0: none
    uint64_t sent = 0;
  };
  void send(unsigned slot) noexcept;
  std::optional<Done> take_lost() noexcept;

  base::Fd socket_;
  Ballast ballast_;
  std::vector<uint8_t> message_;
  std::vector<uint8_t> answer_;
  std::vector<unsigned> ready_;
  std::vector<UnderWay> under_way_;  // by slot
  uint64_t last_number_ = 0;
  bool polls_;           // never sleeps
  bool silent_ = false;  // nothing may have come for long
};

// Messages over one connection, which keeps their order: an operation is as many bytes that come back. A connection
// that ends fails all that are under way and all that follow. A Device.
class TcpExchange {
 public:
  // Errors: SystemError naming what was refused.
  TcpExchange(const Order& order, const sockaddr_in& peer);

  uint64_t now() noexcept { return monotonic_now(); }
  void prepare(unsigned slot) noexcept;
  void submit() noexcept;
  void submit_and_wait(uint64_t nanoseconds) noexcept;
  std::optional<Done> done() noexcept;

 private:
  void flush() noexcept;
  void receive() noexcept;

  base::Fd socket_;
  Ballast ballast_;
  uint64_t size_;                // of a message
  std::vector<uint8_t> bytes_;   // what is sent and what came: nobody looks at it
  std::vector<unsigned> order_;  // slots under way, a ring
  size_t first_ = 0;             // of it
  size_t count_ = 0;
  unsigned prepared_ = 0;  // of them, those that were not yet begun
  uint64_t unsent_ = 0;    // bytes
  uint64_t came_ = 0;      // of the first message
  bool polls_;             // never sleeps
  bool broken_ = false;
};

}  // namespace vireo::agent
