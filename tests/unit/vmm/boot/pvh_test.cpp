#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vmm/boot/boot_fixture.h"
#include "vmm/boot/kernel.h"
#include "vmm/boot/pvh_abi.h"

namespace vireo::boot {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr uint64_t kLoad = 0x1000000;
constexpr uint64_t kNoteOffset = 0x200;
constexpr uint64_t kCodeOffset = 0x1000;

class Pvh : public testing::Test {
 protected:
  Pvh() {
    const uint8_t identity[EI_NIDENT] = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT};
    std::memcpy(header.e_ident, identity, sizeof identity);
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 2;
    code = {.p_type = PT_LOAD, .p_offset = kCodeOffset, .p_paddr = kLoad, .p_filesz = 0x1000, .p_memsz = 0x3000};
    note = {.p_type = PT_NOTE, .p_offset = kNoteOffset, .p_filesz = 20};
    poke(image, kNoteOffset, Elf64_Nhdr{4, 4, 18});
    poke(image, kNoteOffset + 12, std::array<char, 4>{'X', 'e', 'n', 0});
    poke(image, kNoteOffset + 16, static_cast<uint32_t>(kLoad + 0x80));
    image.resize(kCodeOffset + 0x1000, 0x90);
  }
  void write_kernel() {
    poke(image, 0, header);
    poke(image, sizeof header, code);
    poke(image, sizeof header + sizeof code, note);
    files.kernel = folder.file("vmlinux", image);
  }
  LoadedKernel load_image() {
    write_kernel();
    return load_kernel(files, memory, information);
  }
  std::string error() {
    write_kernel();
    return error_of([this] { load_kernel(files, memory, information); });
  }
  pvh::StartInfo start_info() { return load<pvh::StartInfo>(memory, 0x6000); }

  Folder folder;
  Elf64_Ehdr header{};
  Elf64_Phdr code{};
  Elf64_Phdr note{};
  std::vector<uint8_t> image;
  KernelFiles files{.command_line = "quiet"};
  platform::GuestMemory memory = make_memory(32 * base::kMiB);
  BootInformation information{.e820 = make_e820(memory.regions()), .rsdp = base::GuestAddress(0xe0000)};
};

TEST_F(Pvh, EntersWhereTheNoteSays) {
  const LoadedKernel loaded = load_image();
  EXPECT_EQ(loaded.protocol, Protocol::kPvh);
  EXPECT_EQ(loaded.entry.value(), kLoad + 0x80);
  EXPECT_EQ(loaded.parameters.value(), 0x6000u);
}

TEST_F(Pvh, LoadsSegments) {
  EXPECT_EQ(load_image().kernel, range(kLoad, 0x3000));
  EXPECT_EQ(load<uint8_t>(memory, kLoad + 0xfff), 0x90);
}

TEST_F(Pvh, ClearsWhatTheFileDoesNotFill) {
  memory.write_object(base::GuestAddress(kLoad + 0x2000), uint64_t{0x1234});
  load_image();
  EXPECT_EQ(load<uint64_t>(memory, kLoad + 0x2000), 0u);
}

TEST_F(Pvh, StartInfoDescribesTheMachine) {
  load_image();
  const pvh::StartInfo info = start_info();
  EXPECT_EQ(info.magic, 0x336ec578u);
  EXPECT_EQ(info.version, 1u);
  EXPECT_EQ(info.rsdp, 0xe0000u);
  EXPECT_EQ(info.memory_map_entries, information.e820.size());
  EXPECT_EQ(load<pvh::MemoryMapEntry>(memory, info.memory_map).size, 0x9fc00u);
}

TEST_F(Pvh, PassesTheCommandLine) {
  load_image();
  EXPECT_STREQ(reinterpret_cast<const char*>(memory.bytes(base::GuestAddress(start_info().command_line), 16).data()),
               "quiet");
}

TEST_F(Pvh, HasNoModuleWithoutAnInitrd) {
  load_image();
  EXPECT_EQ(start_info().module_count, 0u);
}

