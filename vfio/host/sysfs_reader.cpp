#include "vfio/host/sysfs_reader.h"

#include <dirent.h>
#include <limits.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

#include "vmm/base/bits.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  size_t at = 0;
  while ((at = text.find_first_not_of(separators, at)) != std::string_view::npos) {
    const size_t end = std::min(text.find_first_of(separators, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end;
  }
  return parts;
}

std::optional<uint64_t> parse_in_base(std::string_view text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

std::vector<std::string> list_folder(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (!folder) return names;
  while (const dirent* entry = ::readdir(folder.get()))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string link_text(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  return length < 0 ? std::string() : std::string(target, static_cast<size_t>(length));
}

std::string link_name(const std::string& path) {
  return base_name(link_text(path));
}

std::string link_target(const std::string& path) {
  std::string text = link_text(path);
  if (text.empty() || text.starts_with('/')) return text;
  std::string target = path.substr(0, path.rfind('/'));
  for (const std::string_view part : split(text, "/")) {
    if (part == "..")
      target.erase(std::min(target.rfind('/'), target.size()));
    else if (part != ".")
      target.append("/").append(part);
  }
  return target;
}

std::string read_attribute(const std::string& path) {
  const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char buffer[base::kPageSize];
  const ssize_t count = fd ? ::read(fd.get(), buffer, sizeof buffer) : -1;
  std::string text(buffer, static_cast<size_t>(std::max<ssize_t>(count, 0)));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string read_bytes(const std::string& path, size_t limit) {
  const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  std::string bytes(limit, '\0');
  size_t filled = 0;
  while (filled < limit) {
    const ssize_t count = ::read(fd.get(), bytes.data() + filled, limit - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

std::optional<uint64_t> parse_number(std::string_view text) {
  return text.starts_with("0x") ? parse_in_base(text.substr(2), 16) : parse_in_base(text, 10);
}

std::optional<uint64_t> parse_hex(std::string_view text) {
  return parse_in_base(text, 16);
}

std::optional<uint64_t> read_number(const std::string& path) {
  return parse_number(read_attribute(path));
}

std::vector<std::string_view> split_words(std::string_view text) {
  return split(text, " \t\n");
}

std::vector<std::string_view> split_lines(std::string_view text) {
  return split(text, "\n");
}

}  // namespace vireo::host
