#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "vfio/host/host_writer.h"
#include "vfio/host/journal.h"
#include "vfio/host/physical_function.h"

namespace vireo::host {

// A VF that somebody wants.
struct VfRequest {
  std::string physical_function;  // as find_physical_function() takes it
  std::optional<unsigned> index;  // nothing: any that is free
  unsigned create = 0;            // how many are made where there are none; 0: none are
  VfPolicy policy = {};
  // Of an NVMe controller's; nothing: as it has them.
  std::optional<unsigned> queues = {};
  std::optional<unsigned> interrupts = {};
  std::optional<std::vector<unsigned>> namespaces = {};  // sorted

  bool wants_resources() const { return queues || interrupts || namespaces; }
};

// Say what a PF cannot do for any VF. Errors: base::Error (kDevice).
void require_able(const PhysicalFunction& pf, const VfRequest& request);

// Choose the VF of `pf` that the request means, of those that `take` takes: it returns why a VF is not to be had, and
// nothing where it is. Return its index.
// Errors: base::Error (kDevice), with what each VF is used for.
unsigned choose_vf(const PhysicalFunction& pf, const VfRequest& request,
                   const std::function<std::string(const std::string& address)>& take);

// The steps that bring a VF to what the request wants, as it is now.
// Errors: base::Error (kDevice).
std::vector<Step> steps_to(const PhysicalFunction& pf, unsigned index, const VfRequest& request, HostWriter& writer,
                           const HostRoot& root);

}  // namespace vireo::host
