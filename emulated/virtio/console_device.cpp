#include "emulated/virtio/console_device.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "emulated/virtio/chain_bytes.h"

namespace vireo::emulated {
namespace {

constexpr uint16_t kQueueSize = 64;
constexpr size_t kMostInATurn = size_t{1} << 20;  // bytes: a chain may name all of RAM, a thousand times

// What a port's driver is told, in this order.
enum News : uint8_t { kAdd = 1, kIsConsole = 2, kHasName = 4, kOpen = 8 };

ConsoleControl message_of(News news, unsigned port, bool connected) {
  ConsoleControl message{.port = port, .value = 1};
  switch (news) {
    case kAdd:
      message.event = ConsoleEvent::kPortAdd;
      break;
    case kIsConsole:
      message.event = ConsoleEvent::kConsolePort;
      break;
    case kHasName:
      message.event = ConsoleEvent::kPortName;
      break;
    case kOpen:
      message.event = ConsoleEvent::kPortOpen;
      message.value = connected ? 1 : 0;
      break;
  }
  return message;
}

}  // namespace

ConsoleDevice::ConsoleDevice(const std::vector<ConsolePortSettings>& ports, platform::EventLoop& loop)
    : LoopDevice(loop),
      identity_{.type = 3,
                .class_code = 0x078000,
                .features = kConsoleMultiport,
                .queue_sizes = std::vector<uint16_t>(console_queues(static_cast<unsigned>(ports.size())), kQueueSize)} {
  for (const ConsolePortSettings& settings : ports) {
    const auto number = static_cast<unsigned>(ports_.size());
    const unsigned first = console_receive_queue(number);
    ports_.push_back({.host = std::make_unique<ConsolePort>(
                          settings, loop,
                          ConsolePort::Callbacks{.connected = [this, number] { connected(number); },
                                                 .ready =
                                                     [this, first] {
                                                       serve_now(first);
                                                       serve_now(first + 1);
                                                     }})});
  }
}

void ConsoleDevice::read_config(uint64_t offset, std::span<uint8_t> data) noexcept {
  load_from(ConsoleConfigSpace{.ports = static_cast<uint32_t>(ports_.size())}, offset, data);
}

bool ConsoleDevice::serve(const RunningQueue& queue) noexcept {
  if (queue.index == kControlReceive) return send_news(queue);
  if (queue.index == kControlTransmit) {
    take_control(queue);
    return true;
  }
  const unsigned port = console_port_of(queue.index);
  return queue.index % 2 == 0 ? receive(queue, port) : transmit(queue, ports_[port]);
}

void ConsoleDevice::stopped(unsigned index) noexcept {
  if (index == kControlTransmit)
    for (Port& port : ports_) port.guest_open = false;
  if (index == kControlReceive)
    for (Port& port : ports_) port.news = 0;
  if (index == kControlReceive || index == kControlTransmit) return;
  Port& port = ports_[console_port_of(index)];
  if (index % 2 == 0) {
    port.input.reset();
    port.host->want_input(false);
  } else {
    port.output.reset();
    port.host->want_room(false);
  }
}

// Return whether the driver's buffers are what is missing. A name stands behind its message. 5.3.6.2
bool ConsoleDevice::send_news(const RunningQueue& queue) noexcept {
  for (unsigned number = 0; number < ports_.size(); ++number) {
    Port& port = ports_[number];
    while (port.news != 0) {
      const auto chain = queue.ring.pop();
      if (!chain) return true;
      const auto news = static_cast<News>(1 << std::countr_zero(port.news));
      const ConsoleControl message = message_of(news, number, port.host->connected());
      ChainBytes room(chain->writable);
      size_t size = room.put({reinterpret_cast<const uint8_t*>(&message), sizeof message});
      const std::string& name = port.host->name();
      if (news == kHasName) size += room.put({reinterpret_cast<const uint8_t*>(name.data()), name.size()});
      queue.ring.complete(chain->id, static_cast<uint32_t>(size));
      port.news = static_cast<uint8_t>(port.news & ~news);
    }
  }
  return false;
}

void ConsoleDevice::take_control(const RunningQueue& queue) noexcept {
  for (unsigned i = 0; i < queue.ring.size(); ++i) {
    const auto chain = queue.ring.pop();
    if (!chain) break;
    ConsoleControl control;
    ChainBytes message(chain->readable);
    if (message.take({reinterpret_cast<uint8_t*>(&control), sizeof control})) obey(control);
    queue.ring.complete(chain->id, 0);
  }
  ring(kControlReceive);
}

void ConsoleDevice::obey(const ConsoleControl& control) noexcept {
  if (control.event == ConsoleEvent::kDeviceReady && control.value == 1)
    for (Port& port : ports_) port.news = kAdd;
  if (control.port >= ports_.size()) return;
  Port& port = ports_[control.port];
  if (control.event == ConsoleEvent::kPortReady && control.value == 1) {
    port.news |= port.host->name().empty() ? kIsConsole : kHasName;
    if (port.host->connected()) port.news |= kOpen;
  }
  if (control.event == ConsoleEvent::kPortOpen) {
    port.guest_open = control.value == 1;
    ring(console_receive_queue(control.port));
  }
}

// Input waits until somebody in the guest wants it; a driver that knows of one port only always does.
bool ConsoleDevice::receive(const RunningQueue& queue, unsigned number) noexcept {
  Port& port = ports_[number];
  const bool open = port.guest_open || (queue.features & kConsoleMultiport) == 0;
  for (unsigned i = 0; i < queue.ring.size(); ++i) {
    if (!port.input) port.input = queue.ring.pop();
    if (!port.input || !open) {
      port.host->want_input(false);
      return open;
    }
    const bool room = !port.input->writable.empty();
    const ssize_t size = room ? port.host->read(port.input->writable.front()) : 0;
    if (room && size <= 0) {
      port.host->want_input(true);
      if (size == 0) return false;
      port.news |= kOpen;
      ring(kControlReceive);
      return false;
    }
    queue.ring.complete(port.input->id, static_cast<uint32_t>(size));
    port.input.reset();
  }
  queue.doorbell.signal();
  return false;
}

bool ConsoleDevice::transmit(const RunningQueue& queue, Port& port) noexcept {
  for (unsigned i = 0; i < queue.ring.size(); ++i) {
    if (!port.output) {
      port.output = queue.ring.pop();
      port.written = 0;
    }
    if (!port.output) return true;
    const Progress progress = write(port);
    port.host->want_room(progress == Progress::kNoRoom);
    if (progress == Progress::kNoRoom) return false;
    if (progress == Progress::kMore) break;
    queue.ring.complete(port.output->id, 0);
    port.output.reset();
  }
  queue.doorbell.signal();
  return false;
}

// Write what is left of the chain, or a turn's part of it: the loop has other things to do.
ConsoleDevice::Progress ConsoleDevice::write(Port& port) noexcept {
  size_t skipped = port.written;
  const size_t end = port.written + kMostInATurn;
  for (const std::span<uint8_t> part : port.output->readable) {
    if (skipped >= part.size()) {
      skipped -= part.size();
      continue;
    }
    for (std::span<const uint8_t> rest = part.subspan(std::exchange(skipped, 0)); !rest.empty();) {
      if (port.written >= end) return Progress::kMore;
      const size_t taken = port.host->write(rest.first(std::min(rest.size(), end - port.written)));
      if (taken == 0) return Progress::kNoRoom;
      port.written += taken;
      rest = rest.subspan(taken);
    }
  }
  return Progress::kDone;
}

// Thread: the loop's.
void ConsoleDevice::connected(unsigned number) noexcept {
  tell([this, number] { ports_[number].news |= kOpen; });
  serve_now(kControlReceive);
  serve_now(console_receive_queue(number));
}

}  // namespace vireo::emulated
