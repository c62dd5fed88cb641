#pragma once

#include <optional>
#include <string>

#include "vmm/boot/acpi.h"
#include "vmm/boot/smbios.h"
#include "vmm/plan.h"

// What of a plan a guest is told by tables.
namespace vireo {

// For a guest that is loaded directly: the tree as it is programmed.
boot::AcpiInputs acpi_inputs(const Plan& plan);

// For one whose firmware has programmed the tree, with ECAM where it has put it: the windows are all that is free.
boot::AcpiInputs acpi_inputs_behind_firmware(const Plan& plan, const std::optional<base::GuestRange>& ecam);

// `with_firmware`: it adds what describes itself.
boot::SmbiosInputs smbios_inputs(const Plan& plan, bool with_firmware);

}  // namespace vireo
