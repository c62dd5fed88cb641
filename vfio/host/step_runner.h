#pragma once

#include "vfio/host/binding.h"
#include "vfio/host/journal.h"
#include "vfio/host/vf_changes.h"

namespace vireo::host {

// Does and undoes the steps of a journal, whatever their kind. Errors: base::Error (kDevice).
class StepRunner {
 public:
  // Lifetime: `writer` outlives it.
  StepRunner(const HostRoot& root, HostWriter& writer) : binder_(root, writer), vfs_(root, writer) {}

  void apply(const Step& step) {
    std::visit([this](const auto& one) { changes_of(one).apply(one); }, step);
  }
  void undo(const Step& step) {
    std::visit([this](const auto& one) { changes_of(one).undo(one); }, step);
  }

  Binder& binder() { return binder_; }
  const Binder& binder() const { return binder_; }

 private:
  Binder& changes_of(const DriverStep&) { return binder_; }
  Binder& changes_of(const AttributeStep&) { return binder_; }
  Binder& changes_of(const BarSizeStep&) { return binder_; }
  VfChanges& changes_of(const VfCountStep&) { return vfs_; }
  VfChanges& changes_of(const VfPolicyStep&) { return vfs_; }
  VfChanges& changes_of(const NvmeResourcesStep&) { return vfs_; }

  Binder binder_;
  VfChanges vfs_;
};

}  // namespace vireo::host
