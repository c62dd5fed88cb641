#include "vmm/config/compare_medium_keys.h"

#include <algorithm>
#include <span>

#include "vmm/config/choice.h"
#include "vmm/config/units.h"
#include "vmm/config/vf_keys.h"

namespace vireo::config {
namespace {

constexpr const char* kPathsSchema =
    R"("type":"array","minItems":1,"items":{"enum":["vf","pf","virtio-blk","nvme","vhost-net","virtio-net","host"]})";
constexpr const char* kPathsHelp =
    "of a disk: vf, pf, virtio-blk, nvme, host; of a NIC: vf, pf, vhost-net, virtio-net, host";

constexpr std::array kBackedPaths{"virtio-blk", "nvme", "host"};

bool is_one_of(std::span<const char* const> names, const std::string& text) {
  return std::ranges::find(names, text) != names.end();
}

void read_paths(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kList || node.items.empty())
    return refuse_kind(node, "paths", "a list", "paths: [vf, virtio-blk, nvme, host]", diagnostics);
  config.paths_where = node.where;
  for (const Node& item : node.items) {
    if (!require_scalar(item, diagnostics)) return;
    if (!is_one_of(kDiskPaths, item.text) && !is_one_of(kNicPaths, item.text))
      return diagnostics.add(item.where, quoted(item.text) + " is no path", kPathsHelp);
    if (std::ranges::count(config.paths, item.text) != 0)
      return diagnostics.add(item.where, quoted(item.text) + " stands twice", "each path once");
    config.paths.push_back(item.text);
  }
}

void read_backing(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kMapping)
    return refuse_kind(node, "backing", "a mapping", "backing: {virtio-blk: /dev/mapper/slow}", diagnostics);
  for (const Node::Member& member : node.members) {
    if (!is_one_of(kBackedPaths, member.key))
      return diagnostics.add(member.where, quoted(member.key) + " is no path with a block device of the host's",
                             "virtio-blk, nvme or host");
    read_path(member.value, config.backing[member.key], diagnostics);
  }
}

void read_operation(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  using Operation = CompareConfig::Operation;
  constexpr std::array kChoices{Choice<Operation>{"read", Operation::kRead},
                                Choice<Operation>{"write", Operation::kWrite},
                                Choice<Operation>{"udp", Operation::kUdp}, Choice<Operation>{"tcp", Operation::kTcp}};
  Operation operation = Operation::kRead;
  read_choice(node, kChoices, "is no operation", operation, diagnostics);
  config.operation = operation;
  config.operation_where = node.where;
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

constexpr std::array kMediumKeys{
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
    Key<CompareConfig>{"disk", false, kTextSchema, "a block device or an image that is the medium",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) {
                         c.disk_where = n.where;
                         read_path(n, c.disk, d);
                       }},
    Key<CompareConfig>{"nic", false, kTextSchema, "the network device that is compared: its interface or its address",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) {
                         c.nic_where = n.where;
                         read_text(n, c.nic, d);
                       }},
    Key<CompareConfig>{
        "peer", false, kTextSchema,
        "the interface that answers, at the other end of its cable or switch; if not said: a VF of its own "
        "that the host's driver has",
        [](const Node& n, CompareConfig& c, Diagnostics& d) { read_text(n, c.peer, d); }},
    Key<CompareConfig>{"paths", false, kPathsSchema,
                       "which to compare. A disk's: vf, virtio-blk, nvme (emulated), host; a NIC's: vf, vhost-net, "
                       "virtio-net, host; pf is the whole device, with which no other is up; if not said: all but pf",
                       read_paths},
    Key<CompareConfig>{"backing", false, R"("type":"object","additionalProperties":{"type":"string"})",
                       "for single paths, another block device that leads to the medium: {virtio-blk: /dev/mapper/m}",
                       read_backing},
    Key<CompareConfig>{
        "operation", false, R"("enum":["read","write","udp","tcp"])",
        "of a disk: read or write, which wants --destructive too; of a NIC: udp or tcp; if not said: read, udp",
        read_operation},
    Key<CompareConfig>{"message", false, R"("type":"integer","minimum":16,"maximum":32768)",
                       "bytes that a NIC's peer sends back; if not said: 64",
                       read_count<&CompareConfig::message, 16, 32768>},
    Key<CompareConfig>{"block", false, kSizeSchema, "bytes of each; if not said: 4KiB", read_block},
    Key<CompareConfig>{"range", false, R"("$ref":"#/$defs/range")", "of the medium; if not said: its first GiB",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) {
                         c.range_where = n.where;
                         read_mapping<CompareConfig>(n, kRangeKeys, c, d, "a range");
                       }},
};

void check_count_of_media(const Node& root, const CompareConfig& config, Diagnostics& diagnostics) {
  const int media = !config.nvme.empty() + !config.disk.empty() + !config.nic.empty();
  if (media == 1) return;
  const Location where = media == 0 ? root.where : !config.disk.empty() ? config.disk_where : config.nic_where;
  diagnostics.add(where, media == 0 ? "the file names no medium" : "the file names two media",
                  "nvme: 0000:01:00.0, disk: /dev/sdb or nic: eth1");
}

void check_paths(const CompareConfig& config, Diagnostics& diagnostics) {
  const std::span<const char* const> known = config.nic.empty() ? std::span<const char* const>(kDiskPaths) : kNicPaths;
  for (const std::string& path : config.paths) {
    if (!is_one_of(known, path))
      diagnostics.add(config.paths_where, quoted(path) + " leads to no such medium", kPathsHelp);
    if (!config.disk.empty() && (path == "vf" || path == "pf"))
      diagnostics.add(config.paths_where, "no guest can own a `disk`, or a part of it: " + path,
                      "nvme: 0000:01:00.0, or paths without " + path);
  }
}

void check_operation(const CompareConfig& config, Diagnostics& diagnostics) {
  using Operation = CompareConfig::Operation;
  if (!config.operation) return;
  const bool exchanges = config.operation == Operation::kUdp || config.operation == Operation::kTcp;
  if (exchanges == config.nic.empty())
    diagnostics.add(config.operation_where, "no operation of this medium",
                    config.nic.empty() ? "read or write" : "udp or tcp");
}

}  // namespace

Keys<CompareConfig> compare_medium_keys() {
  return kMediumKeys;
}

std::string compare_range_schema() {
  return mapping_schema<CompareConfig>(kRangeKeys);
}

void check_medium(const Node& root, const CompareConfig& config, Diagnostics& diagnostics) {
  check_count_of_media(root, config, diagnostics);
  check_paths(config, diagnostics);
  check_operation(config, diagnostics);
  if (!config.nic.empty() && config.by_fio)
    diagnostics.add(config.agent_where, "fio measures disks, no network", "agent: vireo");
  if (config.nic.empty() && !config.peer.empty())
    diagnostics.add(root.where, "only a `nic` has a peer", "nic: eth1, or no `peer`");
  if (config.size != 0 && config.size % config.block != 0)
    diagnostics.add(config.range_where, "the range is no multiple of a block",
                    "a multiple of " + format_size(config.block));
}

}  // namespace vireo::config
