#include <algorithm>
#include <optional>

#include "vfio/host/doctor/checks.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/size_text.h"
#include "vmm/platform/huge_pages.h"

namespace vireo::host {
namespace {

// The hard limit of a line of /proc/PID/limits, its last column but the unit; nothing: unlimited.
std::optional<uint64_t> hard_limit(const std::string& line) {
  constexpr size_t kBesideName = 2;  // hard limit and unit
  const auto words = split_words(line);
  if (words.size() < kBesideName) return std::nullopt;
  return parse_number(words[words.size() - kBesideName]);
}

bool may_lock_anyway(const ExaminedHost& host) {
  const LockingRights rights = locking_rights(host.root());
  return rights.may_raise_limit || rights.ignores_limit;
}

struct Pool {
  std::string node;
  std::string folder;
  platform::HugePages pages;
};

std::vector<Pool> read_pools(const ExaminedHost& host) {
  const std::string nodes = "/sys/devices/system/node/";
  std::vector<Pool> pools;
  for (const std::string& node : host.list(nodes)) {
    const std::string folder = std::string(nodes).append(node).append("/hugepages");
    for (const platform::HugePages& pages : platform::read_huge_pages(host.root().prefix + folder))
      pools.push_back({.node = node, .folder = folder, .pages = pages});
  }
  return pools;
}

Evidence count_of(const ExaminedHost& host, const Pool& pool) {
  return host.evidence(pool.folder + "/" + platform::pool_name(pool.pages.page_size) + "/nr_hugepages");
}

// Guests are on one node, mostly: pages of another do not help them.
void compare_nodes(const ExaminedHost& host, const std::vector<Pool>& pools, Findings& findings) {
  for (const Pool& empty : pools) {
    const auto full = std::ranges::find_if(pools, [&](const Pool& pool) {
      return pool.pages.page_size == empty.pages.page_size && pool.pages.total > 0 && empty.pages.total == 0;
    });
    if (full == pools.end()) continue;
    findings.push_back({.severity = Severity::kWarning,
                        .subject = "hugepages",
                        .what = empty.node + " has no huge pages of " + base::size_text(empty.pages.page_size) + ", " +
                                full->node + " has " + std::to_string(full->pages.total),
                        .why = "a guest with `numa_node` there finds none; without it its memory is on the other node",
                        .evidence = {count_of(host, empty)},
                        .mend = platform::grow_command(empty.folder, empty.pages, full->pages.total)});
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
    if (pool.pages.total > 0)
      there += (there.empty() ? "" : "; ") + pool.node + ": " + std::to_string(pool.pages.free) + " of " +
               std::to_string(pool.pages.total) + " of " + base::size_text(pool.pages.page_size) + " are free";
  if (!pools.empty() && there.empty())
    findings.push_back({.severity = Severity::kNote,
                        .subject = "hugepages",
                        .what = "no huge pages are reserved",
                        .why = "a guest starts without them, too; with them the IOMMU and the CPU need fewer entries",
                        .evidence = {count_of(host, pools.front())}});
  compare_nodes(host, pools, findings);
  if (findings.size() == before)
    findings.push_back({.severity = Severity::kOk,
                        .subject = "hugepages",
                        .what = there.empty() ? "this kernel has no huge pages" : "huge pages: " + there});
}

}  // namespace vireo::host
