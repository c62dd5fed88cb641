#pragma once

#include <string>
#include <string_view>

#include "vmm/cli/command.h"

namespace vireo::cli {

// What the definition of the command line does not say, in roff.
struct ManProse {
  std::string_view description;
  std::string_view commands;  // for each command some lines after one of `.\" PATH`, PATH without the program's name
  std::string_view sections;  // those after OPTIONS
};

// vmm/man/*.roff, as they were when vireo was built.
extern const ManProse kManProse;

// Return the man page of a program and its version.
// Errors: kInternal, where the prose has lines for a command that there is not.
std::string man_page(const Command& program, std::string_view version, const ManProse& prose);

}  // namespace vireo::cli
