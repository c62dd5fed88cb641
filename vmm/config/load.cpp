#include "vmm/config/load.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "vmm/base/fd.h"
#include "vmm/config/cloud_init_keys.h"
#include "vmm/config/keys.h"
#include "vmm/config/pcie_keys.h"

namespace vireo::config {
namespace {

constexpr size_t kEnough = base::kMiB + 1;  // one more than a file may have: parse refuses it

// Read at most kEnough bytes and a buffer: the path may be /dev/zero.
std::string read_file(const std::string& path) {
  const base::Fd fd = base::open_file(path, O_RDONLY, base::ExitCode::kConfig);
  std::string text;
  char buffer[4096];
  while (text.size() < kEnough) {
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw base::SystemError(base::ExitCode::kConfig, "cannot read " + path, errno);
    if (count == 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

}  // namespace

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
  return parse(read_file(path), path);
}

std::string json_schema() {
  std::string schema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"vireo guest",)";
  schema.append(mapping_schema(config_keys())).append(",\n\"$defs\":{\n");
  return schema.append(config_definitions()).append("}}\n");
}

}  // namespace vireo::config
