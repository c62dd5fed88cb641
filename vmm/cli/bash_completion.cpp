#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vmm/cli/completion.h"
#include "vmm/cli/places.h"

namespace vireo::cli {
namespace {

constexpr const char* kBegin = "# bash completion for {0}: `{0} completion bash` printed it.\n\n";

constexpr const char* kLister = "_{0}_{1}() {{\n  {2}\n}}\n\n";

// Finds which verbs and how many values are before the cursor, and the option that may still want its value.
constexpr const char* kWalk = R"bash(_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} path={0} place=0 option="" words="" options="" files="" last="" word all
  [[ $current != "=" ]] || current="" # bash makes words of the signs in --option=VALUE and 52:54:00:12:34:56
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    if [[ $word == "=" || $word == :* || $last == :* ]]; then
      last=$word && continue
    fi
    last=$word
    case "$option $word" in
      {1} | {2}) option="" && continue ;;
    esac
    option=""
    case "$path $word" in
      {3}) option="$path $word" ;;
      "$path -"*) ;;
      {4}) path="$path $word" place=0 ;;
      *) place=$((place + 1)) ;;
    esac
    case "$path $place" in
{5}    esac
  done
  [[ $last != :* && $current != :* ]] || return 0
)bash";

constexpr const char* kOffer = R"bash(  if [[ $current == -* ]]; then
    words=$options files=""
  elif [[ -z ${{words// }}$files ]]; then
    words=$options
  fi
  # Not by compgen -W, which would carry out what stands in a name.
  COMPREPLY=()
  read -r -d "" -a all <<<"$words"
  for word in "${{all[@]}}"; do
    [[ $word != "$current"* ]] || COMPREPLY+=("$word")
  done
  [[ -n $files ]] || return 0
  if [[ $files == any ]]; then
    mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -f -- "$current")
  else
    mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -f -X "!*.y*ml" -- "$current"; compgen -d -- "$current")
  fi
  compopt -o filenames 2>/dev/null # refused where nothing is being completed, in a test say
}}
complete -F _{0} {0}
)bash";

// Say in bash what can stand there.
std::string offer(const Command& program, const Value& value) {
  if (value.kind == Kind::kYamlFile) return "files=yaml";
  if (value.kind == Kind::kFile) return "files=any";
  if (const Lister* list = lister(value.kind)) return fmt::format("words+=\" $(_{}_{})\"", program.name, list->name);
  return value.choices.empty() ? ":" : fmt::format("words+=\" {}\"", fmt::join(value.choices, " "));
}

std::string walk(const Command& program, const Places& places) {
  std::string turns;
  for (const Turn& turn : places.turns) turns += fmt::format("      \"{}\") place={} ;;\n", turn.name, turn.again);
  return fmt::format(fmt::runtime(kWalk), program.name, patterns(places.greedy_options(), "\"{} \"*", " | "),
                     patterns(places.optional_choices(), "\"{}\"", " | "),
                     patterns(places.option_names(), "\"{}\"", " | "), patterns(places.commands, "\"{}\"", " | "),
                     turns);
}

// What the option before the cursor takes. Where it must have a value, nothing else can stand.
std::string cases_of_valued_options(const Command& program, const Places& places) {
  std::string text = "  case $option in\n";
  for (const ValuedOption& option : places.valued_options)
    text += fmt::format("    \"{}\") {}{} ;;\n", option.name, offer(program, *option.value),
                        option.value->required ? " path=\"\"" : "");
  return text + "  esac\n";
}

std::string cases_of_options(const Command& program) {
  std::string text = "  case $path in\n";
  for (const Command* command : with_verbs(program)) {
    text += fmt::format("    \"{}\") options=\"", command->path);
    for (const Option& option : command->options) text += option.spellings.back() + " ";
    text += "\" ;;\n";
  }
  return text + "  esac\n";
}

std::string cases_of_places(const Command& program, const Places& places) {
  std::string text = "  case \"$path $place\" in\n";
  for (const Place& place : places.places) {
    text += fmt::format("    \"{}\") ", place.name);
    if (place.verbs == nullptr) {
      text += offer(program, *place.value) + " ;;\n";
      continue;
    }
    text += "words=\"";
    for (const Command& verb : *place.verbs) text += verb.name + " ";
    text += "\" ;;\n";
  }
  return text + "  esac\n";
}

// What the key before the cursor can be.
std::string cases_of_followers(const Places& places) {
  if (places.followers.empty()) return {};
  std::string text = "  case \"$path $place $last\" in\n";
  for (const Follower& follower : places.followers)
    text += fmt::format("    \"{} {}\") words+=\" {}\" ;;\n", follower.name, follower.key,
                        fmt::join(*follower.choices, " "));
  return text + "  esac\n";
}

}  // namespace

std::string bash_completion(const Command& program) {
  const Places places = places_of(program);
  return fmt::format(fmt::runtime(kBegin), program.name) + listers(program, kLister) + walk(program, places) +
         cases_of_valued_options(program, places) + cases_of_options(program) + cases_of_places(program, places) +
         cases_of_followers(places) + fmt::format(fmt::runtime(kOffer), program.name);
}

}  // namespace vireo::cli
