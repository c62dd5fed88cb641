#include "vmm/firmware_board.h"

#include <algorithm>

#include "pci/platform_functions.h"
#include "vmm/base/log.h"
#include "vmm/boot/e820.h"
#include "vmm/boot/table_loader.h"
#include "vmm/boot_disks.h"
#include "vmm/guest_tables.h"
#include "vmm/platform/memory_map.h"

namespace vireo {
namespace {

using emulated::FwCfg;

constexpr uint64_t kFourGiB = platform::kHighRamStart.value();
constexpr uint64_t kLowCopySize = 128 * base::kKiB;  // 0xe0000-0xfffff

std::vector<uint8_t> number(uint64_t value, unsigned width) {
  std::vector<uint8_t> bytes;
  for (unsigned i = 0; i < width; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
  return bytes;
}

// As QEMU's etc/e820: address, size and type of each range. Firmware takes its own part of RAM away itself.
std::vector<uint8_t> memory_map(const Plan& plan) {
  std::vector<uint8_t> map;
  const auto add = [&map](uint64_t start, uint64_t size, boot::MemoryType type) {
    for (const auto& [value, width] : {std::pair{start, 8u}, {size, 8u}, {static_cast<uint64_t>(type), 4u}}) {
      const std::vector<uint8_t> bytes = number(value, width);
      map.insert(map.end(), bytes.begin(), bytes.end());
    }
  };
  for (const platform::RamRegion& region : plan.ram)
    add(region.range.start().value(), region.range.size(), boot::MemoryType::kRam);
  add(platform::kKvmIdentityMap.value(), 4 * base::kPageSize, boot::MemoryType::kReserved);
  return map;
}

emulated::RtcCmos::Equipment equipment_of(const Plan& plan) {
  emulated::RtcCmos::Equipment equipment{.memory_below_4_gib = 0, .memory_above_4_gib = 0, .cpus = plan.config.cpus};
  for (const platform::RamRegion& region : plan.ram)
    (region.range.start() < platform::kHighRamStart ? equipment.memory_below_4_gib : equipment.memory_above_4_gib) +=
        region.range.size();
  return equipment;
}

emulated::DebugConsole::Listener listener() {
  if (!spdlog::should_log(spdlog::level::debug)) return {};
  return [](std::string_view line) { spdlog::debug("firmware: {}", line); };
}

}  // namespace

FirmwareBoard::FirmwareBoard(const Plan& plan, const boot::Firmware& firmware, const Surroundings& surroundings)
    : fw_cfg_(surroundings.memory), debug_console_(listener()) {
  map_code(firmware, surroundings);
  surroundings.ports.add(FwCfg::kPort, FwCfg::kPorts, fw_cfg_);
  for (const emulated::PortRange& range : emulated::DebugConsole::kPorts)
    surroundings.ports.add(range.start, range.size, debug_console_);
  if (const base::Mapping& bytes = firmware.variables.bytes) {
    const base::GuestAddress start(kFourGiB - firmware.code.size() - bytes.size());
    variables_.emplace(std::span(bytes.data(), bytes.size()), start, surroundings.slots);
    surroundings.mmio.add(start.value(), bytes.size(), *variables_);
  }
  surroundings.cmos.describe(equipment_of(plan));
  describe_machine(plan);
  describe_tables(plan, surroundings.root_complex);
}

void FirmwareBoard::map_code(const boot::Firmware& firmware, const Surroundings& surroundings) {
  const base::Mapping& code = firmware.code;
  if (!surroundings.slots.map(base::GuestAddress(kFourGiB - code.size()), code.address(), code.size(), true))
    throw base::Error(base::ExitCode::kHost, "KVM refused the firmware's read-only memory",
                      "use a Linux kernel with KVM_CAP_READONLY_MEM");
  // A PC shows the end of it below 1 MiB too; what hides it there are registers that this host bridge does not have.
  const uint64_t size = std::min(code.size(), kLowCopySize);
  const std::span end(code.data() + code.size() - size, size);
  if (!surroundings.memory.write(base::GuestAddress(platform::kHighMemoryStart.value() - size), end))
    throw base::Error(base::ExitCode::kBootImage, "the guest has no memory below 1 MiB", "give the guest more memory");
}

void FirmwareBoard::describe_machine(const Plan& plan) {
  const uint64_t cpus = plan.config.cpus;
  fw_cfg_.add(FwCfg::Key::kMemorySize, number(plan.config.memory.size, 8));
  fw_cfg_.add(FwCfg::Key::kCpus, number(cpus, 2));
  fw_cfg_.add(FwCfg::Key::kMaxCpus, number(cpus, 2));
  fw_cfg_.add_file("etc/e820", memory_map(plan));
  std::string order;
  for (const BootDisk& disk : boot_disks(plan)) order += disk.path + "\n";
  std::vector<uint8_t> text(order.begin(), order.end());
  text.push_back(0);
  fw_cfg_.add_file("bootorder", std::move(text));
  fw_cfg_.add_file("etc/sercon-port", number(platform::kSerialPort, 2));  // SeaBIOS has no other screen
  fw_cfg_.add_file("etc/irq0-override", number(1, 1));                    // for its MP table: the timer is on pin 2
}

// Firmware moves ECAM, and reads the tables after that.
void FirmwareBoard::describe_tables(const Plan& plan, pci::RootComplex& root_complex) {
  const auto make = [&plan, &root_complex] {
    const uint64_t low = root_complex.read_config(0, 0, pci::kPciexbar, 4);
    const uint64_t high = root_complex.read_config(0, 0, pci::kPciexbar + 4, 4);
    return boot::make_acpi(acpi_inputs_behind_firmware(plan, pci::ecam_range(low | high << 32)));
  };
  const boot::AcpiImage image = boot::make_acpi(acpi_inputs_behind_firmware(plan, {}));
  fw_cfg_.add_file(std::string(boot::kAcpiRsdpFile), image.rsdp);
  fw_cfg_.add_file(std::string(boot::kAcpiTablesFile), image.tables, [make] { return make().tables; });
  fw_cfg_.add_file(std::string(boot::kTableLoaderFile), boot::make_table_loader(image));
  boot::SmbiosTables smbios = boot::make_smbios(smbios_inputs(plan, true));
  fw_cfg_.add_file("etc/smbios/smbios-anchor", std::move(smbios.entry_point));
  fw_cfg_.add_file("etc/smbios/smbios-tables", std::move(smbios.structures));
}

}  // namespace vireo
