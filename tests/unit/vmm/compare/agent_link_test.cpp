#include "vmm/compare/agent_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace vireo::compare {
namespace {

using testing::HasSubstr;

// The agent is a script that says what it is to say, whatever it hears.
class AgentLinkTest : public testing::Test {
 protected:
  AgentLinkTest() { folder_ = ::mkdtemp(name_); }
  ~AgentLinkTest() override { std::filesystem::remove_all(folder_); }

  void agent(const std::string& script) {
    child_.emplace(ChildSettings{.command = {"/bin/sh", "-c", script}, .log = folder_ + "/log"}, stop_);
  }
  AgentLink link() { return AgentLink(*child_); }
  template <typename Action>
  std::string failure_of(Action action) {
    try {
      action();
    } catch (const ChildFailure& failure) {
      return failure.what();
    }
    return "none";
  }

  char name_[32] = "/tmp/vireo-agent-XXXXXX";
  std::string folder_;
  StopSignal stop_;
  std::optional<Child> child_;
};

const agent::Order kOrder{.span = 4096, .operations = 1};

TEST_F(AgentLinkTest, FindsTheAgentsLinesAmongTheKernels) {
  agent("echo 'Linux version 6'; echo '[  1.0] nvme0: @vireo ready'");
  EXPECT_EQ(failure_of([&] { link().await_ready(in_seconds(10)); }), "none");
}

TEST_F(AgentLinkTest, GivesTheMedium) {
  agent("read line; test \"$line\" = 'disk /dev/vda' && echo '@vireo size " + text(agent::Medium{8192, 77}) + "'");
  EXPECT_EQ(link().reach("disk /dev/vda", in_seconds(10)), (agent::Medium{8192, 77}));
}

TEST_F(AgentLinkTest, PutsTheHistogramsPartsTogether) {
  agent::Histogram latency;
  latency.add(5);
  latency.add(9);
  agent("read line; for x in begin end 'counts " + text(agent::Counts{.operations = 2}) +
        "' 'latency 5:1' 'latency 9:1 max:9' done; do echo \"@vireo $x\"; done");
  unsigned edges = 0;
  const Answer answer = link().run(
      kOrder, [&] { ++edges; }, in_seconds(10));
  EXPECT_EQ(answer.counts.operations, 2u);
  EXPECT_EQ(answer.latency, latency);
  EXPECT_EQ(edges, 2u);
}

TEST_F(AgentLinkTest, SaysWhatTheAgentCouldNot) {
  agent("read line; echo '@vireo failed no disk /dev/vda'");
  EXPECT_EQ(failure_of([&] { link().reach("disk /dev/vda", in_seconds(10)); }), "no disk /dev/vda");
}

TEST_F(AgentLinkTest, SaysTheGuestsLastLine) {
  agent("echo 'Kernel panic - not syncing'; sleep 100");
  EXPECT_THAT(failure_of([&] { link().await_ready(in_seconds(1)); }),
              HasSubstr("in time; its last line: Kernel panic - not syncing"));
}

class NonsenseTest : public AgentLinkTest, public testing::WithParamInterface<const char*> {};
TEST_P(NonsenseTest, IsRefused) {
  agent(std::string("read line; for x in ") + GetParam() + "; do echo \"@vireo $x\"; done; read line");
  EXPECT_THAT(failure_of([&] {
                link().run(
                    kOrder, [] {}, in_seconds(10));
              }),
              testing::Not("none"));
}
INSTANTIATE_TEST_SUITE_P(Lines, NonsenseTest,
                         testing::Values("end", "begin begin", "begin end done", "begin end 'counts x' done",
                                         "begin end counts 'latency 5:1' done"));

TEST_F(AgentLinkTest, QuitWaitsForTheEnd) {
  agent("read line; test \"$line\" = quit");
  EXPECT_EQ(failure_of([&] { link().quit(in_seconds(10)); }), "none");
}

TEST_F(AgentLinkTest, QuitSeesABadEnd) {
  agent("read line; exit 34");
  EXPECT_THAT(failure_of([&] { link().quit(in_seconds(10)); }), HasSubstr("did not end as it was told to"));
}

}  // namespace
}  // namespace vireo::compare
