#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "vmm/cli/completion.h"
#include "vmm/cli/places.h"

namespace vireo::cli {
namespace {

constexpr const char* kBegin = R"zsh(#compdef {0}
# zsh completion for {0}: `{0} completion zsh` printed it.

# Offer keys, and what can follow the one before: "trust=on,off".
_{0}_pairs() {{
  local pair
  if (( CURRENT % 2 )); then
    compadd -- "${{@%%=*}}"
  else
    for pair in "$@"; do
      [[ $pair != "$words[CURRENT-1]="* ]] || compadd -- "${{(s:,:)pair#*=}}"
    done
  fi
}}

)zsh";

constexpr const char* kLister =
    "_{0}_{1}() {{\n  local -a found=(${{(f)\"$({2})\"}})\n  compadd \"$@\" -a found\n}}\n\n";

// Either as a file in zsh's path of functions, or sourced.
constexpr const char* kEnd = R"zsh(if [[ $funcstack[1] == _{0} ]]; then
  _{0} "$@"
else
  compdef _{0} {0}
fi
)zsh";

std::string with_backslashes(const std::string& text, std::string_view before) {
  std::string result;
  for (const char letter : text) {
    if (before.find(letter) != std::string_view::npos) result += '\\';
    result += letter;
  }
  return result;
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) result += letter == '\'' ? "'\\''" : std::string(1, letter);
  return result + "'";
}

// "vireo host vf" is completed by the function _vireo_host_vf.
std::string function_of(const Command& command) {
  std::string name = "_" + command.path;
  std::ranges::replace(name, ' ', '_');
  return name;
}

// Return each key, with what it can be: "mac trust=on,off".
std::string pairs(const Value& value) {
  std::string text;
  for (const std::string& key : value.choices) {
    text += (text.empty() ? "" : " ") + key;
    if (const auto found = value.pair_values.find(key); found != value.pair_values.end())
      text += fmt::format("={}", fmt::join(found->second, ","));
  }
  return text;
}

// Return what stands behind the message of a specification for _arguments. A blank in front of a command keeps zsh from
// giving it more arguments.
std::string action(const Command& program, const Value& value) {
  if (value.kind == Kind::kFile) return "_files";
  if (value.kind == Kind::kYamlFile) return "_files -g \"*.y*ml(-.)\"";
  if (const Lister* list = lister(value.kind)) return fmt::format("_{}_{}", program.name, list->name);
  const std::string choices = fmt::format("{}", fmt::join(value.choices, " "));
  if (value.kind == Kind::kPairs) return fmt::format(" _{}_pairs {}", program.name, pairs(value));
  return choices.empty() ? " " : "(" + choices + ")";
}

std::string message(const std::string& help) {
  return with_backslashes(help, "\\:");
}

// Return an option's specifications: one for each of its spellings, which exclude each other.
std::string option_lines(const Command& program, const Option& option) {
  std::vector<std::string> not_with = option.excludes;
  not_with.insert(not_with.end(), option.spellings.begin(), option.spellings.end());
  const std::string help = "[" + with_backslashes(option.help, "\\[]:") + "]";
  std::string lines;
  for (const std::string& spelling : option.spellings) {
    std::string specification = fmt::format("({}){}", fmt::join(not_with, " "), spelling);
    if (option.value && spelling.starts_with("--")) specification += "=";
    specification += help;
    if (option.value)
      specification +=
          (option.value->required ? ":" : "::") + option.value->name + ":" + action(program, *option.value);
    lines += "    " + quoted(specification) + " \\\n";
  }
  return lines;
}

std::string value_line(const Command& program, const Value& value, size_t number) {
  const std::string position = value.repeated ? "*:::" : fmt::format("{}{}", number, value.required ? ":" : "::");
  return "    " + quoted(position + message(value.help) + ":" + action(program, value)) + " \\\n";
}

std::string without_verbs(const Command& program, const Command& command) {
  std::string text = function_of(command) + "() {\n  _arguments \\\n";
  for (const Option& option : command.options) text += option_lines(program, option);
  for (size_t i = 0; i < command.values.size(); ++i) text += value_line(program, command.values[i], i + 1);
  return text + "    && return\n}\n\n";
}

std::string with_verbs_below(const Command& program, const Command& command) {
  std::string text =
      function_of(command) +
      "() {\n  local curcontext=$curcontext context state state_descr line\n  local -A opt_args\n  local -a verbs=(\n";
  for (const Command& verb : command.verbs) text += "    " + quoted(verb.name + ":" + message(verb.help)) + "\n";
  text += "  )\n  _arguments -C \\\n";
  for (const Option& option : command.options) text += option_lines(program, option);
  text += "    '1: :->verb' '*:: :->rest' && return\n  case $state in\n    verb) _describe verb verbs ;;\n    rest)\n";
  text += "      case $line[1] in\n";
  for (const Command& verb : command.verbs) text += fmt::format("        {}) {} ;;\n", verb.name, function_of(verb));
  return text + "      esac ;;\n  esac\n}\n\n";
}

}  // namespace

std::string zsh_completion(const Command& program) {
  std::string text = fmt::format(fmt::runtime(kBegin), program.name) + listers(program, kLister);
  for (const Command* command : with_verbs(program))
    text += command->verbs.empty() ? without_verbs(program, *command) : with_verbs_below(program, *command);
  return text + fmt::format(fmt::runtime(kEnd), program.name);
}

}  // namespace vireo::cli
