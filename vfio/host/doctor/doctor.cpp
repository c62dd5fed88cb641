#include "vfio/host/doctor/doctor.h"

#include <regex>

#include "vfio/host/claim.h"
#include "vfio/host/doctor/checks.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;

constexpr const char* kRestore = "vireo host restore";

const std::regex& module_command() {
  static const std::regex kCommand("modprobe ([a-z0-9_-]+)");
  return kCommand;
}

// Numbers of huge pages, and a device's power: what a reboot forgets.
const std::regex& attribute_command() {
  static const std::regex kCommand(
      "echo ([a-z0-9]+) > (/sys/(?:kernel/mm|devices/system/node/node[0-9]+)/hugepages/hugepages-[0-9]+kB/nr_hugepages|"
      "/sys/bus/pci/devices/[0-9a-f:.]+/(?:power/control|d3cold_allowed))");
  return kCommand;
}

void restore_claims(const HostRoot& root, HostWriter& writer) {
  for (const Restored& restored : restore(root, writer))
    if (!restored.problem.empty() && !restored.vfs_in_use)
      throw Error(ExitCode::kDevice, restored.address + ": " + restored.problem);
}

}  // namespace

std::vector<Finding> examine(const std::vector<std::string>& wanted, const HostRoot& root) {
  const ExaminedHost host(root, wanted);
  Findings findings;
  for (const auto check : {check_kvm, check_iommu, check_interrupt_remapping, check_dma_addresses, check_groups,
                           check_vfio, check_limits, check_huge_pages, check_confinement, check_bars, check_power,
                           check_resets, check_sriov, check_claims, check_kernel_log})
    check(host, findings);
  return findings;
}

bool can_mend(const Finding& finding) {
  return finding.mend == kRestore || std::regex_match(finding.mend, module_command()) ||
         std::regex_match(finding.mend, attribute_command());
}

void mend(const Finding& finding, const HostRoot& root, HostWriter& writer) {
  std::smatch parts;
  if (std::regex_match(finding.mend, parts, attribute_command())) {
    writer.write(root.prefix + parts[2].str(), parts[1].str());
  } else if (std::regex_match(finding.mend, parts, module_command())) {
    if (const int status = writer.load_module(parts[1]); status != 0)
      throw Error(ExitCode::kHost, finding.mend + " ended with " + std::to_string(status),
                  "modprobe -v " + parts[1].str() + " says why");
  } else {
    restore_claims(root, writer);
  }
}

}  // namespace vireo::host
