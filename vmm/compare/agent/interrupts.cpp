#include "vmm/compare/agent/interrupts.h"

#include <algorithm>
#include <charconv>

namespace vireo::agent {
namespace {

// Return the text's next word, and take it off.
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// "24:   15   0   PCI-MSIX-0000:00:02.0 1-edge   nvme0q1": a number for each CPU, then names. Ports have messages of
// their own: "PCIe PME, pciehp".
uint64_t interrupts_of(std::string_view line, unsigned cpus) {
  take_word(line);
  uint64_t sum = 0;
  for (unsigned cpu = 0; cpu < cpus; ++cpu) {
    const std::string_view word = take_word(line);
    uint64_t count = 0;
    if (std::from_chars(word.data(), word.data() + word.size(), count).ptr != word.data() + word.size()) return 0;
    sum += count;
  }
  const bool by_message = line.find("MSI") != std::string_view::npos;
  return by_message && line.find("PCIe") == std::string_view::npos ? sum : 0;
}

}  // namespace

uint64_t device_interrupts(std::string_view text) {
  unsigned cpus = 0;
  for (std::string_view header = take_line(text); !take_word(header).empty();) ++cpus;
  uint64_t sum = 0;
  while (!text.empty()) sum += interrupts_of(take_line(text), cpus);
  return sum;
}

}  // namespace vireo::agent
