#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vmm/cli/completion.h"
#include "vmm/cli/places.h"

namespace vireo::cli {
namespace {

constexpr const char* kLister = "function __{0}_{1}\n    {2}\nend\n\n";

constexpr const char* kWalk = R"fish(# fish completion for {0}: `{0} completion fish` printed it.

# Print the verbs and how many values are before the cursor ("{0} run 0"), and the option that may still want its value.
function __{0}_place
    set -l path {0}
    set -l place 0
    set -l option
    for word in (commandline -opc)[2..]
        switch "$option $word"
            case {1} {2}
                set option
                continue
        end
        set option
        switch "$path $word"
            case {3}
                set option "$path $word"
            case "$path -*"
            case {4}
                set path "$path $word"
                set place 0
            case '*'
                set place (math $place + 1)
        end
        switch "$path $place"
{5}        end
    end
    printf '%s\n' "$path $place" $option
end

function __{0}_at
    __{0}_place | string match -qr -- "^$argv[1]\$"
end

function __{0}_after
    test (commandline -opc)[-1] = $argv[1]
end

function __{0}_any_file
    complete -C "'' "(commandline -ct)
end

function __{0}_files
    complete -C "'' "(commandline -ct) | string match -r '.*(?:/|\.y.*ml)$'
end

)fish";

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') result += '\\';
    result += letter;
  }
  return result + "'";
}

// Return an argument of -a that says what can stand there.
std::string offer(const Command& program, const Value& value) {
  if (value.kind == Kind::kFile) return fmt::format("'(__{}_any_file)'", program.name);
  if (value.kind == Kind::kYamlFile) return fmt::format("'(__{}_files)'", program.name);
  if (const Lister* list = lister(value.kind)) return fmt::format("'(__{}_{})'", program.name, list->name);
  return quoted(fmt::format("{}", fmt::join(value.choices, " ")));
}

std::string walk(const Command& program, const Places& places) {
  std::string turns;
  for (const Turn& turn : places.turns)
    turns += fmt::format("            case '{}'\n                set place {}\n", turn.name, turn.again);
  return fmt::format(fmt::runtime(kWalk), program.name, patterns(places.greedy_options(), "'{} *'", " "),
                     patterns(places.optional_choices(), "'{}'", " "), patterns(places.option_names(), "'{}'", " "),
                     patterns(places.commands, "'{}'", " "), turns);
}

// Return the line that offers `rest` at a place, a regular expression.
std::string line(const Command& program, const std::string& place, const std::string& rest) {
  return fmt::format("complete -c {0} -n \"__{0}_at '{1}'\" {2}\n", program.name, place, rest);
}

std::string follower_line(const Command& program, const Follower& follower) {
  return fmt::format("complete -c {0} -n \"__{0}_at '{1}'; and __{0}_after '{2}'\" -a '{3}'\n", program.name,
                     follower.name, follower.key, fmt::join(*follower.choices, " "));
}

std::string option_line(const Command& program, const Command& command, const Option& option) {
  std::string rest;
  for (const std::string& spelling : option.spellings)
    rest += spelling.starts_with("--") ? " -l " + spelling.substr(2) : " -s " + spelling.substr(1);
  rest = rest.substr(1) + " -d " + quoted(option.help);
  if (option.value) rest += (option.value->required ? " -x -a " : " -a ") + offer(program, *option.value);
  return line(program, command.path + " [0-9]+", rest);
}

std::string place_lines(const Command& program, const Place& place) {
  std::string text;
  if (place.value != nullptr && (place.value->kind != Kind::kText))
    return line(program, place.name, "-a " + offer(program, *place.value));
  if (place.verbs != nullptr)
    for (const Command& verb : *place.verbs)
      text += line(program, place.name, "-a " + verb.name + " -d " + quoted(verb.help));
  return text;
}

}  // namespace

std::string fish_completion(const Command& program) {
  const Places places = places_of(program);
  std::string text = walk(program, places) + listers(program, kLister) + "complete -c " + program.name + " -f\n";
  for (const Place& place : places.places) text += place_lines(program, place);
  for (const Follower& follower : places.followers) text += follower_line(program, follower);
  for (const Command* command : with_verbs(program))
    for (const Option& option : command->options) text += option_line(program, *command, option);
  // fish itself offers these only after a "=".
  for (const ValuedOption& option : places.valued_options)
    if (!option.value->required) text += line(program, option.name, "-a " + offer(program, *option.value));
  return text;
}

}  // namespace vireo::cli
