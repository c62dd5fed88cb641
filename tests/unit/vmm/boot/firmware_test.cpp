#include "vmm/boot/firmware.h"

#include <gmock/gmock.h>

#include "tests/unit/vmm/boot/boot_fixture.h"
#include "vmm/base/bits.h"

namespace vireo::boot {
namespace {

using base::kGiB;
using base::kKiB;
using base::kMiB;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

using Bytes = std::vector<uint8_t>;

// An image with a jump at its reset vector.
Bytes code(size_t size = 8 * kKiB, uint8_t first = 0xea) {
  Bytes bytes(size, 0x90);
  bytes[size - 16] = first;
  return bytes;
}

// What edk2 calls a firmware volume: the least that its variables can be.
Bytes volume() {
  Bytes bytes(4 * kKiB, 0x11);
  poke(bytes, 40, std::array<char, 4>{'_', 'F', 'V', 'H'});
  return bytes;
}

class FirmwareFile : public testing::Test {
 protected:
  FirmwareFile() { files.code = folder.file("code", code()); }
  std::string check(uint64_t variables_size = 0) const {
    return error_of([&] { check_firmware(files, variables_size); });
  }
  std::string check_code(const Bytes& bytes, uint64_t variables_size = 0) const {
    folder.file("code", bytes);
    return check(variables_size);
  }

  Folder folder;
  FirmwareFiles files;
};

// Where Debian's seabios and ovmf packages put them. A BIOS has no variables.
TEST(FirmwareName, SeabiosHasNoVariables) {
  const FirmwareFiles files = firmware_files("seabios", "");
  EXPECT_EQ(files.code, "/usr/share/seabios/bios-256k.bin");
  EXPECT_EQ(files.variables.path, "");
  EXPECT_EQ(files.variables.original, "");
}

TEST(FirmwareName, OvmfHasAnOriginalOfItsVariables) {
  const FirmwareFiles files = firmware_files("ovmf", "/v");
  EXPECT_EQ(files.code, "/usr/share/OVMF/OVMF_CODE_4M.fd");
  EXPECT_EQ(files.variables.path, "/v");
  EXPECT_EQ(files.variables.original, "/usr/share/OVMF/OVMF_VARS_4M.fd");
}

TEST(FirmwareName, MayBeAPath) {
  const FirmwareFiles files = firmware_files("/my.fd", "/v");
  EXPECT_EQ(files.code, "/my.fd");
  EXPECT_EQ(files.variables.path, "/v");
  EXPECT_EQ(files.variables.original, "");
}

TEST_F(FirmwareFile, IsGood) {
  EXPECT_EQ(check(), "no error");
}

TEST_F(FirmwareFile, IsMissing) {
  files.code = "/nowhere/x.fd";
  EXPECT_THAT(check(),
              AllOf(StartsWith("6|firmware /nowhere/x.fd: cannot open: ENOENT"), HasSubstr("|set boot.firmware to")));
}

TEST_F(FirmwareFile, IsOfAPackageThatIsNotInstalled) {
  files = {.code = folder.path("bios"), .variables = {}, .package = "seabios"};
  EXPECT_THAT(check(), AllOf(StartsWith("6|firmware "), HasSubstr("|apt install seabios")));
}

TEST_F(FirmwareFile, IsEmpty) {
  EXPECT_THAT(check_code({}), HasSubstr("the file is empty"));
}

TEST_F(FirmwareFile, HasNoWholePages) {
  EXPECT_THAT(check_code(code(4097)), AllOf(HasSubstr("it has 4097 bytes"), HasSubstr("|set boot.firmware to")));
}

// Intel SDM volume 3, 10.1.4: the first instruction is 16 bytes before the end.
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

TEST_F(FirmwareFile, IsAsLargeAsCanBeWithItsVariables) {
  EXPECT_EQ(check_code(code(8 * kMiB - 4 * kKiB), 4 * kKiB), "no error");
}

TEST_F(FirmwareFile, IsTooLargeWithItsVariables) {
  EXPECT_THAT(check_code(code(8 * kMiB), 4 * kKiB), HasSubstr("at most 8 MiB with its variables"));
}

TEST_F(FirmwareFile, HasNoRoomBesideHugeVariables) {
  EXPECT_THAT(check(kGiB), HasSubstr("at most 8 MiB with its variables"));
}

TEST_F(FirmwareFile, IsCopied) {
  const Firmware firmware = open_firmware(files);
  folder.file("code", Bytes(8 * kKiB, 0x33));
  EXPECT_EQ(Bytes(firmware.code.data(), firmware.code.data() + firmware.code.size()), code());
}

TEST_F(FirmwareFile, MayHaveNoVariables) {
  EXPECT_FALSE(open_firmware(files).variables.bytes);
}

TEST_F(FirmwareFile, IsOpenedWithItsVariables) {
  files.variables.original = folder.file("original", volume());
  EXPECT_EQ(open_firmware(files).variables.bytes.size(), 4 * kKiB);
}

TEST_F(FirmwareFile, IsNotOpenedWhereItIsTooLargeWithItsVariables) {
  files.variables.original = folder.file("original", volume());
  folder.file("code", code(8 * kMiB));
  EXPECT_THAT(error_of([&] { open_firmware(files); }), HasSubstr("with its variables"));
}

}  // namespace
}  // namespace vireo::boot
