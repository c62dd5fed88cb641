#include "vmm/compare/agent/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vireo::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(Lines, ComeInAnyPieces) {
  Lines lines;
  lines.add("di");
  EXPECT_EQ(lines.next(100), std::nullopt);
  lines.add("sk a\nrun b\nqu");
  EXPECT_THAT(lines.next(100), Optional(std::string("disk a")));
  EXPECT_THAT(lines.next(100), Optional(std::string("run b")));
  EXPECT_EQ(lines.next(100), std::nullopt);
}

TEST(Lines, MayBeEmpty) {
  Lines lines;
  lines.add("\n\n");
  EXPECT_THAT(lines.next(100), Optional(std::string()));
  EXPECT_THAT(lines.next(100), Optional(std::string()));
}

TEST(Lines, AreWithoutATerminalsCarriageReturn) {
  Lines lines;
  lines.add("quit\r\n");
  EXPECT_THAT(lines.next(100), Optional(std::string("quit")));
}

TEST(Lines, AreCutWhereTheyAreTooLong) {
  Lines lines;
  lines.add("123456\nquit\n");
  EXPECT_THAT(lines.next(5), Optional(std::string("12345")));
  EXPECT_THAT(lines.next(5), Optional(std::string("quit")));
}

TEST(Lines, OfNoEndTakeNoMemory) {
  Lines lines;
  lines.add(std::string(1000, 'x'));
  EXPECT_EQ(lines.next(5), std::nullopt);
  lines.add("\nquit\n");
  EXPECT_THAT(lines.next(100), Optional(std::string(6, 'x')));
  EXPECT_THAT(lines.next(100), Optional(std::string("quit")));
}

TEST(CutAtBlanks, LeavesAShortTextWhole) {
  EXPECT_THAT(cut_at_blanks("1:2 3:4", 7), ElementsAre("1:2 3:4"));
}

TEST(CutAtBlanks, CutsBetweenWords) {
  EXPECT_THAT(cut_at_blanks("1:2 3:4 max:5", 7), ElementsAre("1:2 3:4", "max:5"));
  EXPECT_THAT(cut_at_blanks("1:2 3:4 max:5", 6), ElementsAre("1:2", "3:4", "max:5"));
}

TEST(CutAtBlanks, LeavesALongWordWhole) {
  EXPECT_THAT(cut_at_blanks("1234567 8", 3), ElementsAre("1234567", "8"));
}

TEST(CutAtBlanks, OfNothingIsNothing) {
  EXPECT_THAT(cut_at_blanks("", 3), IsEmpty());
}

}  // namespace
}  // namespace vireo::agent
