// Virtio's PCI transport, driven as a driver does: virtio 1.2 3.1 and 4.1.
#include "tests/unit/emulated/virtio/virtio_function_fixture.h"

namespace vireo::emulated {
namespace {

constexpr uint16_t kPciWindow = 0xd4;

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

// The queues were checked by what was agreed.
TEST_F(VirtioFunctionTest, KeepsFeaturesOkUntilAReset) {
  start();
  set_status(3);
  EXPECT_NE(status() & kStatusFeaturesOk, 0);
  set_features(kFeatureVersion1 | kFeatureEventIndex);
  set_common<uint32_t>(Common::kDriverFeatureSelect, 0);
  EXPECT_EQ(common<uint32_t>(Common::kDriverFeature), 0u);
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

TEST_F(VirtioFunctionTest, OffersSplitRingsOnly) {
  function_ = std::make_unique<VirtioFunction>(
      "echo", std::make_unique<EchoDevice>(loop_),
      VirtioFunction::Surroundings{.memory = memory_, .router = router_, .loop = loop_, .split_ring = true});
  EXPECT_EQ(offered() & kFeaturePackedRing, 0u);
}

}  // namespace
}  // namespace vireo::emulated
