#include <algorithm>

#include "vmm/boot/acpi_table.h"
#include "vmm/platform/acpi_hardware.h"

// The tables without AML.
namespace vireo::boot {
namespace {

using namespace platform;
using Access = AcpiTable::Access;

// ACPI 6.5 5.2.9, table 5.10: fixed feature flags. A clear PWR_BUTTON says that there is a fixed power button.
constexpr uint32_t kWbinvd = 1 << 0;
constexpr uint32_t kProcC1 = 1 << 2;
constexpr uint32_t kNoFixedSleepButton = 1 << 5;
constexpr uint32_t kNoFixedRtcWake = 1 << 6;
constexpr uint32_t kResetRegisterSupported = 1 << 10;

// 5.2.9.3, table 5.11: no 8042 (bit 1 clear), MSI supported (bit 3 clear).
constexpr uint16_t kNoVga = 1 << 2;

constexpr uint16_t kNoC2Latency = 101;   // above 100: not supported
constexpr uint16_t kNoC3Latency = 1001;  // above 1000: not supported
constexpr uint8_t kCentury = 0x32;

// 5.2.12: interrupt controller structures.
constexpr uint32_t kPcatCompatible = 1;
constexpr uint32_t kProcessorEnabled = 1;
constexpr uint16_t kConforming = 0;  // as the bus has it: ISA is edge, active high
constexpr uint16_t kLevelActiveHigh = 0x000d;
constexpr uint32_t kLargestXapicId = 254;

bool is_x2apic(uint32_t apic_id, size_t uid) {
  return apic_id > kLargestXapicId || uid > kLargestXapicId;
}

void add_processor(AcpiTable& madt, uint32_t apic_id, size_t uid) {
  if (is_x2apic(apic_id, uid))
    madt.u8(9).u8(16).u16(0).u32(apic_id).u32(kProcessorEnabled).u32(uid);
  else
    madt.u8(0).u8(8).u8(uid).u8(apic_id).u32(kProcessorEnabled);
}

void add_override(AcpiTable& madt, uint8_t irq, uint32_t gsi, uint16_t flags) {
  madt.u8(2).u8(10).u8(0).u8(irq).u32(gsi).u16(flags);
}

}  // namespace

std::vector<uint8_t> make_fadt(const AcpiInputs& inputs, GuestAddress facs, GuestAddress dsdt) {
  constexpr uint16_t kEvent = kPmBase + kPm1EventOffset;
  constexpr uint16_t kControl = kPmBase + kPm1ControlOffset;
  constexpr uint16_t kTimer = kPmBase + kPmTimerOffset;
  constexpr uint16_t kGpe0 = kPmBase + kGpe0Offset;
  AcpiTable table("FACP", 6, inputs.oem);
  table.u32(facs.value()).u32(dsdt.value()).u8(0).u8(0);  // no preferred profile
  table.u16(kSciIrq).u32(0).zeros(4);                     // no SMI command port: always in ACPI mode
  table.u32(kEvent).u32(0).u32(kControl).u32(0).u32(0).u32(kTimer).u32(kGpe0).u32(0);
  table.u8(kPm1EventLength).u8(kPm1ControlLength).u8(0).u8(kPmTimerLength).u8(kGpe0Length).u8(0).u8(0).u8(0);
  table.u16(kNoC2Latency).u16(kNoC3Latency).u16(0).u16(0);
  table.u8(0).u8(0).u8(0).u8(0).u8(kCentury);
  table.u16(kNoVga).u8(0);
  table.u32(kWbinvd | kProcC1 | kNoFixedSleepButton | kNoFixedRtcWake | kResetRegisterSupported);
  table.io_register(kResetPort, 8, Access::kByte).u8(kResetValue);
  table.u16(0).u8(5);              // ARM boot flags; minor version: ACPI 6.5
  table.u64(0).u64(dsdt.value());  // 5.2.9: one of FIRMWARE_CTRL and X_FIRMWARE_CTRL
  table.io_register(kEvent, kPm1EventLength * 8, Access::kWord).no_register();
  table.io_register(kControl, kPm1ControlLength * 8, Access::kWord).no_register();
  table.no_register();
  table.io_register(kTimer, kPmTimerLength * 8, Access::kDword);
  table.io_register(kGpe0, kGpe0Length * 8, Access::kByte).no_register();
  table.no_register().no_register();  // sleep registers are for hardware-reduced ACPI
  table.u64(0);                       // hypervisor vendor: CPUID says it
  return table.finish();
}

// ACPI 6.5 5.2.10. It has no checksum and no OEM fields. OSPM writes to it.
std::vector<uint8_t> make_facs() {
  constexpr size_t kSize = 64;
  constexpr size_t kVersionOffset = 32;
  std::vector<uint8_t> facs;
  append_text(facs, "FACS", 4);
  facs.push_back(kSize);
  facs.resize(kSize);
  facs[kVersionOffset] = 2;
  return facs;
}

std::vector<uint8_t> make_madt(const AcpiInputs& inputs) {
  AcpiTable table("APIC", 5, inputs.oem);
  table.u32(kLocalApicAddress.value()).u32(kPcatCompatible);
  bool x2apic = false;
  for (size_t uid = 0; uid < inputs.apic_ids.size(); ++uid) {
    add_processor(table, inputs.apic_ids[uid], uid);
    x2apic = x2apic || is_x2apic(inputs.apic_ids[uid], uid);
  }
  table.u8(1).u8(12).u8(inputs.io_apic_id).u8(0).u32(kIoApicAddress.value()).u32(0);
  add_override(table, kTimerIrq, 2, kConforming);  // the PC's IRQ 0 is pin 2
  add_override(table, kSciIrq, kSciIrq, kLevelActiveHigh);
  table.u8(4).u8(6).u8(0xff).u16(kConforming).u8(1);  // all processors: LINT1 is NMI
  if (x2apic) table.u8(10).u8(12).u16(kConforming).u32(0xffffffff).u8(1).zeros(3);
  return table.finish();
}

// PCI Firmware 3.3, 4.1.2.
std::vector<uint8_t> make_mcfg(const AcpiInputs& inputs) {
  const uint64_t buses = inputs.ecam.size() / base::kMiB;
  AcpiTable table("MCFG", 1, inputs.oem);
  table.zeros(8).u64(inputs.ecam.start().value()).u16(0).u8(0).u8(buses - 1).zeros(4);
  return table.finish();
}

}  // namespace vireo::boot
