#pragma once

#include "pci/register.h"

// The registers of the PCI headers, declared once. Offsets as in PCIe 6.0 7.5.1; sizes in bytes.
namespace vireo::pci {

constexpr uint16_t kVendorId = 0x00;
constexpr uint16_t kDeviceId = 0x02;
constexpr uint16_t kCommand = 0x04;
constexpr uint16_t kStatus = 0x06;
constexpr uint16_t kRevision = 0x08;
constexpr uint16_t kClassCode = 0x09;  // 3 bytes
constexpr uint16_t kCacheLineSize = 0x0c;
constexpr uint16_t kHeaderType = 0x0e;
constexpr uint16_t kFirstBar = 0x10;
constexpr uint16_t kSubsystemVendor = 0x2c;
constexpr uint16_t kSubsystemDevice = 0x2e;
constexpr uint16_t kRomBar = 0x30;  // type 0
constexpr uint16_t kCapabilityPointer = 0x34;
constexpr uint16_t kInterruptLine = 0x3c;
constexpr uint16_t kInterruptPin = 0x3d;
constexpr uint16_t kFirstCapability = 0x40;
constexpr uint16_t kFirstExtendedCapability = 0x100;

// Type 1, PCIe 6.0 7.5.1.3.
constexpr uint16_t kPrimaryBus = 0x18;
constexpr uint16_t kSecondaryBus = 0x19;
constexpr uint16_t kSubordinateBus = 0x1a;
constexpr uint16_t kIoBase = 0x1c;
constexpr uint16_t kIoLimit = 0x1d;
constexpr uint16_t kSecondaryStatus = 0x1e;
constexpr uint16_t kMemoryBase = 0x20;
constexpr uint16_t kMemoryLimit = 0x22;
constexpr uint16_t kPrefetchableBase = 0x24;
constexpr uint16_t kPrefetchableLimit = 0x26;
constexpr uint16_t kPrefetchableBaseUpper = 0x28;
constexpr uint16_t kPrefetchableLimitUpper = 0x2c;
constexpr uint16_t kIoBaseUpper = 0x30;
constexpr uint16_t kIoLimitUpper = 0x32;
constexpr uint16_t kBridgeControl = 0x3e;

constexpr uint32_t kNvmeClass = 0x010802;  // PCI code and ID assignment 1.15, 1.2: NVM Express I/O controller

constexpr uint16_t kCommandIo = 1 << 0;
constexpr uint16_t kCommandMemory = 1 << 1;
constexpr uint16_t kCommandBusMaster = 1 << 2;
constexpr uint16_t kCommandParity = 1 << 6;
constexpr uint16_t kCommandSerr = 1 << 8;
constexpr uint16_t kCommandIntxDisable = 1 << 10;
constexpr uint16_t kStatusInterrupt = 1 << 3;
constexpr uint16_t kStatusCapabilities = 1 << 4;
constexpr uint8_t kHeaderTypeBridge = 1;
constexpr uint8_t kHeaderMultiFunction = 0x80;
constexpr uint16_t kBridgeControlReset = 1 << 6;

// PCIe 6.0 7.5.1.1.3, 7.5.1.1.4.
constexpr Register kCommandRegister{kCommand,
                                    2,
                                    {{{0, 3, Access::kReadWrite, 0},      // I/O, memory, bus master
                                      {6, 1, Access::kReadWrite, 0},      // parity error response
                                      {8, 1, Access::kReadWrite, 0},      // SERR# enable
                                      {10, 1, Access::kReadWrite, 0}}}};  // interrupt disable
constexpr Register kStatusRegister{kStatus,
                                   2,
                                   {{{4, 1, Access::kReadOnly, 1},            // capabilities list
                                     {8, 1, Access::kWriteOneClears, 0},      // master data parity error
                                     {11, 5, Access::kWriteOneClears, 0}}}};  // aborts, SERR#, parity error
constexpr Register kCacheLineSizeRegister{kCacheLineSize, 1, {{{0, 8, Access::kReadWrite, 0}}}};
constexpr Register kInterruptLineRegister{kInterruptLine, 1, {{{0, 8, Access::kReadWrite, 0}}}};

// Capability ids. PCI Code and ID Assignment specification 1.16, 2 and 3.
enum class CapabilityId : uint8_t {
  kPowerManagement = 0x01,
  kVpd = 0x03,
  kMsi = 0x05,
  kVendorSpecific = 0x09,
  kSubsystemId = 0x0d,
  kExpress = 0x10,
  kMsix = 0x11,
};
enum class ExtendedCapabilityId : uint16_t {
  kAer = 0x0001,
  kVirtualChannel = 0x0002,
  kSerialNumber = 0x0003,
  kVendorSpecific = 0x000b,
  kAcs = 0x000d,
  kAri = 0x000e,
  kAts = 0x000f,
  kSriov = 0x0010,
  kPageRequest = 0x0013,
  kResizableBar = 0x0015,
  kTph = 0x0017,
  kLtr = 0x0018,
  kPasid = 0x001b,
  kVfResizableBar = 0x0024,
};

}  // namespace vireo::pci
