#include "vmm/cli/synopsis.h"

#include <algorithm>

#include "vmm/cli/roff.h"

namespace vireo::cli {
namespace {

const std::string& name_of(const Option& option) {
  return option.spellings.back();
}

bool contains(const std::vector<std::string>& names, const Option& option) {
  return std::ranges::find(names, name_of(option)) != names.end();
}

std::string value_of(const Option& option) {
  if (!option.value) return "";
  return option.value->required ? " " + italic(option.value->name) : " [" + italic(option.value->name) + "]";
}

// Return an option with those that want it: "--fix [--yes]".
std::string with_needing(const Command& command, const Option& option) {
  std::string text = bold(name_of(option)) + value_of(option);
  for (const Option& other : command.options)
    if (contains(other.needs, option)) text += " [" + with_needing(command, other) + "]";
  return text;
}

// Return the option with those after it that cannot stand beside it, and take note of them.
std::string with_alternatives(const Command& command, const Option& option, std::vector<std::string>& said) {
  std::string text = with_needing(command, option);
  for (const Option& other : command.options) {
    if (!contains(option.excludes, other)) continue;
    text += "|" + with_needing(command, other);
    said.push_back(name_of(other));
  }
  return text;
}

std::string options_of(const Command& command) {
  std::string text;
  std::vector<std::string> said{"--help"};  // all have it
  for (const Option& option : command.options)
    if (option.needs.empty() && !contains(said, option)) text += " [" + with_alternatives(command, option, said) + "]";
  return text;
}

}  // namespace

std::string values_of(const Command& command) {
  std::string text;
  for (const Value& value : command.values) {
    const std::string name = italic(value.name) + (value.repeated ? " ..." : "");
    text += value.required ? " " + name : " [" + name + "]";
  }
  return text;
}

std::string option_heading(const Option& option) {
  std::string text;
  for (const std::string& spelling : option.spellings) text += (text.empty() ? "" : ", ") + bold(spelling);
  return text + value_of(option);
}

std::string synopsis(const Command& program) {
  std::string text = ".SH SYNOPSIS\n" + bold(program.name) + options_of(program) + " " + italic("COMMAND") + " ...\n";
  for (const Command* command : with_verbs(program))
    if (command->verbs.empty())
      text += ".br\n" + bold(command->path) + options_of(*command) + values_of(*command) + "\n";
  return text;
}

}  // namespace vireo::cli
