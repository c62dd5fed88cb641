#include "vmm/config/load.h"

#include "vmm/config/cloud_init_keys.h"
#include "vmm/config/document.h"
#include "vmm/config/keys.h"
#include "vmm/config/pcie_keys.h"

namespace vireo::config {
Config parse(const std::string& text, const std::string& name) {
  Diagnostics diagnostics(name, text);
  const std::optional<Node> root = parse_tree(text, diagnostics);
  Config config;
  if (root) read_mapping(*root, config_keys(), config, diagnostics, "a guest's file");
  plug_in_seed(config);
  check_pcie(config.pcie, diagnostics);
  diagnostics.require_none();
  return config;
}

Config load(const std::string& path) {
  return parse(read_document(path), path);
}

std::string json_schema() {
  std::string schema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"vireo guest",)";
  schema.append(mapping_schema(config_keys())).append(",\n\"$defs\":{\n");
  return schema.append(config_definitions()).append("}}\n");
}

}  // namespace vireo::config
