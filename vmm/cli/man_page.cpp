#include "vmm/cli/man_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "vmm/base/error.h"
#include "vmm/cli/roff.h"
#include "vmm/cli/synopsis.h"

namespace vireo::cli {
namespace {

// Something that several commands take, and which.
struct Entry {
  std::string heading;
  std::string help;
  std::vector<std::string> commands;
};

void add_entry(std::vector<Entry>& entries, const std::string& heading, const std::string& help,
               const std::string& command) {
  const auto is_same = [&](const Entry& entry) { return entry.heading == heading && entry.help == help; };
  auto entry = std::ranges::find_if(entries, is_same);
  if (entry == entries.end()) {
    // Beside another of that name.
    const auto last = std::ranges::find(entries.rbegin(), entries.rend(), heading, &Entry::heading);
    entry = entries.insert(last == entries.rend() ? entries.end() : last.base(), {heading, help, {}});
  }
  entry->commands.push_back(command);
}

std::string section(const std::string& title, const Command& program, const std::vector<Entry>& entries) {
  std::string text = ".SH " + title + "\n";
  for (const Entry& entry : entries) {
    text += ".TP\n" + entry.heading + "\n";
    // What the program itself takes needs no command; --help is of each.
    if (entry.commands.front() != bold(program.name)) text += fmt::format("With {}: ", fmt::join(entry.commands, ", "));
    text += sentence(entry.help) + "\n";
  }
  return text;
}

std::string value_help(const Value& value) {
  if (value.kind != Kind::kPairs) return value.help;
  return fmt::format("{}. The keys: {}", value.help, fmt::join(value.choices, ", "));
}

std::string path_below(const Command& program, const Command& command) {
  return &command == &program ? program.name : command.path.substr(program.path.size() + 1);
}

std::string arguments_and_options(const Command& program) {
  std::vector<Entry> arguments;
  std::vector<Entry> options;
  for (const Command* command : with_verbs(program)) {
    const std::string path = bold(path_below(program, *command));
    for (const Value& value : command->values) add_entry(arguments, italic(value.name), value_help(value), path);
    for (const Option& option : command->options) add_entry(options, option_heading(option), option.help, path);
  }
  return section("ARGUMENTS", program, arguments) + section("OPTIONS", program, options);
}

// Return the lines of prose of each command.
std::map<std::string, std::string> split_prose(std::string_view text) {
  constexpr std::string_view kMark = ".\\\" ";
  std::map<std::string, std::string> split;
  std::string* lines = nullptr;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line(text.substr(begin, end - begin));
    begin = end + 1;
    if (line.starts_with(kMark))
      lines = &split[line.substr(kMark.size())];
    else if (lines != nullptr)
      *lines += line + "\n";
  }
  return split;
}

std::string commands(const Command& program, std::map<std::string, std::string> prose) {
  std::string text = ".SH COMMANDS\n";
  for (const Command* command : with_verbs(program)) {
    if (!command->verbs.empty()) continue;
    const std::string path = path_below(program, *command);
    text += ".TP\n" + bold(path) + values_of(*command) + "\n" + sentence(command->help) + "\n" + prose[path];
    prose.erase(path);
  }
  if (!prose.empty())
    throw base::Error(base::ExitCode::kInternal,
                      "the man page tells of a command that there is not: " + prose.begin()->first);
  return text;
}

}  // namespace

std::string man_page(const Command& program, std::string_view version, const ManProse& prose) {
  const size_t colon = program.help.find(": ");
  std::string name = program.name;
  std::ranges::transform(name, name.begin(),
                         [](char letter) { return 'a' <= letter && letter <= 'z' ? letter - 'a' + 'A' : letter; });
  // The first line asks for tbl; the page is made, and so has no date of its own.
  return fmt::format("'\\\" t\n.TH {} 1 \"\" \"{} {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n", name, program.name,
                     version, program.name,
                     roff(colon == std::string::npos ? program.help : program.help.substr(colon + 2))) +
         synopsis(program) + ".SH DESCRIPTION\n" + std::string(prose.description) +
         commands(program, split_prose(prose.commands)) + arguments_and_options(program) + std::string(prose.sections);
}

}  // namespace vireo::cli
