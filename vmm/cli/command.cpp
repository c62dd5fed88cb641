#include "vmm/cli/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "vmm/base/error.h"

namespace vireo::cli {
namespace {

// CLI11 puts what checks a value behind its type, a choice in braces: "TEXT:{text,json}".
std::vector<std::string> choices_of(const std::string& type) {
  const size_t begin = type.find('{');
  const size_t end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

std::string long_spelling(const CLI::Option& option) {
  return option.get_lnames().empty() ? "-" + option.get_snames().back() : "--" + option.get_lnames().back();
}

Value read_value(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  Value value{.name = type.substr(0, type.find(':')), .help = option.get_description(), .choices = choices_of(type)};
  if (!value.choices.empty()) value.kind = Kind::kChoice;
  value.repeated = option.get_items_expected_max() > 1;
  return value;
}

void take_hint(Value& value, const std::string& name, const std::vector<Hint>& hints) {
  const auto hint = std::ranges::find(hints, std::string_view(name), &Hint::name);
  if (hint == hints.end()) return;
  value.kind = hint->kind;
  value.choices = hint->choices;
  value.pair_values = hint->pair_values;
}

Value read_positional(const CLI::Option& option, const std::vector<Hint>& hints) {
  Value value = read_value(option);
  value.name = option.get_name(true);
  value.required = option.get_required();
  take_hint(value, value.name, hints);
  return value;
}

Option read_option(const CLI::Option& option, const std::vector<Hint>& hints) {
  Option read{.help = option.get_description()};
  for (const std::string& name : option.get_snames()) read.spellings.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) read.spellings.push_back("--" + name);
  if (option.get_items_expected_max() > 0) {
    read.value = read_value(option);
    read.value->required = option.get_expected_min() > 0;
    take_hint(*read.value, long_spelling(option), hints);
  }
  for (const CLI::Option* other : option.get_excludes()) read.excludes.push_back(long_spelling(*other));
  for (const CLI::Option* other : option.get_needs()) read.needs.push_back(long_spelling(*other));
  return read;
}

void require_help(const std::string& help, const std::string& path, const std::string& name) {
  if (help.empty()) throw base::Error(base::ExitCode::kInternal, path + ": " + name + " has no help");
}

Command read_below(const CLI::App& app, const std::string& above, const std::vector<Hint>& hints) {
  Command command{.path = above + app.get_name(), .name = app.get_name(), .help = app.get_description()};
  require_help(command.help, command.path, "the verb");
  for (const CLI::Option* option : app.get_options()) {
    require_help(option->get_description(), command.path, option->get_name());
    if (option->get_positional())
      command.values.push_back(read_positional(*option, hints));
    else
      command.options.push_back(read_option(*option, hints));
  }
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    command.verbs.push_back(read_below(*verb, command.path + " ", hints));
  return command;
}

void add_with_verbs(const Command& command, std::vector<const Command*>& all) {
  all.push_back(&command);
  for (const Command& verb : command.verbs) add_with_verbs(verb, all);
}

}  // namespace

Command read_command(const CLI::App& app, const std::vector<Hint>& hints) {
  return read_below(app, "", hints);
}

std::vector<const Command*> with_verbs(const Command& command) {
  std::vector<const Command*> all;
  add_with_verbs(command, all);
  return all;
}

}  // namespace vireo::cli
