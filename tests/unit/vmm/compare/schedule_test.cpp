#include "vmm/compare/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vireo::compare {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Takes 1 ms for 10 operations a slot; keeps what it was asked for.
class FakeSession : public Session {
 public:
  struct Script {
    agent::Medium medium = {4096, 1};
    std::string come_up;      // why it does not
    unsigned fails_at = 0;    // this window, from 1
    unsigned stopped_at = 0;  // the user's Ctrl-C
    bool polls = false;
  };
  FakeSession(std::string name, Script script, std::vector<std::string>& log)
      : name_(std::move(name)), script_(std::move(script)), log_(log) {}

  agent::Medium start() override {
    log_.push_back(name_ + " starts");
    if (!script_.come_up.empty()) throw ChildFailure(script_.come_up);
    return script_.medium;
  }
  Window measure(const agent::Order& order) override {
    ++windows_;
    if (windows_ == script_.fails_at) throw ChildFailure("it hangs");
    if (windows_ == script_.stopped_at) throw Stopped();
    log_.push_back(name_ + (order.rate == 0 ? " " + std::to_string(order.depth) : " at " + std::to_string(order.rate)) +
                   " seed " + std::to_string(order.seed));
    return {.operations = 10 * order.depth, .elapsed = 1'000'000, .rate = order.rate};
  }
  std::optional<Events> count(const agent::Order& order) override {
    log_.push_back(name_ + " counts");
    return Events{.operations = order.depth};
  }
  std::optional<Polled> poll(const agent::Order& order) override {
    if (!script_.polls) return std::nullopt;
    log_.push_back(name_ + " polls " + std::to_string(order.depth));
    return Polled{.poll_queue = true, .windows = {Window{.operations = 5}}};
  }
  void stop() noexcept override { log_.push_back(name_ + " stops"); }

 private:
  std::string name_;
  Script script_;
  std::vector<std::string>& log_;
  unsigned windows_ = 0;
};

class ScheduleTest : public testing::Test {
 protected:
  void add(const std::string& name, FakeSession::Script script = {}) {
    contenders.push_back({.result = {.name = name}, .session = std::make_unique<FakeSession>(name, script, log)});
  }
  bool run() {
    return measure(contenders, settings, [this](const Step& step) { steps.push_back(step); });
  }
  const PathResult& path(size_t index) const { return contenders[index].result; }

  std::vector<std::string> log;
  std::vector<Step> steps;
  std::vector<Contender> contenders;
  ScheduleSettings settings{.order = {.seed = 7}, .depths = {1, 4}, .loads = {}, .rounds = 2, .count_events = false};
};

TEST_F(ScheduleTest, TakesTurnsInEachRound) {
  add("a");
  add("b");
  EXPECT_FALSE(run());
  EXPECT_THAT(log, ElementsAre("a starts", "b starts", "a 1 seed 8", "b 1 seed 8", "a 4 seed 8", "b 4 seed 8",
                               "a 1 seed 9", "b 1 seed 9", "a 4 seed 9", "b 4 seed 9", "a stops", "b stops"));
}

TEST_F(ScheduleTest, HasOnePathUpAtATimeWhereOneMustBeAlone) {
  settings.count_events = true;
  settings.loads = {50};
  settings.depths = {1};
  settings.rounds = 1;
  add("a");
  add("b");
  contenders[1].exclusive = true;
  EXPECT_FALSE(run());
  EXPECT_THAT(log, ElementsAre("a starts", "a 1 seed 8", "a at 5000 seed 8", "a stops", "b starts", "b 1 seed 8",
                               "b at 5000 seed 8", "b stops", "a starts", "a counts", "a counts", "a stops", "b starts",
                               "b counts", "b counts", "b stops", "a stops", "b stops"));
}

TEST_F(ScheduleTest, KeepsEachWindowWithItsRound) {
  add("a");
  run();
  ASSERT_THAT(path(0).cases, SizeIs(2));
  EXPECT_EQ(path(0).cases[1].workload, (Workload{.depth = 4}));
  ASSERT_THAT(path(0).cases[1].windows, SizeIs(2));
  EXPECT_EQ(path(0).cases[1].windows[1].round, 2u);
  EXPECT_EQ(path(0).cases[1].windows[1].operations, 40u);
}

