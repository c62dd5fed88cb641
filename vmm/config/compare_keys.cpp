#include "vmm/config/compare_keys.h"

#include <algorithm>

#include "vmm/config/document.h"
#include "vmm/config/test_devices.h"
#include "vmm/config/units.h"
#include "vmm/config/vf_keys.h"

namespace vireo::config {
namespace {

constexpr const char* kPathSchema = R"("enum":["vf","virtio-blk","nvme","host"])";
constexpr const char* kPathHelp = "vf, virtio-blk, nvme or host";
constexpr const char* kDurationSchema = R"("type":"string","pattern":"^[1-9][0-9]*(us|ms|s)$")";

constexpr uint64_t kMostNumber = 0x7fffffffffffffff;

bool is_path_name(const std::string& text) {
  return std::ranges::find(kPathNames, text) != kPathNames.end();
}

void refuse_path(const Node& node, Diagnostics& diagnostics) {
  diagnostics.add(node.where, quoted(node.text) + " is no path to a disk", kPathHelp);
}

void read_paths(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kList || node.items.empty())
    return refuse_kind(node, "paths", "a list", "paths: [vf, virtio-blk, nvme, host]", diagnostics);
  config.paths_where = node.where;
  for (const Node& item : node.items) {
    if (!require_scalar(item, diagnostics)) return;
    if (!is_path_name(item.text)) return refuse_path(item, diagnostics);
    if (std::ranges::count(config.paths, item.text) != 0)
      return diagnostics.add(item.where, quoted(item.text) + " stands twice", "each path once");
    config.paths.push_back(item.text);
  }
}

void read_backing(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kMapping)
    return refuse_kind(node, "backing", "a mapping", "backing: {virtio-blk: /dev/mapper/slow}", diagnostics);
  for (const Node::Member& member : node.members) {
    if (!is_path_name(member.key) || member.key == "vf")
      return diagnostics.add(member.where, quoted(member.key) + " is no path with a block device of the host's",
                             "virtio-blk, nvme or host");
    read_path(member.value, config.backing[member.key], diagnostics);
  }
}

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

template <auto kMember, uint64_t kLeast, uint64_t kMost>
void read_count(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  uint64_t value = config.*kMember;
  read_number(node, {kLeast, kMost}, value, diagnostics);
  config.*kMember = static_cast<std::remove_reference_t<decltype(config.*kMember)>>(value);
}

void read_operation(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  if (node.text != "read" && node.text != "write")
    return diagnostics.add(node.where, quoted(node.text) + " is no operation", "read or write");
  config.writes = node.text == "write";
}

void read_block(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  read_size(node, config.block, diagnostics);
  constexpr uint64_t kLargest = base::kMiB;
  if (config.block % 4096 != 0 || config.block > kLargest) {
    config.block = 4096;
    diagnostics.add(node.where, quoted(node.text) + " is no size of a block", "4KiB to 1MiB, in steps of 4KiB");
  }
}

constexpr std::array kRangeKeys{
    Key<CompareConfig>{"first", false, kSizeSchema, "where it begins; if not said: at the medium's begin",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_size(n, c.first, d); }},
    Key<CompareConfig>{"size", true, kSizeSchema, "its size",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_size(n, c.size, d); }},
};

constexpr std::array kGuestKeys{
    Key<CompareConfig>{"kernel", false, kTextSchema, "bzImage or vmlinux; if not said: the host's own kernel",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_path(n, c.kernel, d); }},
    Key<CompareConfig>{"modules", false, kTextSchema,
                       "the folder of that kernel's modules, with modules.dep in it: /lib/modules/6.1.0-10-amd64",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_path(n, c.modules, d); }},
    Key<CompareConfig>{"cmdline", false, kTextSchema, "more of that kernel's command line",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_text(n, c.cmdline, d); }},
    Key<CompareConfig>{"cpus", false, R"("type":"integer","minimum":1,"maximum":64)", "CPUs of each guest",
                       read_count<&CompareConfig::cpus, 1, 64>},
    Key<CompareConfig>{"memory", false, kSizeSchema, "memory of each guest",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_size(n, c.memory, d); }},
    Key<CompareConfig>{"time_limit", false, R"("type":"integer","minimum":1,"maximum":3600)",
                       "seconds that a guest has to come up, and for a window besides its own time; if not said: 120",
                       read_count<&CompareConfig::time_limit, 1, 3600>},
};

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

