#include "vfio/host/mounts.h"

#include <algorithm>

#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

// Blanks and backslashes are written as \040 in procfs: proc(5).
std::string unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Mounts::Mounts(const HostRoot& root) {
  // 27 1 254:0 / / rw,relatime [optional fields] - ext4 /dev/vda rw: proc(5).
  const std::string mounts = base::read_text_or_empty(root.proc() + "/self/mountinfo");
  for (const std::string_view line : split_lines(mounts)) {
    const auto words = split_words(line);
    const auto separator = std::find(words.begin(), words.end(), "-");
    if (words.size() < 5 || words.end() - separator < 3) continue;
    mounts_.push_back({std::string(words[2]), unescape(separator[2]), unescape(words[4])});
  }
  // Filename Type Size Used Priority
  const std::string swaps = base::read_text_or_empty(root.proc() + "/swaps");
  for (const std::string_view line : split_lines(swaps))
    if (line.starts_with('/')) swaps_.push_back(unescape(split_words(line).front()));
}

std::optional<std::string> Mounts::use_of(const std::string& number, const std::vector<std::string>& nodes) const {
  for (const Mount& mount : mounts_)
    if ((!number.empty() && mount.number == number) || contains(nodes, mount.source))
      return "is mounted on " + mount.point;
  for (const std::string& swap : swaps_)
    if (contains(nodes, swap)) return "is used as swap";
  return std::nullopt;
}

}  // namespace vireo::host
