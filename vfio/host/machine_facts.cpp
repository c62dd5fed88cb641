#include <sys/resource.h>

#include <cerrno>

#include "vfio/host/facts.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"
#include "vmm/platform/huge_pages.h"

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

void add_memlock(MachineFacts& facts, const HostRoot& root) {
  rlimit limit = {};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  facts.memlock_soft = limit.rlim_cur;
  facts.memlock_hard = limit.rlim_max;
  if (limit.rlim_cur == RLIM_INFINITY) return;
  facts.locking = locking_rights(root);
}

void add_files(MachineFacts& facts) {
  rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  facts.files_soft = limit.rlim_cur;
  facts.files_hard = limit.rlim_max;
}

}  // namespace

LockingRights locking_rights(const HostRoot& root) {
  const std::string status = read_attribute(root.proc() + "/self/status");
  const uint64_t capabilities = parse_hex(first_word(value_of(status, "CapEff")).value_or("")).value_or(0);
  return {.may_raise_limit = (capabilities >> kCapSysResource & 1) != 0,
          .ignores_limit = (capabilities >> kCapIpcLock & 1) != 0};
}

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
  if (query.huge_pages)
    facts.huge_pages =
        platform::read_huge_pages(node.empty() ? root.prefix + platform::kHugePageFolder : node + "/hugepages");
  add_memlock(facts, root);
  if (query.files) add_files(facts);
  return facts;
}

}  // namespace vireo::host
