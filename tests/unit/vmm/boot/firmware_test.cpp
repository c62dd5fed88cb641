#include "vmm/boot/firmware.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/vmm/boot/boot_fixture.h"
#include "vmm/base/bits.h"

namespace vireo::boot {
namespace {

using base::kKiB;
using base::kMiB;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

using Bytes = std::vector<uint8_t>;

// An image with a jump at its reset vector.
Bytes code(size_t size = 8 * kKiB, uint8_t first = 0xea) {
  Bytes bytes(size, 0x90);
  bytes[size - 16] = first;
  return bytes;
}

Bytes content(const base::Mapping& mapping) {
  return {mapping.data(), mapping.data() + mapping.size()};
}

// Files of a firmware whose variables are not there yet.
class FirmwareFile : public testing::Test {
 protected:
  FirmwareFile() { files.code = folder.file("code", code()); }
  void use_template() { files.variables_template = folder.file("template", Bytes(4 * kKiB, 0x11)); }
  void use_variables(const std::string& name = "vars") { files.variables = folder.path(name); }
  std::string check() const {
    return error_of([this] { check_firmware(files); });
  }
  std::string open() const {
    return error_of([this] { open_firmware(files); });
  }
  std::string check_code(const Bytes& bytes) {
    folder.file("code", bytes);
    return check();
  }
  Bytes bytes_of(const std::string& name) const {
    std::ifstream in(folder.path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  Folder folder;
  FirmwareFiles files;
};

// Where Debian's seabios and ovmf packages put them.
TEST(FirmwareName, SeabiosHasNoVariables) {
  const FirmwareFiles files = firmware_files("seabios", "");
  EXPECT_EQ(files.code, "/usr/share/seabios/bios-256k.bin");
  EXPECT_EQ(files.variables, "");
  EXPECT_EQ(files.variables_template, "");
}

TEST(FirmwareName, OvmfHasATemplateForItsVariables) {
  const FirmwareFiles files = firmware_files("ovmf", "/v");
  EXPECT_EQ(files.code, "/usr/share/OVMF/OVMF_CODE_4M.fd");
  EXPECT_EQ(files.variables, "/v");
  EXPECT_EQ(files.variables_template, "/usr/share/OVMF/OVMF_VARS_4M.fd");
}

TEST(FirmwareName, MayBeAPath) {
  const FirmwareFiles files = firmware_files("/my.fd", "/v");
  EXPECT_EQ(files.code, "/my.fd");
  EXPECT_EQ(files.variables, "/v");
  EXPECT_EQ(files.variables_template, "");
}

TEST_F(FirmwareFile, IsGood) {
  EXPECT_EQ(check(), "no error");
}

TEST_F(FirmwareFile, IsMissing) {
  files.code = "/nowhere/x.fd";
  EXPECT_THAT(check(),
              AllOf(StartsWith("6|firmware /nowhere/x.fd: cannot open: ENOENT"), HasSubstr("|set boot.firmware to")));
}

TEST_F(FirmwareFile, IsEmpty) {
  EXPECT_THAT(check_code({}), HasSubstr("the file is empty"));
}

TEST_F(FirmwareFile, HasNoWholePages) {
  EXPECT_THAT(check_code(code(4097)), AllOf(HasSubstr("it has 4097 bytes"), HasSubstr("|set boot.firmware to")));
}

TEST_F(FirmwareFile, HasErasedFlashAtItsResetVector) {
  EXPECT_THAT(check_code(code(4096, 0xff)), HasSubstr("no instruction at its reset vector"));
}

TEST_F(FirmwareFile, HasZerosAtItsResetVector) {
  EXPECT_THAT(check_code(code(4096, 0x00)), HasSubstr("no instruction at its reset vector"));
}

TEST_F(FirmwareFile, IsAsLargeAsCanBe) {
  EXPECT_EQ(check_code(code(8 * kMiB)), "no error");
}

TEST_F(FirmwareFile, IsTooLarge) {
  EXPECT_THAT(check_code(code(8 * kMiB + 4 * kKiB)), HasSubstr("it has 8392704 bytes"));
}

TEST_F(FirmwareFile, IsTooLargeWithItsVariables) {
  use_template();
  EXPECT_THAT(check_code(code(8 * kMiB)), HasSubstr("with its variables it is larger than 8 MiB"));
}

TEST_F(FirmwareFile, HasATemplateThatIsMissing) {
  files.variables_template = folder.path("template");
  EXPECT_THAT(check(), AllOf(StartsWith("6|firmware variables"), HasSubstr("cannot open: ENOENT")));
}

TEST_F(FirmwareFile, HasVariablesThatAreNone) {
  use_variables();
  folder.file("vars", Bytes(100));
  EXPECT_THAT(check(), HasSubstr("it has 100 bytes"));
}

TEST_F(FirmwareFile, LacksVariablesAndATemplate) {
  use_variables();
  EXPECT_THAT(check(), AllOf(StartsWith("6|firmware variables"), HasSubstr("there is no such file"),
                             HasSubstr("|copy the firmware's own")));
}

TEST_F(FirmwareFile, NeedsNoTemplateForVariablesThatAreThere) {
  use_variables();
  folder.file("vars", Bytes(4 * kKiB));
  EXPECT_EQ(check(), "no error");
}

TEST_F(FirmwareFile, ChangesNothingWhenItIsChecked) {
  use_template();
  use_variables();
  EXPECT_EQ(check(), "no error");
  EXPECT_FALSE(std::filesystem::exists(files.variables));
}

TEST_F(FirmwareFile, IsCopied) {
  const Firmware firmware = open_firmware(files);
  folder.file("code", Bytes(8 * kKiB, 0x33));
  EXPECT_EQ(content(firmware.code), code());
}

TEST_F(FirmwareFile, MayHaveNoVariables) {
  EXPECT_FALSE(open_firmware(files).variables);
}

TEST_F(FirmwareFile, HasVariablesThatDoNotOutliveTheGuest) {
  use_template();
  const Firmware firmware = open_firmware(files);
  firmware.variables.data()[0] = 0x22;
  EXPECT_EQ(firmware.variables.size(), 4 * kKiB);
  EXPECT_EQ(bytes_of("template"), Bytes(4 * kKiB, 0x11));
}

TEST_F(FirmwareFile, MakesItsVariables) {
  use_template();
  use_variables();
  const Firmware firmware = open_firmware(files);
  EXPECT_EQ(content(firmware.variables), Bytes(4 * kKiB, 0x11));
  EXPECT_EQ(bytes_of("vars"), Bytes(4 * kKiB, 0x11));
}

// They may hold keys.
TEST_F(FirmwareFile, MakesItsVariablesForItsUserOnly) {
  use_template();
  use_variables();
  open_firmware(files);
  struct stat status {};
  ::stat(files.variables.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(FirmwareFile, LeavesNothingElseInTheFolder) {
  use_template();
  use_variables();
  open_firmware(files);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path(".")), {}), 3);
}

TEST_F(FirmwareFile, KeepsItsVariables) {
  use_template();
  use_variables();
  open_firmware(files).variables.data()[7] = 0x22;
  EXPECT_EQ(open_firmware(files).variables.data()[7], 0x22);
}

TEST_F(FirmwareFile, KeepsVariablesThatWereThere) {
  use_template();
  use_variables();
  folder.file("vars", Bytes(8 * kKiB, 0x44));
  EXPECT_EQ(content(open_firmware(files).variables), Bytes(8 * kKiB, 0x44));
}

TEST_F(FirmwareFile, GivesItsVariablesToOneGuest) {
  use_template();
  use_variables();
  const Firmware first = open_firmware(files);
  EXPECT_THAT(open(), AllOf(StartsWith("4|firmware variables"), HasSubstr("another guest has them"),
                            EndsWith("a file of its own: boot.vars")));
}

TEST_F(FirmwareFile, GivesItsVariablesToTheNextGuest) {
  use_template();
  use_variables();
  open_firmware(files);
  EXPECT_EQ(open(), "no error");
}

TEST_F(FirmwareFile, CannotMakeVariablesInAFolderThatIsNotThere) {
  use_template();
  use_variables("nowhere/vars");
  EXPECT_THAT(open(), AllOf(StartsWith("4|firmware variables"), HasSubstr("cannot be written: ENOENT"),
                            HasSubstr("|set boot.vars to")));
}

// Whoever runs this may write everywhere, but not below a file.
TEST_F(FirmwareFile, CannotMakeVariablesWhereNobodyMayWrite) {
  use_template();
  use_variables("code/vars");
  EXPECT_THAT(open(), HasSubstr("cannot be written: ENOTDIR"));
}

// A disk without room.
TEST_F(FirmwareFile, NeverHasVariablesThatAreHalfWritten) {
  use_template();
  use_variables();
  std::filesystem::create_symlink("/dev/full", folder.path("vars.new"));
  EXPECT_THAT(open(), HasSubstr("cannot be written: ENOSPC"));
  EXPECT_FALSE(std::filesystem::exists(files.variables));
}

TEST_F(FirmwareFile, HasAFolderForVariables) {
  use_variables(".");
  EXPECT_THAT(open(), HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace vireo::boot
