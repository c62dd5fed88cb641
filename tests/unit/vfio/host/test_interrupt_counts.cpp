#include <gtest/gtest.h>

#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/interrupt_counts.h"

namespace vireo::host {
namespace {

constexpr const char* kText =
    "           CPU0       CPU1\n"
    "  0:         44          0   IO-APIC   2-edge      timer\n"
    " 45:       1203          7   PCI-MSI 524288-edge      vfio-msix[0](0000:01:00.1)\n"
    " 46:          9          1   IO-APIC  17-fasteoi   vfio-intx(0000:03:00.0)\n"
    "NMI:          0          0   Non-maskable interrupts\n";

TEST(InterruptCounts, AddsUpTheCpus) {
  Tree tree;
  tree.write("/proc/interrupts", kText);
  const auto found = vfio_interrupts(tree.root());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found.at(interrupt_name("MSI-X", 0, "0000:01:00.1")).irq, 45u);
  EXPECT_EQ(found.at(interrupt_name("MSI-X", 0, "0000:01:00.1")).count, 1210u);
  EXPECT_EQ(found.at(interrupt_name("INTx", 0, "0000:03:00.0")).count, 10u);
}

TEST(InterruptCounts, FindsNothingWithoutTheFile) {
  Tree tree;
  EXPECT_TRUE(vfio_interrupts(tree.root()).empty());
}

}  // namespace
}  // namespace vireo::host
