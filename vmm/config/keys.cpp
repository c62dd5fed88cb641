#include "vmm/config/keys.h"

#include <algorithm>

#include "vmm/config/pcie_keys.h"

namespace vireo::config {
namespace {

constexpr uint64_t kSmallestMemory = 32 * base::kMiB;

constexpr const char* kTextSchema = R"("type":"string")";
constexpr const char* kSizeSchema = R"("type":"string","pattern":"^[1-9][0-9]*(KiB|MiB|GiB|TiB)$")";

void read_hugepages(const Node& node, std::optional<uint64_t>& target, Diagnostics& diagnostics) {
  uint64_t size = 0;
  read_size(node, size, diagnostics);
  if (size == 2 * base::kMiB || size == base::kGiB)
    target = size;
  else if (size != 0)
    diagnostics.add(node.where, "huge pages are of 2MiB or 1GiB", "x86-64 has no others");
}

const std::vector<Key<MemoryConfig>>& memory_keys() {
  static const std::vector<Key<MemoryConfig>> keys{
      {"size", true, kSizeSchema, "how much RAM the guest has",
       [](const Node& n, MemoryConfig& m, Diagnostics& d) { read_size(n, m.size, d); }},
      {"hugepages", false, R"("enum":["2MiB","1GiB"])", "back RAM by huge pages of this size",
       [](const Node& n, MemoryConfig& m, Diagnostics& d) { read_hugepages(n, m.hugepages, d); }},
      {"prefault", false, R"("type":"boolean")", "touch all RAM at start",
       [](const Node& n, MemoryConfig& m, Diagnostics& d) { read_boolean(n, m.prefault, d); }},
      {"numa_node", false, R"("type":"integer","minimum":0,"maximum":1023)", "the host node that RAM comes from",
       [](const Node& n, MemoryConfig& m, Diagnostics& d) {
         uint64_t node = m.numa_node.value_or(0);
         read_number(n, {0, 1023}, node, d);
         m.numa_node = static_cast<unsigned>(node);
       }},
  };
  return keys;
}

void read_memory(const Node& node, MemoryConfig& memory, Diagnostics& diagnostics) {
  memory.where = node.where;
  if (node.kind == Node::Kind::kMapping)
    read_mapping(node, memory_keys(), memory, diagnostics, "memory");
  else
    read_size(node, memory.size, diagnostics);
  const uint64_t unit = memory.hugepages.value_or(2 * base::kMiB);
  if (memory.size != 0 && memory.size < kSmallestMemory)
    diagnostics.add(node.where, "a guest needs at least 32MiB of memory");
  else if (memory.size % unit != 0)
    diagnostics.add(node.where, "the memory's size must be a multiple of " + std::to_string(unit / base::kMiB) + "MiB");
}

const std::vector<Key<BootConfig>>& boot_keys() {
  static const std::vector<Key<BootConfig>> keys{
      {"kernel", true, kTextSchema, "path of a bzImage or a PVH ELF vmlinux",
       [](const Node& n, BootConfig& b, Diagnostics& d) {
         b.kernel_where = n.where;
         read_path(n, b.kernel, d);
       }},
      {"initrd", false, kTextSchema, "path of an initial RAM disk",
       [](const Node& n, BootConfig& b, Diagnostics& d) {
         b.initrd_where = n.where;
         read_path(n, b.initrd, d);
       }},
      {"cmdline", false, kTextSchema, "the kernel's command line",
       [](const Node& n, BootConfig& b, Diagnostics& d) { read_text(n, b.cmdline, d); }},
  };
  return keys;
}

struct FileConsole {
  std::string path;
};
const std::vector<Key<FileConsole>>& console_keys() {
  static const std::vector<Key<FileConsole>> keys{
      {"file", true, kTextSchema, "path of a file that gets what the guest prints",
       [](const Node& n, FileConsole& c, Diagnostics& d) { read_path(n, c.path, d); }}};
  return keys;
}

void read_console(const Node& node, ConsoleConfig& console, Diagnostics& diagnostics) {
  using Kind = ConsoleConfig::Kind;
  console.where = node.where;
  if (node.kind == Node::Kind::kMapping) {
    FileConsole file;
    read_mapping(node, console_keys(), file, diagnostics, "console");
    console.kind = Kind::kFile;
    console.path = file.path;
  } else if (node.text == "stdio") {
    console.kind = Kind::kStdio;
  } else if (node.text == "none") {
    console.kind = Kind::kNone;
  } else {
    diagnostics.add(node.where, "`" + node.text + "` is not a console", "stdio, none, or {file: PATH}");
  }
}

void read_on_reboot(const Node& node, OnReboot& target, Diagnostics& diagnostics) {
  if (node.text == "reboot" || node.text == "exit")
    target = node.text == "exit" ? OnReboot::kExit : OnReboot::kReboot;
  else
    diagnostics.add(node.where, "`" + node.text + "` is not what a guest's reboot can do", "reboot or exit");
}

void read_pcie(const Node& node, Config& config, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kList)
    return diagnostics.add(node.where, std::string("pcie must be a list, this is ") + kind_name(node.kind),
                           "begin each port with `- root_port: NAME` or `- switch: NAME`");
  for (const Node& item : node.items) read_pcie_entry(item, config.pcie, diagnostics);
  check_unique(config.pcie, diagnostics);
}

void read_cpus(const Node& node, Config& config, Diagnostics& diagnostics) {
  uint64_t cpus = config.cpus;
  config.cpus_where = node.where;
  read_number(node, {1, 255}, cpus, diagnostics);
  config.cpus = static_cast<unsigned>(cpus);
}

std::string object(const std::string& members) {
  return "{" + members + "}";
}

}  // namespace

const std::vector<Key<Config>>& config_keys() {
  static const std::string memory_schema =
      R"("oneOf":[)" + object(kSizeSchema) + "," + object(mapping_schema(memory_keys())) + "]";
  static const std::string boot_schema = mapping_schema(boot_keys());
  static const std::string console_schema =
      R"("oneOf":[{"enum":["stdio","none"]},)" + object(mapping_schema(console_keys())) + "]";
  static const std::string pcie_schema = R"("type":"array","items":)" + pcie_entry_schema();
  static const std::vector<Key<Config>> keys{
      {"name", true, R"("type":"string","pattern":"^[A-Za-z0-9._-]{1,64}$")", "the guest's name",
       [](const Node& n, Config& c, Diagnostics& d) { read_name(n, c.name, d); }},
      {"cpus", false, R"("type":"integer","minimum":1,"maximum":255)", "how many CPUs the guest has; 1 if not said",
       read_cpus},
      {"memory", true, memory_schema.c_str(), "the guest's RAM: 1GiB, or a mapping",
       [](const Node& n, Config& c, Diagnostics& d) { read_memory(n, c.memory, d); }},
      {"boot", true, boot_schema.c_str(), "what the guest boots",
       [](const Node& n, Config& c, Diagnostics& d) {
         c.boot.where = n.where;
         read_mapping(n, boot_keys(), c.boot, d, "boot");
       }},
      {"pcie", false, pcie_schema.c_str(), "the PCIe tree: root ports and switches with their devices", read_pcie},
      {"console", false, console_schema.c_str(), "where the serial console goes; stdio if not said",
       [](const Node& n, Config& c, Diagnostics& d) { read_console(n, c.console, d); }},
      {"on_reboot", false, R"("enum":["reboot","exit"])", "what a guest's reboot does; reboot if not said",
       [](const Node& n, Config& c, Diagnostics& d) { read_on_reboot(n, c.on_reboot, d); }},
  };
  return keys;
}

}  // namespace vireo::config
