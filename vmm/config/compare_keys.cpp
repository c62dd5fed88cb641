#include "vmm/config/compare_keys.h"

#include <algorithm>
#include <vector>

#include "vmm/config/choice.h"
#include "vmm/config/compare_guest_keys.h"
#include "vmm/config/compare_medium_keys.h"
#include "vmm/config/document.h"
#include "vmm/config/test_devices.h"
#include "vmm/config/units.h"
#include "vmm/config/vf_keys.h"

namespace vireo::config {
namespace {

constexpr const char* kDurationSchema = R"("type":"string","pattern":"^[1-9][0-9]*(us|ms|s)$")";

constexpr uint64_t kMostNumber = 0x7fffffffffffffff;

template <auto kMember, unsigned kMost>
void read_list(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kList)
    return refuse_kind(node, "this", "a list", "numbers from 1 to " + std::to_string(kMost), diagnostics);
  std::vector<unsigned> numbers;
  for (const Node& item : node.items) {
    uint64_t number = 0;
    read_number(item, {1, kMost}, number, diagnostics);
    if (std::ranges::count(numbers, number) != 0)
      return diagnostics.add(item.where, quoted(item.text) + " stands twice", "each number once");
    numbers.push_back(static_cast<unsigned>(number));
  }
  config.*kMember = std::move(numbers);
}

void read_duration(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  const auto duration = parse_duration(node.text);
  if (!duration || *duration > 3'600'000'000'000)
    return diagnostics.add(node.where, quoted(node.text) + " is no duration of at most an hour",
                           "a whole number and us, ms or s: 500ms");
  config.window = *duration;
}

void read_agent(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  constexpr std::array kAgents{Choice<bool>{"vireo", false}, Choice<bool>{"fio", true}};
  config.agent_where = node.where;
  read_choice(node, kAgents, "is no agent", config.by_fio, diagnostics);
}

constexpr std::array kInjectKeys{
    Key<CompareConfig>{"path", true, kTextSchema, "the path that does more",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_text(n, c.inject.path, d); }},
    Key<CompareConfig>{"exits", false, kTextSchema, "CPUIDs for each operation",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) {
                         uint64_t count = 0;
                         read_number(n, {1, 1000}, count, d);
                         c.inject.exits = static_cast<unsigned>(count);
                       }},
    Key<CompareConfig>{"instructions", false, kTextSchema, "more of them for each operation",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) {
                         uint64_t count = 0;
                         read_number(n, {1, 1'000'000}, count, d);
                         c.inject.instructions = static_cast<unsigned>(count);
                       }},
};

constexpr std::array kMeasureKeys{
    Key<CompareConfig>{"depths", false, R"("type":"array","items":{"type":"integer","minimum":1,"maximum":256})",
                       "how many operations are under way at once; if not said: [1, 4, 32]",
                       read_list<&CompareConfig::depths, 256>},
    Key<CompareConfig>{"loads", false, R"("type":"array","items":{"type":"integer","minimum":1,"maximum":100})",
                       "percent of a path's most, for runs at a rate; if not said: [30, 60, 90]",
                       read_list<&CompareConfig::loads, 100>},
    Key<CompareConfig>{"rounds", false, R"("type":"integer","minimum":1,"maximum":1000)",
                       "how often each is measured, by turns; if not said: 5",
                       read_count<&CompareConfig::rounds, 1, 1000>},
    Key<CompareConfig>{"window", false, kDurationSchema, "how long each is measured in a round; if not said: 1s",
                       read_duration},
    Key<CompareConfig>{"operations", false, R"("type":"integer","minimum":1)",
                       "a window ends with so many operations, if not with its time",
                       read_count<&CompareConfig::operations, 1, kMostNumber>},
    Key<CompareConfig>{"agent", false, R"("enum":["vireo","fio"])",
                       "what does a disk's I/O: vireo's own agent, or the host's fio; if not said: vireo", read_agent},
    Key<CompareConfig>{"count_events", false, kBooleanSchema,
                       "count exits, system calls and interrupts too, in windows of their own; if not said: true",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_boolean(n, c.count_events, d); }},
    Key<CompareConfig>{"seed", false, R"("type":"integer","minimum":1)", "of the order of blocks and of the moments",
                       read_count<&CompareConfig::seed, 1, kMostNumber>},
    Key<CompareConfig>{"guest", false, R"("$ref":"#/$defs/guest")", "what the guests are", read_compare_guest},
};

// With those that only tests want, in a build that has them.
std::vector<Key<CompareConfig>> compare_keys(bool with_tests) {
  const Keys<CompareConfig> medium = compare_medium_keys();
  std::vector<Key<CompareConfig>> keys(medium.begin(), medium.end());
  keys.insert(keys.end(), kMeasureKeys.begin(), kMeasureKeys.end());
  if (with_tests)
    keys.push_back({"inject", false, kTextSchema, "what a path does more, for tests",
                    [](const Node& n, CompareConfig& c, Diagnostics& d) {
                      read_mapping<CompareConfig>(n, kInjectKeys, c, d, "what is injected");
                    }});
  return keys;
}

}  // namespace

CompareConfig parse_compare(const std::string& text, const std::string& name) {
  Diagnostics diagnostics(name, text);
  CompareConfig config;
  if (const std::optional<Node> root = parse_tree(text, diagnostics)) {
    read_mapping<CompareConfig>(*root, compare_keys(kTestDevices), config, diagnostics, "a comparison's file");
    check_medium(*root, config, diagnostics);
    if (config.depths.empty())
      diagnostics.add(root->where, "`depths` is empty", "a load is a part of the most that a path does at these");
  }
  diagnostics.require_none();
  return config;
}

CompareConfig load_compare(const std::string& path) {
  return parse_compare(read_document(path), path);
}

std::string compare_schema() {
  std::string schema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"vireo comparison",)";
  schema.append(mapping_schema<CompareConfig>(compare_keys(false)))
      .append(",\n\"$defs\":{\n")
      .append(vf_settings_definition());
  schema.append(",\n\"range\":{").append(compare_range_schema());
  return schema.append("},\n\"guest\":{").append(compare_guest_schema()).append("}}}\n");
}

}  // namespace vireo::config