constexpr std::array kCompareKeys{
    Key<CompareConfig>{"nvme", false, kTextSchema,
                       "the NVMe controller whose medium it is: a physical function's address, or nvme0",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) {
                         c.nvme_where = n.where;
                         read_text(n, c.nvme, d);
                       }},
    Key<CompareConfig>{"namespace", false, R"("type":"integer","minimum":1)", "which of its namespaces; if not said: 1",
                       read_count<&CompareConfig::name_space, 1, 0xfffffffe>},
    Key<CompareConfig>{"vf", false, R"("$ref":"#/$defs/vf")",
                       "what its VF is to have, as a guest's file says it: {queues: 3, interrupts: 2}",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { c.vf = read_vf_settings(n, d); }},
    Key<CompareConfig>{"disk", false, kTextSchema, "the medium, where there is no `nvme`: a block device or an image",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) {
                         c.disk_where = n.where;
                         read_path(n, c.disk, d);
                       }},
    Key<CompareConfig>{"paths", false,
                       R"("type":"array","minItems":1,"items":{"enum":["vf","virtio-blk","nvme","host"]})",
                       "which to compare: vf, virtio-blk, nvme (emulated), host; if not said: all", read_paths},
    Key<CompareConfig>{"backing", false, R"("type":"object","additionalProperties":{"type":"string"})",
                       "for single paths, another block device that leads to the medium: {virtio-blk: /dev/mapper/m}",
                       read_backing},
    Key<CompareConfig>{"operation", false, R"("enum":["read","write"])",
                       "read or write; writing wants --destructive too; if not said: read", read_operation},
    Key<CompareConfig>{"block", false, kSizeSchema, "bytes of each; if not said: 4KiB", read_block},
    Key<CompareConfig>{"range", false, R"("$ref":"#/$defs/range")", "of the medium; if not said: its first GiB",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) {
                         c.range_where = n.where;
                         read_mapping<CompareConfig>(n, kRangeKeys, c, d, "a range");
                       }},
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
    Key<CompareConfig>{"count_events", false, kBooleanSchema,
                       "count exits, system calls and interrupts too, in windows of their own; if not said: true",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_boolean(n, c.count_events, d); }},
    Key<CompareConfig>{"seed", false, R"("type":"integer","minimum":1)", "of the order of blocks and of the moments",
                       read_count<&CompareConfig::seed, 1, kMostNumber>},
    Key<CompareConfig>{"guest", false, R"("$ref":"#/$defs/guest")", "what the guests are",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) {
                         read_mapping<CompareConfig>(n, kGuestKeys, c, d, "a guest");
                       }},
};

// With those that only tests want, in a build that has them.
Keys<CompareConfig> compare_keys() {
  if constexpr (!kTestDevices) return kCompareKeys;
  static const auto kWithTests = [] {
    std::array<Key<CompareConfig>, kCompareKeys.size() + 1> keys{};
    std::ranges::copy(kCompareKeys, keys.begin());
    keys.back() = {"inject", false, kTextSchema, "what a path does more, for tests",
                   [](const Node& n, CompareConfig& c, Diagnostics& d) {
                     read_mapping<CompareConfig>(n, kInjectKeys, c, d, "what is injected");
                   }};
    return keys;
  }();
  return kWithTests;
}

// What no key sees by itself.
void check(const Node& root, const CompareConfig& config, Diagnostics& diagnostics) {
  if (config.nvme.empty() == config.disk.empty())
    diagnostics.add(config.disk.empty() ? root.where : config.disk_where,
                    config.nvme.empty() ? "the file names no medium" : "the file names two media",
                    "nvme: 0000:01:00.0, or disk: /dev/sdb");
  const bool wants_vf = std::ranges::count(config.paths, "vf") != 0;
  if (config.nvme.empty() && wants_vf)
    diagnostics.add(config.paths_where, "a guest can own no VF of a `disk`", "nvme: 0000:01:00.0, or paths without vf");
  if (config.depths.empty())
    diagnostics.add(root.where, "`depths` is empty", "a load is a part of the most that a path does at these");
  if (config.size != 0 && config.size % config.block != 0)
    diagnostics.add(config.range_where, "the range is no multiple of a block",
                    "a multiple of " + format_size(config.block));
}

}  // namespace

CompareConfig parse_compare(const std::string& text, const std::string& name) {
  Diagnostics diagnostics(name, text);
  CompareConfig config;
  if (const std::optional<Node> root = parse_tree(text, diagnostics)) {
    read_mapping<CompareConfig>(*root, compare_keys(), config, diagnostics, "a comparison's file");
    check(*root, config, diagnostics);
  }
  diagnostics.require_none();
  return config;
}

CompareConfig load_compare(const std::string& path) {
  return parse_compare(read_document(path), path);
}

std::string compare_schema() {
  std::string schema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"vireo comparison",)";
  schema.append(mapping_schema<CompareConfig>(kCompareKeys))
      .append(",\n\"$defs\":{\n")
      .append(vf_settings_definition());
  schema.append(",\n\"range\":{").append(mapping_schema<CompareConfig>(kRangeKeys));
  return schema.append("},\n\"guest\":{").append(mapping_schema<CompareConfig>(kGuestKeys)).append("}}}\n");
}

}  // namespace vireo::config
