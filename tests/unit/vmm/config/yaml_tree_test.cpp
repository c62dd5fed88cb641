#include "vmm/config/yaml_tree.h"

#include <gtest/gtest.h>

#include "tests/unit/vmm/config/config_fixture.h"

// What yaml-cpp would take silently, and what a file may do to a parser.
namespace vireo::config {
namespace {

TEST(YamlTree, RefusesABillionLaughs) {
  std::string text = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (char level = 'b'; level <= 'i'; ++level) {
    const std::string alias = std::string("*") + static_cast<char>(level - 1);
    text.append(1, level).append(": &").append(1, level).append(" [");
    for (int i = 0; i < 8; ++i) text.append(alias).append(", ");
    text.append(alias).append("]\n");
  }
  EXPECT_EQ(message_for(text),
            "g.yaml:1:4: error: anchors (&name) are not allowed\n"
            " 1 | a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
            "   |    ^\n"
            "help: write the value out where it is used");
}

TEST(YamlTree, RefusesACyclicGraph) {
  EXPECT_EQ(message_for("a: &a [*a]\n"),
            "g.yaml:1:4: error: anchors (&name) are not allowed\n"
            " 1 | a: &a [*a]\n"
            "   |    ^\n"
            "help: write the value out where it is used");
}

TEST(YamlTree, RefusesMergeKeys) {
  EXPECT_NE(message_for(kHead + "<<: {cpus: 2}\n").find("g.yaml:4:1: error: merge keys"), std::string::npos);
}

TEST(YamlTree, RefusesTagsOfValues) {
  EXPECT_NE(message_for(kHead + "cpus: !!int 2\n").find("g.yaml:4:7: error: tags"), std::string::npos);
}

TEST(YamlTree, RefusesTagsOfLists) {
  EXPECT_NE(message_for(kHead + "pcie: !mine []\n").find("g.yaml:4:7: error: tags"), std::string::npos);
}

TEST(YamlTree, RefusesASecondDocument) {
  EXPECT_NE(message_for(kHead + "---\nname: h\n").find("g.yaml:4:1: error: a second document"), std::string::npos);
}

TEST(YamlTree, RefusesDeepNesting) {
  const std::string text = "a: " + std::string(500, '[') + std::string(500, ']') + "\n";
  EXPECT_NE(message_for(text).find("nested too deeply"), std::string::npos);
}

TEST(YamlTree, RefusesTooManyValues) {
  std::string text = "pcie:\n";
  for (int i = 0; i < 10'001; ++i) text.append("  - a\n");
  EXPECT_NE(message_for(text).find("too many values"), std::string::npos);
}

TEST(YamlTree, RefusesALargeFile) {
  EXPECT_NE(message_for(kHead + std::string(1024 * 1024, '\n')).find("larger than 1 MiB"), std::string::npos);
}

TEST(YamlTree, RefusesAnEndlessLine) {
  EXPECT_NE(message_for(kHead + "#" + std::string(20'000, 'x')).find("g.yaml:4:16385: error: a line"),
            std::string::npos);
}

TEST(YamlTree, RefusesWhatIsNoText) {
  EXPECT_NE(message_for(std::string("n\0a\0m\0e\0", 8)).find("g.yaml:1:2: error: a control character"),
            std::string::npos);
}

TEST(YamlTree, RefusesAByteOrderMark) {
  EXPECT_NE(message_for("\xef\xbb\xbf" + kHead).find("byte order mark"), std::string::npos);
}

TEST(YamlTree, RefusesATabForIndentation) {
  EXPECT_EQ(message_for(kHead + "pcie:\n\t- root_port: a\n"),
            "g.yaml:5:2: error: not YAML: illegal block entry\n"
            " 5 | \t- root_port: a\n"
            "   | \t^\n"
            "help: indent by spaces, not tabs");
}

// yaml-cpp 0.7 takes the rest of the file for the value.
TEST(YamlTree, RefusesAQuoteThatIsNotClosed) {
  EXPECT_NE(message_for(kHead + "console: 'stdio\non_reboot: exit\n").find("g.yaml:4:10: error: this quote"),
            std::string::npos);
}

TEST(YamlTree, TakesEscapedQuotes) {
  const Config config = parse("name: g\nmemory: 1GiB\nboot: {kernel: 'a''b', cmdline: \"a\\\"b\"}\n", "g.yaml");
  EXPECT_EQ(config.boot.kernel, "a'b");
  EXPECT_EQ(config.boot.cmdline, "a\"b");
}

TEST(YamlTree, RefusesAListForAKey) {
  EXPECT_NE(message_for("[a]: 1\n").find("a key must be a word"), std::string::npos);
}

TEST(YamlTree, PlacesAMissingValueAtItsKey) {
  EXPECT_NE(message_for("name:\n" + kHead.substr(8)).find("g.yaml:1:1: error: the value is missing"),
            std::string::npos);
}

TEST(YamlTree, TakesCarriageReturns) {
  EXPECT_EQ(message_for("name: g\r\nmemory: 1GiB\r\nboot: {kernel: /k}\r\n"), "");
}

}  // namespace
}  // namespace vireo::config
