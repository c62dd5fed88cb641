#include "pci/platform_functions.h"

#include "vmm/platform/memory_map.h"

namespace vireo::pci {
namespace {

constexpr uint16_t kPciexbar = 0x60;     // 8 bytes: bit 0 enables, bits 2:1 = 0 for 256 MiB
constexpr uint16_t kPmbase = 0x40;       // bit 0: I/O space indicator
constexpr uint16_t kAcpiControl = 0x44;  // bit 7 enables PMBASE; SCI on IRQ 9

}  // namespace

HostBridge::HostBridge() : PciFunction("host-bridge") {
  config_.set(kVendorId, 4, 0x29c0'8086);
  config_.set(kClassCode, 3, 0x060000);
  config_.define(kCommandRegister);
  config_.set(kPciexbar, 4, static_cast<uint32_t>(platform::kEcamStart.value()) | 1);
  config_.seal();
}

LpcBridge::LpcBridge() : PciFunction("lpc-bridge") {
  config_.set(kVendorId, 4, 0x2918'8086);
  config_.set(kRevision, 1, 2);
  config_.set(kClassCode, 3, 0x060100);
  config_.define(kCommandRegister);
  config_.set(kPmbase, 4, platform::kPmBase | 1);
  config_.set(kAcpiControl, 1, 0x80);
  config_.seal();
}

}  // namespace vireo::pci
