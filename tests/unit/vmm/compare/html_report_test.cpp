#include "vmm/compare/html_report.h"

#include <gmock/gmock.h>

#include "tests/unit/vmm/compare/comparison_fixture.h"
#include "tests/unit/vmm/compare/golden.h"

namespace vireo::compare {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string report(const Comparison& comparison) {
  return html_report(comparison, analyse(comparison));
}

TEST(HtmlReport, LooksAsItDid) {
  expect_golden("report.html", report(make_comparison()));
}

TEST(HtmlReport, LooksAsItDidWithAFailedPath) {
  Comparison comparison = make_comparison();
  comparison.paths[1].failure = "0000:01:00.1 did not come up within 5 s";
  comparison.paths[1].cases.clear();
  expect_golden("report-failed-path.html", report(comparison));
}

TEST(HtmlReport, LooksAsItDidWithOnePathOfHardware) {
  Comparison comparison = make_comparison();
  comparison.paths = {comparison.paths[1]};
  comparison.environment.emulated.clear();
  expect_golden("report-one-path.html", report(comparison));
}

// Names come from devices and files: no byte of them can be trusted.
TEST(HtmlReport, LooksAsItDidWithOddNames) {
  Comparison comparison = make_comparison();
  const std::string odd = "<script>alert(1)</script>\"'&\xff\xe2\x80\xae";
  comparison.medium = comparison.operation = comparison.environment.cpu = comparison.environment.kernel = odd;
  comparison.warnings = {odd};
  for (PathResult& path : comparison.paths) {
    path.name += odd;
    path.device = odd;
    path.cases.resize(1);
    path.cases[0].events->exits[odd] = 1000;
    path.cases[0].events->cpu[odd] = 1'000'000;
    path.cases[0].events->calls[odd + " " + std::string(120, 'w')] = 1000;
  }
  comparison.paths[3].failure = odd;
  const std::string html = report(comparison);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  expect_golden("report-odd-names.html", html);
}

TEST(HtmlReport, SaysWhatWasFoundAndWhatIsWrong) {
  EXPECT_THAT(report(make_comparison()),
              AllOf(HasSubstr("vf : virtio-blk : nvme = 1 : 1.90 : 2.80"), HasSubstr("medians at depth 1: 70.0 us"),
                    HasSubstr("<li>emulated host: QEMU TCG, times are not those of hardware</li>"),
                    HasSubstr("it leaves to user space 0.00 times per I/O against 1.02")));
}

TEST(HtmlReport, NeedsNothingElse) {
  const std::string html = report(make_comparison());
  EXPECT_THAT(html, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("src=")), Not(HasSubstr("href=")),
                          Not(HasSubstr("url(")), Not(HasSubstr("@import"))));
}

TEST(HtmlReport, HasATableBesideEachChart) {
  const std::string html = report(make_comparison());
  const auto count = [&](const std::string& what) {
    size_t found = 0;
    for (size_t at = html.find(what); at != std::string::npos; at = html.find(what, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("<svg"), 9u);
  EXPECT_EQ(count("</svg>\n<div class=\"scroll\""), count("<svg"));
  EXPECT_EQ(count("<desc "), count("<svg"));
}

TEST(HtmlReport, OfNothingSaysSo) {
  EXPECT_THAT(report({}), AllOf(HasSubstr("Nothing was measured."), Not(HasSubstr("<svg"))));
}

TEST(HtmlReport, OfPathsWithoutCountsHasNoChartOfThem) {
  Comparison comparison = make_comparison();
  for (PathResult& path : comparison.paths)
    for (CaseResult& one : path.cases) one.events.reset();
  EXPECT_THAT(report(comparison), Not(HasSubstr("exits-title")));
}

TEST(HtmlReport, OfLatenciesOfZeroIsNoCrash) {
  Comparison comparison = make_comparison();
  for (PathResult& path : comparison.paths)
    for (CaseResult& one : path.cases)
      for (Window& window : one.windows) {
        window.latency = {};
        window.latency.add(0, 10);
        window.elapsed = 0;
      }
  EXPECT_THAT(report(comparison), AllOf(Not(HasSubstr("nan")), Not(HasSubstr("\"inf"))));
}

}  // namespace
}  // namespace vireo::compare
