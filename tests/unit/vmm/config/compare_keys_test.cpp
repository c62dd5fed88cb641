#include "vmm/config/compare_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "vmm/base/fd.h"
#include "vmm/config/load.h"
#include "vmm/config/test_devices.h"

namespace vireo::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CompareConfig parsed(const std::string& text) {
  return parse_compare(text, "/where/c.yaml");
}

std::string message(const std::string& text) {
  try {
    parsed(text);
    return {};
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST(CompareKeys, TakeAUsersOwnGuest) {
  const CompareConfig config = parsed("disk: /dev/sda\nguest: {image: debian.raw, firmware: ovmf, cpus: 2}\n");
  EXPECT_EQ(config.image, "/where/debian.raw");
  EXPECT_EQ(config.firmware, "ovmf");
  EXPECT_EQ(parsed("disk: /dev/sda\nguest: {image: /x}\n").firmware, "seabios");
}

TEST(CompareKeys, RefuseAnImageWithAKernelOfItsOwn) {
  const std::string head = "disk: /dev/sda\nguest: ";
  EXPECT_THAT(message(head + "{image: /x, kernel: /k}\n"),
              HasSubstr("the guest has `image`, and `kernel` belongs to one without"));
  EXPECT_THAT(message(head + "{image: /x, cmdline: quiet}\n"), HasSubstr("and `cmdline` belongs to one without"));
  EXPECT_THAT(message(head + "{firmware: ovmf}\n"), HasSubstr("`firmware` belongs to `image`"));
}

TEST(CompareKeys, TakeAnNvmeControllerAlone) {
  const CompareConfig config = parsed("nvme: 0000:01:00.0\n");
  EXPECT_EQ(config.nvme, "0000:01:00.0");
  EXPECT_THAT(config.depths, ElementsAre(1, 4, 32));
  EXPECT_THAT(config.loads, ElementsAre(30, 60, 90));
  EXPECT_EQ(config.rounds, 5u);
  EXPECT_EQ(config.window, 1'000'000'000u);
  EXPECT_FALSE(config.writes());
}

TEST(CompareKeys, TakeAllThatTheyName) {
  const CompareConfig config = parsed(
      "nvme: nvme0\nnamespace: 2\nvf: {queues: 3, interrupts: 2}\npaths: [host, vf]\nbacking: {host: m}\n"
      "operation: write\nblock: 8KiB\nrange: {first: 1GiB, size: 64MiB}\ndepths: [8]\nloads: []\nrounds: 3\n"
      "window: 250ms\noperations: 2000\ncount_events: false\nseed: 9\n"
      "guest: {kernel: k, cmdline: quiet x, modules: /m, cpus: 2, memory: 1GiB, time_limit: 30}\n");
  EXPECT_EQ(config.name_space, 2u);
  EXPECT_EQ(config.vf->queues, 3u);
  EXPECT_THAT(config.paths, ElementsAre("host", "vf"));
  EXPECT_EQ(config.backing.at("host"), "/where/m");
  EXPECT_TRUE(config.writes());
  EXPECT_EQ(config.block, 8 * base::kKiB);
  EXPECT_EQ(config.first, base::kGiB);
  EXPECT_EQ(config.size, 64 * base::kMiB);
  EXPECT_THAT(config.depths, ElementsAre(8));
  EXPECT_THAT(config.loads, ElementsAre());
  EXPECT_EQ(config.window, 250'000'000u);
  EXPECT_EQ(config.operations, 2000u);
  EXPECT_FALSE(config.count_events);
  EXPECT_EQ(config.kernel, "/where/k");
  EXPECT_EQ(config.cmdline, "quiet x");
  EXPECT_EQ(config.cpus, 2u);
  EXPECT_EQ(config.time_limit, 30u);
}

TEST(CompareKeys, TakeANic) {
  const CompareConfig config =
      parsed("nic: eth1\npeer: eth2\noperation: tcp\nmessage: 1000\npaths: [vf, pf, vhost-net, virtio-net, host]\n");
  EXPECT_EQ(config.nic, "eth1");
  EXPECT_EQ(config.peer, "eth2");
  EXPECT_TRUE(config.by_tcp());
  EXPECT_EQ(config.message, 1000u);
  EXPECT_EQ(config.paths.size(), 5u);
}

struct Mistake {
  const char* text;
  const char* message;
};
class CompareMistakeTest : public testing::TestWithParam<Mistake> {};

TEST_P(CompareMistakeTest, IsSaidWithItsPlace) {
  const std::string text = message(GetParam().text);
  EXPECT_THAT(text, HasSubstr("/where/c.yaml:"));
  EXPECT_THAT(text, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, CompareMistakeTest,
    testing::Values(
        Mistake{"rounds: 3\n", "the file names no medium"},
        Mistake{"nvme: nvme0\ndisk: /dev/sda\n", "the file names two media"},
        Mistake{"disk: /dev/sda\npaths: [vf]\n", "no guest can own a `disk`, or a part of it: vf"},
        Mistake{"disk: /dev/sda\nnic: eth1\n", "the file names two media"},
        Mistake{"nic: eth1\npaths: [virtio-blk]\n", "`virtio-blk` leads to no such medium"},
        Mistake{"nvme: nvme0\npaths: [vhost-net]\n", "`vhost-net` leads to no such medium"},
        Mistake{"nic: eth1\noperation: read\n", "udp or tcp"},
        Mistake{"nvme: nvme0\noperation: tcp\n", "no operation of this medium"},
        Mistake{"nic: eth1\nmessage: 8\n", "16"}, Mistake{"nvme: nvme0\npeer: eth1\n", "only a `nic` has a peer"},
        Mistake{"nvme: nvme0\npath: [vf]\n", "`paths`"}, Mistake{"nvme: nvme0\npaths: vf\n", "a list"},
        Mistake{"nvme: nvme0\npaths: []\n", "a list"}, Mistake{"nvme: nvme0\npaths: [virtio]\n", "`virtio` is no path"},
        Mistake{"nvme: nvme0\npaths: [vf, vf]\n", "`vf` stands twice"},
        Mistake{"nvme: nvme0\nbacking: {vf: /dev/x}\n", "`vf` is no path with a block device"},
        Mistake{"nvme: nvme0\nbacking: /dev/x\n", "a mapping"}, Mistake{"nvme: nvme0\ndepths: [0]\n", "1 to 256"},
        Mistake{"nvme: nvme0\ndepths: [1, 1]\n", "twice"}, Mistake{"nvme: nvme0\ndepths: []\n", "`depths` is empty"},
        Mistake{"nvme: nvme0\nloads: [101]\n", "1 to 100"},
        Mistake{"nvme: nvme0\noperation: trim\n", "`trim` is no operation"},
        Mistake{"nvme: nvme0\nblock: 5KiB\n", "`5KiB` is no size of a block"},
        Mistake{"nvme: nvme0\nrange: {size: 5KiB}\n", "the range is no multiple of a block"},
        Mistake{"nvme: nvme0\nrange: {first: 4KiB}\n", "a range lacks `size`"},
        Mistake{"nvme: nvme0\nwindow: 5\n", "`5` is no duration"},
        Mistake{"nvme: nvme0\nwindow: 3601s\n", "`3601s` is no duration"},
        Mistake{"nvme: nvme0\nagent: dd\n", "`dd` is no agent"},
        Mistake{"nic: eth1\nagent: fio\n", "fio measures disks"}, Mistake{"nvme: nvme0\nvf: {pf: eth1}\n", "`pf`"}));

TEST(CompareKeys, TakeWhatTestsInject) {
  if (!kTestDevices) GTEST_SKIP() << "a build without what only tests want";
  const CompareConfig config = parsed("nvme: nvme0\ninject: {path: nvme, exits: 1, instructions: 500}\n");
  EXPECT_EQ(config.inject.path, "nvme");
  EXPECT_EQ(config.inject.exits, 1u);
  EXPECT_EQ(config.inject.instructions, 500u);
}

TEST(CompareKeys, NameWhatDoesTheIo) {
  EXPECT_FALSE(parsed("nvme: nvme0\n").by_fio);
  EXPECT_FALSE(parsed("nvme: nvme0\nagent: vireo\n").by_fio);
  EXPECT_TRUE(parsed("nvme: nvme0\nagent: fio\n").by_fio);
}

TEST(CompareKeys, HaveASchemaThatIsJson) {
  const auto schema = nlohmann::json::parse(compare_schema());
  EXPECT_TRUE(schema["properties"].contains("paths"));
  EXPECT_TRUE(schema["$defs"]["vf"]["properties"].contains("queues"));
  EXPECT_FALSE(schema["$defs"]["vf"]["properties"].contains("pf"));
}

TEST(CompareKeys, HaveTheSchemaInTheRepository) {
  EXPECT_EQ(compare_schema(), base::read_text(std::string(VIREO_SOURCE_DIR) + "/configs/compare.schema.json") + "\n");
}

TEST(CompareKeys, TakeTheExample) {
  EXPECT_EQ(load_compare(std::string(VIREO_SOURCE_DIR) + "/configs/compare/nvme.yaml").paths.size(), 4u);
  EXPECT_EQ(load_compare(std::string(VIREO_SOURCE_DIR) + "/configs/compare/nic.yaml").peer, "eth2");
}

}  // namespace
}  // namespace vireo::config