TEST_F(Pvh, PassesTheInitrdAsAModule) {
  files.initrd = folder.file("initrd", std::vector<uint8_t>(100, 7));
  const LoadedKernel loaded = load_image();
  const auto module = load<pvh::Module>(memory, start_info().modules);
  EXPECT_EQ(start_info().module_count, 1u);
  EXPECT_EQ(module.address, loaded.initrd.start().value());
  EXPECT_EQ(module.size, 100u);
}

TEST_F(Pvh, SkipsOtherNotes) {
  poke(image, kNoteOffset, Elf64_Nhdr{3, 5, 1});
  poke(image, kNoteOffset + 24, Elf64_Nhdr{4, 8, 18});
  poke(image, kNoteOffset + 36, std::array<char, 4>{'X', 'e', 'n', 0});
  poke(image, kNoteOffset + 40, kLoad + 0x100);
  note.p_filesz = 48;
  EXPECT_EQ(load_image().entry.value(), kLoad + 0x100);
}

TEST_F(Pvh, NamesConfigPvhWhenTheNoteIsMissing) {
  note.p_type = PT_NULL;
  EXPECT_THAT(error(), AllOf(HasSubstr("without a PVH entry note"), HasSubstr("CONFIG_PVH=y")));
}

TEST_F(Pvh, RefusesAnotherOwnersNote) {
  poke(image, kNoteOffset + 12, std::array<char, 4>{'G', 'N', 'U', 0});
  EXPECT_THAT(error(), HasSubstr("without a PVH entry note"));
}

TEST_F(Pvh, SurvivesANoteWithImpossibleSizes) {
  poke(image, kNoteOffset, Elf64_Nhdr{0xffffffff, 0xffffffff, 18});
  EXPECT_THAT(error(), HasSubstr("without a PVH entry note"));
}

TEST_F(Pvh, RefusesAnotherArchitecture) {
  header.e_machine = EM_AARCH64;
  EXPECT_THAT(error(), HasSubstr("another architecture (e_machine 183)"));
}

TEST_F(Pvh, RefusesA32BitFile) {
  header.e_ident[EI_CLASS] = ELFCLASS32;
  EXPECT_THAT(error(), HasSubstr("a 32-bit ELF file"));
}

TEST_F(Pvh, RefusesAModule) {
  header.e_type = ET_REL;
  EXPECT_THAT(error(), HasSubstr("not executable"));
}

TEST_F(Pvh, RefusesManyProgramHeaders) {
  header.e_phnum = 0xffff;
  EXPECT_THAT(error(), HasSubstr("65535 program headers"));
}

TEST_F(Pvh, RefusesProgramHeadersThatWrap) {
  header.e_phoff = ~uint64_t{0} - 8;
  EXPECT_THAT(error(), HasSubstr("truncated"));
}

TEST_F(Pvh, RefusesASegmentThatWraps) {
  code.p_paddr = ~uint64_t{0} - 0x1000;
  EXPECT_THAT(error(), HasSubstr("a segment's size is impossible"));
}

TEST_F(Pvh, RefusesASegmentSmallerThanItsFilePart) {
  code.p_memsz = 0x800;
  EXPECT_THAT(error(), HasSubstr("a segment's size is impossible"));
}

TEST_F(Pvh, RefusesASegmentPastTheFile) {
  code.p_offset = 0x1800;
  EXPECT_THAT(error(), HasSubstr("truncated"));
}

TEST_F(Pvh, RefusesASegmentBelow1MiB) {
  code.p_paddr = 0x6000;
  EXPECT_THAT(error(), HasSubstr("has a segment below 1 MiB"));
}

TEST_F(Pvh, RefusesAKernelLargerThanMemory) {
  code.p_memsz = 64 * base::kMiB;
  EXPECT_THAT(error(), HasSubstr("larger than guest memory: it needs 80 MiB in one piece, the guest has 32 MiB"));
}

TEST_F(Pvh, RefusesAnEntryOutsideTheKernel) {
  poke(image, kNoteOffset + 16, uint32_t{0x500});
  EXPECT_THAT(error(), HasSubstr("PVH entry is outside its segments"));
}

}  // namespace
}  // namespace vireo::boot
