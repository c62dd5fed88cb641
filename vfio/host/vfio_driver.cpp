#include "vfio/host/vfio_driver.h"

#include <fnmatch.h>

#include <algorithm>
#include <limits>

#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

constexpr std::string_view kAlias = "alias vfio_pci:";

// "MODALIAS=pci:v00008086d00001521sv..." of uevent, without the bus.
std::string identity_of(const std::string& address, const HostRoot& root) {
  constexpr std::string_view kKey = "MODALIAS=pci:";
  const std::string uevent = read_attribute(root.sys() + "/bus/pci/devices/" + address + "/uevent");
  for (const std::string_view line : split_lines(uevent))
    if (line.starts_with(kKey)) return std::string(line.substr(kKey.size()));
  return {};
}

}  // namespace

const std::vector<VariantModules::Alias>& VariantModules::aliases() {
  if (aliases_) return *aliases_;
  const std::string release = read_attribute(root_.proc() + "/sys/kernel/osrelease");
  const std::string text = base::read_text_or_empty(root_.prefix + "/lib/modules/" + release + "/modules.alias");
  aliases_.emplace();
  for (size_t at = text.find(kAlias); at != std::string::npos; at = text.find(kAlias, at + 1)) {
    const std::string_view line = std::string_view(text).substr(at, text.find('\n', at) - at);
    const auto words = split_words(line);
    if (words.size() != 3 || words[2] == "vfio_pci") continue;
    aliases_->push_back(
        {.pattern = std::string(words[1].substr(words[1].find(':') + 1)), .module = std::string(words[2])});
  }
  return *aliases_;
}

std::string VariantModules::made_for(const std::string& address) {
  const std::string identity = identity_of(address, root_);
  std::string best;
  auto least = std::numeric_limits<std::ptrdiff_t>::max();
  for (const auto& [pattern, module] : aliases()) {
    const auto wildcards = std::ranges::count(pattern, '*');
    if (wildcards >= least || ::fnmatch(pattern.c_str(), identity.c_str(), 0) != 0) continue;
    best = module;
    least = wildcards;
  }
  return best;
}

std::string driver_of_module(const std::string& module, const HostRoot& root) {
  constexpr std::string_view kBus = "pci:";
  for (const std::string& name : list_folder(root.sys() + "/module/" + module + "/drivers"))
    if (name.starts_with(kBus)) return name.substr(kBus.size());
  return {};
}

}  // namespace vireo::host
