#include "vmm/compare/elf.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "vmm/base/fd.h"
#include "vmm/compare/fio_files.h"

namespace vireo::compare {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;

template <typename Record>
void put(std::string& file, size_t offset, const Record& record) {
  if (file.size() < offset + sizeof record) file.resize(offset + sizeof record);
  std::memcpy(file.data() + offset, &record, sizeof record);
}

// A header, three segments, a table of four entries and the names, loaded at 0x10000.
struct Small {
  static constexpr uint64_t kBase = 0x10000;
  static constexpr size_t kSegments = sizeof(Elf64_Ehdr);
  static constexpr size_t kTable = kSegments + 3 * sizeof(Elf64_Phdr);
  static constexpr size_t kNames = kTable + 4 * sizeof(Elf64_Dyn);

  Small() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_machine = EM_X86_64;
    header.e_phoff = kSegments;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 3;
  }

  std::string file() const {
    const std::string names("\0libx.so.1\0/opt/x:$ORIGIN\0/lib64/ld.so\0", 39);
    std::string bytes;
    put(bytes, 0, header);
    put(bytes, kSegments, Elf64_Phdr{.p_type = PT_LOAD, .p_vaddr = kBase, .p_filesz = kNames + names.size()});
    put(bytes, kSegments + sizeof(Elf64_Phdr), Elf64_Phdr{.p_type = PT_INTERP, .p_offset = kNames + 26});
    put(bytes, kSegments + 2 * sizeof(Elf64_Phdr),
        Elf64_Phdr{.p_type = PT_DYNAMIC, .p_offset = kTable, .p_filesz = 4 * sizeof(Elf64_Dyn)});
    put(bytes, kTable, Elf64_Dyn{.d_tag = DT_NEEDED, .d_un = {needed}});
    put(bytes, kTable + sizeof(Elf64_Dyn), Elf64_Dyn{.d_tag = DT_RUNPATH, .d_un = {11}});
    put(bytes, kTable + 2 * sizeof(Elf64_Dyn), Elf64_Dyn{.d_tag = DT_STRTAB, .d_un = {kBase + kNames}});
    put(bytes, kTable + 3 * sizeof(Elf64_Dyn), Elf64_Dyn{.d_tag = DT_NULL});
    return bytes + names;
  }

  Elf64_Ehdr header{};
  uint64_t needed = 1;
};

TEST(Elf, SaysWhatItNeeds) {
  const ElfNeeds needs = read_elf(Small().file(), "small");
  EXPECT_THAT(needs.libraries, ElementsAre("libx.so.1"));
  EXPECT_EQ(needs.folders, "/opt/x:$ORIGIN");
  EXPECT_EQ(needs.interpreter, "/lib64/ld.so");
}

TEST(Elf, OfAnotherKindIsRefused) {
  Small other;
  other.header.e_machine = EM_AARCH64;
  EXPECT_THROW(read_elf(other.file(), "other"), base::Error);
  EXPECT_THROW(read_elf("", "empty"), base::Error);
  EXPECT_THROW(read_elf("#!/bin/sh\n", "script"), base::Error);
}

TEST(Elf, ThatIsCutOffIsRefused) {
  const std::string file = Small().file();
  for (size_t size = 0; size < file.size(); ++size)
    EXPECT_THROW(read_elf(std::string_view(file).substr(0, size), "cut"), base::Error) << size;
}

TEST(Elf, ThatPointsOutOfItselfIsRefused) {
  Small far;
  for (const uint64_t needed : {uint64_t{1} << 20, ~uint64_t{0}, ~uint64_t{0} - 100}) {
    far.needed = needed;
    EXPECT_THROW(read_elf(far.file(), "far"), base::Error) << needed;
  }
  Small nowhere;
  nowhere.header.e_phoff = ~uint64_t{0} - 8;
  EXPECT_THROW(read_elf(nowhere.file(), "nowhere"), base::Error);
}

// Whatever is damaged: read, or refused, and no access outside (AddressSanitizer looks).
TEST(Elf, WithADamagedByteIsReadOrRefused) {
  const std::string file = Small().file();
  for (size_t i = 0; i < file.size(); ++i)
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string damaged = file;
      damaged[i] = byte;
      try {
        read_elf(damaged, "damaged");
      } catch (const base::Error&) {
      }
    }
}

TEST(FioFiles, AreTheProgramItsLoaderAndAllLibraries) {
  const auto files = files_for_guest("/bin/sh");
  EXPECT_EQ(files.at(0).name, "fio/fio");
  EXPECT_THAT(files, Contains(Field(&boot::InitramfsFile::name, "lib64/ld-linux-x86-64.so.2")));
  EXPECT_THAT(files, Contains(Field(&boot::InitramfsFile::name, "fio/lib/libc.so.6")));
}

TEST(FioFiles, AreAllThereOrNone) {
  EXPECT_THROW(files_for_guest("/nowhere/fio"), base::Error);
  EXPECT_THROW(files_for_guest("/etc/passwd"), base::Error);
}

TEST(FioFiles, AreNamedToTheAgent) {
  const FioFiles fio{.version = "fio-3.33", .engine = "libaio", .guests = {}};
  EXPECT_EQ(fio_words(fio, true), "fio libaio /fio/fio");
  EXPECT_EQ(fio_words(fio, false), "fio libaio /usr/bin/fio");
}

}  // namespace
}  // namespace vireo::compare
