#include "vmm/base/printable.h"

#include <gtest/gtest.h>

namespace vireo::base {
namespace {

TEST(Printable, LeavesText) {
  EXPECT_EQ(printable("eth0 \xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa6"), "eth0 \xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa6");
  EXPECT_EQ(printable(""), "");
}

// ISO 6429: ESC begins what a terminal obeys; U+009B alone does, too.
TEST(Printable, HasNothingThatATerminalObeys) {
  EXPECT_EQ(printable("a\x1b[2Jb\x7f\r"), "a?[2Jb??");
  EXPECT_EQ(printable("\xc2\x9b"), "??");
  EXPECT_EQ(printable(std::string_view("\0x", 2)), "?x");
}

// RFC 3629 3: no overlong forms, no surrogates, nothing above U+10FFFF.
TEST(Printable, HasNothingThatIsNoUtf8) {
  EXPECT_EQ(printable("Caf\xe9"), "Caf?");
  EXPECT_EQ(printable("\xc0\xaf"), "??");
  EXPECT_EQ(printable("\xe0\x80\x80"), "???");
  EXPECT_EQ(printable("\xed\xa0\x80"), "???");
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");
  EXPECT_EQ(printable("\xe2\x82"), "??");
}

TEST(Printable, IsOneLineOrKeepsItsLines) {
  EXPECT_EQ(printable("a\nb"), "a?b");
  EXPECT_EQ(printable_lines("a\n\tb\x1b\n"), "a\n\tb?\n");
}

}  // namespace
}  // namespace vireo::base
