#pragma once

#include <string>

#include "vfio/host/facts.h"
#include "vfio/host/host_writer.h"
#include "vfio/host/journal.h"
#include "vfio/host/physical_function.h"
#include "vmm/base/error.h"

namespace vireo::host {

// A PF keeps its VFs because somebody has one of them.
class VfsInUse : public base::Error {
 public:
  using base::Error::Error;
};

// Makes VFs and says what they are held to, and reads back that it is so.
// Source: Documentation/PCI/pci-iov-howto.rst
class VfChanges {
 public:
  // Lifetime: `writer` outlives it.
  VfChanges(HostRoot root, HostWriter& writer) : root_(std::move(root)), writer_(&writer) {}

  // Errors: base::Error (kDevice), naming PF and VF, what was refused and the remedy.
  void apply(const VfCountStep& step);
  void apply(const VfPolicyStep& step);
  void apply(const NvmeResourcesStep& step);

  // Errors: VfsInUse.
  void require_unused(const PhysicalFunction& pf) const;

  // Undo `step` from whatever point it got to. What others changed since then is left as they made it. Idempotent.
  // VFs that anybody has, by vireo or not, stay; that is an error too.
  // Precondition: the caller holds the state lock, and no lock of the VFs.
  void undo(const VfCountStep& step);
  void undo(const VfPolicyStep& step);
  void undo(const NvmeResourcesStep& step);

 private:
  bool is_gone(const std::string& device) const;
  std::string interface_of(const VfPlace& place) const;
  std::string controller_of(const VfPlace& place) const;
  void set_count(const std::string& folder, const std::string& device, unsigned count);
  void set_autoprobe(const std::string& folder, const std::string& device, const std::string& value);
  void set_policy(const VfPolicyStep& step, const VfPolicy& policy);
  void set_resources(const NvmeResourcesStep& step, const NvmeResources& resources);

  HostRoot root_;
  HostWriter* writer_;
};

}  // namespace vireo::host
