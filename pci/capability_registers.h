#pragma once

#include "pci/register.h"

// Registers of the capabilities that virtual ports have. Offsets are from the capability's start.
namespace vireo::pci {

// PCI Express capability, PCIe 6.0 7.5.3.
constexpr uint8_t kExpressSize = 0x3c;
constexpr uint8_t kExpressVersion1Size = 0x0c;  // without link registers: a root complex integrated endpoint
constexpr uint16_t kExpressCapabilities = 0x02;
constexpr uint16_t kDeviceControl = 0x08;
constexpr uint16_t kLinkCapabilities = 0x0c;
constexpr uint16_t kLinkControl = 0x10;
constexpr uint16_t kLinkStatus = 0x12;
constexpr uint16_t kSlotCapabilities = 0x14;
constexpr uint16_t kSlotControl = 0x18;
constexpr uint16_t kSlotStatus = 0x1a;

enum class PortType : uint8_t {
  kEndpoint = 0,
  kRootPort = 4,
  kUpstream = 5,
  kDownstream = 6,
  kRootComplexEndpoint = 9
};

constexpr Register kExpressCapabilitiesRegister{
    kExpressCapabilities, 2, {{{0, 4, Access::kReadOnly, 2}, {4, 4}, {8, 1}}}};  // version 2, type, slot implemented
constexpr Register kDeviceCapabilitiesRegister{0x04,
                                               4,
                                               {{{0, 3, Access::kReadOnly, 1},      // maximum payload 256 bytes
                                                 {5, 1, Access::kReadOnly, 1},      // extended tags
                                                 {15, 1, Access::kReadOnly, 1}}}};  // role-based error reporting
constexpr Register kDeviceControlRegister{kDeviceControl, 2, {{{0, 15, Access::kReadWrite, 0}}}};
constexpr Register kDeviceStatusRegister{0x0a, 2, {{{0, 4, Access::kWriteOneClears, 0}}}};
constexpr Register kLinkCapabilitiesRegister{kLinkCapabilities,
                                             4,
                                             {{{0, 4, Access::kReadOnly, 4},      // up to 16 GT/s
                                               {4, 6, Access::kReadOnly, 16},     // x16
                                               {20, 1, Access::kReadOnly, 0},     // data link layer active reporting
                                               {21, 1, Access::kReadOnly, 0},     // bandwidth notification
                                               {24, 8, Access::kReadOnly, 0}}}};  // port number
constexpr Register kLinkControlRegister{kLinkControl,
                                        2,
                                        {{{0, 2, Access::kReadWrite, 0},  // ASPM control
                                          {4, 1, Access::kReadWrite, 0},  // link disable
                                          {6, 3, Access::kReadWrite, 0},  // common clock, sync, clock PM
                                          {10, 2, Access::kReadWrite, 0}}}};
constexpr Register kLinkStatusRegister{kLinkStatus,
                                       2,
                                       {{{0, 4, Access::kReadOnly, 4},
                                         {4, 6, Access::kReadOnly, 16},
                                         {13, 1, Access::kReadOnly, 0}}}};  // data link layer active
// What a slot with hot-plug has besides its number: button, power controller, power indicator, surprise removal, and no
// notice of completed commands, since they complete at once. PCIe 6.0 7.5.3.9.
constexpr uint32_t kSlotHotPlug = 1u << 0 | 1u << 1 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 18;
constexpr Register kSlotCapabilitiesRegister{kSlotCapabilities, 4, {{{0, 32, Access::kReadOnly, 0}}}};
constexpr Register kSlotControlRegister{kSlotControl, 2, {{{0, 13, Access::kReadWrite, 0}}}};
constexpr uint32_t kSlotPowerOff = 1u << 10;  // PCIe 6.0 7.5.3.10
constexpr uint32_t kSlotInterruptEnable = 1u << 5;
// Bits of Slot Status, and their enables in Slot Control at the same places but for the last.
constexpr uint32_t kSlotButtonPressed = 1u << 0;
constexpr uint32_t kSlotPresenceChanged = 1u << 3;
constexpr uint32_t kSlotLinkChanged = 1u << 8;
constexpr uint32_t kSlotLinkChangedEnable = 1u << 12;
constexpr Register kSlotStatusRegister{kSlotStatus,
                                       2,
                                       {{{0, 5, Access::kWriteOneClears, 0},
                                         {6, 1, Access::kReadOnly, 0},  // presence detect
                                         {8, 1, Access::kWriteOneClears, 0}}}};
constexpr Register kRootControlRegister{0x1c, 2, {{{0, 5, Access::kReadWrite, 0}}}};
constexpr Register kRootStatusRegister{0x20, 4, {{{16, 1, Access::kWriteOneClears, 0}}}};
constexpr Register kDeviceCapabilities2Register{0x24, 4, {{{5, 1, Access::kReadOnly, 0}}}};  // ARI forwarding supported
constexpr Register kDeviceControl2Register{0x28, 2, {{{5, 1, Access::kReadWrite, 0}}}};
constexpr Register kLinkCapabilities2Register{0x2c, 4, {{{1, 4, Access::kReadOnly, 0xf}}}};  // 2.5 to 16 GT/s
constexpr Register kLinkControl2Register{0x30, 2, {{{0, 4, Access::kReadWrite, 4}}}};

// MSI-X Message Control, PCIe 6.0 7.7.2.2.
constexpr uint16_t kMsixEnable = 1 << 15;
constexpr uint16_t kMsixFunctionMask = 1 << 14;

// MSI with one 64-bit vector, PCIe 6.0 7.7.1.
constexpr uint8_t kMsiSize = 0x0e;
constexpr Register kMsiControlRegister{
    0x02, 2, {{{0, 1, Access::kReadWrite, 0}, {4, 3, Access::kReadWrite, 0}, {7, 1, Access::kReadOnly, 1}}}};
constexpr Register kMsiAddressRegister{0x04, 4, {{{2, 30, Access::kReadWrite, 0}}}};
constexpr Register kMsiAddressUpperRegister{0x08, 4, {{{0, 32, Access::kReadWrite, 0}}}};
constexpr Register kMsiDataRegister{0x0c, 2, {{{0, 16, Access::kReadWrite, 0}}}};

// Power management, PCIe 6.0 7.5.2. D3hot keeps our registers: NoSoftReset.
constexpr uint8_t kPowerManagementSize = 0x08;
constexpr uint32_t kPowerStateMask = 3;  // PMCSR, PCIe 6.0 7.5.2.2
constexpr Register kPmCapabilitiesRegister{0x02, 2, {{{0, 3, Access::kReadOnly, 3}}}};
constexpr Register kPmControlRegister{0x04, 2, {{{0, 2, Access::kReadWrite, 0}, {3, 1, Access::kReadOnly, 1}}}};

// Subsystem ids of a bridge, PCI-to-PCI bridge 1.2 3.2.8.
constexpr uint8_t kBridgeSubsystemSize = 0x08;

// Access control services, PCIe 6.0 7.7.11.
constexpr Register kAcsCapabilityRegister{0x04,
                                          2,
                                          {{{0, 1, Access::kReadOnly, 1},     // source validation
                                            {2, 3, Access::kReadOnly, 7}}}};  // P2P redirects, upstream fwd.
constexpr Register kAcsControlRegister{0x06, 2, {{{0, 1, Access::kReadWrite, 0}, {2, 3, Access::kReadWrite, 0}}}};

// Advanced error reporting of a root port, PCIe 6.0 7.8.4. The port's own errors never happen.
constexpr uint16_t kAerSize = 0x38;
constexpr uint16_t kRootErrorCommand = 0x2c;
constexpr uint16_t kRootErrorStatus = 0x30;
constexpr uint16_t kErrorSource = 0x34;
constexpr Register kAerUncorrectableMaskRegister{
    0x08, 4, {{{4, 1, Access::kReadWrite, 0}, {12, 15, Access::kReadWrite, 0}}}};
constexpr Register kAerSeverityRegister{
    0x0c, 4, {{{4, 1, Access::kReadWrite, 1}, {12, 15, Access::kReadWrite, 0x462}}}};
constexpr Register kAerCorrectableMaskRegister{0x14, 4, {{{0, 16, Access::kReadWrite, 0x2000}}}};
constexpr Register kRootErrorCommandRegister{kRootErrorCommand, 4, {{{0, 3, Access::kReadWrite, 0}}}};
constexpr Register kRootErrorStatusRegister{kRootErrorStatus, 4, {{{0, 7, Access::kWriteOneClears, 0}}}};
// Bits of Root Error Status, 7.8.4.10.
constexpr uint32_t kErrorReceived = 1u << 2;
constexpr uint32_t kErrorsReceived = 1u << 3;
constexpr uint32_t kFirstErrorFatal = 1u << 4;
constexpr uint32_t kFatalErrorReceived = 1u << 6;

// The header's window registers, PCIe 6.0 7.5.1.3.
constexpr Register kPrimaryBusRegister{0x18, 1, {{{0, 8, Access::kReadWrite, 0}}}};
constexpr Register kSecondaryBusRegister{0x19, 1, {{{0, 8, Access::kReadWrite, 0}}}};
constexpr Register kSubordinateBusRegister{0x1a, 1, {{{0, 8, Access::kReadWrite, 0}}}};
constexpr Register kIoBaseRegister{0x1c, 1, {{{0, 4, Access::kReadOnly, 0}, {4, 4, Access::kReadWrite, 0xf}}}};
constexpr Register kIoLimitRegister{0x1d, 1, {{{0, 4, Access::kReadOnly, 0}, {4, 4, Access::kReadWrite, 0}}}};
constexpr Register kSecondaryStatusRegister{
    0x1e, 2, {{{8, 1, Access::kWriteOneClears, 0}, {11, 5, Access::kWriteOneClears, 0}}}};
constexpr Register kMemoryBaseRegister{0x20, 2, {{{4, 12, Access::kReadWrite, 0xfff}}}};
constexpr Register kMemoryLimitRegister{0x22, 2, {{{4, 12, Access::kReadWrite, 0}}}};
constexpr Register kPrefetchableBaseRegister{
    0x24, 2, {{{0, 4, Access::kReadOnly, 1}, {4, 12, Access::kReadWrite, 0xfff}}}};  // 64-bit
constexpr Register kPrefetchableLimitRegister{
    0x26, 2, {{{0, 4, Access::kReadOnly, 1}, {4, 12, Access::kReadWrite, 0}}}};
constexpr Register kPrefetchableBaseUpperRegister{0x28, 4, {{{0, 32, Access::kReadWrite, 0}}}};
constexpr Register kPrefetchableLimitUpperRegister{0x2c, 4, {{{0, 32, Access::kReadWrite, 0}}}};
constexpr Register kBridgeControlRegister{0x3e, 2, {{{0, 2, Access::kReadWrite, 0}, {6, 1, Access::kReadWrite, 0}}}};

}  // namespace vireo::pci
