#include <gmock/gmock.h>

#include "tests/unit/vmm/config/config_fixture.h"

namespace vireo::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kBoth = "cloud_init: {user_data: user.yaml, network: /net.yaml}\n";

TEST(CloudInitKeys, TakeFilesBesideTheGuests) {
  const Config config = parse(kHead + kBoth, "folder/g.yaml");
  ASSERT_TRUE(config.cloud_init);
  EXPECT_EQ(config.cloud_init->user_data, "folder/user.yaml");
  EXPECT_EQ(config.cloud_init->network, "/net.yaml");
}

TEST(CloudInitKeys, NeedNoNetwork) {
  EXPECT_EQ(parse(kHead + "cloud_init: {user_data: /u}\n", "g.yaml").cloud_init->network, "");
}

TEST(CloudInitKeys, TakeMoreFiles) {
  const Config config =
      parse(kHead + "cloud_init: {user_data: u, files: {setup.sh: bin/x, agent: /a}}\n", "folder/g.yaml");
  EXPECT_THAT(config.cloud_init->files,
              testing::ElementsAre(testing::Pair("agent", "/a"), testing::Pair("setup.sh", "folder/bin/x")));
}

TEST(CloudInitKeys, RefuseFilesThatTheDiskCannotHave) {
  const std::string head = kHead + "cloud_init: {user_data: u, files: ";
  EXPECT_THAT(message_for(head + "{user-data: /x}}\n"), HasSubstr("the disk has a user-data already"));
  EXPECT_THAT(message_for(head + "{\"a/b\": /x}}\n"), HasSubstr("`a/b` is not a name"));
  EXPECT_THAT(message_for(head + "[/x]}\n"), HasSubstr("files: {setup.sh: PATH}"));
}

TEST(CloudInitKeys, PlugInAReadOnlyDiskBehindTheOthers) {
  const Config config = parse(kHead + kBoth + "pcie:\n- {root_port: rp0, device: {virtio: rng}}\n", "g.yaml");
  ASSERT_EQ(config.pcie.root_ports.size(), 2u);
  const PortConfig& port = config.pcie.root_ports[1];
  EXPECT_EQ(port.name, "cloud-init");
  ASSERT_TRUE(port.emulated);
  EXPECT_EQ(port.emulated->kind, EmulatedKind::kBlock);
  EXPECT_TRUE(port.emulated->disk.seed);
  EXPECT_TRUE(port.emulated->disk.read_only);
  EXPECT_EQ(port.emulated->disk.image_where.line, 4);
}

TEST(CloudInitKeys, PlugInNothingUnasked) {
  const Config config = parse(kHead, "g.yaml");
  EXPECT_FALSE(config.cloud_init);
  EXPECT_TRUE(config.pcie.root_ports.empty());
}

TEST(CloudInitKeys, RefuseToHaveNoUserData) {
  EXPECT_THAT(message_for(kHead + "cloud_init: {network: /n}\n"),
              AllOf(HasSubstr("g.yaml:4:13: error:"), HasSubstr("`user_data`")));
}

TEST(CloudInitKeys, RefuseAMisspelledKey) {
  EXPECT_THAT(message_for(kHead + "cloud_init: {user_dat: /u}\n"), HasSubstr("did you mean `user_data`?"));
}

TEST(CloudInitKeys, RefuseAPortOfTheSameName) {
  EXPECT_THAT(message_for(kHead + "pcie:\n- {root_port: cloud-init}\ncloud_init: {user_data: /u}\n"),
              HasSubstr("cloud-init stands twice"));
}

}  // namespace
}  // namespace vireo::config
