#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "vfio/host/facts.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

// linux/capability.h
constexpr unsigned kCapIpcLock = 14;
constexpr unsigned kCapSysResource = 24;

// Return what follows "key:" in the first line that starts so.
std::string_view value_of(std::string_view text, std::string_view key) {
  for (const std::string_view line : split_lines(text)) {
    const size_t colon = line.find(':');
    if (line.starts_with(key) && colon != std::string_view::npos) return line.substr(colon + 1);
  }
  return {};
}

std::optional<std::string_view> first_word(std::string_view text) {
  const auto words = split_words(text);
  return words.empty() ? std::nullopt : std::optional(words.front());
}

void add_kvm(MachineFacts& facts, const HostRoot& root) {
  const std::string path = root.dev() + "/kvm";
  const base::Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  const int error = fd ? 0 : errno;
  facts.kvm_present = error != ENOENT;
  if (error != 0) facts.kvm_error = base::errno_text(error);
}

// kmod makes /dev/vfio/vfio at boot for a module that can be loaded; minimal systems lack that.
bool vfio_can_be_loaded(const HostRoot& root) {
  // A kernel without the container has vfio.ko too.
  constexpr std::string_view kModule = "/vfio_iommu_type1.ko";
  const std::string release = read_attribute(root.proc() + "/sys/kernel/osrelease");
  const std::string folder = root.prefix + "/lib/modules/" + release;
  return !release.empty() && (base::read_text_or_empty(folder + "/modules.dep").find(kModule) != std::string::npos ||
                              base::read_text_or_empty(folder + "/modules.builtin").find(kModule) != std::string::npos);
}

// hugepages-2048kB: Documentation/admin-guide/mm/hugetlbpage.rst
void add_huge_pages(MachineFacts& facts, const std::string& folder) {
  constexpr std::string_view kPrefix = "hugepages-";
  for (const std::string& name : list_folder(folder)) {
    if (!name.starts_with(kPrefix) || !name.ends_with("kB")) continue;
    const auto size = parse_number(std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - 2));
    if (!size) continue;
    const std::string pool = folder + name;
    const uint64_t free = read_number(pool + "/free_hugepages").value_or(0);
    const uint64_t reserved = read_number(pool + "/resv_hugepages").value_or(0);
    facts.huge_pages.push_back({.page_size = *size * 1024, .free = free - std::min(free, reserved)});
  }
  std::sort(facts.huge_pages.begin(), facts.huge_pages.end(),
            [](const auto& a, const auto& b) { return a.page_size < b.page_size; });
}

void add_memlock(MachineFacts& facts, const HostRoot& root) {
  rlimit limit = {};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  facts.memlock_soft = limit.rlim_cur;
  facts.memlock_hard = limit.rlim_max;
  if (limit.rlim_cur == RLIM_INFINITY) return;
  const std::string status = read_attribute(root.proc() + "/self/status");
  const uint64_t capabilities = parse_hex(first_word(value_of(status, "CapEff")).value_or("")).value_or(0);
  facts.may_raise_memlock = (capabilities >> kCapSysResource & 1) != 0;
  facts.ignores_memlock = (capabilities >> kCapIpcLock & 1) != 0;
}

void add_files(MachineFacts& facts) {
  rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  facts.files_soft = limit.rlim_cur;
  facts.files_hard = limit.rlim_max;
}

}  // namespace

MachineFacts read_machine_facts(const MachineQuery& query, const HostRoot& root) {
  MachineFacts facts;
  add_kvm(facts, root);
  facts.vfio_present = exists(root.dev() + "/vfio/vfio") || vfio_can_be_loaded(root);
  if (query.iommufd || !facts.vfio_present) facts.iommufd_present = exists(root.dev() + "/iommu");
  // One read gives the first CPU: each costs the kernel an interrupt of that CPU.
  const std::string cpuinfo = read_attribute(root.proc() + "/cpuinfo");
  facts.physical_address_bits =
      static_cast<unsigned>(parse_number(first_word(value_of(cpuinfo, "address sizes")).value_or("")).value_or(0));
  const std::string meminfo = read_attribute(root.proc() + "/meminfo");
  facts.memory_available = parse_number(first_word(value_of(meminfo, "MemAvailable")).value_or("")).value_or(0) * 1024;
  const std::string node =
      query.numa_node ? root.sys() + "/devices/system/node/node" + std::to_string(*query.numa_node) : "";
  if (query.numa_node) facts.numa_node_present = exists(node);
  // A node's pool has no count of what is reserved.
  if (query.huge_pages) add_huge_pages(facts, (node.empty() ? root.sys() + "/kernel/mm" : node) + "/hugepages/");
  add_memlock(facts, root);
  if (query.files) add_files(facts);
  return facts;
}

}  // namespace vireo::host
