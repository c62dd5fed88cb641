#pragma once

#include <string>

#include "vmm/cli/command.h"

namespace vireo::cli {

// Return a shell's script that completes the program's command line. Only guests and PFs are looked up at each Tab.
std::string bash_completion(const Command& program);
std::string zsh_completion(const Command& program);
std::string fish_completion(const Command& program);

}  // namespace vireo::cli
