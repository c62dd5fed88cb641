#pragma once

#include <cstdint>

// Source: virtio 1.2 5.3.
namespace vireo::emulated {

constexpr uint64_t kConsoleMultiport = uint64_t{1} << 1;  // 5.3.3

// 5.3.4.
struct ConsoleConfigSpace {
  uint16_t columns = 0;
  uint16_t rows = 0;
  uint32_t ports = 0;
  uint32_t emergency = 0;
};

// A message of the control queues. 5.3.6.2.
enum class ConsoleEvent : uint16_t {
  kDeviceReady,
  kPortAdd,
  kPortRemove,
  kPortReady,
  kConsolePort,
  kResize,
  kPortOpen,
  kPortName,
};
struct ConsoleControl {
  uint32_t port = 0;
  ConsoleEvent event = ConsoleEvent::kDeviceReady;
  uint16_t value = 0;
};
static_assert(sizeof(ConsoleControl) == 8);

// Queues by their numbers, 5.3.2: the control queues stand behind the first port's.
constexpr unsigned kControlReceive = 2;
constexpr unsigned kControlTransmit = 3;
constexpr unsigned console_receive_queue(unsigned port) {
  return port == 0 ? 0 : 2 * port + 2;
}
// Of a queue that is none of control.
constexpr unsigned console_port_of(unsigned queue) {
  return queue < kControlReceive ? 0 : queue / 2 - 1;
}
constexpr unsigned console_queues(unsigned ports) {
  return 2 * ports + 2;
}

}  // namespace vireo::emulated
