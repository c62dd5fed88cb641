#include "vmm/config/load.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/vmm/config/config_fixture.h"
#include "vmm/base/fd.h"

namespace vireo::config {
namespace {

Config load_example(const std::string& name) {
  return load(std::string(VIREO_SOURCE_DIR) + "/configs/" + name);
}

// Of guests' files.
std::vector<std::string> examples() {
  std::vector<std::string> names;
  const std::string folder = std::string(VIREO_SOURCE_DIR) + "/configs";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".yaml" && entry.path().parent_path().filename() != "compare")
      names.push_back(std::filesystem::relative(entry.path(), folder));
  return names;
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, CanBeLoaded) {
  EXPECT_NO_THROW(load_example(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Configs, Example, testing::ValuesIn(examples()));

TEST(Load, TakesTheMainExample) {
  const Config config = load_example("nvme-vf.yaml");
  ASSERT_EQ(config.pcie.root_ports.size(), 1u);
  EXPECT_EQ(config.pcie.root_ports[0].functions.at(0).vfio, "0000:01:00.1");
  EXPECT_EQ(config.memory.size, base::kGiB);
}

TEST(Load, TakesTheSwitchExample) {
  const Config config = load_example("nvme-switch.yaml");
  ASSERT_EQ(config.pcie.root_ports.size(), 2u);
  EXPECT_EQ(config.pcie.root_ports[1].name, "sw0-rp");
  EXPECT_EQ(config.pcie.root_ports[1].downstream[0].ports.size(), 3u);
}

TEST(Load, TakesTheMinimalExample) {
  EXPECT_TRUE(load_example("minimal.yaml").pcie.root_ports.empty());
}

TEST(Load, TakesTheHugePagesExample) {
  const Config config = load_example("hugepages.yaml");
  EXPECT_EQ(config.memory.hugepages, base::kGiB);
  EXPECT_EQ(config.on_reboot, OnReboot::kExit);
}

TEST(Load, OffersTheNearestKey) {
  EXPECT_EQ(message_for(kHead + "cpsu: 2\n"),
            "g.yaml:4:1: error: unknown key `cpsu` in a guest's file\n"
            " 4 | cpsu: 2\n"
            "   | ^\n"
            "help: did you mean `cpus`?");
}

TEST(Load, RefusesADuplicateKey) {
  EXPECT_EQ(message_for(kHead + "name: h\n"),
            "g.yaml:4:1: error: duplicate key `name`\n"
            " 4 | name: h\n"
            "   | ^\n"
            "help: it stands in line 1 already: remove one");
}

TEST(Load, RefusesANumberWithoutAUnit) {
  EXPECT_EQ(message_for("name: g\nmemory: 1024\nboot: {kernel: /k}\n"),
            "g.yaml:2:9: error: `1024` is not a size\n"
            " 2 | memory: 1024\n"
            "   |         ^\n"
            "help: write the unit: 1024MiB or 1024GiB");
}

TEST(Load, ReportsAllMistakesAtOnce) {
  const std::string message = message_for("name: g\nmemory: 1GB\nboot: {kernel: /k}\ncpus: 0\n");
  EXPECT_NE(message.find("g.yaml:2:9"), std::string::npos);
  EXPECT_NE(message.find("g.yaml:4:7"), std::string::npos);
}

TEST(Load, RefusesADecimalUnit) {
  EXPECT_NE(message_for("name: g\nmemory: 1GB\nboot: {kernel: /k}\n").find("powers of 1024: 1GiB"), std::string::npos);
}

TEST(Load, RefusesAMissingKey) {
  EXPECT_NE(message_for("name: g\n").find("lacks `memory`"), std::string::npos);
}

TEST(Load, RefusesAnOctalLookingNumber) {
  EXPECT_NE(message_for(kHead + "cpus: 010\n").find("not a number"), std::string::npos);
}

TEST(Load, RefusesAWordForANumber) {
  EXPECT_NE(message_for(kHead + "cpus: two\n").find("g.yaml:4:7"), std::string::npos);
}

TEST(Load, RefusesYesForABoolean) {
  const std::string text = kHead + "pcie:\n  - {root_port: a, device: {vfio: 01:00.0, force: yes}}\n";
  EXPECT_NE(message_for(text).find("neither true nor false"), std::string::npos);
}

TEST(Load, RefusesAnAddressThatIsNone) {
  EXPECT_NE(message_for(kHead + "pcie:\n  - {root_port: a, device: {vfio: eth0}}\n").find("lspci -D"),
            std::string::npos);
}

TEST(Load, RefusesADeviceThatStandsTwice) {
  const std::string text = kHead +
                           "pcie:\n  - {root_port: a, device: {vfio: 01:00.0}}\n"
                           "  - {root_port: b, device: {vfio: '0000:01:00.0'}}\n";
  const std::string message = message_for(text);
  EXPECT_NE(message.find("g.yaml:6:"), std::string::npos) << message;
  EXPECT_NE(message.find("g.yaml:5 already"), std::string::npos) << message;
}

TEST(Load, RefusesAPortWithoutAName) {
  EXPECT_NE(message_for(kHead + "pcie:\n  - {device: {vfio: 01:00.0}}\n").find("lacks `root_port`"), std::string::npos);
}

TEST(Load, RefusesADeviceAndASwitchInOnePort) {
  const std::string text = kHead + "pcie:\n  - {root_port: a, device: {vfio: 01:00.0}, switch: {name: s, ports: []}}\n";
  EXPECT_NE(message_for(text).find("has a device and a switch"), std::string::npos);
}

TEST(Load, RefusesAliases) {
  EXPECT_NE(message_for("a: &a [1]\nb: *a\n").find("anchors (&name) are not allowed"), std::string::npos);
}

TEST(Load, RefusesWhatIsNotYaml) {
  EXPECT_NE(message_for("name: [\n").find("not YAML"), std::string::npos);
}

TEST(Load, RefusesAnEmptyFile) {
  EXPECT_NE(message_for("").find("must be a mapping"), std::string::npos);
}

TEST(Load, RefusesAMissingFileByItsName) {
  try {
    load("/nowhere.yaml");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::ExitCode::kConfig);
    EXPECT_NE(std::string(error.what()).find("/nowhere.yaml: ENOENT"), std::string::npos);
  }
}

TEST(Load, MakesPathsRelativeToTheFile) {
  const Config config = parse("name: g\nmemory: 1GiB\nboot: {kernel: k}\n", "some/folder/g.yaml");
  EXPECT_EQ(config.boot.kernel, "some/folder/k");
}

TEST(Schema, IsTheOneInTheRepository) {
  EXPECT_EQ(json_schema(), base::read_text(std::string(VIREO_SOURCE_DIR) + "/configs/vireo.schema.json") + "\n");
}

}  // namespace
}  // namespace vireo::config
