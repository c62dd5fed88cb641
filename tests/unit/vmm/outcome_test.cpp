#include "vmm/outcome.h"

#include <gtest/gtest.h>

namespace vireo {
namespace {

using Kind = Outcome::Kind;

class VerdictTest : public testing::Test {
 protected:
  platform::EventLoop loop_;
  Verdict verdict_{loop_};
};

TEST_F(VerdictTest, KeepsTheFirstWord) {
  verdict_.reach(Kind::kPanic);
  verdict_.reach(Kind::kPowerOff);
  EXPECT_EQ(verdict_.take().kind, Kind::kPanic);
}

TEST_F(VerdictTest, EndsARebootingGuestWhenTheHostSaysSo) {
  verdict_.reach(Kind::kReset);
  verdict_.reach(Kind::kTerminated);
  EXPECT_EQ(verdict_.take().kind, Kind::kTerminated);
}

// Linux stores its reset command ten times: those after the first belong to the run that is over.
TEST_F(VerdictTest, RunsOnAfterAResetThatWasAskedForTwice) {
  verdict_.reach(Kind::kReset);
  loop_.run();
  verdict_.reach(Kind::kReset);
  EXPECT_EQ(verdict_.take().kind, Kind::kReset);
  const base::EventFd later;
  loop_.watch(later.get(), [&](uint32_t) {
    later.consume();
    verdict_.reach(Kind::kQuit);
  });
  later.signal();
  loop_.run();
  EXPECT_EQ(verdict_.take().kind, Kind::kQuit);
}

TEST(ExitCode, IsOddWhenATestKernelSaysIt) {
  const auto code = [](uint8_t value) {
    return static_cast<int>(exit_code({.kind = Kind::kTestExit, .test_value = value}));
  };
  EXPECT_EQ(code(0), 1);
  EXPECT_EQ(code(0x10), 33);
  EXPECT_EQ(code(0x7f), 255);
  EXPECT_EQ(code(0xff), 255);
}

TEST_F(VerdictTest, KeepsATestKernelsValue) {
  verdict_.reach({.kind = Kind::kTestExit, .test_value = 7});
  EXPECT_EQ(verdict_.take().test_value, 7);
}

}  // namespace
}  // namespace vireo
