// How the host's work grows with the number of vectors: 257 on each of 18 functions of one guest.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/fakes/fake_device.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "vfio/interrupts.h"

namespace vireo::vfio {
namespace {

constexpr unsigned kFunctions = 18;
constexpr unsigned kVectors = 257;

class InterruptScaleTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < kFunctions * kVectors + 100) GTEST_SKIP() << "needs 4726 open files (ulimit -Hn)";
    ConfigFindings findings;
    findings.msix = {.offset = 0x60, .vectors = kVectors};
    for (fakes::FakeDevice& device : devices_) {
      device.irqs[IrqIndex::kMsix] = {.count = kVectors, .resizable = GetParam()};
      functions_.push_back(std::make_unique<Interrupts>(device, findings, platform::InterruptPlace{}, router_));
    }
  }
  // A driver's order: all messages and unmasks first, MSI-X on last.
  void enable_all(Interrupts& function) {
    const std::array<uint8_t, 16> entry{0, 0, 0xe0, 0xfe, 0, 0, 0, 0, 0x41};
    for (unsigned vector = 0; vector < kVectors; ++vector) function.write_table(16 * vector, entry);
    function.set_msix_control(kMsixEnable);
  }

  std::array<fakes::FakeDevice, kFunctions> devices_;
  fakes::FakeInterruptRouter router_;
  std::vector<std::unique_ptr<Interrupts>> functions_;
};

TEST_P(InterruptScaleTest, TakesOneCommitAndOneRangeAFunction) {
  for (const auto& function : functions_) enable_all(*function);
  EXPECT_EQ(router_.commits, kFunctions);
  EXPECT_EQ(router_.attached.size(), platform::kMaxRoutes);  // all that KVM has
  const size_t calls = GetParam() ? 2 : 1;                   // with the one that turns interrupts on
  for (const fakes::FakeDevice& device : devices_) EXPECT_EQ(device.irq_calls.size(), calls);
}

TEST_P(InterruptScaleTest, AsksForNothingAgainForAVectorThatIsMaskedAndUnmasked) {
  enable_all(*functions_[0]);
  const size_t calls = devices_[0].irq_calls.size();
  const std::array<uint8_t, 4> masked{1};
  const std::array<uint8_t, 4> open{0};
  functions_[0]->write_table(12, masked);
  functions_[0]->write_table(12, open);
  EXPECT_EQ(devices_[0].irq_calls.size(), calls);
}

INSTANTIATE_TEST_SUITE_P(Kernels, InterruptScaleTest, testing::Bool(),
                         [](const auto& kernel) { return kernel.param ? "Resizable" : "OneRange"; });

}  // namespace
}  // namespace vireo::vfio