// 40 operations a millisecond at most; the rate stays the same in all rounds.
TEST_F(ScheduleTest, AsksForAPartOfTheMostThatAPathDid) {
  settings.loads = {50};
  settings.depths = {1, 4};
  add("a");
  run();
  EXPECT_THAT(log, ElementsAre("a starts", "a 1 seed 8", "a 4 seed 8", "a at 20000 seed 8", "a 1 seed 9", "a 4 seed 9",
                               "a at 20000 seed 9", "a stops"));
}

TEST_F(ScheduleTest, CountsAfterAllRounds) {
  settings.count_events = true;
  settings.depths = {1};
  settings.rounds = 1;
  add("a");
  add("b");
  run();
  EXPECT_THAT(log, ElementsAre("a starts", "b starts", "a 1 seed 8", "b 1 seed 8", "a counts", "b counts", "a stops",
                               "b stops"));
  EXPECT_EQ(path(1).cases[0].events->operations, 1u);
}

TEST_F(ScheduleTest, GoesOnWithoutAPathThatDoesNotComeUp) {
  settings.depths = {1};
  settings.rounds = 1;
  add("a", {.come_up = "no VF"});
  add("b");
  EXPECT_FALSE(run());
  EXPECT_EQ(path(0).failure, "no VF");
  EXPECT_THAT(path(0).cases[0].windows, IsEmpty());
  EXPECT_THAT(path(1).failure, IsEmpty());
  EXPECT_THAT(path(1).cases[0].windows, SizeIs(1));
}

TEST_F(ScheduleTest, KeepsWhatAPathDidBeforeItFailed) {
  add("a", {.fails_at = 3});
  add("b");
  run();
  EXPECT_EQ(path(0).failure, "it hangs");
  EXPECT_THAT(path(0).cases[0].windows, SizeIs(1));
  EXPECT_THAT(path(0).cases[1].windows, SizeIs(1));
  EXPECT_THAT(path(1).cases[1].windows, SizeIs(2));
}

TEST_F(ScheduleTest, RefusesAPathToAnotherMedium) {
  add("a");
  add("b", {.medium = {4096, 2}});
  run();
  EXPECT_THAT(path(1).failure, HasSubstr("another medium"));
  EXPECT_THAT(path(1).cases[0].windows, IsEmpty());
}

TEST_F(ScheduleTest, StopsAllWhenTheUserWantsAnEnd) {
  add("a");
  add("b", {.stopped_at = 2});
  EXPECT_TRUE(run());
  EXPECT_THAT(path(0).cases[1].windows, SizeIs(1));
  EXPECT_THAT(path(1).cases[0].windows, SizeIs(1));
  EXPECT_THAT(path(1).cases[1].windows, IsEmpty());
  EXPECT_THAT(path(1).failure, IsEmpty());
  EXPECT_THAT(log, AllOf(testing::Contains("a stops"), testing::Contains("b stops")));
}

TEST_F(ScheduleTest, PollsOnceARound) {
  settings.depths = {4};
  add("a");
  add("b", {.polls = true});
  run();
  EXPECT_THAT(log, ElementsAre("a starts", "b starts", "a 4 seed 8", "b 4 seed 8", "b polls 1", "a 4 seed 9",
                               "b 4 seed 9", "b polls 1", "a stops", "b stops"));
  EXPECT_FALSE(path(0).polled.has_value());
  ASSERT_TRUE(path(1).polled.has_value());
  EXPECT_TRUE(path(1).polled->poll_queue);
  ASSERT_THAT(path(1).polled->windows, SizeIs(2));
  EXPECT_EQ(path(1).polled->windows[1].round, 2u);
}

TEST_F(ScheduleTest, SaysHowFarItIs) {
  add("a");
  run();
  EXPECT_EQ(steps.back().of, 4u);
  EXPECT_EQ(steps.back().done, 3u);
  EXPECT_EQ(steps.back().what, "round 2 of 2: a, depth 4");
}

}  // namespace
}  // namespace vireo::compare
