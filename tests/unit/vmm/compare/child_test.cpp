#include "vmm/compare/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <thread>

namespace vireo::compare {
namespace {

using testing::HasSubstr;

class ChildTest : public testing::Test {
 protected:
  ChildTest() { folder_ = ::mkdtemp(name_); }
  ~ChildTest() override { std::filesystem::remove_all(folder_); }

  Child shell(const std::string& script) {
    return {{.command = {"/bin/sh", "-c", script}, .log = folder_ + "/log"}, stop_};
  }
  static std::string failure_of(Child& child) {
    try {
      return child.read_line(in_seconds(10));
    } catch (const ChildFailure& failure) {
      return failure.what();
    }
  }

  char name_[32] = "/tmp/vireo-child-XXXXXX";
  std::string folder_;
  StopSignal stop_;
};

TEST_F(ChildTest, AnswersWhatItIsTold) {
  Child child = shell("read line; echo \"it was $line\"");
  child.send("this");
  EXPECT_EQ(child.read_line(in_seconds(10)), "it was this");
}

TEST_F(ChildTest, SaysLinesOneByOneWithoutTheirEnds) {
  Child child = shell("printf 'one\\r\\ntwo\\n'");
  EXPECT_EQ(child.read_line(in_seconds(10)), "one");
  EXPECT_EQ(child.read_line(in_seconds(10)), "two");
}

TEST_F(ChildTest, EndsWithAStatus) {
  Child child = shell("exit 3");
  EXPECT_EQ(WEXITSTATUS(child.wait(in_seconds(10))), 3);
}

TEST_F(ChildTest, FailsWithTheReasonThatItGave) {
  Child child = shell("echo 'warning: x' >&2; echo 'error: no such VF' >&2; echo 'help: y' >&2; exit 5");
  EXPECT_EQ(failure_of(child), "it ended with status 5: no such VF");
}

TEST_F(ChildTest, FailsWithTheSignalThatEndedIt) {
  Child child = shell("kill -9 $$");
  EXPECT_THAT(failure_of(child), HasSubstr("it was ended by signal 9"));
}

TEST_F(ChildTest, FailsWhenTheProgramIsNotThere) {
  Child child({.command = {"/nowhere/vireo"}, .log = folder_ + "/log"}, stop_);
  EXPECT_EQ(failure_of(child), "it ended with status 127");
}

TEST_F(ChildTest, FailsWhenNothingComesInTime) {
  Child child = shell("sleep 100");
  EXPECT_THROW(child.read_line(in_seconds(0)), ChildFailure);
  EXPECT_THROW(child.wait(in_seconds(0)), ChildFailure);
}

TEST_F(ChildTest, IsEndedWithItsOwner) {
  pid_t pid = 0;
  {
    const Child child = shell("exec sleep 100");
    pid = child.pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST_F(ChildTest, StopsWaitingWhenTheUserWantsAnEnd) {
  Child child = shell("sleep 100");
  ::raise(SIGINT);
  EXPECT_TRUE(stop_.requested());
  EXPECT_THROW(child.read_line(in_seconds(100)), Stopped);
  EXPECT_THROW(child.wait(in_seconds(100)), Stopped);
}

TEST_F(ChildTest, DoesNotInheritBlockedSignals) {
  Child child = shell("kill -TERM $$; echo still here");
  EXPECT_THAT(failure_of(child), HasSubstr("signal 15"));
}

}  // namespace
}  // namespace vireo::compare
