#pragma once

#include <string>

#include "vmm/cli/command.h"

namespace vireo::cli {

// Return the man page's SYNOPSIS: a line for the program, and one for each command that does something.
std::string synopsis(const Command& program);

// Return what a command takes, each with a blank in front: " FILE", " [NAME]", " SETTINGS ...".
std::string values_of(const Command& command);

// Return an option's spellings with what it takes: "--timings [FORM]".
std::string option_heading(const Option& option);

}  // namespace vireo::cli
