#include "vmm/compare/elf.h"

#include <elf.h>

#include <cstring>

#include "vmm/base/error.h"

namespace vireo::compare {
namespace {

constexpr size_t kMostNeeded = 256;

class ElfReader {
 public:
  ElfReader(std::string_view file, const std::string& name) : file_(file), name_(name) {}

  ElfNeeds read() {
    header_ = at<Elf64_Ehdr>(0);
    if (std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0 || header_.e_ident[EI_CLASS] != ELFCLASS64 ||
        header_.e_machine != EM_X86_64 || header_.e_phentsize != sizeof(Elf64_Phdr))
      refuse("is no program or library for x86-64");
    for (unsigned i = 0; i < header_.e_phnum; ++i) {
      const Elf64_Phdr segment = segment_at(i);
      if (segment.p_type == PT_INTERP) needs_.interpreter = text_at(segment.p_offset);
      if (segment.p_type == PT_DYNAMIC) read_dynamic(segment);
    }
    return std::move(needs_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw base::Error(base::ExitCode::kHost, name_ + " " + what);
  }

  template <typename Record>
  Record at(uint64_t offset) const {
    if (file_.size() < sizeof(Record) || offset > file_.size() - sizeof(Record)) refuse("ends too early");
    Record record;
    std::memcpy(&record, file_.data() + offset, sizeof record);
    return record;
  }

  Elf64_Phdr segment_at(unsigned index) const {
    if (header_.e_phoff > file_.size()) refuse("ends too early");
    return at<Elf64_Phdr>(header_.e_phoff + index * sizeof(Elf64_Phdr));
  }

  std::string text_at(uint64_t offset) const {
    if (offset >= file_.size()) refuse("ends too early");
    const size_t end = file_.find('\0', offset);
    if (end == std::string_view::npos) refuse("has a name without an end");
    return std::string(file_.substr(offset, end - offset));
  }

  // Where in the file is what is loaded at the address?
  uint64_t offset_of(uint64_t address) const {
    for (unsigned i = 0; i < header_.e_phnum; ++i) {
      const Elf64_Phdr segment = segment_at(i);
      if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz &&
          segment.p_offset <= file_.size())
        return segment.p_offset + (address - segment.p_vaddr);
    }
    refuse("has a table that is not in it");
  }

  void read_dynamic(const Elf64_Phdr& segment) {
    if (segment.p_offset > file_.size()) refuse("ends too early");
    uint64_t table = 0;
    std::vector<uint64_t> libraries;
    std::vector<uint64_t> folders;
    for (uint64_t at_byte = 0; at_byte < segment.p_filesz; at_byte += sizeof(Elf64_Dyn)) {
      const auto entry = at<Elf64_Dyn>(segment.p_offset + at_byte);
      if (entry.d_tag == DT_NULL) break;
      if (entry.d_tag == DT_STRTAB) table = offset_of(entry.d_un.d_ptr);
      if (entry.d_tag == DT_NEEDED) libraries.push_back(entry.d_un.d_val);
      if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH) folders.push_back(entry.d_un.d_val);
      if (libraries.size() > kMostNeeded) refuse("needs too many libraries");
    }
    for (const uint64_t name : libraries) needs_.libraries.push_back(string_of(table, name));
    for (const uint64_t name : folders) needs_.folders = string_of(table, name);
  }

  std::string string_of(uint64_t table, uint64_t name) const {
    if (table == 0 || name > file_.size()) refuse("has a name that is not in it");
    return text_at(table + name);
  }

  std::string_view file_;
  const std::string& name_;
  Elf64_Ehdr header_{};
  ElfNeeds needs_;
};

}  // namespace

ElfNeeds read_elf(std::string_view file, const std::string& name) {
  return ElfReader(file, name).read();
}

}  // namespace vireo::compare
