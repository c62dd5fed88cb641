#pragma once

#include <map>
#include <memory>
#include <string>

#include "iommu/dma_mapper.h"
#include "vmm/phases.h"
#include "vmm/plan.h"

namespace vireo {

// The plan's host devices, opened into one I/O address space that maps all guest RAM.
// The waits overlap: each open (a function reset of 100 ms) has a thread, RAM populates meanwhile.
class HostDevices {
 public:
  // Errors: SystemError (kDevice, kHost), the first that any of the threads met.
  HostDevices(const Plan& plan, const platform::GuestMemory& memory, Phases& phases);

  // Take an opened device.
  base::Fd take(const std::string& address);
  std::vector<int> kvm_files() const;
  // Nothing without devices.
  iommu::DmaMapper* mapper() const { return mapper_.get(); }

 private:
  void open_all(const Plan& plan, const platform::GuestMemory& memory, Phases& phases);
  void reset_by_bus(const Plan& plan);
  void map_ram(const platform::GuestMemory& memory);

  std::unique_ptr<iommu::DmaMapper> mapper_;  // nothing: no devices
  std::map<std::string, base::Fd> opened_;
};

}  // namespace vireo
