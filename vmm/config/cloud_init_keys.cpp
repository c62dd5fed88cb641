#include "vmm/config/cloud_init_keys.h"

#include <algorithm>
#include <array>

namespace vireo::config {
namespace {

// By a name that is none of cloud-init's own.
void read_file(const Node::Member& member, CloudInitConfig& seed, Diagnostics& diagnostics) {
  constexpr std::array kTaken{"user-data", "meta-data", "network-config", "vendor-data"};
  if (std::ranges::find(kTaken, member.key) != kTaken.end())
    return diagnostics.add(member.where, "the disk has a " + member.key + " already", "give the file another name");
  Node key;
  key.kind = Node::Kind::kScalar;
  key.where = member.where;
  key.text = member.key;
  std::string name;
  read_name(key, name, diagnostics);
  if (!name.empty()) read_path(member.value, seed.files[name], diagnostics);
}

void read_files(const Node& node, CloudInitConfig& seed, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kMapping)
    return refuse_kind(node, "files", "a mapping", "files: {setup.sh: PATH}", diagnostics);
  for (const Node::Member& member : node.members) read_file(member, seed, diagnostics);
}

constexpr std::array kCloudInitKeys{
    Key<CloudInitConfig>{
        "user_data", true, kTextSchema,
        "path of what cloud-init does in the guest: a file that begins with #cloud-config, or a script",
        [](const Node& n, CloudInitConfig& c, Diagnostics& d) { read_path(n, c.user_data, d); }},
    Key<CloudInitConfig>{"network", false, kTextSchema,
                         "path of the guest's network configuration, as cloud-init takes it; without it: DHCP",
                         [](const Node& n, CloudInitConfig& c, Diagnostics& d) { read_path(n, c.network, d); }},
    Key<CloudInitConfig>{"files", false, R"("type":"object","additionalProperties":{"type":"string"})",
                         "more files on that disk, which may be run: {setup.sh: PATH}", read_files},
};

}  // namespace

void read_cloud_init(const Node& node, Config& config, Diagnostics& diagnostics) {
  config.cloud_init = CloudInitConfig{.user_data = {}, .network = {}, .files = {}, .where = node.where};
  read_mapping<CloudInitConfig>(node, kCloudInitKeys, *config.cloud_init, diagnostics, "cloud_init");
}

void plug_in_seed(Config& config) {
  if (!config.cloud_init) return;
  const Location& where = config.cloud_init->where;
  EmulatedConfig disk{.kind = EmulatedKind::kBlock, .disk = {}, .net = {}, .where = where};
  disk.disk = {
      .image = "cloud_init's files", .seed = true, .image_where = where, .read_only = true, .serial = "cidata"};
  PortConfig port{.name = "cloud-init", .where = where};
  port.emulated = std::move(disk);
  config.pcie.root_ports.push_back(std::move(port));
}

std::string cloud_init_definition() {
  return R"("cloud_init":{)" + mapping_schema<CloudInitConfig>(kCloudInitKeys) + "}";
}

}  // namespace vireo::config
