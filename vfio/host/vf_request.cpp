#include "vfio/host/vf_request.h"

#include "iommu/driver_dma.h"
#include "vfio/host/binding.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;

VfPolicyStep policy_step(const PhysicalFunction& pf, const std::string& vf, unsigned index, const VfPolicy& wanted,
                         HostWriter& writer) {
  const VfPolicy now = writer.read_policy(pf.interface, index);
  return {.device = vf,
          .place = {.physical_function = pf.name, .index = index},
          .before = policy_for(wanted, now),
          .wanted = completed(wanted, now)};
}

NvmeResourcesStep resources_step(const PhysicalFunction& pf, const std::string& vf, unsigned index,
                                 const VfRequest& request, HostWriter& writer) {
  NvmeResourcesStep step{
      .device = vf, .place = {.physical_function = pf.name, .index = index}, .before = {}, .wanted = {}};
  step.before = writer.read_resources(pf.nvme_node, index);
  step.wanted = step.before;
  step.wanted.online = true;
  if (request.queues) step.wanted.queues = *request.queues;
  if (request.interrupts) step.wanted.interrupts = *request.interrupts;
  if (request.namespaces) step.wanted.namespaces = *request.namespaces;
  return step;
}

}  // namespace

void require_able(const PhysicalFunction& pf, const VfRequest& request) {
  if (!request.policy.empty() && pf.interface.empty())
    throw Error(ExitCode::kDevice,
                pf.name + " has no network interface, so its VFs have no `" + request.policy.begin()->first + "`",
                pf.driver.empty() ? "bind it to its driver: lspci -k -s " + pf.name
                                  : "it is bound to " + pf.driver + "; leave the key out");
  if (request.wants_resources() && pf.nvme_node.empty())
    throw Error(ExitCode::kDevice,
                pf.name + " has no NVMe controller, so its VFs have no queues, interrupts or namespaces to be given",
                pf.driver.empty() ? "bind it to its driver: lspci -k -s " + pf.name
                                  : "it is bound to " + pf.driver + "; leave the keys out");
  if (request.create > pf.total_vfs)
    throw Error(ExitCode::kDevice,
                pf.name + " can have " + std::to_string(pf.total_vfs) + " VFs, not " + std::to_string(request.create),
                "that is its sriov_totalvfs; the firmware of the device may have a setting for it");
}

unsigned choose_vf(const PhysicalFunction& pf, const VfRequest& request,
                   const std::function<std::string(const std::string& address)>& take) {
  if (pf.vfs.empty())
    throw Error(ExitCode::kDevice, pf.name + " has no VFs",
                "vireo host vf create " + pf.name + " 1, or `create: 1` beside `pf:`");
  if (request.index && *request.index >= pf.vfs.size())
    throw Error(ExitCode::kDevice,
                pf.name + " has no VF " + std::to_string(*request.index) + ": it has " + std::to_string(pf.vfs.size()),
                "count from 0; more than there are can be made only when none is in use");
  std::string why;
  for (unsigned index = request.index.value_or(0); index < pf.vfs.size(); ++index) {
    const std::string reason = take(pf.vfs[index]);
    if (reason.empty()) return index;
    why += (why.empty() ? "VF " : "; VF ") + std::to_string(index) + ", " + pf.vfs[index] + ", is " + reason;
    if (request.index) break;
  }
  throw Error(ExitCode::kDevice, pf.name + (request.index ? ": " : " has no free VF: ") + why,
              "end the guest that has it, unbind it from the host's driver, or name another PF");
}

std::vector<Step> steps_to(const PhysicalFunction& pf, unsigned index, const VfRequest& request, HostWriter& writer,
                           const HostRoot& root) {
  std::vector<Step> steps;
  const std::string vf = index < pf.vfs.size() ? pf.vfs[index] : pf.name;
  if (!request.policy.empty()) {
    VfPolicyStep step = policy_step(pf, vf, index, request.policy, writer);
    if (step.before != step.wanted) steps.emplace_back(std::move(step));
  }
  if (!request.wants_resources()) return steps;
  NvmeResourcesStep step = resources_step(pf, vf, index, request, writer);
  if (step.before == step.wanted) return steps;
  // Its driver does not outlive that it goes offline.
  if (const Binding now = read_binding(root, vf); !now.driver.empty() && !iommu::is_vfio_driver(now.driver))
    steps.emplace_back(
        DriverStep{.device = vf, .driver = now.driver, .driver_override = now.driver_override, .target = ""});
  steps.emplace_back(std::move(step));
  return steps;
}

}  // namespace vireo::host
