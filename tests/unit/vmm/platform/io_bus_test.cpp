#include "vmm/platform/io_bus.h"

#include <gtest/gtest.h>

#include <array>

namespace vireo::platform {
namespace {

class Recorder final : public IoHandler {
 public:
  void read(uint64_t offset, std::span<uint8_t> data) noexcept override {
    last_offset = offset;
    data[0] = 0x5a;
  }
  void write(uint64_t offset, std::span<const uint8_t>) noexcept override { last_offset = offset; }
  uint64_t last_offset = ~uint64_t{0};
};

TEST(IoBus, ReadsAllOnesWhereNobodyAnswers) {
  const IoBus bus("test");
  std::array<uint8_t, 4> data{};
  bus.read(0x1000, data);
  EXPECT_EQ(data, (std::array<uint8_t, 4>{0xff, 0xff, 0xff, 0xff}));
}

TEST(IoBus, GivesTheHandlerAnOffsetFromItsStart) {
  IoBus bus("test");
  Recorder recorder;
  ASSERT_TRUE(bus.add(0x1000, 0x10, recorder));
  std::array<uint8_t, 1> data{};
  bus.read(0x100f, data);
  EXPECT_EQ(recorder.last_offset, 0xfu);
}

TEST(IoBus, RefusesAnOverlap) {
  IoBus bus("test");
  Recorder recorder;
  ASSERT_TRUE(bus.add(0x1000, 0x10, recorder));
  EXPECT_FALSE(bus.add(0x100f, 1, recorder));
  EXPECT_FALSE(bus.add(0xff1, 0x10, recorder));
  EXPECT_TRUE(bus.add(0x1010, 1, recorder));
}

TEST(IoBus, RefusesARangeThatWraps) {
  IoBus bus("test");
  Recorder recorder;
  EXPECT_FALSE(bus.add(~uint64_t{0}, 2, recorder));
}

TEST(IoBus, AnswersNoMoreAfterRemoval) {
  IoBus bus("test");
  Recorder recorder;
  ASSERT_TRUE(bus.add(0x1000, 0x10, recorder));
  bus.remove(0x1000);
  std::array<uint8_t, 1> data{};
  bus.read(0x1000, data);
  EXPECT_EQ(data[0], 0xff);
}

}  // namespace
}  // namespace vireo::platform
