#pragma once

#include "vmm/base/address.h"
#include "vmm/base/bits.h"

// The guest's physical address map: the one table of it; README.md shows it.
namespace vireo::platform {

using base::GuestAddress;
using base::kGiB;
using base::kKiB;
using base::kMiB;

// RAM from 0 to at most here; the rest goes to 4 GiB and above. A multiple of 1 GiB, so that huge pages fit.
constexpr uint64_t kLowRamLimit = 2 * kGiB;
constexpr GuestAddress kHighRamStart{4 * kGiB};

// What a PC keeps free below 1 MiB.
constexpr GuestAddress kEbdaStart{0x9fc00};  // e820: RAM ends here
constexpr GuestAddress kAcpiStart{0xe0000};  // RSDP and all ACPI tables
constexpr uint64_t kAcpiSize = 64 * kKiB;
constexpr GuestAddress kSmbiosStart{0xf0000};  // the first place where a guest without firmware looks for it
constexpr uint64_t kSmbiosSize = 64 * kKiB;
constexpr GuestAddress kHighMemoryStart{1 * kMiB};

// 32-bit PCI memory window.
constexpr GuestAddress kMmio32Start{2 * kGiB};
constexpr uint64_t kMmio32Size = 0xe0000000 - 2 * kGiB;

// ECAM (PCIEXBAR), 256 buses.
constexpr GuestAddress kEcamStart{0xe0000000};
constexpr uint64_t kEcamSize = 256 * kMiB;

constexpr GuestAddress kIoApicAddress{0xfec00000};
constexpr GuestAddress kLocalApicAddress{0xfee00000};
constexpr GuestAddress kMsiStart{0xfee00000};  // x86 takes stores here as MSIs: never RAM, never a BAR
constexpr uint64_t kMsiSize = 1 * kMiB;
constexpr GuestAddress kKvmIdentityMap{0xfeffc000};  // KVM's own pages (used without unrestricted guest): 4 pages
constexpr GuestAddress kKvmTss{0xfeffd000};

constexpr GuestAddress kFirmwareStart{0xff800000};  // and its variables: they end at 4 GiB

// No x86 CPU addresses more. Intel SDM volume 3, 4.1.4: MAXPHYADDR is at most 52.
constexpr unsigned kMaxAddressBits = 52;
constexpr uint64_t kAddressEnd = uint64_t{1} << kMaxAddressBits;

// 64-bit PCI memory window: above RAM, a multiple of this.
constexpr uint64_t kMmio64Alignment = 1 * kGiB;

// I/O ports.
constexpr uint16_t kPciConfigAddressPort = 0xcf8;
constexpr uint16_t kPciConfigDataPort = 0xcfc;
constexpr uint16_t kResetPort = 0xcf9;
constexpr uint16_t kSerialPort = 0x3f8;
constexpr uint16_t kRtcPort = 0x70;
constexpr uint16_t kKeyboardPort = 0x60;  // and 0x64
constexpr uint16_t kPvpanicPort = 0x505;
constexpr uint16_t kPmBase = 0x600;       // ICH9 PMBASE: 128 ports
constexpr uint16_t kPciIoStart = 0x1000;  // PCI I/O window to 0xffff
constexpr uint32_t kPciIoSize = 0xf000;

// Interrupt lines (global system interrupts).
constexpr uint32_t kTimerIrq = 0;
constexpr uint32_t kSerialIrq = 4;
constexpr uint32_t kRtcIrq = 8;
constexpr uint32_t kSciIrq = 9;
constexpr uint32_t kFirstPciIrq = 16;  // INTA-INTD of the root bus swizzle over four lines
constexpr uint32_t kPciIrqs = 4;
constexpr uint32_t kIoApicPins = 24;
constexpr uint32_t kFirstMsiGsi = 24;  // routes that belong to no pin

}  // namespace vireo::platform
