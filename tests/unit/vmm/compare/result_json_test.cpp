#include "vmm/compare/result_json.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/vmm/compare/comparison_fixture.h"
#include "tests/unit/vmm/compare/json_schema.h"
#include "vmm/base/error.h"
#include "vmm/compare/histogram_csv.h"

namespace vireo::compare {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::string text_of(const Comparison& comparison) {
  return comparison_json(comparison, analyse(comparison));
}

json schema() {
  std::ifstream file(std::string(VIREO_SOURCE_DIR) + "/configs/compare-result.schema.json");
  return json::parse(file);
}

// One path with one window of two latencies: short enough to be changed by hand.
json small() {
  Comparison comparison = make_comparison();
  comparison.paths = {{.name = "vf", .kind = PathKind::kPassthrough}};
  Window window{.operations = 2, .elapsed = 100};
  window.latency.add(7);
  window.latency.add(70'001);
  comparison.paths[0].cases = {{.workload = {}, .windows = {window}, .events = Events{.operations = 1}}};
  return json::parse(text_of(comparison));
}

class ReadTest : public testing::Test {
 protected:
  std::string message() {
    try {
      parse_comparison(file_.dump(), "old.json");
    } catch (const base::Error& error) {
      EXPECT_FALSE(error.help().empty());
      return error.what();
    }
    return {};
  }
  json& window() { return file_["paths"][0]["cases"][0]["windows"][0]; }

  json file_ = small();
};

TEST(ResultJson, IsReadBackWhole) {
  Comparison comparison = make_comparison();
  comparison.cut_short = true;
  comparison.warnings = {"the CPU's frequency moved"};
  comparison.paths[0].failure = "why";
  comparison.environment.governor = "performance";
  comparison.environment.agent = "fio-3.33 by io_uring";
  comparison.paths[1].cases[0].events->missing = "no tracefs";
  comparison.paths[1].cases[0].windows[0].latency.add(~uint64_t{0});
  EXPECT_EQ(parse_comparison(text_of(comparison), "x.json"), comparison);
}

TEST(ResultJson, OfNothingIsReadBack) {
  EXPECT_EQ(parse_comparison(text_of({}), "x.json"), Comparison{});
}

TEST(ResultJson, IsAsItsSchemaSays) {
  EXPECT_THAT(violations(json::parse(text_of(make_comparison())), schema()), IsEmpty());
  EXPECT_THAT(violations(json::parse(text_of({})), schema()), IsEmpty());
}

TEST(ResultJson, IsAsItsSchemaSaysWithoutAnInterval) {
  Comparison comparison = make_comparison();
  for (PathResult& path : comparison.paths) path.cases[0].windows.resize(1);
  EXPECT_THAT(violations(json::parse(text_of(comparison)), schema()), IsEmpty());
}

TEST(ResultJsonSchema, FindsWhatIsWrong) {
  json wrong = small();
  wrong["paths"][0]["kind"] = "bridge";
  wrong["paths"][0].erase("name");
  wrong["more"] = 1;
  wrong["analysis"]["paths"][0]["cases"][0]["p50"]["value"] = "x";
  EXPECT_THAT(violations(wrong, schema()),
              AllOf(Contains(StartsWith("$.paths[0].kind: is none of")), Contains("$.paths[0]: lacks \"name\""),
                    Contains("$: has \"more\", which the schema has not"),
                    Contains(StartsWith("$.analysis.paths[0].cases[0].p50.value: is no"))));
}

TEST(ResultJson, KeepsOddNamesAsText) {
  Comparison comparison;
  comparison.medium = "\xff<\"";
  EXPECT_EQ(parse_comparison(text_of(comparison), "x.json").medium, "\xef\xbf\xbd<\"");
}

TEST_F(ReadTest, AcceptsWhatItDoesNotKnow) {
  file_["more"] = 1;
  EXPECT_EQ(message(), "");
}

TEST_F(ReadTest, RefusesAnotherFormat) {
  file_["format"] = 1;
  EXPECT_THAT(message(), StartsWith("old.json: format: is 1; this vireo reads 2"));
}

TEST_F(ReadTest, NamesWhatIsMissing) {
  window().erase("elapsed");
  EXPECT_EQ(message(), "old.json: paths[0].cases[0].windows[0]: has no \"elapsed\"");
}

TEST_F(ReadTest, NamesWhatHasTheWrongType) {
  window()["elapsed"] = 1.5;
  EXPECT_EQ(message(), "old.json: paths[0].cases[0].windows[0].elapsed: must be a whole number of 0 or more");
  window()["elapsed"] = -1;
  EXPECT_THAT(message(), HasSubstr("whole number"));
  window()["elapsed"] = uint64_t{1} << 51;
  EXPECT_THAT(message(), HasSubstr("must be at most"));
}

TEST_F(ReadTest, RefusesWhatIsNoObject) {
  file_ = json::array();
  EXPECT_EQ(message(), "old.json: the file: must be an object");
  file_ = small();
  file_["paths"] = json::object();
  EXPECT_EQ(message(), "old.json: paths: must be a list");
}

TEST_F(ReadTest, RefusesAnUnknownKind) {
  file_["paths"][0]["kind"] = "bridge";
  EXPECT_EQ(message(), "old.json: paths[0].kind: must be passthrough, virtio, emulated or host");
}

TEST_F(ReadTest, RefusesTwoPathsOfOneName) {
  file_["paths"].push_back(file_["paths"][0]);
  EXPECT_EQ(message(), "old.json: paths[1].name: is another path's too");
}

TEST_F(ReadTest, RefusesACaseTwice) {
  file_["paths"][0]["cases"].push_back(file_["paths"][0]["cases"][0]);
  EXPECT_EQ(message(), "old.json: paths[0].cases[1]: has the workload of another");
}

// Either would be another histogram than the one that was measured.
TEST_F(ReadTest, RefusesBucketsThatAreNotVireos) {
  window()["latency"]["buckets"] = {{7, 1}, {69'999, 1}};
  EXPECT_THAT(message(), HasSubstr("windows[0].latency: is no histogram"));
  window()["latency"]["buckets"] = {{7, 1}, {7, 1}};
  EXPECT_THAT(message(), HasSubstr("latency.buckets[1]: must begin after the one before it"));
  window()["latency"]["buckets"] = {{7, 0}};
  EXPECT_THAT(message(), HasSubstr("buckets[0]: must be where it begins and a count of 1 or more"));
  window()["latency"]["buckets"] = json::array();
  EXPECT_THAT(message(), HasSubstr("latency: is no histogram"));
}

TEST_F(ReadTest, RefusesMoreWindowsThanMemoryHas) {
  json& windows = file_["paths"][0]["cases"][0]["windows"];
  windows = json(10'001, window());
  EXPECT_THAT(message(), HasSubstr("is one of more than 10000 windows"));
}

TEST(ResultJson, RefusesWhatIsNoJson) {
  EXPECT_THROW(parse_comparison("{", "x.json"), base::Error);
  EXPECT_THROW(parse_comparison("", "x.json"), base::Error);
  EXPECT_THROW(parse_comparison(std::string(100'000, '['), "x.json"), base::Error);
}

TEST(HistogramsCsv, HasALineForEachBucket) {
  Comparison comparison;
  Window window{.round = 3};
  window.latency.add(7, 2);
  window.latency.add(65'536);
  comparison.paths = {{.name = "a,\"b", .cases = {{.workload = {.depth = 4, .percent = 30}, .windows = {window}}}}};
  EXPECT_EQ(histograms_csv(comparison),
            "path,depth,percent,round,from_ns,to_ns,count,host\n"
            "\"a,\"\"b\",4,30,3,7,7,2,hardware\n"
            "\"a,\"\"b\",4,30,3,65536,66047,1,hardware\n");
}

TEST(HistogramsCsv, SaysThatTheHostIsEmulated) {
  EXPECT_THAT(histograms_csv(make_comparison()), HasSubstr(",QEMU TCG\n"));
  EXPECT_THAT(histograms_csv(make_comparison()), Not(HasSubstr("hardware")));
}

TEST(HistogramsCsv, IsNoFormula) {
  Comparison comparison = make_comparison();
  comparison.paths[0].name = "=1+1";
  EXPECT_THAT(histograms_csv(comparison), HasSubstr("\n'=1+1,1,0,0,"));
}

}  // namespace
}  // namespace vireo::compare
