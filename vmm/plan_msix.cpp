#include "vmm/plan_msix.h"

#include "pci/standard.h"
#include "vfio/msix_capability.h"

namespace vireo {
namespace {

using config::MsixTable;

// The doorbells begin there; how far they reach is not known before the controller is asked.
// NVM Express base specification 1.4, 3.1.24.
constexpr uint64_t kNvmeDoorbells = 0x1000;

// Trapping is by the page: what shares one with table or pending bits traps too.
bool traps_doorbells(const host::HostFacts& facts) {
  const auto traps = [](unsigned bar, uint64_t start, uint64_t size) {
    return bar == 0 && start < kNvmeDoorbells + base::kPageSize && start + size > kNvmeDoorbells;
  };
  const host::MsixFacts& msix = facts.msix;
  return facts.class_code == pci::kNvmeClass &&
         (traps(msix.table_bar, msix.table_offset, 16 * uint64_t{msix.vectors}) ||
          traps(msix.pba_bar, msix.pba_offset, msix.vectors / 8 + 8));
}

std::optional<unsigned> free_bar(const pci::Bars& bars) {
  for (unsigned i = 0; i < pci::kRomIndex; ++i) {
    const bool upper_half = i > 0 && bars[i - 1].kind == pci::BarKind::kMemory64;
    if (bars[i].kind == pci::BarKind::kNone && !upper_half) return i;
  }
  return std::nullopt;
}

}  // namespace

std::optional<unsigned> plan_msix_table(Plan& plan, const config::DeviceConfig& device, const host::HostFacts& facts,
                                        pci::Bars& bars) {
  const bool wished = device.msix_table == MsixTable::kRelocate;
  if (!wished && (device.msix_table == MsixTable::kDevice || facts.msix.vectors == 0 || !traps_doorbells(facts)))
    return std::nullopt;
  const auto bar = free_bar(bars);
  if (wished && (facts.msix.vectors == 0 || !bar)) {
    add_conflict(plan, base::ExitCode::kDevice, device.msix_table_where,
                 device.vfio + (bar ? " has no MSI-X table" : " has no BAR left for its MSI-X table"),
                 "leave `msix_table` out")
        .subject = device.vfio;
    return std::nullopt;
  }
  if (!bar) {
    plan.remarks.push_back(device.vfio +
                           " has its MSI-X table beside its doorbells and no BAR left to move it to: each "
                           "I/O traps");
    return std::nullopt;
  }
  bars[*bar] = {.kind = pci::BarKind::kMemory32, .size = vfio::msix_bar_size(facts.msix.vectors)};
  return bar;
}

}  // namespace vireo
