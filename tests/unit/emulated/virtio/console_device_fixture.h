#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

#include "emulated/virtio/console_device.h"
#include "tests/fakes/fake_virtio_transport.h"
#include "tests/fakes/run_loop.h"
#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {

constexpr unsigned kQueues = 6;
constexpr uint64_t kQueueStride = 0x20000;
constexpr uint64_t kBuffer = 0xf0000;

// Two ports: a console on a socket, and one with a name that goes to a file. Each queue has its own memory.
class ConsoleDeviceTest : public testing::Test {
 protected:
  ConsoleDeviceTest()
      : folder_(std::filesystem::temp_directory_path() / ("vireo-console-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    device_ = std::make_unique<ConsoleDevice>(
        std::vector<ConsolePortSettings>{{.socket = socket_path()}, {.name = "log", .file = file_path()}}, loop_);
    device_->connect(transport_);
    for (unsigned i = 0; i < kQueues; ++i) {
      memories_.push_back(std::make_unique<platform::GuestMemory>(
          std::vector<platform::RamRegion>{
              {.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB), .offset = 0}},
          platform::MemoryBacking{}));
      drivers_.push_back(std::make_unique<SplitDriver>(*memories_[i], 64));
    }
  }
  ~ConsoleDeviceTest() override {
    stop();
    device_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string socket_path() const { return folder_ / "socket"; }
  std::string file_path() const { return folder_ / "file"; }
  void start(uint64_t features = kFeatureVersion1 | kConsoleMultiport) {
    for (unsigned i = 0; i < kQueues; ++i) {
      rings_.push_back(make_virtqueue(*memories_[i], drivers_[i]->layout(), features));
      device_->start(
          {.index = i, .ring = *rings_[i], .doorbell = doorbells_[i], .transport = transport_, .features = features});
    }
    settle();
  }
  void stop() {
    for (unsigned i = 0; i < rings_.size(); ++i) device_->stop(i);
    rings_.clear();
  }
  void settle() {
    for (unsigned i = 0; i < 4; ++i) fakes::run_once(loop_);  // what a callback rings for is done in the next round
  }
  void offer(unsigned queue, unsigned count, uint32_t size = 64) {
    for (unsigned i = 0; i < count; ++i) drivers_[queue]->add({{kBuffer + i * size, size, true}});
    doorbells_[queue].signal();
    settle();
  }
  void send(unsigned queue, const std::string& text) {
    memories_[queue]->write(base::GuestAddress(kBuffer), {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    drivers_[queue]->add({{kBuffer, static_cast<uint32_t>(text.size())}});
    doorbells_[queue].signal();
    settle();
  }
  void control(ConsoleEvent event, uint32_t port = 0, uint16_t value = 1) {
    const ConsoleControl message{.port = port, .event = event, .value = value};
    send(kControlTransmit, {reinterpret_cast<const char*>(&message), sizeof message});
  }
  // What was put into a queue's buffers since the last call. Buffers are 64 bytes, in the order of their chains.
  std::vector<std::string> received(unsigned queue) {
    std::vector<std::string> texts;
    for (const RingDriver::Used& used : drivers_[queue]->take()) {
      const auto bytes = memories_[queue]->bytes(base::GuestAddress(kBuffer + 64 * taken_[queue]++), used.written);
      texts.emplace_back(bytes.begin(), bytes.end());
    }
    return texts;
  }
  static std::string message(ConsoleEvent event, uint32_t port, uint16_t value = 1, const std::string& more = "") {
    const ConsoleControl control{.port = port, .event = event, .value = value};
    return std::string(reinterpret_cast<const char*>(&control), sizeof control) + more;
  }
  base::Fd client() {
    base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    settle();
    return socket;
  }
  static std::string read(const base::Fd& socket) {
    std::array<char, 256> text;
    const ssize_t size = ::recv(socket.get(), text.data(), text.size(), MSG_DONTWAIT);
    return {text.data(), static_cast<size_t>(std::max<ssize_t>(size, 0))};
  }
  std::string file() const {
    std::ifstream file(file_path());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_;
  platform::EventLoop loop_;
  fakes::FakeVirtioTransport transport_;
  std::array<base::EventFd, kQueues> doorbells_;
  std::array<unsigned, kQueues> taken_ = {};
  std::vector<std::unique_ptr<platform::GuestMemory>> memories_;
  std::vector<std::unique_ptr<SplitDriver>> drivers_;
  std::vector<std::unique_ptr<Virtqueue>> rings_;
  std::unique_ptr<ConsoleDevice> device_;
};

}  // namespace vireo::emulated
