// What a file may say of how a guest begins.
#include <gmock/gmock.h>

#include "tests/unit/vmm/config/config_fixture.h"

namespace vireo::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const std::string& boot) {
  return "name: g\nmemory: 1GiB\nboot: " + boot + "\n";
}
std::string message_for_boot(const std::string& boot) {
  return message_for(text_of(boot));
}
BootConfig boot_of(const std::string& boot, const std::string& file = "g.yaml") {
  return parse(text_of(boot), file).boot;
}

TEST(BootKeys, TakeSeabios) {
  EXPECT_EQ(boot_of("{firmware: seabios}").firmware, "seabios");
}

TEST(BootKeys, TakeOvmfWithItsFiles) {
  const BootConfig boot = boot_of("{firmware: ovmf, vars: /v.fd, disk: rp1}");
  EXPECT_EQ(boot.firmware, "ovmf");
  EXPECT_EQ(boot.vars, "/v.fd");
  EXPECT_EQ(boot.disk, "rp1");
  EXPECT_EQ(boot.kernel, "");
}

TEST(BootKeys, TakeNoVariablesAndNoDisk) {
  const BootConfig boot = boot_of("{firmware: ovmf}");
  EXPECT_EQ(boot.vars, "");
  EXPECT_EQ(boot.disk, "");
}

TEST(BootKeys, TakeThePathOfAFirmware) {
  EXPECT_EQ(boot_of("{firmware: /my.fd}").firmware, "/my.fd");
}

// Known names are no files beside the configuration.
TEST(BootKeys, TakePathsBesideTheFile) {
  const BootConfig boot = boot_of("{firmware: my.fd, vars: vars.fd}", "folder/g.yaml");
  EXPECT_EQ(boot.firmware, "folder/my.fd");
  EXPECT_EQ(boot.vars, "folder/vars.fd");
  EXPECT_EQ(boot_of("{firmware: ovmf}", "folder/g.yaml").firmware, "ovmf");
}

TEST(BootKeys, TakeAFileThatIsCalledLikeAFirmware) {
  EXPECT_EQ(boot_of("{firmware: ./ovmf}", "folder/g.yaml").firmware, "folder/./ovmf");
}

TEST(BootKeys, KeepWhereTheyStand) {
  const BootConfig boot = boot_of("{firmware: seabios, disk: rp1}");
  EXPECT_EQ(boot.firmware_where.line, 3);
  EXPECT_EQ(boot.firmware_where.column, 18);
  EXPECT_EQ(boot.disk_where.column, 33);
}

TEST(BootKeys, RefuseToBeginWithNothing) {
  EXPECT_THAT(message_for_boot("{}"), AllOf(HasSubstr("g.yaml:3:7: error: boot lacks `kernel` or `firmware`"),
                                            HasSubstr("help: kernel: a bzImage")));
}

TEST(BootKeys, SayOnceThatThereIsNothing) {
  EXPECT_THAT(message_for_boot("{cmdline: quiet, vars: /v}"),
              AllOf(HasSubstr("boot lacks"), Not(HasSubstr("belongs to"))));
}

TEST(BootKeys, SayOnlyThatAKeyIsMisspelled) {
  EXPECT_THAT(message_for_boot("{firmwar: ovmf}"),
              AllOf(HasSubstr("did you mean `firmware`?"), Not(HasSubstr("lacks"))));
}

TEST(BootKeys, RefuseToBeginTwice) {
  EXPECT_THAT(message_for_boot("{kernel: /k, firmware: ovmf}"),
              AllOf(HasSubstr("g.yaml:3:30: error: boot has `kernel` and `firmware`"), HasSubstr("leave one of them")));
}

TEST(BootKeys, RefuseAnInitrdWithFirmware) {
  EXPECT_THAT(message_for_boot("{firmware: seabios, initrd: /i}"),
              AllOf(HasSubstr("g.yaml:3:35: error: `initrd` belongs to `kernel`"), HasSubstr("boot loader")));
}

TEST(BootKeys, RefuseACommandLineWithFirmware) {
  EXPECT_THAT(message_for_boot("{firmware: seabios, cmdline: quiet}"), HasSubstr("`cmdline` belongs to `kernel`"));
}

TEST(BootKeys, RefuseVariablesWithAKernel) {
  EXPECT_THAT(message_for_boot("{kernel: /k, vars: /v}"),
              HasSubstr("g.yaml:3:26: error: `vars` belongs to `firmware`"));
}

TEST(BootKeys, RefuseVariablesWithABios) {
  EXPECT_THAT(message_for_boot("{firmware: seabios, vars: /v}"),
              HasSubstr("g.yaml:3:33: error: `vars` belongs to UEFI"));
}

TEST(BootKeys, TakeVariablesWithAFirmwareOfOnesOwn) {
  EXPECT_EQ(boot_of("{firmware: /my.fd, vars: /v}").vars_where.column, 32);
}

TEST(BootKeys, RefuseADiskWithAKernel) {
  EXPECT_THAT(message_for_boot("{kernel: /k, disk: rp1}"), HasSubstr("`disk` belongs to `firmware`"));
}

TEST(BootKeys, RefuseADiskThatIsNoName) {
  EXPECT_THAT(message_for_boot("{firmware: seabios, disk: a/b}"), HasSubstr("is not a name"));
}

TEST(BootKeys, RefuseAnEmptyFirmware) {
  EXPECT_THAT(message_for_boot("{firmware: ''}"), HasSubstr("a path is wanted here"));
}

TEST(BootKeys, RefuseAListOfFirmware) {
  EXPECT_THAT(message_for_boot("{firmware: [seabios]}"), HasSubstr("g.yaml:3:18: error:"));
}

TEST(BootKeys, RefuseALonePath) {
  EXPECT_THAT(message_for_boot("/k"), AllOf(HasSubstr("g.yaml:3:7: error:"), Not(HasSubstr("boot lacks"))));
}

}  // namespace
}  // namespace vireo::config
