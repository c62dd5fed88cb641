#include "vmm/config/diagnostics.h"

#include <gtest/gtest.h>

#include "tests/unit/vmm/config/config_fixture.h"

namespace vireo::config {
namespace {

const std::vector<std::string> kWords = {"name", "cpus", "memory", "boot", "pcie", "console", "on_reboot"};

TEST(Nearest, CountsSwappedLettersAsOneMistake) {
  EXPECT_EQ(nearest("naem", kWords), "name");
}

TEST(Nearest, CompletesABeginning) {
  EXPECT_EQ(nearest("mem", kWords), "memory");
}

TEST(Nearest, OffersNothingForAnotherWord) {
  EXPECT_EQ(nearest("zzz", kWords), "");
}

TEST(Render, PutsTheCaretBelowTheCharacterAfterWideOnes) {
  EXPECT_EQ(render({"f", 7, 4}, "\xc3\xa9: x", "bad", ""), "f:7:4: error: bad\n 7 | \xc3\xa9: x\n   |   ^");
}

TEST(Render, KeepsTabsAboveTheCaret) {
  EXPECT_EQ(render({"f", 7, 2}, "\tx", "bad", ""), "f:7:2: error: bad\n 7 | \tx\n   | \t^");
}

TEST(Render, ShowsNoControlCharacters) {
  EXPECT_EQ(render({"f", 7, 1}, "\x1b[2J", "bad", "").find('\x1b'), std::string::npos);
}

TEST(Render, CutsALongLineAroundTheCaret) {
  const std::string line = std::string(1000, 'a') + "X" + std::string(1000, 'b');
  const std::string text = render({"f", 1, 1001}, line, "bad", "");
  EXPECT_NE(text.find("aXb"), std::string::npos);
  EXPECT_LT(text.size(), 400u);
}

TEST(Render, DropsTheCarriageReturn) {
  EXPECT_EQ(line_of("a\r\nb\r\n", 2), "b");
}

TEST(Diagnostics, SortByTheFilesOrder) {
  Diagnostics diagnostics("f", "a\nb\n");
  diagnostics.add({"f", 2, 1}, "second");
  diagnostics.add({"f", 1, 1}, "first");
  try {
    diagnostics.require_none();
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "f:1:1: error: first\n 1 | a\n   | ^\n\nf:2:1: error: second\n 2 | b\n   | ^");
  }
}

TEST(Diagnostics, CountWhatTheyDoNotShow) {
  std::string text = kHead;
  for (int i = 0; i < 25; ++i) text.append("zzz").append(std::to_string(i)).append(": 1\n");
  EXPECT_NE(message_for(text).find("g.yaml: and 5 more"), std::string::npos);
}

// A mistake that is found after parsing: the line is read from the file.
TEST(ConfigError, ShowsTheFilesLine) {
  const std::string file = std::string(VIREO_SOURCE_DIR) + "/configs/minimal.yaml";
  const ConfigError error({file, 3, 1}, "bad", "mend it");
  EXPECT_EQ(std::string(error.what()), file + ":3:1: error: bad\n 3 | name: minimal\n   | ^\nhelp: mend it");
}

}  // namespace
}  // namespace vireo::config
