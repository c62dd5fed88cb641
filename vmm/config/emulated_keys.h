#pragma once

#include <array>

#include "vmm/config/choice.h"

namespace vireo::config {

// What stands after `virtio:`, and after `emulated:`.
inline constexpr std::array kVirtioKinds{
    Choice<EmulatedKind>{"rng", EmulatedKind::kEntropy}, Choice<EmulatedKind>{"block", EmulatedKind::kBlock},
    Choice<EmulatedKind>{"net", EmulatedKind::kNet}, Choice<EmulatedKind>{"console", EmulatedKind::kConsole}};
inline constexpr std::array kOtherKinds{Choice<EmulatedKind>{"nvme", EmulatedKind::kNvme}};

// Whether what stands at `device:` is an emulated device.
bool is_emulated(const Node& node);
// Read it. Precondition: it is one.
EmulatedConfig read_emulated_keys(const Node& node, Diagnostics& diagnostics);

// The schema `virtio`.
std::string emulated_definitions();

}  // namespace vireo::config
