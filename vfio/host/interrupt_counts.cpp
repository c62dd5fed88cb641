#include "vfio/host/interrupt_counts.h"

#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::host {

// "  45:   1203   7   PCI-MSI 524288-edge   vfio-msix[0](0000:01:00.1)"
std::map<std::string, InterruptCount> vfio_interrupts(const HostRoot& root) {
  std::map<std::string, InterruptCount> found;
  const std::string text = base::read_text_or_empty(root.proc() + "/interrupts");
  for (const std::string_view line : split_lines(text)) {
    const auto words = split_words(line);
    if (words.size() < 2 || !words.back().starts_with("vfio-") || !words.front().ends_with(":")) continue;
    const auto irq = parse_number(words.front().substr(0, words.front().size() - 1));
    if (!irq) continue;
    InterruptCount entry{.irq = static_cast<unsigned>(*irq)};
    for (size_t i = 1; i < words.size(); ++i) {
      const auto count = parse_number(words[i]);
      if (!count) break;
      entry.count += *count;
    }
    found.emplace(words.back(), entry);
  }
  return found;
}

std::string interrupt_name(const std::string& kind, unsigned vector, const std::string& address) {
  if (kind == "INTx") return "vfio-intx(" + address + ")";
  return (kind == "MSI-X" ? "vfio-msix[" : "vfio-msi[") + std::to_string(vector) + "](" + address + ")";
}

}  // namespace vireo::host
