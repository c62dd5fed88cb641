#include "vmm/boot/firmware_variables.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/unit/vmm/boot/boot_fixture.h"
#include "vmm/base/bits.h"

namespace vireo::boot {
namespace {

using base::kKiB;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

using Bytes = std::vector<uint8_t>;

// UEFI PI 1.8 volume 3, 3.2.1: a firmware volume has "_FVH" at 40.
Bytes volume(uint8_t fill, size_t size = 4 * kKiB) {
  Bytes bytes(size, fill);
  poke(bytes, 40, std::array<char, 4>{'_', 'F', 'V', 'H'});
  return bytes;
}

Bytes content(const Variables& variables) {
  return {variables.bytes.data(), variables.bytes.data() + variables.bytes.size()};
}

// As if the disk had room for so many bytes only.
class ShortDisk {
 public:
  explicit ShortDisk(rlim_t size) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = size, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~ShortDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before_{};
};

// An original, and a file that is made from it.
class FirmwareVariables : public testing::Test {
 protected:
  std::string check() const {
    return error_of([this] { check_variables(files); });
  }
  std::string open() const {
    return error_of([this] { open_variables(files); });
  }
  Bytes bytes_of(const std::string& path) const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const Bytes& bytes) { folder.file("vars", bytes); }

  Folder folder;
  VariablesFiles files{.path = folder.path("vars"), .original = folder.file("original", volume(0x11))};
};

TEST_F(FirmwareVariables, MayBeNone) {
  EXPECT_EQ(check_variables({}), 0u);
  EXPECT_FALSE(open_variables({}).bytes);
}

TEST_F(FirmwareVariables, HaveTheOriginalsSizeBeforeTheyAreMade) {
  EXPECT_EQ(check_variables(files), 4 * kKiB);
}

TEST_F(FirmwareVariables, AreNotMadeByALook) {
  check();
  EXPECT_FALSE(std::filesystem::exists(files.path));
}

TEST_F(FirmwareVariables, AreMadeFromTheOriginal) {
  const Variables variables = open_variables(files);
  EXPECT_EQ(content(variables), volume(0x11));
  EXPECT_EQ(bytes_of(files.path), volume(0x11));
}

// They may hold keys.
TEST_F(FirmwareVariables, AreMadeForTheirUserOnly) {
  open_variables(files);
  struct stat status {};
  ::stat(files.path.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(FirmwareVariables, LeaveNothingElseInTheFolder) {
  open_variables(files);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path(".")), {}), 2);
}

TEST_F(FirmwareVariables, OutliveTheGuest) {
  open_variables(files).bytes.data()[7] = 0x22;
  EXPECT_EQ(open_variables(files).bytes.data()[7], 0x22);
}

TEST_F(FirmwareVariables, AreWrittenToTheFile) {
  const Variables variables = open_variables(files);
  variables.bytes.data()[7] = 0x22;
  sync_variables(variables);
  EXPECT_EQ(bytes_of(files.path).at(7), 0x22);
}

TEST_F(FirmwareVariables, ThatWereThereAreKept) {
  write(volume(0x44));
  EXPECT_EQ(content(open_variables(files)), volume(0x44));
}

TEST_F(FirmwareVariables, ThatWereThereNeedNoOriginal) {
  write(volume(0x44));
  files.original.clear();
  EXPECT_EQ(check_variables(files), 4 * kKiB);
  EXPECT_EQ(content(open_variables(files)), volume(0x44));
}

TEST_F(FirmwareVariables, WithoutAFileDoNotOutliveTheGuest) {
  files.path.clear();
  const Variables variables = open_variables(files);
  variables.bytes.data()[0] = 0x22;
  sync_variables(variables);
  EXPECT_EQ(bytes_of(files.original), volume(0x11));
}

TEST_F(FirmwareVariables, AreOneGuestsOnly) {
  const Variables first = open_variables(files);
  EXPECT_THAT(open(), AllOf(StartsWith("6|firmware variables"), HasSubstr("another guest has them"),
                            EndsWith("a file of its own: boot.vars")));
}

TEST_F(FirmwareVariables, AreTheNextGuestsWhenOneHasEnded) {
  open_variables(files);
  EXPECT_EQ(open(), "no error");
}

TEST_F(FirmwareVariables, AreMissing) {
  files.original.clear();
  EXPECT_THAT(check(), AllOf(StartsWith("6|firmware variables"), HasSubstr("there is no such file"),
                             HasSubstr("|copy the firmware's own")));
}

TEST_F(FirmwareVariables, HaveAnOriginalThatIsMissing) {
  files.original = folder.path("nowhere");
  EXPECT_THAT(check(), AllOf(StartsWith("6|firmware variables"), HasSubstr("cannot open: ENOENT")));
}

TEST_F(FirmwareVariables, AreNoWholePages) {
  write(volume(0x44, 4100));
  EXPECT_THAT(check(), HasSubstr("these are no UEFI variables"));
}

TEST_F(FirmwareVariables, AreNoFirmwareVolume) {
  write(Bytes(4 * kKiB));
  EXPECT_THAT(check(), AllOf(HasSubstr("these are no UEFI variables"), HasSubstr("|set boot.vars to")));
}

TEST_F(FirmwareVariables, AreShorterThanAFirmwareVolumesHeader) {
  write(Bytes(10));
  EXPECT_THAT(check(), HasSubstr("these are no UEFI variables"));
}

TEST_F(FirmwareVariables, AreOfAnotherFirmware) {
  write(volume(0x44, 8 * kKiB));
  EXPECT_THAT(check(), HasSubstr("it has 8192 bytes, this firmware's variables have 4096"));
  EXPECT_THAT(open(), HasSubstr("it has 8192 bytes"));
}

TEST_F(FirmwareVariables, AreAFolder) {
  files.path = folder.path(".");
  EXPECT_THAT(check(), AllOf(HasSubstr("not a regular file"), HasSubstr("|set boot.vars to")));
}

TEST_F(FirmwareVariables, CannotBeMadeInAFolderThatIsNotThere) {
  files.path = folder.path("nowhere/vars");
  EXPECT_THAT(check(), AllOf(StartsWith("6|firmware variables"), HasSubstr("cannot be written: ENOENT"),
                             HasSubstr("|set boot.vars to")));
  EXPECT_THAT(open(), HasSubstr("cannot be written: ENOENT"));
}

// Whoever runs this may write everywhere, but not below a file.
TEST_F(FirmwareVariables, CannotBeMadeWhereNobodyMayWrite) {
  files.path = folder.path("original/vars");
  EXPECT_THAT(check(), HasSubstr("cannot be written: ENOTDIR"));
  EXPECT_THAT(open(), HasSubstr("cannot be written: ENOTDIR"));
}

TEST_F(FirmwareVariables, AreNeverHalfMade) {
  const ShortDisk disk(1024);
  EXPECT_THAT(open(), HasSubstr("cannot be written: EFBIG"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path(".")), {}), 1);
}

// A name that is taken meanwhile by what nobody can open.
TEST_F(FirmwareVariables, DoNotReplaceALinkToNowhere) {
  std::filesystem::create_symlink(folder.path("nowhere"), files.path);
  EXPECT_THAT(open(), HasSubstr("cannot be written: ENOENT"));
  EXPECT_TRUE(std::filesystem::is_symlink(files.path));
}

}  // namespace
}  // namespace vireo::boot
