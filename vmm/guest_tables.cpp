#include "vmm/guest_tables.h"

#include <algorithm>

#include "vmm/plan_topology.h"
#include "vmm/platform/memory_map.h"

namespace vireo {
namespace {

constexpr uint64_t kFourGiB = platform::kHighRamStart.value();

boot::AcpiInputs common_inputs(const Plan& plan) {
  boot::AcpiInputs inputs;
  for (unsigned i = 0; i < plan.config.cpus; ++i) inputs.apic_ids.push_back(i);
  return inputs;
}

void add_window(boot::AcpiInputs& inputs, uint64_t start, uint64_t end) {
  if (start < end) inputs.memory.push_back(*base::GuestRange::make(base::GuestAddress(start), end - start));
}

uint64_t end_of_ram(const Plan& plan) {
  uint64_t end = kFourGiB;
  for (const platform::RamRegion& region : plan.ram)
    end = std::max(end, region.range.start().value() + region.range.size());
  return end;
}

}  // namespace

boot::AcpiInputs acpi_inputs(const Plan& plan) {
  boot::AcpiInputs inputs = common_inputs(plan);
  add_window(inputs, platform::kMmio32Start.value(), platform::kMmio32Start.value() + platform::kMmio32Size);
  const pci::Window& prefetchable = plan.windows.prefetchable;
  add_window(inputs, prefetchable.base, prefetchable.base + prefetchable.size);
  // Only the buses that are there: a guest's kernel probes every slot of each bus that MCFG names.
  inputs.ecam = *base::GuestRange::make(platform::kEcamStart, (pci::last_bus(plan.root_bus) + 1) * base::kMiB);
  return inputs;
}

boot::AcpiInputs acpi_inputs_behind_firmware(const Plan& plan, const std::optional<base::GuestRange>& ecam) {
  const auto at_power_on = base::GuestRange::make(platform::kEcamStart, platform::kEcamSize);
  // There is always a window on either side of it, so that the tables keep their size.
  const bool usable =
      ecam && ecam->start() > platform::kMmio32Start && ecam->last().value() + 1 < platform::kIoApicAddress.value();
  boot::AcpiInputs inputs = common_inputs(plan);
  inputs.ecam = usable ? *ecam : *at_power_on;
  const uint64_t ecam_end = inputs.ecam.last().value() + 1;
  add_window(inputs, platform::kMmio32Start.value(), inputs.ecam.start().value());
  add_window(inputs, ecam_end, platform::kIoApicAddress.value());
  add_window(inputs, base::align_up(end_of_ram(plan), platform::kMmio64Alignment),
             uint64_t{1} << guest_address_bits(plan.machine));
  return inputs;
}

boot::SmbiosInputs smbios_inputs(const Plan& plan, bool with_firmware) {
  boot::SmbiosInputs inputs;
  inputs.version = VIREO_VERSION;
  inputs.firmware->version = VIREO_VERSION;
  if (with_firmware) inputs.firmware.reset();
  inputs.asset_tag = plan.config.name;
  inputs.cpus = plan.config.cpus;
  for (const platform::RamRegion& region : plan.ram) inputs.ram.push_back(region.range);
  return inputs;
}

}  // namespace vireo
