#include "vmm/compare/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "vmm/base/fd.h"

namespace vireo::compare {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const agent::Order kOrder{.span = 4096, .operations = 1};

// The agent is a script that writes down what it is asked, and has the same answer to every order.
class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    folder_ = ::mkdtemp(name_);
    const agent::Counts counts{.operations = 10, .elapsed = 5000, .own = 112'000};
    settings_.child = {.command = {"/bin/sh", "-c",
                                   "echo '@vireo ready'; read line; echo '@vireo size bytes=8192 hash=1'; "
                                   "while read line; do echo \"$line\" >>" +
                                       folder_ + "/orders; for x in begin end 'counts " + text(counts) +
                                       "' 'latency 5:10 max:5' done; do echo \"@vireo $x\"; done; done"},
                       .log = folder_ + "/log"};
    settings_.words = "disk /dev/vda";
  }
  ~SessionTest() override { std::filesystem::remove_all(folder_); }

  std::string orders() const { return base::read_text_or_empty(folder_ + "/orders"); }

  char name_[32] = "/tmp/vireo-session-XXXXXX";
  std::string folder_;
  StopSignal stop_;
  SessionSettings settings_;
};

TEST_F(SessionTest, HasWhatTheAgentFound) {
  const auto session = make_session(settings_, stop_);
  EXPECT_EQ(session->start(), (agent::Medium{8192, 1}));
  const Window window = session->measure(kOrder);
  EXPECT_EQ(window.operations, 10u);
  EXPECT_EQ(window.elapsed, 5000u);
  EXPECT_EQ(window.own, 112'000u);
  EXPECT_EQ(window.latency.count(), 10u);
}

// What is injected is in what is measured; the floor is not the path's.
TEST_F(SessionTest, InjectsIntoWhatIsMeasured) {
  settings_.extra_exits = 2;
  settings_.extra_instructions = 500;
  const auto session = make_session(settings_, stop_);
  session->start();
  session->measure(kOrder);
  EXPECT_THAT(orders(), AllOf(HasSubstr("exits=2"), HasSubstr("spin=500")));
}

TEST_F(SessionTest, PollsWithoutWhatIsInjected) {
  settings_.extra_instructions = 500;
  const auto session = make_session(settings_, stop_);
  session->start();
  EXPECT_TRUE(session->poll(kOrder).has_value());
  EXPECT_THAT(orders(), AllOf(HasSubstr("polled=1"), HasSubstr("spin=0")));
}

}  // namespace
}  // namespace vireo::compare
