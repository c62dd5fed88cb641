#include "vmm/config/load.h"

#include "vmm/base/fd.h"
#include "vmm/config/keys.h"

namespace vireo::config {
namespace {

constexpr size_t kLargestFile = base::kMiB;

}  // namespace

Config parse(const std::string& text, const std::string& name) {
  Diagnostics diagnostics(name, text);
  const Node root = parse_tree(text, diagnostics);
  diagnostics.require_none();
  Config config;
  read_mapping(root, config_keys(), config, diagnostics, "a guest's file");
  diagnostics.require_none();
  return config;
}

Config load(const std::string& path) {
  const std::string text = base::read_text(path, base::ExitCode::kConfig);
  if (text.size() > kLargestFile)
    throw base::Error(base::ExitCode::kConfig, path + ": larger than 1 MiB: not a guest's file");
  return parse(text, path);
}

std::string json_schema() {
  return R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"vireo guest",)" +
         mapping_schema(config_keys()) + "}\n";
}

}  // namespace vireo::config
