#include <algorithm>
#include <optional>

#include "vfio/host/doctor/checks.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/size_text.h"

namespace vireo::host {
namespace {

// linux/capability.h
constexpr unsigned kCapIpcLock = 14;
constexpr unsigned kCapSysResource = 24;

// The hard limit of a line of /proc/PID/limits, its last column but the unit; nothing: unlimited.
std::optional<uint64_t> hard_limit(const std::string& line) {
  constexpr size_t kBesideName = 2;  // hard limit and unit
  const auto words = split_words(line);
  if (words.size() < kBesideName) return std::nullopt;
  return parse_number(words[words.size() - kBesideName]);
}

bool may_lock_anyway(const ExaminedHost& host) {
  const std::string line = host.line_with("/proc/self/status", "CapEff").value;
  const auto words = split_words(line);
  const uint64_t capabilities = words.size() > 1 ? parse_hex(words[1]).value_or(0) : 0;
  return (capabilities >> kCapIpcLock & 1) != 0 || (capabilities >> kCapSysResource & 1) != 0;
}

struct Pool {
  std::string folder;
  uint64_t size = 0;  // bytes a page
  uint64_t total = 0;
  uint64_t free = 0;
};

// Documentation/admin-guide/mm/hugetlbpage.rst
std::vector<Pool> read_pools(const ExaminedHost& host) {
  const std::string nodes = "/sys/devices/system/node/";
  const std::string prefix = "hugepages-";
  std::vector<Pool> pools;
  for (const std::string& node : host.list(nodes)) {
    const std::string all = std::string(nodes).append(node).append("/hugepages/");
    for (const std::string& name : host.list(all)) {
      if (!name.starts_with(prefix)) continue;
      const std::string folder = std::string(all).append(name);
      const auto digits = std::string_view(name).substr(prefix.size(), name.size() - prefix.size() - 2);
      pools.push_back({.folder = folder,
                       .size = parse_number(digits).value_or(0) * 1024,
                       .total = parse_number(host.read(folder + "/nr_hugepages")).value_or(0),
                       .free = parse_number(host.read(folder + "/free_hugepages")).value_or(0)});
    }
  }
  return pools;
}

std::string node_of(const Pool& pool) {
  const size_t begin = pool.folder.find("/node/") + 6;
  return pool.folder.substr(begin, pool.folder.find('/', begin) - begin);
}

// Guests are on one node, mostly: pages of another do not help them.
void compare_nodes(const ExaminedHost& host, const std::vector<Pool>& pools, Findings& findings) {
  for (const Pool& empty : pools) {
    const auto full = std::ranges::find_if(
        pools, [&](const Pool& pool) { return pool.size == empty.size && pool.total > 0 && empty.total == 0; });
    if (full == pools.end()) continue;
    findings.push_back({.severity = Severity::kWarning,
                        .subject = "hugepages",
                        .what = node_of(empty) + " has no huge pages of " + base::size_text(empty.size) + ", " +
                                node_of(*full) + " has " + std::to_string(full->total),
                        .why = "a guest with `numa_node` there finds none; without it its memory is on the other node",
                        .evidence = {host.evidence(empty.folder + "/nr_hugepages")},
                        .mend = "echo " + std::to_string(full->total) + " > " + empty.folder + "/nr_hugepages"});
  }
}

}  // namespace

// kubevirt#17694, #17805: all of a guest's memory is locked, and 64 KiB is what a login may lock.
void check_limits(const ExaminedHost& host, Findings& findings) {
  constexpr uint64_t kSmallGuest = uint64_t{1} << 30;
  const std::string file = "/proc/self/limits";
  const Evidence line = host.line_with(file, "Max locked memory");
  const auto limit = hard_limit(line.value);
  if (!limit || *limit >= kSmallGuest || may_lock_anyway(host))
    return findings.push_back({.severity = Severity::kOk,
                               .subject = "memlock",
                               .what = limit && *limit >= kSmallGuest
                                           ? "this user may lock " + base::size_text(*limit) + " for DMA"
                                           : "this user may lock a guest's memory for DMA",
                               .evidence = {line}});
  findings.push_back(
      {.severity = Severity::kWarning,
       .subject = "memlock",
       .what = "this user may lock " + base::size_text(*limit) + ": too little for any guest's memory",
       .why = "VFIO locks all of it, as devices may write anywhere: VFIO_IOMMU_MAP_DMA fails with ENOMEM",
       .evidence = {line, host.line_with("/proc/self/status", "CapEff")},
       .mend = "ulimit -l unlimited as root, LimitMEMLOCK=infinity in a systemd unit, or a line "
               "`USER - memlock unlimited` in /etc/security/limits.conf"});
}

void check_huge_pages(const ExaminedHost& host, Findings& findings) {
  const std::vector<Pool> pools = read_pools(host);
  const size_t before = findings.size();
  std::string there;
  for (const Pool& pool : pools)
    if (pool.total > 0)
      there += (there.empty() ? "" : "; ") + node_of(pool) + ": " + std::to_string(pool.free) + " of " +
               std::to_string(pool.total) + " of " + base::size_text(pool.size) + " are free";
  if (!pools.empty() && there.empty())
    findings.push_back({.severity = Severity::kNote,
                        .subject = "hugepages",
                        .what = "no huge pages are reserved",
                        .why = "a guest starts without them, too; with them the IOMMU and the CPU need fewer entries",
                        .evidence = {host.evidence(pools.front().folder + "/nr_hugepages")}});
  compare_nodes(host, pools, findings);
  if (findings.size() == before)
    findings.push_back({.severity = Severity::kOk,
                        .subject = "hugepages",
                        .what = there.empty() ? "this kernel has no huge pages" : "huge pages: " + there});
}

}  // namespace vireo::host
