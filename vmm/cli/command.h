#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace vireo::cli {

// What a value is, and so what a shell can offer for it. A pair is a key of `choices` and a value, by turns.
enum class Kind { kText, kChoice, kYamlFile, kFile, kGuest, kPhysicalFunction, kPairs };

// What can follow a choice of pairs; what follows one that is not there is a word of the user's own.
using PairValues = std::map<std::string, std::vector<std::string>>;

// A word of the user's: a positional of a command, or what an option takes.
struct Value {
  std::string name;
  std::string help;
  Kind kind = Kind::kText;
  std::vector<std::string> choices;
  PairValues pair_values = {};
  bool required = false;
  bool repeated = false;
};

struct Option {
  std::vector<std::string> spellings;  // as they are typed, the long one last
  std::string help;
  std::optional<Value> value;         // none: a flag
  std::vector<std::string> excludes;  // last spellings of others
  std::vector<std::string> needs;
};

// A command, and those below it: all that the command line's definition says, for completions and the man page.
struct Command {
  std::string path;  // with those above: "vireo host vf"
  std::string name;
  std::string help;
  std::vector<Option> options;
  std::vector<Value> values;
  std::vector<Command> verbs;
};

// What CLI11 does not know of a positional, by its name, or of an option, by its last spelling: "FILE", "--save".
struct Hint {
  std::string_view name;
  Kind kind;
  std::vector<std::string> choices;
  PairValues pair_values = {};
};

// Return what `app` defines.
// Errors: kInternal, where a verb, an option or a positional has no help.
Command read_command(const CLI::App& app, const std::vector<Hint>& hints);

// Return the command and all below it, each before its own verbs. Lifetime: the command's.
std::vector<const Command*> with_verbs(const Command& command);

}  // namespace vireo::cli
