#include "vmm/cli/places.h"

#include <fmt/format.h>

#include <algorithm>

namespace vireo::cli {
namespace {

void add_values(const Command& command, Places& places) {
  for (size_t i = 0; i < command.values.size(); ++i) {
    const Value& value = command.values[i];
    places.places.push_back({fmt::format("{} {}", command.path, i), nullptr, &value});
    for (const auto& [key, choices] : value.pair_values)
      places.followers.push_back({fmt::format("{} {}", command.path, i + 1), key, &choices});
    const size_t period = value.kind == Kind::kPairs ? 2 : 1;
    if (value.repeated) places.turns.push_back({fmt::format("{} {}", command.path, i + period), i});
  }
}

}  // namespace

std::vector<std::string> Places::greedy_options() const {
  std::vector<std::string> names;
  for (const ValuedOption& option : valued_options)
    if (option.value->required) names.push_back(option.name);
  return names;
}

std::vector<std::string> Places::optional_choices() const {
  std::vector<std::string> words;
  for (const ValuedOption& option : valued_options)
    if (!option.value->required)
      for (const std::string& choice : option.value->choices) words.push_back(option.name + " " + choice);
  return words;
}

std::vector<std::string> Places::option_names() const {
  std::vector<std::string> names;
  names.reserve(valued_options.size());
  for (const ValuedOption& option : valued_options) names.push_back(option.name);
  return names;
}

Places places_of(const Command& program) {
  Places places;
  for (const Command* command : with_verbs(program)) {
    if (command != &program) places.commands.push_back(command->path);
    for (const Option& option : command->options)
      for (const std::string& spelling : option.spellings)
        if (option.value) places.valued_options.push_back({command->path + " " + spelling, &*option.value});
    if (command->verbs.empty())
      add_values(*command, places);
    else
      places.places.push_back({command->path + " 0", &command->verbs, nullptr});
  }
  return places;
}

const Lister* lister(Kind kind) {
  const auto* found = std::ranges::find(kListers, kind, &Lister::kind);
  return found == kListers.end() ? nullptr : found;
}

std::string listers(const Command& program, const char* form) {
  std::string text;
  for (const Lister& one : kListers) text += fmt::format(fmt::runtime(form), program.name, one.name, one.command);
  return text;
}

std::string patterns(const std::vector<std::string>& names, const char* form, const char* between) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : between) + fmt::format(fmt::runtime(form), name);
  return text.empty() ? fmt::format(fmt::runtime(form), "-") : text;
}

}  // namespace vireo::cli
