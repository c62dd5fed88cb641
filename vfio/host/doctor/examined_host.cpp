#include "vfio/host/doctor/examined_host.h"

#include <algorithm>

#include "pci/config_space.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/error.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

constexpr uint32_t kBaseClassBridge = 0x06;

}  // namespace

ExaminedHost::ExaminedHost(HostRoot root, std::vector<std::string> wanted)
    : root_(std::move(root)), wanted_(std::move(wanted)) {
  for (const std::string& address : list_devices(root_)) {
    try {
      functions_.push_back(read_facts(address, root_));
    } catch (const base::Error&) {
      // It went meanwhile.
    }
  }
}

const HostFacts* ExaminedHost::find(const std::string& address) const {
  const auto found = std::ranges::find(functions_, address, &HostFacts::address);
  return found == functions_.end() ? nullptr : &*found;
}

bool ExaminedHost::is_wanted(const std::string& address) const {
  return std::ranges::find(wanted_, address) != wanted_.end();
}

std::vector<const HostFacts*> ExaminedHost::patients() const {
  std::vector<const HostFacts*> patients;
  for (const HostFacts& facts : functions_)
    if (wanted_.empty() ? facts.class_code >> 16 != kBaseClassBridge : is_wanted(facts.address))
      patients.push_back(&facts);
  return patients;
}

bool ExaminedHost::has(const std::string& path) const {
  return exists(root_.prefix + path);
}

// Some files of procfs are longer than what one read gives.
std::string ExaminedHost::read(const std::string& path) const {
  return base::read_text_or_empty(root_.prefix + path);
}

std::vector<std::string> ExaminedHost::list(const std::string& path) const {
  return list_folder(root_.prefix + path);
}

Evidence ExaminedHost::evidence(const std::string& path) const {
  return {.file = path, .value = has(path) ? read(path) : "(not there)"};
}

Evidence ExaminedHost::line_with(const std::string& path, const std::string& word) const {
  const std::string text = read(path);
  for (const std::string_view line : split_lines(text))
    if (line.find(word) != std::string_view::npos) return {.file = path, .value = std::string(line)};
  return {.file = path, .value = "(no line with " + word + ")"};
}

std::string ExaminedHost::file_of(const HostFacts& facts, const std::string& name) {
  return "/sys/bus/pci/devices/" + facts.address + "/" + name;
}

std::string ExaminedHost::config_of(const HostFacts& facts) const {
  return read_bytes(root_.prefix + file_of(facts, "config"), pci::kExtendedConfigSize);
}

// "address sizes : 39 bits physical, 48 bits virtual"
unsigned ExaminedHost::address_bits() const {
  const std::string line = line_with("/proc/cpuinfo", "address sizes").value;
  const auto words = split_words(std::string_view(line).substr(std::min(line.find(':') + 1, line.size())));
  const uint64_t bits = words.empty() ? 0 : parse_number(words[0]).value_or(0);
  return bits < 64 ? static_cast<unsigned>(bits) : 0;
}

bool ExaminedHost::was_booted_with(const std::string& word) const {
  const std::string text = read("/proc/cmdline");
  const auto words = split_words(text);
  return std::ranges::find(words, word) != words.end();
}

}  // namespace vireo::host
