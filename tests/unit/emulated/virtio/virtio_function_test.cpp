// Virtio's PCI transport, driven as a driver does: virtio 1.2 3.1 and 4.1.
#include "emulated/virtio/virtio_function.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulated/virtio/loop_device.h"
#include "pci/capability_list.h"
#include "pci/capability_registers.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "tests/fakes/run_loop.h"
#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {
namespace {

constexpr uint16_t kPciWindow = 0xd4;
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
  VirtioFunctionTest() {
    auto device = std::make_unique<EchoDevice>(loop_);
    device_ = device.get();
    function_ = std::make_unique<VirtioFunction>(
        "echo", std::move(device),
        VirtioFunction::Surroundings{
            .memory = memory_, .router = router_, .loop = loop_, .place = {.requester = 0x100, .lines = {kLine}}});
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

// virtio 1.2 4.1.2: vendor, device and revision of a device that is not transitional.
TEST_F(VirtioFunctionTest, ShowsWhatItIs) {
  EXPECT_EQ(function_->read_config(0, 4), 0x10a3'1af4u);
  EXPECT_EQ(function_->read_config(8, 4), 0x0280'0001u);
}

// virtio 1.2 4.1.4: each structure once, all inside the BAR.
TEST_F(VirtioFunctionTest, ShowsAllStructures) {
  std::array<uint8_t, pci::kExtendedConfigSize> image;
  for (uint16_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(function_->read_config(i, 1));
  const pci::CapabilityChain chain = pci::walk_capabilities(image);
  EXPECT_FALSE(chain.broken);
  std::vector<uint8_t> kinds;
  for (const pci::Capability& capability : chain.found) {
    if (capability.id != static_cast<uint16_t>(pci::CapabilityId::kVendorSpecific)) continue;
    kinds.push_back(image[capability.offset + 3]);
    const uint32_t offset = function_->read_config(static_cast<uint16_t>(capability.offset + 8), 4);
    const uint32_t length = function_->read_config(static_cast<uint16_t>(capability.offset + 12), 4);
    EXPECT_LE(offset + length, function_->bars()[0].size);
  }
  EXPECT_THAT(kinds, testing::ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(VirtioFunctionTest, OffersItsFeaturesByHalves) {
  EXPECT_EQ(offered(),
            2 | kFeatureIndirect | kFeatureEventIndex | kFeatureVersion1 | kFeaturePackedRing | kFeatureQueueReset);
  set_common<uint32_t>(Common::kDeviceFeatureSelect, 2);
  EXPECT_EQ(common<uint32_t>(Common::kDeviceFeature), 0u);
}

TEST_F(VirtioFunctionTest, AcceptsFeaturesThatItOffers) {
  negotiate(kFeatureVersion1 | kFeatureEventIndex | 2);
  EXPECT_NE(status() & kStatusFeaturesOk, 0);
}

// virtio 1.2 3.1.1, step 6: what is not acceptable leaves FEATURES_OK clear.
TEST_F(VirtioFunctionTest, RefusesFeaturesThatItDoesNotOffer) {
  negotiate(kFeatureVersion1 | 4);
  EXPECT_EQ(status() & kStatusFeaturesOk, 0);
}

// virtio 1.2 6.1: a driver must accept VERSION_1.
TEST_F(VirtioFunctionTest, RefusesADriverOfAnOlderVersion) {
  negotiate(0);
  EXPECT_EQ(status() & kStatusFeaturesOk, 0);
}

TEST_F(VirtioFunctionTest, KeepsFeaturesOnceTheyAreAgreed) {
  negotiate();
  set_features(0);
  EXPECT_EQ(common<uint32_t>(Common::kDriverFeature), 1u);
}

TEST_F(VirtioFunctionTest, KnowsItsQueues) {
  EXPECT_EQ(common<uint16_t>(Common::kQueues), 2u);
  set_common<uint16_t>(Common::kQueueSelect, 1);
  EXPECT_EQ(common<uint16_t>(Common::kQueueSize), 16u);
  EXPECT_EQ(common<uint16_t>(Common::kQueueNotifyOffset), 1u);
}

// virtio 1.2 4.1.4.3.1: 0 is a queue that is not there.
TEST_F(VirtioFunctionTest, HasNoOtherQueue) {
  set_common<uint16_t>(Common::kQueueSelect, 2);
  EXPECT_EQ(common<uint16_t>(Common::kQueueSize), 0u);
  negotiate();
  set_up_queue(driver_.layout());
  EXPECT_EQ(common<uint16_t>(Common::kQueueEnable), 0u);
}

TEST_F(VirtioFunctionTest, TakesAnAddressByHalves) {
  set_common<uint32_t>(Common::kQueueDescriptors, 0x1234'5000);
  store<uint32_t>(static_cast<uint64_t>(Common::kQueueDescriptors) + 4, 0x9);
  EXPECT_EQ(common<uint64_t>(Common::kQueueDescriptors), 0x9'1234'5000u);
}

TEST_F(VirtioFunctionTest, RefusesAVectorThatIsNone) {
  set_common<uint16_t>(Common::kQueueVector, 2);
  EXPECT_EQ(common<uint16_t>(Common::kQueueVector), 2u);
  set_common<uint16_t>(Common::kQueueVector, 3);
  EXPECT_EQ(common<uint16_t>(Common::kQueueVector), kNoVector);
  set_common<uint16_t>(Common::kConfigVector, 77);
  EXPECT_EQ(common<uint16_t>(Common::kConfigVector), kNoVector);
}

TEST_F(VirtioFunctionTest, ServesWhatCameBeforeItWasStarted) {
  driver_.add({{RingDriver::kBuffers, 4, true}});
  start();
  settle();
  EXPECT_THAT(driver_.take(), testing::ElementsAre(RingDriver::Used{0, 1}));
  EXPECT_EQ(fired(), 1u);
}

TEST_F(VirtioFunctionTest, ServesAtADoorbell) {
  start();
  settle();
  driver_.add({{RingDriver::kBuffers, 4, true}});
  store<uint16_t>(kNotifyStart, 0);
  settle();
  EXPECT_EQ(driver_.take().size(), 1u);
}

// As the kernel does for a store that has an ioeventfd.
TEST_F(VirtioFunctionTest, HasADoorbellAQueue) {
  const auto bells = function_->doorbells(0);
  ASSERT_EQ(bells.size(), 2u);
  EXPECT_EQ(bells[1].offset, kNotifyStart + kNotifyMultiplier);
  start();
  settle();
  driver_.add({{RingDriver::kBuffers, 4, true}});
  bells[0].event->signal();
  settle();
  EXPECT_EQ(driver_.take().size(), 1u);
}

// One chain a call: what is left rings for itself.
TEST_F(VirtioFunctionTest, ComesBackForWhatIsLeft) {
  start();
  for (unsigned i = 0; i < 3; ++i) driver_.add({{RingDriver::kBuffers, 4, true}});
  store<uint16_t>(kNotifyStart, 0);
  for (unsigned i = 0; i < 3; ++i) settle();
  EXPECT_EQ(driver_.take().size(), 3u);
}

TEST_F(VirtioFunctionTest, TouchesNoMemoryWithoutBusMastering) {
  start();
  function_->write_config(pci::kCommand, 2, pci::kCommandMemory);
  driver_.add({{RingDriver::kBuffers, 4, true}});
  store<uint16_t>(kNotifyStart, 0);
  settle();
  EXPECT_TRUE(driver_.take().empty());
}

// What the device had begun is forgotten: to go on would be to do it twice, or never.
TEST_F(VirtioFunctionTest, NeedsAResetOnceItWasStoppedInTheMiddle) {
  start();
  function_->write_config(pci::kCommand, 2, pci::kCommandMemory);
  function_->write_config(pci::kCommand, 2, pci::kCommandMemory | pci::kCommandBusMaster);
  EXPECT_NE(status() & kStatusNeedsReset, 0);
  driver_.add({{RingDriver::kBuffers, 4, true}});
  store<uint16_t>(kNotifyStart, 0);
  settle();
  EXPECT_TRUE(driver_.take().empty());
  set_status(0);
  EXPECT_EQ(status(), 0);
}

// The queues were checked by what was agreed.
TEST_F(VirtioFunctionTest, KeepsFeaturesOkUntilAReset) {
  start();
  set_status(3);
  EXPECT_NE(status() & kStatusFeaturesOk, 0);
  set_features(kFeatureVersion1 | kFeatureEventIndex);
  set_common<uint32_t>(Common::kDriverFeatureSelect, 0);
  EXPECT_EQ(common<uint32_t>(Common::kDriverFeature), 0u);
}

// virtio 1.2 3.1.1: no driver would look why.
TEST_F(VirtioFunctionTest, IsSilentWithoutADriver) {
  device_->transport_->config_changed();
  EXPECT_EQ(load<uint8_t>(kIsrStart), 0u);
  EXPECT_FALSE(router_.attached.contains(kLine));
}

// virtio 1.2 2.1.2: the driver hears that it broke the rules, by the configuration's vector.
TEST_F(VirtioFunctionTest, NeedsAResetOnceAQueueIsBroken) {
  start();
  store<uint32_t>(kTableStart, 0xfee0'0000);
  store<uint32_t>(kTableStart + 12, 0);
  set_common<uint16_t>(Common::kConfigVector, 0);
  driver_.offer(99);
  store<uint16_t>(kNotifyStart, 0);
  settle();
  EXPECT_NE(status() & kStatusNeedsReset, 0);
  EXPECT_EQ(load<uint8_t>(kIsrStart), kIsrConfig);
  EXPECT_EQ(load<uint8_t>(kIsrStart), 0u);
}

TEST_F(VirtioFunctionTest, NeedsAResetOnceAQueueIsNowhere) {
  negotiate();
  QueueLayout layout = driver_.layout();
  layout.device = base::GuestAddress(base::kGiB);
  set_up_queue(layout);
  EXPECT_NE(status() & kStatusNeedsReset, 0);
  EXPECT_EQ(common<uint16_t>(Common::kQueueEnable), 0u);
}

// virtio 1.2 2.4.1: as at the start.
TEST_F(VirtioFunctionTest, ForgetsAllByAReset) {
  start();
  settle();
  set_status(0);
  EXPECT_EQ(status(), 0u);
  EXPECT_EQ(common<uint16_t>(Common::kQueueEnable), 0u);
  EXPECT_EQ(common<uint64_t>(Common::kQueueDescriptors), 0u);
  device_->served_.clear();
  driver_.add({{RingDriver::kBuffers, 4, true}});
  store<uint16_t>(kNotifyStart, 0);
  settle();
  EXPECT_TRUE(device_->served_.empty());
}

TEST_F(VirtioFunctionTest, ForgetsAllByAResetOfTheBus) {
  start();
  function_->reset();
  EXPECT_EQ(status(), 0u);
  EXPECT_TRUE(router_.attached.empty());
}

TEST_F(VirtioFunctionTest, DoesNotChangeAQueueThatRuns) {
  start();
  set_common<uint64_t>(Common::kQueueDescriptors, 0);
  EXPECT_EQ(common<uint64_t>(Common::kQueueDescriptors), RingDriver::kDescriptors);
}

TEST_F(VirtioFunctionTest, PassesTheDevicesOwnStructure) {
  EXPECT_EQ(load<uint8_t>(kDeviceStart + 7), 7u);
  store<uint8_t>(kDeviceStart + 5, 42);
  EXPECT_EQ(device_->stored_, (std::pair<uint64_t, uint8_t>{5, 42}));
}

// virtio 1.2 4.1.4.9: the BAR by way of the configuration space.
TEST_F(VirtioFunctionTest, HasAWindow) {
  function_->write_config(kPciWindow + 4, 1, 0);
  function_->write_config(kPciWindow + 8, 4, static_cast<uint32_t>(Common::kQueueSelect));
  function_->write_config(kPciWindow + 12, 4, 2);
  function_->write_config(kPciWindow + 16, 2, 1);
  EXPECT_EQ(common<uint16_t>(Common::kQueueSelect), 1u);
  function_->write_config(kPciWindow + 8, 4, static_cast<uint32_t>(Common::kQueueSize));
  EXPECT_EQ(function_->read_config(kPciWindow + 16, 2), 16u);
}

TEST_F(VirtioFunctionTest, AnswersAtEveryOffset) {
  for (uint64_t offset = 0; offset < kVirtioBarSize; ++offset) {
    load<uint64_t>(offset);
    store<uint64_t>(offset, ~uint64_t{0});
  }
  EXPECT_EQ(load<uint32_t>(kIsrStart + 4), 0u);
}

// virtio 1.2 2.6.1: the queue can be set up anew, the device goes on.
TEST_F(VirtioFunctionTest, ResetsOneQueue) {
  start(kFeatureVersion1 | kFeatureQueueReset);
  settle();
  set_common<uint16_t>(Common::kQueueReset, 1);
  EXPECT_EQ(common<uint16_t>(Common::kQueueEnable), 0u);
  EXPECT_EQ(common<uint16_t>(Common::kQueueReset), 0u);
  device_->served_.clear();
  store<uint16_t>(kNotifyStart, 0);
  settle();
  EXPECT_TRUE(device_->served_.empty());
  set_up_queue(driver_.layout());
  settle();
  EXPECT_THAT(device_->served_, testing::ElementsAre(0u));
  EXPECT_NE(status() & kStatusDriverOk, 0);
}

TEST_F(VirtioFunctionTest, ResetsNoQueueForADriverThatDidNotAsk) {
  start();
  set_common<uint16_t>(Common::kQueueReset, 1);
  EXPECT_EQ(common<uint16_t>(Common::kQueueEnable), 1u);
}

// virtio 1.2 2.5.1, 4.1.4.5.
TEST_F(VirtioFunctionTest, TellsOfAChangedConfiguration) {
  start();
  const auto before = common<uint8_t>(Common::kConfigGeneration);
  device_->transport_->config_changed();
  EXPECT_NE(common<uint8_t>(Common::kConfigGeneration), before);
  EXPECT_EQ(load<uint8_t>(kIsrStart) & kIsrConfig, kIsrConfig);
}

// A driver without MSI-X: the line, and the ISR that says why. virtio 1.2 4.1.5.1.1
TEST_F(VirtioFunctionTest, InterruptsByItsLine) {
  driver_.add({{RingDriver::kBuffers, 4, true}});
  start_without_msix();
  settle();
  ASSERT_TRUE(router_.attached.contains(kLine));
  EXPECT_EQ(fired(), 1u);
  EXPECT_NE(function_->read_config(pci::kStatus, 2) & pci::kStatusInterrupt, 0u);
  EXPECT_EQ(load<uint8_t>(kIsrStart), kIsrQueue);
  EXPECT_EQ(function_->read_config(pci::kStatus, 2) & pci::kStatusInterrupt, 0u);
}

// The guest ended its interrupt without looking at the ISR: the line is still up.
TEST_F(VirtioFunctionTest, KeepsItsLineUpUntilTheIsrIsRead) {
  driver_.add({{RingDriver::kBuffers, 4, true}});
  start_without_msix();
  settle();
  fired();
  end_of_interrupt();
  EXPECT_EQ(fired(), 1u);
  load<uint8_t>(kIsrStart);
  end_of_interrupt();
  EXPECT_EQ(fired(), 0u);
}

TEST_F(VirtioFunctionTest, IsSilentOnADisabledLine) {
  driver_.add({{RingDriver::kBuffers, 4, true}});
  start_without_msix();
  function_->write_config(pci::kCommand, 2, pci::kCommandBusMaster | pci::kCommandIntxDisable);
  settle();
  EXPECT_FALSE(router_.attached.contains(kLine));
  function_->write_config(pci::kCommand, 2, pci::kCommandBusMaster);
  EXPECT_EQ(fired(), 1u);
}

TEST_F(VirtioFunctionTest, LeavesItsLineForMsix) {
  driver_.add({{RingDriver::kBuffers, 4, true}});
  start_without_msix();
  settle();
  function_->write_config(0x82, 2, pci::kMsixEnable);
  EXPECT_FALSE(router_.attached.contains(kLine));
}

TEST_F(VirtioFunctionTest, OffersSplitRingsOnly) {
  function_ = std::make_unique<VirtioFunction>(
      "echo", std::make_unique<EchoDevice>(loop_),
      VirtioFunction::Surroundings{.memory = memory_, .router = router_, .loop = loop_, .split_ring = true});
  EXPECT_EQ(offered() & kFeaturePackedRing, 0u);
}

}  // namespace
}  // namespace vireo::emulated
