#pragma once

#include <gtest/gtest.h>

#include "vmm/plan.h"

namespace vireo {

// A host with an IOMMU, KVM, and one NVMe VF at 0000:01:00.1; a guest that gets it.
class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    config_.name = "g";
    config_.memory.size = base::kGiB;
    config_.boot.kernel = "/k";
    config_.pcie.root_ports.push_back({.name = "rp0", .functions = {{.vfio = "0000:01:00.1"}}});
    surroundings_.machine = {.kvm_present = true,
                             .vfio_present = true,
                             .physical_address_bits = 40,
                             .memlock_soft = ~uint64_t{0},
                             .memlock_hard = ~uint64_t{0}};
    facts_ = {.address = "0000:01:00.1", .class_code = 0x010802, .group = 9};
    facts_.bars.push_back({.index = 0, .size = 16 * 1024, .is_64bit = true});
    facts_.msix.vectors = 2;
  }
  Plan plan() {
    surroundings_.devices["0000:01:00.1"] = {.address = "0000:01:00.1",
                                             .facts = facts_,
                                             .rom = rom_,
                                             .companions = companions_,
                                             .reports_errors = records_errors_,
                                             .mismatches = mismatches_,
                                             .resizable = resizable_};
    return make_plan(config_, surroundings_);
  }
  config::DeviceConfig& device() { return config_.pcie.root_ports[0].functions[0]; }
  // The only conflict there is.
  Conflict conflict() {
    const Plan made = plan();
    EXPECT_EQ(made.conflicts.size(), 1u);
    return made.conflicts.empty() ? Conflict{} : made.conflicts.front();
  }

  config::Config config_;
  Surroundings surroundings_;
  host::HostFacts facts_;
  FileFacts rom_;
  std::vector<host::HostFacts> companions_;
  std::optional<bool> records_errors_ = false;
  std::vector<std::string> mismatches_;
  std::map<unsigned, std::optional<uint64_t>> resizable_;
};

}  // namespace vireo
