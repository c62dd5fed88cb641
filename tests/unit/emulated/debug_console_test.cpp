#include "emulated/legacy/debug_console.h"

#include <gmock/gmock.h>

#include <vector>

namespace vireo::emulated {
namespace {

using testing::ElementsAre;

class FirmwareMessages : public testing::Test {
 protected:
  void print(std::string_view text) {
    for (const char letter : text) {
      const auto byte = static_cast<uint8_t>(letter);
      console.write(0, {&byte, 1});
    }
  }
  static uint8_t present(DebugConsole& console) {
    uint8_t byte = 0;
    console.read(0, {&byte, 1});
    return byte;
  }
  std::string all() const {
    std::string joined;
    for (const std::string& line : lines) joined += line;
    return joined;
  }

  std::vector<std::string> lines;
  DebugConsole console{[this](std::string_view line) { lines.emplace_back(line); }};
};

// Bochs: a load of port 0xe9 gives 0xe9 where it is there. edk2 OvmfPkg PlatformDebugLibIoPort looks for it.
TEST_F(FirmwareMessages, ArePrintedWhereSomebodyListens) {
  EXPECT_EQ(present(console), 0xe9);
}

TEST_F(FirmwareMessages, AreNotPrintedWhereNobodyListens) {
  DebugConsole deaf{{}};
  EXPECT_EQ(present(deaf), 0xff);
}

TEST_F(FirmwareMessages, AreLostWhereNobodyListens) {
  DebugConsole deaf{{}};
  const std::array<uint8_t, 2> text{'a', '\n'};
  deaf.write(0, text);
  EXPECT_EQ(present(deaf), 0xff);
}

TEST_F(FirmwareMessages, ComeALineAtATime) {
  print("SeaBIOS\nBooting");
  EXPECT_THAT(lines, ElementsAre("SeaBIOS"));
  print("...\n");
  EXPECT_THAT(lines, ElementsAre("SeaBIOS", "Booting..."));
}

TEST_F(FirmwareMessages, LoseWhatATerminalWouldObey) {
  print("a\x1b[2Jb\r\t\x7f\x80\xff\n");
  EXPECT_THAT(lines, ElementsAre("a[2Jb"));
}

TEST_F(FirmwareMessages, AreNeverLongerThanALine) {
  print(std::string(240, 'x') + "y");
  EXPECT_THAT(lines, ElementsAre(std::string(240, 'x')));
}

TEST_F(FirmwareMessages, HaveNoEmptyLineBehindAFullOne) {
  print(std::string(240, 'x') + "\nnext\n");
  EXPECT_THAT(lines, ElementsAre(std::string(240, 'x'), "next"));
}

TEST_F(FirmwareMessages, LoseNothingWhereALongLineIsBroken) {
  const std::string text = std::string(240, 'x') + "abc" + std::string(240, 'y') + "def";
  print(text + "\n");
  EXPECT_EQ(all(), text);
}

// An OUT of 2 bytes at the last port: the second is beyond the device.
TEST_F(FirmwareMessages, AreOfOnePort) {
  const std::array<uint8_t, 3> wide{'a', 'b', '\n'};
  console.write(0, wide);
  print("c\n");
  EXPECT_THAT(lines, ElementsAre("ac"));
}

}  // namespace
}  // namespace vireo::emulated
