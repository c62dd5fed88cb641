#pragma once

#include <array>

#include "vmm/config/choice.h"
#include "vmm/config/test_devices.h"

namespace vireo::config {

// What stands after `virtio:`, and after `emulated:`.
inline constexpr std::array kVirtioKinds{
    Choice<EmulatedKind>{"rng", EmulatedKind::kEntropy}, Choice<EmulatedKind>{"block", EmulatedKind::kBlock},
    Choice<EmulatedKind>{"net", EmulatedKind::kNet}, Choice<EmulatedKind>{"console", EmulatedKind::kConsole}};
template <bool with_test>
constexpr auto other_kinds() {
  constexpr Choice<EmulatedKind> kNvme{"nvme", EmulatedKind::kNvme};
  if constexpr (with_test)
    return std::array{kNvme, Choice<EmulatedKind>{"test", EmulatedKind::kTest}};
  else
    return std::array{kNvme};
}
inline constexpr auto kOtherKinds = other_kinds<kTestDevices>();

// Whether what stands at `device:` is an emulated device.
bool is_emulated(const Node& node);
// Read it. Precondition: it is one.
EmulatedConfig read_emulated_keys(const Node& node, Diagnostics& diagnostics);

// The schemas of emulated devices: of those that a release has.
std::string emulated_definitions();

}  // namespace vireo::config
