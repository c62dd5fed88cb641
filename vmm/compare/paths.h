#pragma once

#include <string>
#include <vector>

#include "vmm/compare/schedule.h"
#include "vmm/config/compare_config.h"

namespace vireo::compare {

// The medium that all paths lead to.
struct HostMedium {
  std::string node;                    // "/dev/nvme0n1", or an image
  std::string text;                    // for people: "0000:01:00.0, namespace 1 (/dev/nvme0n1)"
  std::string controller;              // the NVMe controller's address; empty: none
  bool has_virtual_resources = false;  // its VFs are given queues and interrupts before they work
};

// Find it. Errors: base::Error (kDevice): it is not there, or somebody uses it.
HostMedium find_medium(const config::CompareConfig& config);

// The paths that a file asks for; all that lead to the medium where it names none.
std::vector<std::string> path_names(const config::CompareConfig& config, const HostMedium& medium);

// What the guests are made from.
struct GuestFiles {
  std::string kernel;
  std::string modules;
  std::string folder;  // where their files are written
  std::string vireo;   // the program that runs them
  std::string agent;   // the agent's file, for the host's own path
};

// The host's own kernel and modules, where a file names none.
GuestFiles find_guest_files(const config::CompareConfig& config);

// Write what a path's guest is made from, and return who measures on it.
// Errors: base::Error of what cannot be made; (kBootImage): there is no kernel for a guest.
Contender prepare_path(const std::string& name, const config::CompareConfig& config, const HostMedium& medium,
                       const GuestFiles& files, const StopSignal& stop);

}  // namespace vireo::compare
