// How a virtio function has its queues served, and interrupts: virtio 1.2 2.6, 4.1.5.
#include "tests/unit/emulated/virtio/virtio_function_fixture.h"

namespace vireo::emulated {
namespace {

constexpr uint16_t kPciConfig = 0xe8;

class VirtioPortsTest : public VirtioFunctionTest {
 protected:
  VirtioPortsTest() : VirtioFunctionTest(true) {}
  void store_port(uint64_t offset) { function_->write_bar(kPortBar, offset, std::array<uint8_t, 2>{}); }
};

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

// virtio 1.2 4.1.4: the ports are the first that a driver finds, memory is for one that gets no ports.
TEST_F(VirtioPortsTest, OffersPortsBeforeMemory) {
  std::array<uint8_t, pci::kExtendedConfigSize> image;
  for (uint16_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(function_->read_config(i, 1));
  std::vector<std::pair<uint8_t, uint8_t>> found;  // kind and BAR
  for (const pci::Capability& capability : pci::walk_capabilities(image).found)
    if (capability.id == static_cast<uint16_t>(pci::CapabilityId::kVendorSpecific))
      found.emplace_back(image[capability.offset + 3], image[capability.offset + 4]);
  EXPECT_THAT(found, testing::ElementsAre(testing::Pair(1, 0), testing::Pair(2, 1), testing::Pair(2, 0),
                                          testing::Pair(3, 0), testing::Pair(4, 0), testing::Pair(5, 0)));
}

TEST_F(VirtioPortsTest, HasADoorbellAQueueAtPortsToo) {
  EXPECT_EQ(function_->doorbells(0).size(), 2u);
  const auto bells = function_->doorbells(1);
  ASSERT_EQ(bells.size(), 2u);
  EXPECT_EQ(bells[1].offset, 2u);
  EXPECT_EQ(bells[1].event, function_->doorbells(0)[1].event);
}

// As a store of a width that the kernel leaves to us.
TEST_F(VirtioPortsTest, ServesAtADoorbellAtAPort) {
  start();
  settle();
  driver_.add({{RingDriver::kBuffers, 4, true}});
  store_port(0);
  settle();
  EXPECT_EQ(driver_.take().size(), 1u);
}

TEST_F(VirtioPortsTest, HasNothingElseAtPorts) {
  start();
  settle();
  device_->served_.clear();
  driver_.add({{RingDriver::kBuffers, 4, true}});
  store_port(4);
  store_port(0xff);
  settle();
  EXPECT_TRUE(device_->served_.empty());
  std::array<uint8_t, 4> data{1, 1, 1, 1};
  function_->read_bar(kPortBar, 0, data);
  EXPECT_THAT(data, testing::Each(0));
}

// virtio 1.2 4.1.4.9: also by the window in the configuration space.
TEST_F(VirtioPortsTest, RingsByTheWindow) {
  start();
  settle();
  driver_.add({{RingDriver::kBuffers, 4, true}});
  function_->write_config(kPciConfig + 4, 1, kPortBar);
  function_->write_config(kPciConfig + 8, 4, 0);
  function_->write_config(kPciConfig + 12, 4, 2);
  function_->write_config(kPciConfig + 16, 2, 0);
  settle();
  EXPECT_EQ(driver_.take().size(), 1u);
}

TEST_F(VirtioFunctionTest, HasNoPortsUnlessAsked) {
  EXPECT_EQ(function_->bars()[kPortBar].kind, pci::BarKind::kNone);
  EXPECT_TRUE(function_->doorbells(kPortBar).empty());
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

TEST_F(VirtioFunctionTest, DoesNotChangeAQueueThatRuns) {
  start();
  set_common<uint64_t>(Common::kQueueDescriptors, 0);
  EXPECT_EQ(common<uint64_t>(Common::kQueueDescriptors), RingDriver::kDescriptors);
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

}  // namespace
}  // namespace vireo::emulated
