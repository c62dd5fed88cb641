#include "vmm/compare/agent/fio_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vmm/base/error.h"

namespace vireo::agent {
namespace {

// fio 3.33, Debian 12: 300 random reads at depth 4. Members that nobody reads are left out.
const std::string kRecorded = R"({
  "fio version" : "fio-3.33",
  "jobs" : [
    {
      "jobname" : "j",
      "error" : 0,
      "read" : {
        "io_bytes" : 1228800,
        "iops" : 300000.000000,
        "runtime" : 2,
        "total_ios" : 300,
        "lat_ns" : {
          "min" : 996,
          "max" : 35436,
          "mean" : 3411.763333,
          "stddev" : 1993.896412,
          "N" : 300,
          "bins" : {
            "996" : 1,
            "1848" : 1,
            "2704" : 1,
            "3184" : 2,
            "3216" : 108,
            "3248" : 137,
            "3280" : 25,
            "3312" : 13,
            "3344" : 2,
            "3376" : 1,
            "3408" : 1,
            "3472" : 1,
            "3600" : 1,
            "3632" : 1,
            "3856" : 1,
            "8640" : 1,
            "10048" : 1,
            "12096" : 1,
            "35584" : 1
          }
        }
      },
      "write" : {
        "runtime" : 0,
        "lat_ns" : {
          "min" : 0,
          "max" : 0,
          "N" : 0
        }
      },
      "job_runtime" : 1000,
      "usr_cpu" : 12.500000,
      "sys_cpu" : 25.000000,
      "total_err" : 3,
      "first_error" : 5
    }
  ]
}
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kRecorded;
  return text.replace(text.find(from), from.size(), to);
}

void expect_refused(const std::string& text, const std::string& words) {
  try {
    parse_fio(text, Operation::kRead);
    FAIL() << "not refused: " << words;
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(words));
  }
}

TEST(FioOutput, HasFiguresOfTheJob) {
  const FioFigures figures = parse_fio(kRecorded, Operation::kRead);
  EXPECT_EQ(figures.counts.operations, 300u);
  EXPECT_EQ(figures.counts.errors, 3u);
  EXPECT_EQ(figures.counts.elapsed, 2'000'000u);
  EXPECT_EQ(figures.counts.user, 125'000'000u);
  EXPECT_EQ(figures.counts.system, 250'000'000u);
  EXPECT_EQ(figures.latency.count(), 300u);
  EXPECT_EQ(figures.latency.maximum(), 35436u);  // and not the bin's middle, above it
  EXPECT_NEAR(static_cast<double>(figures.latency.quantile(0.5)), 3248, 3248 * 0.01);
  EXPECT_NEAR(figures.latency.mean(), 3411.8, 3411.8 * 0.01);
}

TEST(FioOutput, IsReadBehindRemarks) {
  EXPECT_EQ(parse_fio("fio: a remark, with {braces}\n" + kRecorded, Operation::kRead).latency.count(), 300u);
}

TEST(FioOutput, MayHaveNoOperations) {
  const FioFigures figures = parse_fio(kRecorded, Operation::kWrite);
  EXPECT_EQ(figures.latency.count(), 0u);
  EXPECT_EQ(figures.counts.elapsed, 1'000'000u);
}

TEST(FioOutput, IsRefusedWhereverItIsCutOff) {
  const size_t end = kRecorded.rfind('}');
  for (size_t size = 0; size <= end; ++size)
    EXPECT_THROW(parse_fio(kRecorded.substr(0, size), Operation::kRead), base::Error) << size;
}

TEST(FioOutput, IsRefusedWhereItIsOdd) {
  expect_refused("", "no JSON");
  expect_refused("{}", "\"jobs\"");
  expect_refused(R"({"jobs": []})", "one job");
  expect_refused(R"({"jobs": [7]})", "\"error\"");
  expect_refused(with(R"("996" : 1)", R"("996x" : 1)"), "no time");
  expect_refused(with(R"("996" : 1)", R"("-996" : 1)"), "no time");
  expect_refused(with(R"("996" : 1)", R"("996" : 2)"), "not all that was counted");
  expect_refused(with(R"("996" : 1)", R"("996" : -1)"), "cannot be");
  expect_refused(with(R"("996" : 1)", R"("996" : 18446744073709551615)"), "cannot be");
  expect_refused(with(R"("bins" : {)", R"("bin" : {)"), "\"bins\"");
  expect_refused(with("12.500000", "-1"), "\"usr_cpu\"");
}

TEST(FioOutput, OfAFailedJobIsItsReason) {
  expect_refused(with(R"("error" : 0)", R"("error" : 5)"), "Input/output error");
}

}  // namespace
}  // namespace vireo::agent
