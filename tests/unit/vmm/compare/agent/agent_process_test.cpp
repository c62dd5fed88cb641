#include "tests/unit/vmm/compare/agent/agent_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "tests/unit/vmm/compare/agent/medium_file.h"

namespace vireo::agent {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::Lt;
using testing::SizeIs;
using testing::StartsWith;

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kMillisecond = 1'000'000;

// The real program, on a file.
class AgentProcessTest : public testing::Test {
 protected:
  AgentProcessTest() { EXPECT_EQ(agent_.answer(), "ready"); }
  // Have it look at the medium.
  void begin() { EXPECT_THAT(agent_.answer_to("disk " + medium_.path()), StartsWith("size ")); }

  MediumFile medium_{kMiB};
  AgentProcess agent_;
};

uint64_t fnv_1a(const std::vector<uint8_t>& bytes, size_t size) {
  uint64_t hash = 14695981039346656037u;
  std::for_each_n(bytes.begin(), size, [&](uint8_t byte) { hash = (hash ^ byte) * 1099511628211u; });
  return hash;
}

TEST_F(AgentProcessTest, SaysTheMediumsSizeAndTheHashOfItsFirstBlocks) {
  const Medium medium{.size = kMiB, .hash = fnv_1a(medium_.first_bytes(), 64 * 4096)};
  EXPECT_EQ(agent_.answer_to("disk " + medium_.path()), "size " + text(medium));
}

TEST_F(AgentProcessTest, HashesASmallMediumWhole) {
  const MediumFile small(5 * 512);
  const Medium medium{.size = 5 * 512, .hash = fnv_1a(small.first_bytes(), 5 * 512)};
  EXPECT_EQ(agent_.answer_to("disk " + small.path()), "size " + text(medium));
}

TEST_F(AgentProcessTest, WaitsForADiskThatIsNotThereYet) {
  const std::string late = medium_.path() + ".late";
  agent_.order("disk " + late);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ASSERT_EQ(::link(medium_.path().c_str(), late.c_str()), 0);
  EXPECT_THAT(agent_.answer(), StartsWith("size bytes=1048576"));
  ::unlink(late.c_str());
}

TEST_F(AgentProcessTest, RunsAClosedLoop) {
  begin();
  const auto window = agent_.run({.span = kMiB, .operations = 100, .warm_up = 10, .seed = 1});
  EXPECT_THAT(window.words, ElementsAre("begin", "end", "counts", "latency", "done"));
  EXPECT_EQ(window.counts->operations, 100u);
  EXPECT_EQ(window.counts->errors, 0u);
  EXPECT_EQ(window.latency->count(), 100u);
  // A thousand times some hundred instructions and two looks at the clock.
  EXPECT_THAT(window.counts->own, AllOf(Gt(1000u), Lt(100 * kMillisecond)));
  EXPECT_THAT(window.latency->maximum(), AllOf(Gt(1000u), Le(window.counts->elapsed)));
}

// A file has no queue of a device's.
TEST_F(AgentProcessTest, PollsWithoutSleeping) {
  begin();
  const auto window = agent_.run({.span = kMiB, .operations = 100, .warm_up = 10, .seed = 1, .polled = true});
  EXPECT_EQ(window.counts->operations, 100u);
  EXPECT_EQ(window.counts->errors, 0u);
  EXPECT_EQ(window.counts->poll_queue, 0u);
  EXPECT_EQ(window.latency->count(), 100u);
}

TEST_F(AgentProcessTest, RunsAClosedLoopOfFour) {
  begin();
  const auto window = agent_.run({.span = kMiB, .depth = 4, .operations = 400, .warm_up = 10, .seed = 1});
  EXPECT_EQ(window.counts->operations, 400u);
  EXPECT_THAT(window.latency->count(), AllOf(Ge(400u), Lt(404u)));
}

TEST_F(AgentProcessTest, RunsForATime) {
  begin();
  const auto window = agent_.run({.span = kMiB, .depth = 4, .nanoseconds = 50 * kMillisecond});
  EXPECT_THAT(window.counts->elapsed, AllOf(Ge(50 * kMillisecond), Lt(5000 * kMillisecond)));
  EXPECT_THAT(window.counts->operations, Gt(0u));
}

TEST_F(AgentProcessTest, RunsAnOpenLoop) {
  begin();
  const Order order{.span = kMiB, .depth = 16, .rate = 500, .nanoseconds = 200 * kMillisecond, .seed = 3};
  const auto window = agent_.run(order);
  EXPECT_EQ(window.counts->elapsed, 200 * kMillisecond);
  EXPECT_EQ(window.latency->count(), agent_.run(order).latency->count());
  EXPECT_THAT(window.latency->count(), AllOf(Gt(70u), Lt(130u)));
}

TEST_F(AgentProcessTest, EndsAnOpenLoopThatNoDiskKeepsUpWith) {
  begin();
  const auto window = agent_.run({.span = kMiB, .rate = kHighestRate, .nanoseconds = 20 * kMillisecond});
  EXPECT_THAT(window.counts->missed, Gt(1000u));
  EXPECT_THAT(window.latency->count(), AllOf(Gt(198'000u), Lt(202'000u)));
}

// Each block that is written begins with where it belongs.
uint64_t place_in(const std::vector<uint8_t>& bytes, uint64_t at) {
  uint64_t place = 0;
  std::memcpy(&place, &bytes[at], sizeof place);
  return place;
}

TEST_F(AgentProcessTest, WritesWithinItsRange) {
  begin();
  const auto window = agent_.run(
      {.operation = Operation::kWrite, .first = 65536, .span = 65536, .depth = 4, .operations = 500, .seed = 8});
  EXPECT_EQ(window.counts->errors, 0u);
  const auto changed = medium_.changed(4096);
  EXPECT_THAT(changed, SizeIs(16));
  EXPECT_EQ(changed.front(), 65536u);
  const auto bytes = medium_.read();
  EXPECT_TRUE(std::ranges::all_of(changed, [&](uint64_t at) { return place_in(bytes, at) == at; }));
}

TEST_F(AgentProcessTest, ReadsBackWhatItWrote) {
  begin();
  const auto before = agent_.answer_to("disk " + medium_.path());
  agent_.run({.operation = Operation::kWrite, .span = 65536, .operations = 100});
  EXPECT_NE(agent_.answer_to("disk " + medium_.path()), before);
  EXPECT_EQ(agent_.run({.span = 65536, .operations = 10}).counts->errors, 0u);
}

TEST_F(AgentProcessTest, DoesNotWriteWhenItReads) {
  begin();
  agent_.run({.span = kMiB, .depth = 32, .operations = 1000});
  EXPECT_THAT(medium_.changed(512), IsEmpty());
}

TEST_F(AgentProcessTest, CountsErrorsAndGoesOn) {
  begin();
  ASSERT_EQ(::truncate(medium_.path().c_str(), 0), 0);
  const auto window = agent_.run({.span = kMiB, .operations = 20});
  EXPECT_EQ(window.counts->errors, 20u);
  EXPECT_EQ(window.counts->operations, 0u);
  EXPECT_EQ(window.latency->count(), 0u);
  EXPECT_THAT(agent_.answer_to("disk " + medium_.path()), StartsWith("size bytes=0 "));
}

TEST_F(AgentProcessTest, SplitsALongHistogram) {
  begin();
  const auto window = agent_.run({.span = kMiB, .depth = 64, .rate = 20'000, .nanoseconds = 100 * kMillisecond});
  EXPECT_THAT(window.latency->text(), SizeIs(Gt(kLongestLine)));
}

TEST_F(AgentProcessTest, EndsWhenItIsToldTo) {
  agent_.order("quit");
  EXPECT_EQ(agent_.wait(), 0);
}

TEST_F(AgentProcessTest, EndsWhenNobodyIsLeftToTellIt) {
  agent_.close_orders();
  EXPECT_EQ(agent_.wait(), 0);
}

TEST_F(AgentProcessTest, RefusesToRunWithoutAMedium) {
  EXPECT_EQ(agent_.answer_to("run " + text(Order{.span = kMiB, .operations = 1})), "failed no medium yet");
}

TEST_F(AgentProcessTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(agent_.answer_to("dance all night"), "failed unknown: dance all night");
  EXPECT_EQ(agent_.answer_to(""), "failed unknown: ");
  EXPECT_EQ(agent_.answer_to("ready"), "failed unknown: ready");
}

TEST_F(AgentProcessTest, RefusesALongLineAndReadsTheNext) {
  EXPECT_THAT(agent_.answer_to("run " + std::string(5000, 'x')), StartsWith("failed "));
  EXPECT_THAT(agent_.answer_to("disk " + medium_.path()), StartsWith("size "));
}

TEST_F(AgentProcessTest, RefusesAnOrderThatIsNone) {
  begin();
  EXPECT_EQ(agent_.answer_to("run fast"), "failed not an order: fast");
}

TEST_F(AgentProcessTest, RefusesARangePastTheMediumsEnd) {
  begin();
  EXPECT_THAT(agent_.answer_to("run " + text(Order{.first = 4096, .span = kMiB, .operations = 1})),
              HasSubstr("the medium ends at 1048576"));
}

// A hypercall on a host is an illegal instruction.
TEST_F(AgentProcessTest, RefusesMarksAndExitsOnAHost) {
  begin();
  const Order marked{.span = kMiB, .operations = 1, .marked = true};
  const Order exits{.span = kMiB, .operations = 1, .extra_exits = 1};
  EXPECT_THAT(agent_.answer_to("run " + text(marked)), StartsWith("failed only a guest"));
  EXPECT_THAT(agent_.answer_to("run " + text(exits)), StartsWith("failed only a guest"));
}

TEST_F(AgentProcessTest, SaysWhatItCannotOpen) {
  EXPECT_THAT(agent_.answer_to("disk " VIREO_BINARY_DIR), StartsWith("failed cannot "));
  EXPECT_THAT(agent_.answer_to("disk " + medium_.path() + "/x"), HasSubstr("ENOTDIR"));
}

TEST_F(AgentProcessTest, SaysWhenItHasNoMemory) {
  begin();
  const rlimit little{.rlim_cur = 64 * kMiB, .rlim_max = 64 * kMiB};
  ASSERT_EQ(::prlimit(agent_.process(), RLIMIT_AS, &little, nullptr), 0);
  const Order large{.block = kLargestBlock, .span = kMiB, .depth = kDeepest, .operations = 1};
  EXPECT_THAT(agent_.answer_to("run " + text(large)), HasSubstr("ENOMEM"));
  EXPECT_THAT(agent_.run({.span = kMiB, .operations = 10}).words, testing::Contains("done"));
}

}  // namespace
}  // namespace vireo::agent
