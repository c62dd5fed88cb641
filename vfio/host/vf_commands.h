#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vfio/host/host_writer.h"
#include "vfio/host/physical_function.h"
#include "vfio/host/vf_request.h"

// VFs that stay until somebody takes them away, or the machine goes down. What is changed is recorded first
// (<state>/vfs/<PF>.json, in a journal's form), so that it can be undone; a claim's own changes come on top.
// Errors, of all: base::Error (kDevice), naming PF, VF, cause and remedy; (kHost): not root.
namespace vireo::host {

// Make `count` VFs that the host's drivers leave alone. Where there are others, none in use, they go first.
// Return whether there was anything to do.
bool create_vfs(const std::string& physical_function, unsigned count, const HostRoot& root = {},
                HostWriter& writer = kernel_writer());

// Have one VF, request.index, held to what is asked for.
void set_vf(const VfRequest& request, const HostRoot& root = {}, HostWriter& writer = kernel_writer());

// Give a VF back what it had before it was set.
void release_vf(const std::string& physical_function, unsigned index, const HostRoot& root = {},
                HostWriter& writer = kernel_writer());

// Release all VFs and take them away, none in use. Return whether there were any.
bool destroy_vfs(const std::string& physical_function, const HostRoot& root = {}, HostWriter& writer = kernel_writer());

struct ListedVf {
  std::string address;
  std::string driver;                      // empty: none
  std::string user;                        // why nobody else can have it; empty: it is free
  VfPolicy policy;                         // empty: the PF is no NIC, or its driver does not say
  std::optional<NvmeResources> resources;  // nothing: the PF is no NVMe controller, or does not say
};
struct ListedPf {
  PhysicalFunction function;
  std::vector<ListedVf> vfs;
};

// Look at a PF's VFs; with an empty name at those of all. Changes nothing.
std::vector<ListedPf> list_vfs(const std::string& physical_function, const HostRoot& root = {},
                               HostWriter& writer = kernel_writer());

}  // namespace vireo::host
