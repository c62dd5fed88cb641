#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vireo::compare {

// What a program or a shared library wants to be loaded with.
struct ElfNeeds {
  std::string interpreter;             // its loader's path; empty: none
  std::vector<std::string> libraries;  // DT_NEEDED
  std::string folders;                 // DT_RUNPATH or DT_RPATH: by colons, may have $ORIGIN
};

// Read an ELF file for x86-64. Nothing in it is believed: what points out of it is refused.
// Errors: base::Error (kHost): it is no such file, or a damaged one; `name` begins the message.
// Source: System V ABI, "Object Files" and "Program Loading and Dynamic Linking".
ElfNeeds read_elf(std::string_view file, const std::string& name);

}  // namespace vireo::compare
