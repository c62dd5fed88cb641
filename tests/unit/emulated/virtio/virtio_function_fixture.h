#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulated/virtio/queue_server.h"
#include "emulated/virtio/virtio_function.h"
#include "pci/capability_list.h"
#include "pci/capability_registers.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "tests/fakes/run_loop.h"
#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {

constexpr platform::Gsi kLine = 10;

// Says how often it was asked to serve, and fills what is writable.
class EchoDevice final : public LoopDevice {
 public:
  using LoopDevice::LoopDevice;
  const Identity& identity() const override { return identity_; }
  void read_config(uint64_t offset, std::span<uint8_t> data) noexcept override {
    std::ranges::fill(data, static_cast<uint8_t>(offset));
  }
  void write_config(uint64_t offset, std::span<const uint8_t> data) noexcept override { stored_ = {offset, data[0]}; }
  void connect(VirtioTransport& transport) override { transport_ = &transport; }
  bool serve(const RunningQueue& queue) noexcept override {
    served_.push_back(queue.index);
    if (const auto chain = queue.ring.pop()) queue.ring.complete(chain->id, 1);
    return true;
  }

  Identity identity_{.type = 99, .class_code = 0x028000, .features = 2, .queue_sizes = {8, 16}};
  VirtioTransport* transport_ = nullptr;
  std::vector<unsigned> served_;
  std::pair<uint64_t, uint8_t> stored_;
};

class VirtioFunctionTest : public testing::Test {
 protected:
  explicit VirtioFunctionTest(bool port_doorbells = false) {
    auto device = std::make_unique<EchoDevice>(loop_);
    device_ = device.get();
    function_ =
        std::make_unique<VirtioFunction>("echo", std::move(device),
                                         VirtioFunction::Surroundings{.memory = memory_,
                                                                      .router = router_,
                                                                      .loop = loop_,
                                                                      .place = {.requester = 0x100, .lines = {kLine}},
                                                                      .port_doorbells = port_doorbells});
  }

  template <typename T>
  T load(uint64_t offset) {
    T value{};
    function_->read_bar(0, offset, {reinterpret_cast<uint8_t*>(&value), sizeof value});
    return value;
  }
  template <typename T>
  void store(uint64_t offset, T value) {
    function_->write_bar(0, offset, {reinterpret_cast<const uint8_t*>(&value), sizeof value});
  }
  template <typename T>
  T common(Common name) {
    return load<T>(static_cast<uint64_t>(name));
  }
  template <typename T>
  void set_common(Common name, T value) {
    store<T>(static_cast<uint64_t>(name), value);
  }
  uint8_t status() { return common<uint8_t>(Common::kDeviceStatus); }
  void set_status(uint8_t value) { set_common<uint8_t>(Common::kDeviceStatus, value); }
  void set_features(uint64_t features) {
    for (uint32_t half : {0u, 1u}) {
      set_common<uint32_t>(Common::kDriverFeatureSelect, half);
      set_common<uint32_t>(Common::kDriverFeature, static_cast<uint32_t>(features >> 32 * half));
    }
  }
  uint64_t offered() {
    uint64_t features = 0;
    for (uint32_t half : {0u, 1u}) {
      set_common<uint32_t>(Common::kDeviceFeatureSelect, half);
      features |= uint64_t{common<uint32_t>(Common::kDeviceFeature)} << 32 * half;
    }
    return features;
  }
  void negotiate(uint64_t features = kFeatureVersion1) {
    set_status(1);
    set_status(3);
    set_features(features);
    set_status(3 | kStatusFeaturesOk);
  }
  void set_up_queue(const QueueLayout& layout) {
    set_common<uint16_t>(Common::kQueueSize, layout.size);
    set_common<uint16_t>(Common::kQueueVector, 1);
    set_common<uint64_t>(Common::kQueueDescriptors, layout.descriptors.value());
    set_common<uint64_t>(Common::kQueueDriver, layout.driver.value());
    set_common<uint64_t>(Common::kQueueDevice, layout.device.value());
    set_common<uint16_t>(Common::kQueueEnable, 1);
  }
  // As far as a driver goes before it uses the device.
  void start(uint64_t features = kFeatureVersion1) {
    function_->write_config(0x82, 2, pci::kMsixEnable);
    store<uint32_t>(kTableStart + 16, 0xfee0'0000);
    store<uint32_t>(kTableStart + 16 + 12, 0);
    start_without_msix(features);
  }
  void start_without_msix(uint64_t features = kFeatureVersion1) {
    function_->write_config(pci::kCommand, 2, pci::kCommandMemory | pci::kCommandBusMaster);
    negotiate(features);
    set_up_queue(driver_.layout());
    set_status(status() | kStatusDriverOk);
  }
  // Let the loop do what is to be done.
  void settle() { fakes::run_once(loop_); }
  uint64_t fired() {
    uint64_t count = 0;
    for (const auto& [gsi, attached] : router_.attached)
      if (::read(attached.event, &count, sizeof count) < 0) count = 0;
    return count;
  }
  // As KVM says it of a line.
  void end_of_interrupt() {
    const uint64_t one = 1;
    EXPECT_EQ(::write(router_.attached.at(kLine).resample, &one, sizeof one), ssize_t{sizeof one});
    settle();
  }

  platform::GuestMemory memory_{{{.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB), .offset = 0}},
                                {}};
  fakes::FakeInterruptRouter router_;
  platform::EventLoop loop_;
  std::unique_ptr<VirtioFunction> function_;
  EchoDevice* device_ = nullptr;
  SplitDriver driver_{memory_, 8};
};

}  // namespace vireo::emulated
