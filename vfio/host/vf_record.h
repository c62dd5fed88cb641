#pragma once

#include <functional>
#include <string>

#include "vfio/host/journal.h"
#include "vfio/host/step_runner.h"

namespace vireo::host {

// The steps that commands did to a PF and its VFs, on disk before they are done. Precondition of each call: the caller
// holds the state lock.
class VfRecord {
 public:
  // Errors: base::Error (kDevice), when what is on disk is no record.
  VfRecord(const std::string& physical_function, const HostRoot& root, HostWriter& writer);

  // Record and do a step. Errors: base::Error; what there was before stays.
  void add(const Step& step);

  // Undo those of the steps that `chosen` chooses, the newest first. Errors: base::Error; those from the failed one on
  // stay.
  void undo(const std::function<bool(const Step&)>& chosen);

 private:
  void store();
  void take_back() noexcept;

  std::string path_;
  JournalRecord record_;
  StepRunner runner_;
};

}  // namespace vireo::host
