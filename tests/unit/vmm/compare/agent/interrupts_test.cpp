#include "vmm/compare/agent/interrupts.h"

#include <gtest/gtest.h>

namespace vireo::agent {
namespace {

constexpr const char* kText = R"(            CPU0       CPU1
   1:          0          9   IO-APIC   1-edge      i8042
  24:         15          3   PCI-MSIX-0000:00:02.0   0-edge      nvme0q0
  25:       4000         20   PCI-MSIX-0000:00:02.0   1-edge      nvme0q1
  26:        700          0   PCI-MSIX-0000:00:03.0   1-edge      virtio0-req.0
  27:          0         80   PCI-MSI 512-edge      eth0-rx-0
  28:          3          3   PCI-MSI 513-edge      PCIe PME, pciehp
 NMI:          1          2   Non-maskable interrupts
 ERR:          5
)";

TEST(DeviceInterrupts, AreThoseByMessageOnAllCpusButPorts) {
  EXPECT_EQ(device_interrupts(kText), 15u + 3 + 4000 + 20 + 700 + 80);
}

TEST(DeviceInterrupts, OfOneCpuAreNotTakenForItsNumber) {
  EXPECT_EQ(device_interrupts("           CPU0\n  24:   15   PCI-MSI 32768-edge      virtio3-req.0"), 15u);
}

TEST(DeviceInterrupts, OfNothingAreNone) {
  EXPECT_EQ(device_interrupts(""), 0u);
  EXPECT_EQ(device_interrupts("  CPU0\n\n24\n25: PCI-MSI\n"), 0u);
}

}  // namespace
}  // namespace vireo::agent
