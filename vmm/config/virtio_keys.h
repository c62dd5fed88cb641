#pragma once

#include <array>

#include "vmm/config/choice.h"

namespace vireo::config {

// What stands after `virtio:`.
inline constexpr std::array kVirtioKinds{Choice<VirtioKind>{"rng", VirtioKind::kEntropy},
                                         Choice<VirtioKind>{"block", VirtioKind::kBlock},
                                         Choice<VirtioKind>{"net", VirtioKind::kNet}};

// Read what stands at `device:`. Precondition: it says `virtio`.
VirtioConfig read_virtio_keys(const Node& node, Diagnostics& diagnostics);

// The schema `virtio`.
std::string virtio_definitions();

}  // namespace vireo::config
