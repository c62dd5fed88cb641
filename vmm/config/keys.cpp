#include "vmm/config/keys.h"

#include <algorithm>
#include <array>

#include "vmm/config/choice.h"
#include "vmm/config/cloud_init_keys.h"
#include "vmm/config/pcie_keys.h"
#include "vmm/config/units.h"

namespace vireo::config {
namespace {

constexpr uint64_t kSmallestMemory = 32 * base::kMiB;
constexpr uint64_t kLargestMemory = uint64_t{1} << 52;  // Intel SDM 3A 4.1.4: MAXPHYADDR is at most 52

void read_hugepages(const Node& node, MemoryConfig& memory, Diagnostics& diagnostics) {
  uint64_t size = 0;
  read_size(node, size, diagnostics);
  if (size == 2 * base::kMiB || size == base::kGiB)
    memory.hugepages = size;
  else if (size != 0)
    diagnostics.add(node.where, "huge pages are of 2MiB or 1GiB", "x86-64 has no others");
}

void read_numa_node(const Node& node, MemoryConfig& memory, Diagnostics& diagnostics) {
  constexpr uint64_t kNone = ~uint64_t{0};
  uint64_t number = kNone;
  read_number(node, {0, 1023}, number, diagnostics);
  if (number != kNone) memory.numa_node = static_cast<unsigned>(number);
}

constexpr Key<MemoryConfig> kMemoryKeys[] = {
    {"size", true, kSizeSchema, "how much RAM the guest has: 16GiB",
     [](const Node& n, MemoryConfig& m, Diagnostics& d) { read_size(n, m.size, d); }},
    {"hugepages", false, R"("enum":["2MiB","1GiB"])", "back RAM by huge pages of this size", read_hugepages},
    {"prefault", false, kBooleanSchema, "touch all RAM at start",
     [](const Node& n, MemoryConfig& m, Diagnostics& d) { read_boolean(n, m.prefault, d); }},
    {"numa_node", false, R"("type":"integer","minimum":0,"maximum":1023)", "the host node that RAM comes from",
     read_numa_node},
};

void check_memory_size(const MemoryConfig& memory, const Location& where, Diagnostics& diagnostics) {
  const uint64_t unit = memory.hugepages.value_or(2 * base::kMiB);
  if (memory.size == 0) return;  // said already
  if (memory.size < kSmallestMemory)
    diagnostics.add(where, "a guest needs at least 32MiB of memory");
  else if (memory.size > kLargestMemory)
    diagnostics.add(where, "more than 4096TiB of memory", "x86-64 has physical addresses of at most 52 bits");
  else if (memory.size % unit != 0)
    diagnostics.add(where, "the memory's size must be a multiple of " + format_size(unit),
                    memory.hugepages ? "it consists of huge pages of that size" : "");
}

void read_memory(const Node& node, Config& config, Diagnostics& diagnostics) {
  MemoryConfig& memory = config.memory;
  memory.where = node.where;
  const Node* size = &node;
  if (node.kind == Node::Kind::kMapping) {
    read_mapping<MemoryConfig>(node, kMemoryKeys, memory, diagnostics, "memory");
    size = node.find("size");
  } else {
    read_size(node, memory.size, diagnostics);
  }
  if (size != nullptr) check_memory_size(memory, size->where, diagnostics);
}

void read_kernel(const Node& node, BootConfig& boot, Diagnostics& diagnostics) {
  boot.kernel_where = node.where;
  read_path(node, boot.kernel, diagnostics);
}

void read_initrd(const Node& node, BootConfig& boot, Diagnostics& diagnostics) {
  boot.initrd_where = node.where;
  read_path(node, boot.initrd, diagnostics);
}

void read_boot_firmware(const Node& node, BootConfig& boot, Diagnostics& diagnostics) {
  boot.firmware_where = node.where;
  read_firmware(node, boot.firmware, diagnostics);
}

void read_vars(const Node& node, BootConfig& boot, Diagnostics& diagnostics) {
  boot.vars_where = node.where;
  read_path(node, boot.vars, diagnostics);
}

void read_boot_disk(const Node& node, BootConfig& boot, Diagnostics& diagnostics) {
  boot.disk_where = node.where;
  read_name(node, boot.disk, diagnostics);
}

constexpr Key<BootConfig> kBootKeys[] = {
    {"firmware", false, kTextSchema, "seabios, ovmf, or the path of a firmware image: boots from a disk",
     read_boot_firmware},
    {"vars", false, kTextSchema, "path of the file where UEFI keeps its variables; OVMF's is made if there is none",
     read_vars},
    {"disk", false, kNameSchema,
     "name of the port whose disk firmware boots from; else the first, emulated before passed-through", read_boot_disk},
    {"kernel", false, kTextSchema, "path of a bzImage or a PVH ELF vmlinux, loaded directly", read_kernel},
    {"initrd", false, kTextSchema, "path of an initial RAM disk", read_initrd},
    {"cmdline", false, kTextSchema, "the kernel's command line",
     [](const Node& n, BootConfig& b, Diagnostics& d) { read_text(n, b.cmdline, d); }},
};

// One way to begin, and only what belongs to it.
void check_boot(const Node& node, Diagnostics& diagnostics) {
  const Node* firmware = node.find("firmware");
  const Node* kernel = node.find("kernel");
  const bool misspelled = std::any_of(node.members.begin(), node.members.end(), [](const Node::Member& member) {
    return find_key<BootConfig>(kBootKeys, member.key) == nullptr;
  });
  if (firmware == nullptr && kernel == nullptr && misspelled) return;
  if (firmware == nullptr && kernel == nullptr)
    return diagnostics.add(node.where, "boot lacks `kernel` or `firmware`",
                           "kernel: a bzImage or a PVH ELF vmlinux; firmware: seabios or ovmf, to boot from a disk");
  if (firmware != nullptr && kernel != nullptr)
    diagnostics.add(firmware->where, "boot has `kernel` and `firmware`", "leave one of them out");
  for (const char* key : {"initrd", "cmdline"})
    if (const Node* extra = node.find(key); extra != nullptr && kernel == nullptr)
      diagnostics.add(extra->where, std::string("`") + key + "` belongs to `kernel`",
                      "with `firmware` the disk's own boot loader has it");
  for (const char* key : {"vars", "disk"})
    if (const Node* extra = node.find(key); extra != nullptr && firmware == nullptr)
      diagnostics.add(extra->where, std::string("`") + key + "` belongs to `firmware`", "leave it out");
  if (const Node* vars = node.find("vars"); vars != nullptr && firmware != nullptr && firmware->text == "seabios")
    diagnostics.add(vars->where, "`vars` belongs to UEFI, and SeaBIOS is a BIOS", "leave it out");
}

void read_boot(const Node& node, Config& config, Diagnostics& diagnostics) {
  config.boot.where = node.where;
  read_mapping<BootConfig>(node, kBootKeys, config.boot, diagnostics, "boot");
  if (node.kind == Node::Kind::kMapping) check_boot(node, diagnostics);
}

constexpr Key<ConsoleConfig> kConsoleKeys[] = {
    {"file", true, kTextSchema, "path of a file that gets what the guest prints",
     [](const Node& n, ConsoleConfig& c, Diagnostics& d) { read_path(n, c.path, d); }},
};

void read_console(const Node& node, Config& config, Diagnostics& diagnostics) {
  using Kind = ConsoleConfig::Kind;
  ConsoleConfig& console = config.console;
  console.where = node.where;
  if (node.kind == Node::Kind::kMapping) {
    console.kind = Kind::kFile;
    read_mapping<ConsoleConfig>(node, kConsoleKeys, console, diagnostics, "console");
  } else if (node.kind == Node::Kind::kScalar && (node.text == "stdio" || node.text == "none")) {
    console.kind = node.text == "stdio" ? Kind::kStdio : Kind::kNone;
  } else {
    const std::string what = node.kind == Node::Kind::kScalar ? quoted(node.text) : kind_name(node.kind);
    diagnostics.add(node.where, what + " is not a console", "stdio, none, or {file: PATH}");
  }
}

void read_on_reboot(const Node& node, Config& config, Diagnostics& diagnostics) {
  constexpr std::array kChoices{Choice<OnReboot>{"reboot", OnReboot::kReboot},
                                Choice<OnReboot>{"exit", OnReboot::kExit}};
  read_choice(node, kChoices, "is not what a guest's reboot can do", config.on_reboot, diagnostics);
}

void read_hypervisor(const Node& node, Config& config, Diagnostics& diagnostics) {
  constexpr std::array kChoices{Choice<bool>{"shown", false}, Choice<bool>{"hidden", true}};
  read_choice(node, kChoices, "is not how a hypervisor can be", config.hide_hypervisor, diagnostics);
}

void read_iommu(const Node& node, Config& config, Diagnostics& diagnostics) {
  constexpr std::array kChoices{Choice<IommuBackend>{"auto", IommuBackend::kAuto},
                                Choice<IommuBackend>{"type1", IommuBackend::kType1},
                                Choice<IommuBackend>{"iommufd", IommuBackend::kIommufd}};
  config.iommu_where = node.where;
  read_choice(node, kChoices, "is no way to the IOMMU", config.iommu, diagnostics);
}

void read_pcie(const Node& node, Config& config, Diagnostics& diagnostics) {
  if (node.kind != Node::Kind::kList)
    return refuse_kind(node, "pcie", "a list",
                       "begin each entry with `- root_port: NAME` or `- switch: NAME`; [] is none", diagnostics);
  for (const Node& item : node.items) read_pcie_entry(item, config.pcie, diagnostics);
}

void read_cpus(const Node& node, Config& config, Diagnostics& diagnostics) {
  uint64_t cpus = config.cpus;
  config.cpus_where = node.where;
  read_number(node, {1, 255}, cpus, diagnostics);
  config.cpus = static_cast<unsigned>(cpus);
}

constexpr Key<Config> kConfigKeys[] = {
    {"name", true, kNameSchema, "the guest's name",
     [](const Node& n, Config& c, Diagnostics& d) { read_name(n, c.name, d); }},
    {"cpus", false, R"("type":"integer","minimum":1,"maximum":255)", "how many CPUs the guest has; 1 if not said",
     read_cpus},
    {"memory", true, R"("$ref":"#/$defs/memory")", "the guest's RAM: 1GiB, or a mapping", read_memory},
    {"boot", true, R"("$ref":"#/$defs/boot")", "what the guest boots: {kernel: PATH} or {firmware: NAME}", read_boot},
    {"pcie", false, R"("type":"array","items":{"$ref":"#/$defs/pcie_entry"})",
     "the PCIe tree: root ports and switches with their devices", read_pcie},
    {"cloud_init", false, R"("$ref":"#/$defs/cloud_init")",
     "what cloud-init in the guest sets it up from, on a disk of its own", read_cloud_init},
    {"iommu", false, R"("enum":["auto","type1","iommufd"])",
     "VFIO's type1 container or iommufd; auto, if not said: type1 where the host has it", read_iommu},
    {"peer_to_peer", false, kBooleanSchema, "whether the devices reach each other's BARs by DMA; true if not said",
     [](const Node& n, Config& c, Diagnostics& d) { read_boolean(n, c.peer_to_peer, d); }},
    {"hypervisor", false, R"("enum":["shown","hidden"])",
     "whether CPUID says that the guest is one; hidden for drivers that refuse to run in guests, at the price of KVM's "
     "clock",
     read_hypervisor},
    {"console", false, R"("$ref":"#/$defs/console")", "where the serial console goes; stdio if not said", read_console},
    {"on_reboot", false, R"("enum":["reboot","exit"])", "what a guest's reboot does; reboot if not said",
     read_on_reboot},
};

}  // namespace

void read_firmware(const Node& node, std::string& target, Diagnostics& diagnostics) {
  if (node.kind == Node::Kind::kScalar && (node.text == "seabios" || node.text == "ovmf"))
    target = node.text;
  else
    read_path(node, target, diagnostics);
}

Keys<Config> config_keys() {
  return kConfigKeys;
}

std::string config_definitions() {
  std::string schema = R"("memory":{"oneOf":[{)";
  schema.append(kSizeSchema).append("},{").append(mapping_schema<MemoryConfig>(kMemoryKeys)).append("}]},\n");
  schema.append("\"boot\":{").append(mapping_schema<BootConfig>(kBootKeys));
  schema.append(R"(,"oneOf":[{"required":["kernel"]},{"required":["firmware"]}]},)").append("\n");
  schema.append(R"("console":{"oneOf":[{"enum":["stdio","none"]},{)");
  schema.append(mapping_schema<ConsoleConfig>(kConsoleKeys)).append("}]},\n");
  schema.append(cloud_init_definition()).append(",\n");
  return schema.append(pcie_definitions());
}

}  // namespace vireo::config
