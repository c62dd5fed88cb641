#include <asm/bootparam.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vmm/boot/boot_fixture.h"
#include "vmm/boot/kernel.h"

namespace vireo::boot {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr uint64_t kPreferred = 0x1000000;
constexpr size_t kCodeOffset = 5 * 512;
constexpr size_t kCodeSize = 4096;

class BzImage : public testing::Test {
 protected:
  BzImage() {
    image.resize(kCodeOffset + kCodeSize, 0x90);
    std::fill(image.begin(), image.begin() + kCodeOffset, uint8_t{0});
    header.setup_sects = 4;
    header.syssize = kCodeSize / 16;
    header.boot_flag = 0xaa55;
    header.jump = 0x6aeb;
    header.header = 0x53726448;
    header.version = 0x020f;
    header.loadflags = LOADED_HIGH;
    header.initrd_addr_max = 0x7fffffff;
    header.kernel_alignment = 0x200000;
    header.relocatable_kernel = 1;
    header.xloadflags = XLF_KERNEL_64;
    header.cmdline_size = 2047;
    header.pref_address = kPreferred;
    header.init_size = 0x800000;
  }
  void write_kernel() {
    poke(image, 0x1f1, header);
    files.kernel = folder.file("kernel", image);
  }
  LoadedKernel load_image() {
    write_kernel();
    return load_kernel(files, memory, information);
  }
  std::string error() {
    write_kernel();
    return error_of([this] { load_kernel(files, memory, information); });
  }
  boot_params parameters() { return load<boot_params>(memory, 0x7000); }

