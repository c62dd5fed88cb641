#include "emulated/block/disk_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/temporary_image.h"

namespace vireo::emulated {
namespace {

using fakes::TemporaryImage;
using testing::AllOf;
using testing::HasSubstr;

// Return what the user is told: message, then help.
std::string refusal(const DiskSettings& settings) {
  try {
    const DiskImage image(settings);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::ExitCode::kBootImage);
    return std::string(error.what()) + " | " + error.help();
  }
  return "none";
}

TEST(DiskImage, KnowsItsSize) {
  const TemporaryImage file(16);
  const DiskImage image({.path = file.path()});
  EXPECT_EQ(image.size(), 16u * 512);
  EXPECT_EQ(image.logical_block(), 512u);
  EXPECT_EQ(image.direct_file(), -1);
}

TEST(DiskImage, FollowsItsSize) {
  const TemporaryImage file(16);
  DiskImage image({.path = file.path()});
  EXPECT_FALSE(image.look_at_size());
  file.resize(64 * 512);
  EXPECT_TRUE(image.look_at_size());
  EXPECT_EQ(image.size(), 64u * 512);
}

TEST(DiskImage, RoundsANewSizeDown) {
  const TemporaryImage file(16);
  DiskImage image({.path = file.path()});
  file.resize(17 * 512 + 1);
  EXPECT_TRUE(image.look_at_size());
  EXPECT_EQ(image.size(), 17u * 512);
}

TEST(DiskImage, SaysWhatIsMissing) {
  EXPECT_THAT(refusal({.path = "/nowhere/disk"}), AllOf(HasSubstr("/nowhere/disk"), HasSubstr("ENOENT")));
}

TEST(DiskImage, RefusesAFolder) {
  EXPECT_THAT(refusal({.path = "/tmp", .read_only = true}), HasSubstr("neither a file nor a block device"));
}

TEST(DiskImage, RefusesAnEmptyFile) {
  const TemporaryImage file(0);
  EXPECT_THAT(refusal({.path = file.path()}), AllOf(HasSubstr("empty"), HasSubstr("truncate -s")));
}

TEST(DiskImage, RefusesHalfASector) {
  const TemporaryImage file(1);
  file.resize(700);
  EXPECT_THAT(refusal({.path = file.path()}), AllOf(HasSubstr("700"), HasSubstr("truncate -s %512 " + file.path())));
}

// The guest would see one large file of noise, and write over it.
TEST(DiskImage, RefusesOtherFormats) {
  const TemporaryImage file(16);
  file.write(0, {'Q', 'F', 'I', 0xfb});
  EXPECT_THAT(refusal({.path = file.path()}), AllOf(HasSubstr("qcow2"), HasSubstr("qemu-img convert")));
}

// Also for root: sysfs looks at the file's mode.
TEST(DiskImage, SaysThatItMayNotWrite) {
  EXPECT_THAT(refusal({.path = "/sys/kernel/notes"}), AllOf(HasSubstr("EACCES"), HasSubstr("read_only: true")));
}

TEST(DiskImage, RefusesAnotherGuestsImage) {
  const TemporaryImage file(16);
  const DiskImage first({.path = file.path()});
  EXPECT_THAT(refusal({.path = file.path()}),
              AllOf(HasSubstr("another guest uses it: process " + std::to_string(::getpid()))));
  EXPECT_THAT(refusal({.path = file.path(), .read_only = true}), HasSubstr("another guest"));
}

TEST(DiskImage, ChecksTheLockWithoutTakingIt) {
  const TemporaryImage file(16);
  EXPECT_EQ(DiskImage::check({.path = file.path()}), 16u * 512);
  const DiskImage first({.path = file.path()});
  EXPECT_THROW(DiskImage::check({.path = file.path()}), base::Error);
}

TEST(DiskImage, IsSharedByReaders) {
  const TemporaryImage file(16);
  const DiskImage first({.path = file.path(), .read_only = true});
  EXPECT_EQ(refusal({.path = file.path(), .read_only = true}), "none");
  EXPECT_THAT(refusal({.path = file.path()}), HasSubstr("another guest"));
}

}  // namespace
}  // namespace vireo::emulated
