#include "vmm/compare/analysis.h"

#include <gmock/gmock.h>

#include <chrono>

#include "tests/unit/vmm/compare/comparison_fixture.h"

namespace vireo::compare {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class AnalysisTest : public testing::Test {
 protected:
  PathResult& path(const std::string& name) { return *std::ranges::find(comparison_.paths, name, &PathResult::name); }
  CaseAnalysis analysed(const std::string& name, const Workload& workload = kOneAtATime) {
    return *analyse(comparison_).find(name)->find(workload);
  }
  std::vector<std::string> warnings() { return analyse(comparison_).warnings; }
  std::vector<std::string> findings() { return analyse(comparison_).findings; }

  Comparison comparison_ = make_comparison();
};

TEST_F(AnalysisTest, HasTheQuantilesOfAllRounds) {
  const CaseAnalysis vf = analysed("vf");
  EXPECT_NEAR(vf.p50.value, 70'000, 700);
  EXPECT_GT(vf.p90.value, 75'000);
  EXPECT_GT(vf.p99.value, vf.p90.value);
  EXPECT_GT(vf.p999.value, vf.p99.value);
  EXPECT_NEAR(static_cast<double>(vf.maximum), 568'400, 5'000);
  EXPECT_EQ(vf.operations, 5000u);
  EXPECT_EQ(vf.rounds, 5u);
}

TEST_F(AnalysisTest, HasThroughputAndTimesForAnOperation) {
  const CaseAnalysis vf = analysed("vf", {.depth = 4});
  EXPECT_NEAR(vf.throughput.value, 4e9 / 175'000, 1);
  EXPECT_DOUBLE_EQ(vf.agent_user.value, 400);
  EXPECT_DOUBLE_EQ(vf.vmm_cpu.value, 15'875);
}

TEST_F(AnalysisTest, DividesAGuestsCpusAsTheTraceFound) {
  EXPECT_THAT(analysed("virtio-blk").parts,
              UnorderedElementsAre(Pair("guest", DoubleEq(41'000)), Pair("KVM", DoubleEq(10'250)),
                                   Pair("vireo", DoubleEq(20'500)), Pair("polling", DoubleEq(250)),
                                   Pair("host", DoubleEq(5'125))));
  EXPECT_THAT(analysed("host").parts,
              UnorderedElementsAre(Pair("guest", DoubleEq(8'000)), Pair("host", DoubleEq(1'000))));
}

TEST_F(AnalysisTest, DividesThemNotWhereNothingWasTraced) {
  path("vf").cases[0].events.reset();
  EXPECT_DOUBLE_EQ(analysed("vf").parts.at("guest and KVM"), 15'625);
  const auto explanations = analyse(comparison_).explanations;
  EXPECT_DOUBLE_EQ(explanations.front().parts.at("guest and KVM"), 51'250 - 15'625);
  EXPECT_THAT(explanations.front().parts, Not(Contains(testing::Key("guest"))));
}

TEST_F(AnalysisTest, HasEventsForAnOperation) {
  const CaseAnalysis virtio = analysed("virtio-blk");
  ASSERT_TRUE(virtio.events.has_value());
  EXPECT_DOUBLE_EQ(virtio.events->user_exits.at("MMIO"), 1.02);
  EXPECT_DOUBLE_EQ(total(virtio.events->calls), 4);
  EXPECT_DOUBLE_EQ(virtio.events->interrupts.at("irqfd"), 1);
}

TEST_F(AnalysisTest, SetsPathsInRelationToPassthrough) {
  const Analysis analysis = analyse(comparison_);
  EXPECT_EQ(analysis.reference, "vf");
  EXPECT_FALSE(analysed("vf").p50.ratio.has_value());
  const auto ratio = analysed("virtio-blk").p50.ratio;
  ASSERT_TRUE(ratio && ratio->interval);
  EXPECT_NEAR(ratio->value, 1.9, 0.01);
  EXPECT_TRUE(ratio->differs());
}

TEST_F(AnalysisTest, SetsThemInRelationToTheFirstGuestWithoutPassthrough) {
  path("vf").cases.clear();
  EXPECT_EQ(analyse(comparison_).reference, "virtio-blk");
}

TEST_F(AnalysisTest, HasTheHeadlineWithItsInputs) {
  EXPECT_EQ(headline_text(analyse(comparison_)),
            "vf : virtio-blk : nvme = 1 : 1.90 : 2.80 (medians at depth 1: 70.0 us, 133 us, 196 us)");
}

TEST_F(AnalysisTest, HasNoHeadlineOfOnePath) {
  comparison_.paths = {path("vf")};
  EXPECT_EQ(headline_text(analyse(comparison_)), "");
}

TEST_F(AnalysisTest, HasTheFloorAndWhatIsAdded) {
  const auto floor = analyse(comparison_).floor;
  ASSERT_TRUE(floor.has_value());
  EXPECT_NEAR(floor->time, 52'000, 600);
  EXPECT_TRUE(floor->poll_queue);
  EXPECT_EQ(floor->rounds, 5u);
  ASSERT_THAT(floor->paths, SizeIs(4));
  EXPECT_EQ(floor->paths[0].path, "host");
  EXPECT_NEAR(floor->paths[0].added, 8'000, 600);
  EXPECT_DOUBLE_EQ(floor->paths[0].parts.at("waking"), floor->paths[0].added);
  EXPECT_NEAR(floor->paths[2].added, 81'000, 1000);
  EXPECT_DOUBLE_EQ(floor->paths[2].parts.at("waking"), floor->paths[0].added);
  EXPECT_DOUBLE_EQ(floor->paths[2].parts.at("guest"), 41'000 - 8'000);
  EXPECT_DOUBLE_EQ(floor->paths[2].parts.at("host"), 5'125 - 1'000);
}

TEST_F(AnalysisTest, SaysThatTheFloorIsUnknownWhereNobodyPolled) {
  path("host").polled.reset();
  EXPECT_FALSE(analyse(comparison_).floor.has_value());
  EXPECT_THAT(findings(), Contains(StartsWith("the floor is unknown")));
}

TEST_F(AnalysisTest, SaysHowTheFloorWasFound) {
  EXPECT_THAT(findings(), Contains(HasSubstr("the host's driver polled, in a queue without interrupts")));
  path("host").polled->poll_queue = false;
  EXPECT_THAT(findings(), Contains(HasSubstr("driver has no poll queue: an interrupt is in it")));
}

TEST_F(AnalysisTest, SaysWhatTheAgentItselfCosts) {
  path("host").cases[0].windows[1].own = 900'000;  // something else had the CPU
  const auto agent = analyse(comparison_).agent;
  ASSERT_TRUE(agent.has_value());
  EXPECT_EQ(agent->path, "host");
  EXPECT_DOUBLE_EQ(agent->time, 400);
  EXPECT_NEAR(agent->share, 400.0 / 60'000, 1e-4);
  EXPECT_THAT(findings(),
              Contains("the agent's own part of an operation is 0.40 us, 0.67 % of host's median: that of the "
                       "fastest path"));
  EXPECT_THAT(warnings(), Not(Contains(HasSubstr("the agent's own part"))));
}

TEST_F(AnalysisTest, WarnsOfAnAgentThatCostsMuch) {
  for (Window& window : path("host").cases[0].windows) window.own = 1'300'000;
  EXPECT_THAT(warnings(),
              Contains(StartsWith("the agent's own part is 2.2 % of host's median at depth 1, more than 2 %")));
}

TEST_F(AnalysisTest, DoesNotKnowWhatAnotherAgentCosts) {
  for (PathResult& path : comparison_.paths)
    for (CaseResult& one : path.cases)
      for (Window& window : one.windows) window.own = 0;
  EXPECT_FALSE(analyse(comparison_).agent.has_value());
  EXPECT_THAT(findings(), Not(Contains(HasSubstr("the agent's own part"))));
}

TEST_F(AnalysisTest, ExplainsDifferencesByTheirParts) {
  const auto explanations = analyse(comparison_).explanations;
  ASSERT_THAT(explanations, SizeIs(2));
  const Explanation& virtio = explanations.front();
  EXPECT_EQ(virtio.reference, "vf");
  EXPECT_NEAR(virtio.difference, 63'000, 500);
  EXPECT_DOUBLE_EQ(virtio.parts.at("vireo"), 20'500);
  EXPECT_THAT(virtio.parts, Not(Contains(testing::Key("polling"))));
  EXPECT_NEAR(virtio.explained, total(virtio.parts) / virtio.difference, 1e-9);
}

// An idle CPU's clock jumps to the next tick now and then: such an operation says nothing of what was done in it.
TEST_F(AnalysisTest, ExplainsMediansWhateverFewOperationsWaitFor) {
  const auto before = analyse(comparison_).explanations.front();
  for (Window& window : path("virtio-blk").cases[0].windows) window.latency.add(4'000'000, 20);
  const auto after = analyse(comparison_).explanations.front();
  EXPECT_NEAR(after.difference, before.difference, 0.05 * before.difference);
  EXPECT_NEAR(after.explained, before.explained, 0.05);
}

// CPU time is of all operations, those that took a little longer too.
TEST_F(AnalysisTest, ExplainsLessByWhatSlowerOperationsTook) {
  const auto before = analyse(comparison_).explanations.front();
  for (Window& window : path("virtio-blk").cases[0].windows) window.latency.add(200'000, 200);
  const auto after = analyse(comparison_).explanations.front();
  EXPECT_LT(after.parts.at("slower"), before.parts.at("slower") - 5'000);
}

TEST_F(AnalysisTest, ExplainsNothingWhereCpuTimeIsNotKnown) {
  for (Window& window : path("vf").cases[0].windows) window.vcpu_cpu = 0;
  EXPECT_THAT(analyse(comparison_).explanations, IsEmpty());
}

TEST_F(AnalysisTest, FindsWhatMattersFirst) {
  const auto found = findings();
  EXPECT_LE(found.size(), 10u);
  EXPECT_THAT(found[0], AllOf(StartsWith("vf's p99 at depth 1 is 0.36 of nvme's (0."),
                              HasSubstr("; it leaves to user space 0.00 times per I/O against 2.04")));
  EXPECT_THAT(found[1], AllOf(StartsWith("vf's p99 at depth 1 is 0.53 of virtio-blk's (0."),
                              HasSubstr("0.00 times per I/O against 1.02")));
  EXPECT_THAT(found[2], StartsWith("the floor is 52."));
  EXPECT_THAT(found, Contains(StartsWith("virtio-blk's median at depth 1 is 6")));
  EXPECT_THAT(found, Contains(StartsWith("nvme's throughput at depth 32 is 0.36 of vf's (0.36 to 0.36)")));
}

TEST_F(AnalysisTest, SaysWhereNoDifferenceWasFound) {
  PathResult same = path("vf");
  same.name = "pf";
  comparison_.paths.push_back(same);
  EXPECT_THAT(findings(),
              Contains(StartsWith("no difference between vf's and pf's median or p99 at depth 1 was found")));
}

TEST_F(AnalysisTest, SaysWhereRoundsAreTooFewForAVerdict) {
  comparison_.rounds = 2;
  for (PathResult& one : comparison_.paths)
    for (CaseResult& result : one.cases) result.windows.resize(2);
  EXPECT_THAT(findings()[0], HasSubstr("of nvme's (too few rounds for a verdict)"));
  EXPECT_THAT(warnings(), Contains("2 rounds: fewer than 3 give no interval and no verdict"));
}

TEST_F(AnalysisTest, FindsAStallThatAClosedLoopHides) {
  for (Window& window : path("virtio-blk").cases[3].windows) window.latency.add(20'000'000, 5);
  EXPECT_THAT(findings()[0], StartsWith("virtio-blk stalls: its p99.9 at 30 % load is 20.0 ms"));
}

TEST_F(AnalysisTest, WarnsOfPartsThatMayOverlap) {
  EXPECT_THAT(warnings(), Contains(StartsWith("2 CPUs: parts of a median may have been at the same time")));
}

TEST_F(AnalysisTest, WarnsOfAnEmulatedHostOnly) {
  comparison_.environment.cpus = 1;
  EXPECT_THAT(warnings(), ElementsAre("emulated host: QEMU TCG, times are not those of hardware"));
  comparison_.environment.emulated.clear();
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(AnalysisTest, WarnsOfNoise) {
  path("nvme").cases[1].windows[2] = make_window(2, 900'000);
  EXPECT_THAT(warnings(), Contains(StartsWith("nvme: too noisy, the rounds' medians vary: by ")));
}

TEST_F(AnalysisTest, WarnsOfFailedOperations) {
  path("nvme").cases[1].windows[2].errors = 7;
  EXPECT_THAT(warnings(), Contains("nvme: operations failed: 7 at depth 4 in round 2"));
}

TEST_F(AnalysisTest, WarnsOfALateAgent) {
  path("vf").cases[3].windows[2].latest = 20'000;
  path("vf").cases[4].windows[2].latest = 5'000;
  EXPECT_THAT(warnings(), Contains("vf: the agent itself began operations late: by 20.0 us at 30 % load"));
}

TEST_F(AnalysisTest, WarnsOfWhatIsMissing) {
  path("vf").cases[0].windows.pop_back();
  path("vf").cases[1].events->missing = "no tracefs";
  path("vf").cases.pop_back();
  comparison_.cut_short = true;
  EXPECT_THAT(warnings(), Contains("vf: rounds are missing: 4 of 5 at depth 1"));
  EXPECT_THAT(warnings(), Contains("vf: not all was counted: depth 4 (no tracefs)"));
  EXPECT_THAT(warnings(), Contains("vf: not measured: 90 % load"));
  EXPECT_THAT(warnings(), Contains(StartsWith("cut short")));
}

TEST_F(AnalysisTest, WarnsOfAFailedPathAndOfAStrangeClock) {
  path("vf").failure = "the VF did not come up";
  comparison_.environment.clock = "hpet";
  comparison_.warnings = {"the CPU's frequency moved"};
  EXPECT_THAT(warnings(), Contains("vf failed: the VF did not come up"));
  EXPECT_THAT(warnings(), Contains(StartsWith("the host's clock source is hpet")));
  EXPECT_THAT(warnings(), Contains("the CPU's frequency moved"));
}

TEST_F(AnalysisTest, WarnsOfWhatFioDoesNotMeasure) {
  EXPECT_THAT(warnings(), Not(Contains(HasSubstr("omission"))));
  comparison_.environment.agent = "fio-3.33 by io_uring";
  EXPECT_THAT(warnings(), Contains(StartsWith("fio-3.33 by io_uring: in its open loop")));
  EXPECT_THAT(warnings(), Contains(StartsWith("fio-3.33 by io_uring: what its start and end cost")));
  for (PathResult& one : comparison_.paths)
    std::erase_if(one.cases, [](const CaseResult& result) { return result.workload.percent != 0; });
  EXPECT_THAT(warnings(), Not(Contains(HasSubstr("omission"))));
}

TEST_F(AnalysisTest, OfNothingIsEmpty) {
  const Analysis analysis = analyse({});
  EXPECT_EQ(analysis.reference, "");
  EXPECT_THAT(analysis.findings, IsEmpty());
  EXPECT_FALSE(analysis.floor.has_value());
}

TEST_F(AnalysisTest, GoesOnWithoutAFailedPath) {
  path("vf").failure = "the VF did not come up";
  path("vf").cases.clear();
  const Analysis analysis = analyse(comparison_);
  EXPECT_EQ(analysis.reference, "virtio-blk");
  EXPECT_THAT(headline_text(analysis), StartsWith("virtio-blk : nvme = 1 : 1.47"));
}

TEST_F(AnalysisTest, TakesUnderASecond) {
  const auto start = std::chrono::steady_clock::now();
  analyse(comparison_);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

}  // namespace
}  // namespace vireo::compare
