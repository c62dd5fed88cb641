#include "vmm/boot/acpi_table.h"
#include "vmm/boot/aml.h"
#include "vmm/boot/aml_resources.h"
#include "vmm/platform/acpi_hardware.h"

// The DSDT: what cannot be enumerated. Processors are in the MADT alone: without power states there is nothing that
// processor objects would add, and each costs the guest's start.
namespace vireo::boot {
namespace {

using namespace platform;
using aml::Term;
using aml::Terms;

constexpr unsigned kRootDevices = 32;
constexpr unsigned kPins = 4;
constexpr std::string_view kHostBridgeUuid = "33db4d5b-1ff7-401c-9657-7441c03dd766";

// PCI Firmware 3.3, table 4-4: status in the first DWORD that _OSC returns.
constexpr uint32_t kOscFailure = 1 << 1;
constexpr uint32_t kOscUnknownUuid = 1 << 2;
constexpr uint32_t kOscUnknownRevision = 1 << 3;
constexpr uint32_t kOscMasked = 1 << 4;

// PCI Firmware 3.3, table 4-6: the control the operating system gets.
constexpr uint32_t kNativeHotPlug = 1 << 0;
constexpr uint32_t kPowerManagementEvents = 1 << 2;
constexpr uint32_t kAdvancedErrors = 1 << 3;
constexpr uint32_t kCapabilityStructure = 1 << 4;
constexpr uint32_t kLatencyTolerance = 1 << 5;
constexpr uint32_t kGranted =
    kNativeHotPlug | kPowerManagementEvents | kAdvancedErrors | kCapabilityStructure | kLatencyTolerance;

// ACPI 6.5 6.2.13: function 0xffff is all functions; a source of 0 makes the index a global interrupt.
Term routing_table() {
  Terms entries;
  for (unsigned slot = 0; slot < kRootDevices; ++slot)
    for (unsigned pin = 0; pin < kPins; ++pin)
      entries.push_back(aml::package({aml::integer(slot << 16 | 0xffff), aml::integer(pin), aml::integer(0),
                                      aml::integer(root_intx_gsi(slot, pin))}));
  return aml::name("_PRT", aml::package(entries));
}

// PCI Firmware 3.3 4.5.1. A query (bit 0 of the first DWORD) answers as a request does: granting has no side effect
// here. Nothing after the first DWORD is touched unless the caller passed it.
Term operating_system_capabilities() {
  const Term status = aml::reference("CDW1");
  const Term control = aml::reference("CDW3");
  const Term result = aml::argument(3);
  const auto refuse = [&](const Term& condition, uint32_t bit) {
    return aml::if_true(condition, {aml::or_into(status, bit), aml::return_value(result)});
  };
  return aml::method(
      "_OSC", 4,
      {aml::create_dword_field(result, 0, "CDW1"),
       refuse(aml::not_equal(aml::argument(0), aml::uuid(kHostBridgeUuid)), kOscUnknownUuid),
       refuse(aml::not_equal(aml::argument(1), aml::integer(1)), kOscUnknownRevision),
       refuse(aml::less(aml::argument(2), aml::integer(3)), kOscFailure), aml::create_dword_field(result, 8, "CDW3"),
       aml::store(aml::bit_and(control, aml::integer(kGranted)), aml::local(0)),
       aml::if_true(aml::not_equal(control, aml::local(0)), {aml::or_into(status, kOscMasked)}),
       aml::store(aml::local(0), control), aml::return_value(result)});
}

Term host_bridge_resources(const AcpiInputs& inputs) {
  aml::ResourceTemplate resources;
  resources.bus_numbers(0, static_cast<uint16_t>(inputs.ecam.size() / base::kMiB - 1));
  resources.io(kPciConfigAddressPort, 8);
  // Legacy ports belong to the host bridge too: the LPC bridge's PM registers are claimed below it.
  resources.io_window(0, kPciConfigAddressPort - 1);
  if (inputs.io.size != 0)
    resources.io_window(inputs.io.start, static_cast<uint16_t>(inputs.io.start + inputs.io.size - 1));
  for (const base::GuestRange& window : inputs.memory) {
    const uint64_t start = window.start().value();
    if (start <= 0xffffffff)
      resources.memory_window32(static_cast<uint32_t>(start), static_cast<uint32_t>(window.last().value()));
    else
      resources.memory_window64(start, window.last().value());
  }
  return aml::name("_CRS", resources.term());
}

Term host_bridge(const AcpiInputs& inputs) {
  return aml::device("PCI0", {aml::name("_HID", aml::eisa_id("PNP0A08")), aml::name("_CID", aml::eisa_id("PNP0A03")),
                              aml::name("_SEG", aml::integer(0)), aml::name("_BBN", aml::integer(0)),
                              aml::name("_UID", aml::integer(0)), host_bridge_resources(inputs), routing_table(),
                              operating_system_capabilities()});
}

// PCI Firmware 3.3 4.1.2: ECAM is reserved by a motherboard resource; so are the ports of the FADT.
Term motherboard(const AcpiInputs& inputs) {
  aml::ResourceTemplate resources;
  resources.fixed_memory32(static_cast<uint32_t>(inputs.ecam.start().value()),
                           static_cast<uint32_t>(inputs.ecam.size()));
  resources.io(kPmBase, kPmPorts);
  return aml::device("MBRD", {aml::name("_HID", aml::eisa_id("PNP0C02")), aml::name("_UID", aml::integer(0)),
                              aml::name("_CRS", resources.term())});
}

Term clock() {
  aml::ResourceTemplate resources;
  resources.io(kRtcPort, 2).irq(kRtcIrq);
  return aml::device("RTC_", {aml::name("_HID", aml::eisa_id("PNP0B00")), aml::name("_CRS", resources.term())});
}

Term serial() {
  aml::ResourceTemplate resources;
  resources.io(kSerialPort, 8).irq(kSerialIrq);
  return aml::device("COM1", {aml::name("_HID", aml::eisa_id("PNP0501")), aml::name("_UID", aml::integer(1)),
                              aml::name("_CRS", resources.term())});
}

// QEMU docs/specs/pvpanic.rst: the ID that Linux's driver knows.
Term pvpanic() {
  aml::ResourceTemplate resources;
  resources.io(kPvpanicPort, 1);
  return aml::device("PEVT", {aml::name("_HID", aml::text("QEMU0001")), aml::name("_CRS", resources.term())});
}

// ACPI 6.5 7.4.2: SLP_TYP of soft-off for PM1a and PM1b.
Term soft_off() {
  return aml::name("\\_S5", aml::package({aml::integer(kSleepTypeSoftOff), aml::integer(kSleepTypeSoftOff),
                                          aml::integer(0), aml::integer(0)}));
}

}  // namespace

std::vector<uint8_t> make_dsdt(const AcpiInputs& inputs) {
  Terms system{host_bridge(inputs), motherboard(inputs), clock()};
  if (inputs.serial) system.push_back(serial());
  if (inputs.pvpanic) system.push_back(pvpanic());
  // Revision 2: integers have 64 bits.
  return AcpiTable("DSDT", 2, inputs.oem).bytes(aml::concatenate({soft_off(), aml::scope("\\_SB", system)})).finish();
}

}  // namespace vireo::boot
