#pragma once

#include <array>
#include <string>
#include <vector>

#include "vmm/cli/command.h"

namespace vireo::cli {

// What can stand at a place, which is a command's path and how many values are before it: "vireo run 0".
struct Place {
  std::string name;
  const std::vector<Command>* verbs;  // or else
  const Value* value;
};

// An option that takes a value, with its command's path: "vireo run --timings".
struct ValuedOption {
  std::string name;
  const Value* value;
};

// Values that repeat: the place `name` is that of value `again`.
struct Turn {
  std::string name;
  size_t again;
};

// What can follow a key of pairs: at the place behind it, `choices`.
struct Follower {
  std::string name;  // of the place
  std::string key;
  const std::vector<std::string>* choices;
};

// What can follow what. The scripts of bash and fish go through the words before the cursor by these.
struct Places {
  std::vector<std::string> commands;  // the paths of all verbs
  std::vector<Place> places;
  std::vector<Turn> turns;
  std::vector<Follower> followers;
  std::vector<ValuedOption> valued_options;

  // Return names of options whose next word is their value, whatever it is.
  std::vector<std::string> greedy_options() const;
  // Return each choice with its option where the option does without: "vireo run --timings json".
  std::vector<std::string> optional_choices() const;
  // Return the names of all options that take a value.
  std::vector<std::string> option_names() const;
};

// Return what can stand where. Lifetime: the program's.
Places places_of(const Command& program);

// A function that each script has: prints a line for each guest, or PF. Its command is the same in all shells.
struct Lister {
  Kind kind;
  const char* name;
  const char* command;
};
inline constexpr std::array kListers{
    Lister{Kind::kGuest, "guests", "vireo show 2>/dev/null | sed -n 's/  process .*//p'"},
    // By sh, as a pattern that fits nothing is an error in zsh and fish.
    Lister{Kind::kPhysicalFunction, "pfs",
           "sh -c 'ls -d /sys/class/net/*/device/sriov_numvfs /sys/class/nvme/*/device/sriov_numvfs 2>/dev/null | "
           "cut -d/ -f5'"},
};

// Return the lister of a kind, if it has one.
const Lister* lister(Kind kind);

// Return the functions of all listers: `form` with the program's name, a lister's and its command put in.
std::string listers(const Command& program, const char* form);

// Return the names put into `form` ("'{}'"), with `between` between them; of none, something that nobody types.
std::string patterns(const std::vector<std::string>& names, const char* form, const char* between);

}  // namespace vireo::cli
