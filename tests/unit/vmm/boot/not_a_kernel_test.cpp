#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/vmm/boot/boot_fixture.h"
#include "vmm/boot/kernel.h"

namespace vireo::boot {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class NotAKernel : public testing::Test {
 protected:
  std::string error(const std::string& path) {
    return error_of([&] { load_kernel({.kernel = path}, memory, {}); });
  }
  std::string error_for(std::vector<uint8_t> content) { return error(folder.file("file", content)); }

  Folder folder;
  platform::GuestMemory memory = make_memory(4 * base::kMiB);
};

TEST_F(NotAKernel, Missing) {
  EXPECT_THAT(error("/nowhere/vmlinuz"),
              AllOf(StartsWith("6|kernel /nowhere/vmlinuz: cannot open: ENOENT"), HasSubstr("|set boot.kernel to")));
}

TEST_F(NotAKernel, Empty) {
  EXPECT_THAT(error_for({}), HasSubstr("the file is empty"));
}

TEST_F(NotAKernel, Directory) {
  EXPECT_THAT(error("/tmp"), HasSubstr("not a regular file"));
}

TEST_F(NotAKernel, FifoDoesNotHang) {
  ::mkfifo(folder.path("fifo").c_str(), 0600);
  EXPECT_THAT(error(folder.path("fifo")), HasSubstr("not a regular file"));
}

TEST_F(NotAKernel, Gzip) {
  EXPECT_THAT(error_for({0x1f, 0x8b, 8, 0}), AllOf(HasSubstr("looks like gzip-compressed data"), HasSubstr("gunzip")));
}

TEST_F(NotAKernel, Xz) {
  EXPECT_THAT(error_for({0xfd, '7', 'z', 'X', 'Z', 0}), HasSubstr("xz-compressed data"));
}

TEST_F(NotAKernel, Initrd) {
  EXPECT_THAT(error_for({'0', '7', '0', '7', '0', '1'}), AllOf(HasSubstr("cpio archive"), HasSubstr("boot.initrd")));
}

TEST_F(NotAKernel, ArmImage) {
  std::vector<uint8_t> content{'M', 'Z'};
  poke(content, 0x38, std::array<char, 4>{'A', 'R', 'M', 0x64});
  EXPECT_THAT(error_for(content), HasSubstr("raw arm64 Image"));
}

TEST_F(NotAKernel, DiskImage) {
  std::vector<uint8_t> content;
  poke(content, 510, uint16_t{0xaa55});
  EXPECT_THAT(error_for(content), HasSubstr("a disk image or boot sector"));
}

TEST_F(NotAKernel, Anything) {
  EXPECT_THAT(error_for({1, 2, 3}), AllOf(HasSubstr("neither a bzImage"), HasSubstr("a raw Image cannot be booted")));
}

TEST_F(NotAKernel, ElfOfFourBytes) {
  EXPECT_THAT(error_for({0x7f, 'E', 'L', 'F'}), HasSubstr("truncated"));
}

}  // namespace
}  // namespace vireo::boot
