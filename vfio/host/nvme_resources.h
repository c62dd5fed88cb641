#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vireo::host {

// What an NVMe VF, a secondary controller, has of its PF's. Source: NVMe base specification 2.0, 8.26.
struct NvmeResources {
  bool online = false;
  unsigned queues = 0;               // virtual queues (VQ): pairs, with the one for administration
  unsigned interrupts = 0;           // virtual interrupts (VI): vectors
  std::vector<unsigned> namespaces;  // attached to it, sorted
  bool operator==(const NvmeResources&) const = default;
};

// "online, 3 queues, 2 interrupts, namespaces 1,2"
std::string resources_text(const NvmeResources& resources);

// Read what VF `vf` (0 is the first) of the controller at `node` ("/dev/nvme0") has.
// Errors: base::Error (kDevice): the controller's answer; (kHost): no libnvme.
NvmeResources read_nvme_resources(const std::string& node, unsigned vf);

// Give it what `wanted` says, taking it offline meanwhile.
// Errors: the same; the controller refuses when its free resources do not suffice. What was done until then stays.
void write_nvme_resources(const std::string& node, unsigned vf, const NvmeResources& wanted);

}  // namespace vireo::host
