#include "vmm/config/keys.h"

#include <gtest/gtest.h>

#include "tests/unit/vmm/config/config_fixture.h"

namespace vireo::config {
namespace {

TEST(Keys, CollectMistakesOfAllKinds) {
  EXPECT_EQ(message_for("nmae: g\nmemory: 1GB\nboot: {kernel: /k}\ncpus: 010\ncpus: 2\n"),
            "g.yaml:1:1: error: unknown key `nmae` in a guest's file\n"
            " 1 | nmae: g\n"
            "   | ^\n"
            "help: did you mean `name`?\n\n"
            "g.yaml:2:9: error: `1GB` is not a size\n"
            " 2 | memory: 1GB\n"
            "   |         ^\n"
            "help: units are powers of 1024: 1GiB\n\n"
            "g.yaml:4:7: error: `010` is not a number from 1 to 255\n"
            " 4 | cpus: 010\n"
            "   |       ^\n"
            "help: a plain decimal number, without quotes or leading zeros\n\n"
            "g.yaml:5:1: error: duplicate key `cpus`\n"
            " 5 | cpus: 2\n"
            "   | ^\n"
            "help: it stands in line 4 already: remove one");
}

TEST(Keys, RefuseANameWithASlash) {
  EXPECT_NE(message_for("name: a/b\nmemory: 1GiB\nboot: {kernel: /k}\n").find("is not a name"), std::string::npos);
}

TEST(Keys, RefuseTooManyCpus) {
  EXPECT_NE(message_for(kHead + "cpus: 256\n").find("from 1 to 255"), std::string::npos);
}

TEST(Keys, RefuseAQuotedNumber) {
  EXPECT_NE(message_for(kHead + "cpus: '2'\n").find("without quotes"), std::string::npos);
}

TEST(Keys, OfferTheSizeThatBytesAre) {
  EXPECT_NE(message_for_memory("1073741824").find("write the unit: 1GiB"), std::string::npos);
}

TEST(Keys, RefuseTooLittleMemory) {
  EXPECT_NE(message_for_memory("16MiB").find("at least 32MiB"), std::string::npos);
}

TEST(Keys, RefuseMoreMemoryThanThereAreAddresses) {
  EXPECT_NE(message_for_memory("8192TiB").find("52 bits"), std::string::npos);
}

TEST(Keys, RefuseOddMemory) {
  EXPECT_NE(message_for_memory("33MiB").find("a multiple of 2MiB"), std::string::npos);
}

TEST(Keys, RefuseMemoryThatIsNoMultipleOfItsPages) {
  EXPECT_NE(message_for_memory("{size: 1536MiB, hugepages: 1GiB}").find("g.yaml:2:16: error: the memory's size"),
            std::string::npos);
}

TEST(Keys, RefuseHugePagesThatX86DoesNotHave) {
  EXPECT_NE(message_for_memory("{size: 64MiB, hugepages: 4MiB}").find("2MiB or 1GiB"), std::string::npos);
}

TEST(Keys, RefuseAListForMemory) {
  EXPECT_NE(message_for_memory("[1GiB]").find("g.yaml:2:9: error: the value must be a single one"), std::string::npos);
}

TEST(Keys, RefuseANegativeNode) {
  EXPECT_NE(message_for_memory("{size: 64MiB, numa_node: -1}").find("from 0 to 1023"), std::string::npos);
}

TEST(Keys, TakeMemoryAsAMapping) {
  const Config config = parse(
      "name: g\nmemory: {size: 64MiB, hugepages: 2MiB, prefault: true, numa_node: 1}\nboot: {kernel: /k}\n", "g.yaml");
  EXPECT_EQ(config.memory.size, 64 * base::kMiB);
  EXPECT_EQ(config.memory.hugepages, 2 * base::kMiB);
  EXPECT_TRUE(config.memory.prefault);
  EXPECT_EQ(config.memory.numa_node, 1u);
}

TEST(Keys, KeepWhereTheKernelStands) {
  const Location where = parse(kHead, "g.yaml").boot.kernel_where;
  EXPECT_EQ(where.line, 3);
  EXPECT_EQ(where.column, 16);
}

TEST(Keys, JoinAFoldedCommandLine) {
  const Config config = parse("name: g\nmemory: 1GiB\nboot:\n  kernel: /k\n  cmdline: >\n    a\n    b\n", "g.yaml");
  EXPECT_EQ(config.boot.cmdline, "a b");
}

TEST(Keys, RefuseAZeroByteInTheCommandLine) {
  EXPECT_NE(message_for("name: g\nmemory: 1GiB\nboot: {kernel: /k, cmdline: \"a\\0b\"}\n").find("control characters"),
            std::string::npos);
}

TEST(Keys, TakeAFileForTheConsole) {
  const ConsoleConfig console = parse(kHead + "console: {file: log}\n", "folder/g.yaml").console;
  EXPECT_EQ(console.kind, ConsoleConfig::Kind::kFile);
  EXPECT_EQ(console.path, "folder/log");
}

TEST(Keys, TakeNoConsole) {
  EXPECT_EQ(parse(kHead + "console: none\n", "g.yaml").console.kind, ConsoleConfig::Kind::kNone);
}

TEST(Keys, RefuseAnUnknownConsole) {
  EXPECT_NE(message_for(kHead + "console: vga\n").find("stdio, none, or {file: PATH}"), std::string::npos);
}

TEST(Keys, RefuseAnUnknownRebootAction) {
  EXPECT_NE(message_for(kHead + "on_reboot: halt\n").find("reboot or exit"), std::string::npos);
}

}  // namespace
}  // namespace vireo::config