  Folder folder;
  setup_header header{};
  std::vector<uint8_t> image;
  KernelFiles files{.command_line = "console=ttyS0"};
  platform::GuestMemory memory = make_memory(64 * base::kMiB);
  BootInformation information{.e820 = make_e820(memory.regions()), .rsdp = base::GuestAddress(0xe0000)};
};

TEST_F(BzImage, EntersAt0x200OfThePreferredAddress) {
  const LoadedKernel loaded = load_image();
  EXPECT_EQ(loaded.protocol, Protocol::kLinux64);
  EXPECT_EQ(loaded.entry.value(), kPreferred + 0x200);
}

TEST_F(BzImage, LoadsTheCodeOnly) {
  load_image();
  EXPECT_EQ(load<uint8_t>(memory, kPreferred), 0x90);
  EXPECT_EQ(load<uint8_t>(memory, kPreferred + kCodeSize - 1), 0x90);
  EXPECT_EQ(load<uint8_t>(memory, kPreferred + kCodeSize), 0);
}

TEST_F(BzImage, NeedsInitSize) {
  EXPECT_EQ(load_image().kernel, range(kPreferred, 0x800000));
}

TEST_F(BzImage, FourSetupSectorsWhenTheHeaderSaysNone) {
  header.setup_sects = 0;
  EXPECT_EQ(load_image().entry.value(), kPreferred + 0x200);
}

TEST_F(BzImage, MovesARelocatableKernelThatDoesNotFit) {
  header.pref_address = 60 * base::kMiB;
  EXPECT_EQ(load_image().kernel.start().value(), 2 * base::kMiB);
}

TEST_F(BzImage, RefusesToMoveOthers) {
  header.pref_address = 60 * base::kMiB;
  header.relocatable_kernel = 0;
  EXPECT_THAT(error(), HasSubstr("larger than guest memory: it needs 8 MiB in one piece, the guest has 64 MiB"));
}

TEST_F(BzImage, PassesTheCommandLine) {
  load_image();
  EXPECT_EQ(parameters().hdr.cmd_line_ptr, 0x20000u);
  EXPECT_STREQ(reinterpret_cast<const char*>(memory.bytes(base::GuestAddress(0x20000), 64).data()), "console=ttyS0");
}

TEST_F(BzImage, PassesTheRsdp) {
  load_image();
  EXPECT_EQ(parameters().acpi_rsdp_addr, 0xe0000u);
}

TEST_F(BzImage, PassesTheMemoryMap) {
  load_image();
  const boot_params zero_page = parameters();
  EXPECT_EQ(zero_page.e820_entries, information.e820.size());
  EXPECT_EQ(uint64_t{zero_page.e820_table[0].size}, 0x9fc00u);
}

TEST_F(BzImage, KeepsTheKernelsHeader) {
  load_image();
  EXPECT_EQ(uint16_t{parameters().hdr.version}, 0x020f);
  EXPECT_EQ(parameters().hdr.type_of_loader, 0xff);
  EXPECT_EQ(parameters().sentinel, 0);
}

TEST_F(BzImage, PutsTheInitrdAtTheTop) {
  files.initrd = folder.file("initrd", std::vector<uint8_t>(5000, 7));
  const LoadedKernel loaded = load_image();
  EXPECT_EQ(loaded.initrd, range(64 * base::kMiB - 8192, 5000));
  EXPECT_EQ(load<uint8_t>(memory, loaded.initrd.last().value()), 7);
  EXPECT_EQ(parameters().hdr.ramdisk_image, loaded.initrd.start().value());
  EXPECT_EQ(parameters().hdr.ramdisk_size, 5000u);
}

// boot.rst: initrd_addr_max is the address of the last byte.
TEST_F(BzImage, ObeysTheInitrdLimit) {
  header.initrd_addr_max = 32 * base::kMiB - 1;
  files.initrd = folder.file("initrd", std::vector<uint8_t>(4096, 7));
  EXPECT_EQ(load_image().initrd, range(32 * base::kMiB - 4096, 4096));
}

TEST_F(BzImage, PutsTheInitrdBelowTheKernelWhenThereIsNoRoomAbove) {
  header.initrd_addr_max = kPreferred + 0x7fffff;
  files.initrd = folder.file("initrd", std::vector<uint8_t>(4096, 7));
  EXPECT_EQ(load_image().initrd, range(kPreferred - 4096, 4096));
}

TEST_F(BzImage, RefusesAnInitrdThatIsTooLarge) {
  files.initrd = folder.path("initrd");
  folder.file("initrd", {1});
  std::filesystem::resize_file(files.initrd, 60 * base::kMiB);
  EXPECT_THAT(error(), AllOf(StartsWith("6|initrd /tmp/"), HasSubstr("needs 60 MiB of guest memory"),
                             HasSubstr("beside the kernel's 8 MiB"), HasSubstr("more memory")));
}

TEST_F(BzImage, RefusesAnInitrdThatIsMissing) {
  files.initrd = folder.path("none");
  EXPECT_THAT(error(), AllOf(StartsWith("6|initrd "), HasSubstr("/none: cannot open: ENOENT"),
                             HasSubstr("set boot.initrd to an existing file")));
}

TEST_F(BzImage, TakesTheLongestCommandLine) {
  files.command_line = std::string(2047, 'a');
  EXPECT_EQ(error(), "no error");
}

TEST_F(BzImage, RefusesALongerCommandLine) {
  files.command_line = std::string(2048, 'a');
  EXPECT_THAT(error(), AllOf(HasSubstr("the command line has 2048 characters, the kernel takes at most 2047"),
                             HasSubstr("shorten boot.cmdline")));
}

TEST_F(BzImage, BoundsTheCommandLineWhateverTheKernelSays) {
  header.cmdline_size = 0xffffffff;
  files.command_line = std::string(0x10000, 'a');
  EXPECT_THAT(error(), HasSubstr("at most 65535"));
}

TEST_F(BzImage, RefusesATruncatedFile) {
  image.resize(kCodeOffset + 1024);
  EXPECT_THAT(error(), AllOf(StartsWith("6|kernel "), HasSubstr("truncated: 3584 bytes of 6656")));
}

TEST_F(BzImage, RefusesAFileThatEndsInItsSetupCode) {
  image.resize(1024);
  EXPECT_THAT(error(), HasSubstr("truncated"));
}

TEST_F(BzImage, RefusesAnOldProtocol) {
  header.version = 0x020b;
  EXPECT_THAT(error(), HasSubstr("boot protocol 2.11 is too old"));
}

TEST_F(BzImage, RefusesA32BitKernel) {
  header.xloadflags = 0;
  EXPECT_THAT(error(), HasSubstr("a 32-bit kernel"));
}

TEST_F(BzImage, RefusesAWrongBootFlag) {
  header.boot_flag = 0;
  EXPECT_THAT(error(), HasSubstr("wrong magic numbers"));
}

TEST_F(BzImage, RefusesAHeaderThatEndsTooEarly) {
  header.jump = 0x10eb;
  EXPECT_THAT(error(), HasSubstr("damaged kernel header: it is too short"));
}

TEST_F(BzImage, RefusesAnAlignmentThatIsNone) {
  header.pref_address = ~uint64_t{0};
  header.kernel_alignment = 3;
  EXPECT_THAT(error(), HasSubstr("kernel_alignment is 3"));
}

TEST_F(BzImage, RefusesAPreferredAddressThatWraps) {
  header.pref_address = ~uint64_t{0} - 4096;
  header.relocatable_kernel = 0;
  EXPECT_THAT(error(), HasSubstr("larger than guest memory"));
}

TEST_F(BzImage, NeverLoadsBelow1MiB) {
  header.pref_address = 0x7000;
  EXPECT_EQ(load_image().kernel.start().value(), 2 * base::kMiB);
}

TEST_F(BzImage, RefusesAKernelLargerThanMemory) {
  header.init_size = 0xffffffff;
  EXPECT_THAT(error(), HasSubstr("larger than guest memory: it needs 4096 MiB"));
}

TEST_F(BzImage, LoadsAgainAfterAReboot) {
  load_image();
  memory.write_object(base::GuestAddress(kPreferred), uint64_t{0});
  load_image();
  EXPECT_EQ(load<uint8_t>(memory, kPreferred), 0x90);
}

}  // namespace
}  // namespace vireo::boot
