#include "vmm/compare/table.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/unit/vmm/compare/comparison_fixture.h"
#include "tests/unit/vmm/compare/golden.h"

namespace vireo::compare {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::ResultOf;

std::string text_of(const Comparison& comparison) {
  return comparison_text(comparison, analyse(comparison));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Table, LooksAsItDid) {
  expect_golden("comparison.txt", text_of(make_comparison()));
}

TEST(Table, IsReadableAtAHundredColumns) {
  EXPECT_THAT(lines_of(text_of(make_comparison())),
              Each(ResultOf([](const std::string& line) { return line.size(); }, testing::Le(100u))));
}

TEST(Table, SaysWhyAPathIsNotThere) {
  Comparison comparison = make_comparison();
  comparison.paths[1].cases.clear();
  comparison.paths[1].failure = "the VF did not come up";
  EXPECT_THAT(text_of(comparison), AllOf(HasSubstr("- vf failed: the VF did not come up"), HasSubstr("to virtio-blk")));
}

TEST(Table, OfOnePathHasNoRatios) {
  Comparison comparison = make_comparison();
  comparison.paths.resize(1);
  EXPECT_THAT(text_of(comparison), Not(HasSubstr("95 of 100")));
}

TEST(Table, OfNothingIsNoCrash) {
  EXPECT_THAT(text_of({}), HasSubstr("p50"));
}

TEST(Table, DoesNotSteerTheTerminal) {
  Comparison comparison = make_comparison();
  comparison.paths[0].device = comparison.medium = "\x1b]0;x\x07";
  EXPECT_THAT(text_of(comparison), Not(HasSubstr("\x1b")));
}

TEST(Wrapped, BreaksAtBlanks) {
  EXPECT_EQ(wrapped("ab cd ef", 5, 1), "ab cd\n ef\n");
  EXPECT_EQ(wrapped("abcdefgh ij", 5, 2), "abcdefgh\n  ij\n");
  EXPECT_EQ(wrapped("", 5, 2), "");
}

}  // namespace
}  // namespace vireo::compare
