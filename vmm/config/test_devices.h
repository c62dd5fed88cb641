#pragma once

namespace vireo::config {

// Whether this build has devices that only tests of vireo and test kernels want. What is behind `if constexpr` of it is
// not in a release: nothing there refers to those devices, and the linker leaves them out.
constexpr bool kTestDevices = VIREO_TEST_DEVICES;

}  // namespace vireo::config
