#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "vmm/plan.h"

namespace vireo {

// A host of two sockets, and a guest that is given one device after another.
class PlanPictureTest : public testing::Test {
 protected:
  PlanPictureTest();

  // A function that this host has, behind `bridges` ("pci0000:64/0000:64:02.0").
  static host::HostFacts function(const std::string& address, const std::string& bridges, const std::string& name);
  static host::HostFacts bridge(const std::string& address, const std::string& name);
  // Give it to the guest behind a port of its own.
  void give(const host::HostFacts& facts);
  // The same below a port of the switch that the guest has.
  void give_below_switch(const host::HostFacts& facts);
  void emulate(const config::EmulatedConfig& device);
  // One of each kind, and nothing in the way.
  void give_some_of_all();
  // A NIC that the host needs, and one that is not there.
  void give_what_cannot_be();
  Plan plan() const;
  std::string svg() const;

  config::Config config_;
  Surroundings surroundings_;
  std::vector<host::HostFacts> neighbours_;
};

}  // namespace vireo
