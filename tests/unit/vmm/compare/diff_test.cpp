#include "vmm/compare/diff.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/unit/vmm/compare/comparison_fixture.h"
#include "vmm/base/error.h"

namespace vireo::compare {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class DiffTest : public testing::Test {
 protected:
  CaseResult& first_case(const std::string& path) {
    return std::ranges::find(after_.paths, path, &PathResult::name)->cases[0];
  }
  // Measure a path's depth 1 anew: each round is `percent` of what it was.
  void slow_down(const std::string& path, uint64_t percent) {
    for (Window& window : first_case(path).windows) {
      agent::Histogram slower;
      for (const auto& bucket : window.latency.buckets()) slower.add(bucket.from * percent / 100, bucket.count);
      window.latency = slower;
    }
  }
  std::vector<std::string> texts(Verdict verdict) {
    std::vector<std::string> found;
    for (const Change& change : difference(before_, after_).changes)
      if (change.verdict == verdict) found.push_back(change.text);
    return found;
  }
  std::string refusal() {
    try {
      difference(before_, after_);
    } catch (const base::Error& error) {
      EXPECT_FALSE(error.help().empty());
      return error.what();
    }
    return {};
  }

  Comparison before_ = make_comparison();
  Comparison after_ = make_comparison();
};

TEST_F(DiffTest, OfTheSameIsNothing) {
  const Difference same = difference(before_, after_);
  EXPECT_THAT(same.changes, IsEmpty());
  EXPECT_FALSE(same.regressed);
  EXPECT_EQ(difference_text(same),
            "Warnings\n- emulated host: QEMU TCG, times are not those of hardware\nno regression\n");
}

TEST_F(DiffTest, FindsAnExitMore) {
  first_case("virtio-blk").events->exits["CPUID"] = 1000;
  EXPECT_THAT(texts(Verdict::kRegression),
              ElementsAre("virtio-blk, depth 1: +1.00 exits per I/O for CPUID (0.00 -> 1.00)"));
  EXPECT_TRUE(difference(before_, after_).regressed);
}

TEST_F(DiffTest, FindsAReturnAndACallMore) {
  first_case("virtio-blk").events->user_exits["MMIO"] += 1000;
  first_case("virtio-blk").events->calls["read"] += 1000;
  EXPECT_THAT(texts(Verdict::kRegression),
              ElementsAre("virtio-blk, depth 1: +1.00 returns to user space per I/O for MMIO (1.02 -> 2.02)",
                          "virtio-blk, depth 1: +1.00 system calls per I/O for read (2.00 -> 3.00)"));
}

TEST_F(DiffTest, LetsCountsPassThatHardlyChange) {
  first_case("virtio-blk").events->exits["HLT"] += 5;
  EXPECT_THAT(difference(before_, after_).changes, IsEmpty());
}

// Fewer of one, more of another: nothing was gained or lost.
TEST_F(DiffTest, NamesExitsThatHaveAnotherReason) {
  auto& exits = first_case("virtio-blk").events->exits;
  exits["EPT_VIOLATION"] = exits["EPT_MISCONFIG"];
  exits.erase("EPT_MISCONFIG");
  EXPECT_THAT(texts(Verdict::kChanged), SizeIs(2));
  EXPECT_FALSE(difference(before_, after_).regressed);
}

TEST_F(DiffTest, FindsFewerExits) {
  first_case("virtio-blk").events->exits.erase("EPT_MISCONFIG");
  EXPECT_THAT(texts(Verdict::kImproved), ElementsAre(HasSubstr("-1.02 exits per I/O for EPT_MISCONFIG")));
}

// Half a microsecond is under two percent of the path's time, and of all its CPU time.
TEST_F(DiffTest, NamesCpuTimeThatRoundsConfirm) {
  first_case("virtio-blk").events->cpu["vireo"] += 500 * 1000;
  for (Window& window : first_case("virtio-blk").windows) window.vmm_cpu += 500 * window.operations;
  EXPECT_THAT(texts(Verdict::kRegression),
              ElementsAre("virtio-blk, depth 1: +0.50 us of CPU time per I/O for vireo (20.5 us -> 21.0 us)"));
}

TEST_F(DiffTest, HasNoVerdictOfOneWindowsCpuTime) {
  first_case("virtio-blk").events->cpu["vireo"] += 500 * 1000;
  EXPECT_THAT(texts(Verdict::kNone), ElementsAre(HasSubstr("of one window, which is no verdict")));
  EXPECT_FALSE(difference(before_, after_).regressed);
}

TEST_F(DiffTest, FindsASlowerMedian) {
  slow_down("vf", 107);
  const auto found = texts(Verdict::kRegression);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(found[0], StartsWith("vf, depth 1: p50 +6."));
  EXPECT_THAT(found[0], HasSubstr(" us -> 74."));
  EXPECT_THAT(found[1], StartsWith("vf, depth 1: p99 +"));
}

TEST_F(DiffTest, LetsAThirtiethPassOfThePercentileOnly) {
  slow_down("vf", 103);
  EXPECT_THAT(texts(Verdict::kRegression), ElementsAre(StartsWith("vf, depth 1: p50 +")));
}

TEST_F(DiffTest, FindsImprovements) {
  slow_down("vf", 80);
  EXPECT_THAT(texts(Verdict::kImproved), SizeIs(2));
  EXPECT_FALSE(difference(before_, after_).regressed);
}

TEST_F(DiffTest, FindsLessThroughput) {
  for (Window& window : first_case("vf").windows) window.elapsed = window.elapsed * 11 / 10;
  EXPECT_THAT(texts(Verdict::kRegression),
              ElementsAre(StartsWith("vf, depth 1: throughput -9.1 % (-9.1 % to -9.1 %)")));
}

TEST_F(DiffTest, HasNoVerdictOfTwoRounds) {
  slow_down("vf", 107);
  first_case("vf").windows.resize(2);
  EXPECT_THAT(texts(Verdict::kNone), Contains(HasSubstr("too few rounds for a verdict")));
  EXPECT_FALSE(difference(before_, after_).regressed);
}

TEST_F(DiffTest, HasNoVerdictOfNoise) {
  for (unsigned round = 0; round < 5; ++round)
    first_case("vf").windows[round] = make_window(round, 60'000 + 20'000 * (round % 3));
  EXPECT_THAT(texts(Verdict::kRegression), Not(Contains(HasSubstr("p50"))));
}

TEST_F(DiffTest, CallsAFailedPathARegression) {
  after_.paths[1].failure = "the VF did not come up";
  after_.paths[1].cases.clear();
  const Difference found = difference(before_, after_);
  EXPECT_TRUE(found.regressed);
  EXPECT_THAT(difference_text(found), StartsWith("Regressions\n- vf failed: the VF did not come up\n"));
}

TEST_F(DiffTest, WarnsOfOtherSurroundings) {
  after_.environment.kernel = "6.13";
  after_.environment.emulated = "";
  after_.environment.vireo = "0.2.0";
  after_.environment.cpu = "Zen";
  after_.environment.agent = "fio-3.33 by io_uring";
  after_.paths.pop_back();
  EXPECT_THAT(
      difference(before_, after_).warnings,
      ElementsAre("emulated host: QEMU TCG, times are not those of hardware",
                  "not the same emulation of the host: QEMU TCG -> none", "not the same kernel: 6.12.57 -> 6.13",
                  "not the same CPU: 2 of QEMU Virtual CPU -> 2 of Zen", "not the same vireo: 0.1.0 -> 0.2.0",
                  "not the same agent: vireo -> fio-3.33 by io_uring", "nvme is in the old one only"));
}

TEST_F(DiffTest, RefusesAnotherOperation) {
  after_.operation = "4 KiB random writes";
  EXPECT_EQ(refusal(),
            "the two cannot be compared: the old one measured 4 KiB random reads, the new one 4 KiB random writes");
}

TEST_F(DiffTest, RefusesAnotherSize) {
  after_.medium_size = 4096;
  EXPECT_THAT(refusal(), HasSubstr("medium has 1073741824 bytes, the new one's 4096"));
}

TEST_F(DiffTest, RefusesOtherWorkloads) {
  for (PathResult& path : after_.paths) path.cases.pop_back();
  EXPECT_THAT(refusal(), HasSubstr("60 % load, 90 % load, depth 4, depth 32, the new one depth 1, 30 % load"));
  after_.cut_short = true;
  EXPECT_EQ(refusal(), "");
}

TEST_F(DiffTest, RefusesOtherPaths) {
  after_.paths.resize(1);
  after_.paths[0].name = "other";
  EXPECT_THAT(refusal(), HasSubstr("no path in common"));
}

TEST_F(DiffTest, IsJsonForScripts) {
  first_case("virtio-blk").events->exits["CPUID"] = 1000;
  const auto root = nlohmann::json::parse(difference_json(difference(before_, after_)));
  EXPECT_EQ(root["regressed"], true);
  EXPECT_EQ(root["changes"][0]["reason"], "CPUID");
  EXPECT_EQ(root["changes"][0]["verdict"], "regression");
  EXPECT_EQ(root["changes"][0]["after"], 1.0);
}

}  // namespace
}  // namespace vireo::compare
