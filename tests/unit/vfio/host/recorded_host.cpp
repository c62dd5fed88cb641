#include "tests/unit/vfio/host/recorded_host.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "vfio/host/sysfs_reader.h"

namespace vireo::host {
namespace {

std::string unescaped(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    const char c = text[++i];
    plain += c == 'n' ? '\n' : c == 't' ? '\t' : c;
  }
  return plain;
}

// "256 8680": bytes, zeros after them.
std::string unpacked(const std::string& text) {
  std::istringstream words(text);
  size_t size = 0;
  std::string digits;
  words >> size >> digits;
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  bytes.resize(size, '\0');
  return bytes;
}

unsigned byte_at(const std::string& config, size_t offset) {
  return static_cast<uint8_t>(config.at(offset));
}

}  // namespace

RecordedHost::RecordedHost(const std::string& name) {
  std::ifstream file(std::string(VIREO_SOURCE_DIR) + "/tests/golden/hosts/" + name + ".tree");
  for (std::string line; std::getline(file, line);) {
    const size_t blank = line.find(' ', 2);
    const std::string path = line.substr(2, blank - 2);
    const std::string rest = blank == std::string::npos ? "" : line.substr(blank + 1);
    if (line[0] == 'L') link(path, rest);
    if (line[0] == 'F') write(path, unescaped(rest) + "\n");
    if (line[0] == 'X') write(path, unpacked(rest));
  }
}

std::string RecordedHost::folder_of(const std::string& address) const {
  const std::string path = link_target(root().sys() + "/bus/pci/devices/" + address);
  return path.substr(root().prefix.size()) + "/";
}

void RecordedHost::put(const std::string& address, size_t offset, const std::string& bytes) const {
  const std::string file = folder_of(address) + "config";
  write(file, read(file).replace(offset, bytes.size(), bytes));
}

size_t RecordedHost::capability(const std::string& address, unsigned id) const {
  const std::string config = read(folder_of(address) + "config");
  size_t at = byte_at(config, 0x34);
  while (at != 0 && byte_at(config, at) != id) at = byte_at(config, at + 1);
  return at;
}

size_t RecordedHost::extended_capability(const std::string& address, unsigned id) const {
  const std::string config = read(folder_of(address) + "config");
  size_t at = 0x100;
  while (at != 0 && (byte_at(config, at) | byte_at(config, at + 1) << 8) != id)
    at = byte_at(config, at + 2) >> 4 | byte_at(config, at + 3) << 4;
  return at;
}

// Its id becomes one that nobody looks for.
void RecordedHost::drop_capability(const std::string& address, unsigned id) const {
  const size_t at = extended_capability(address, id);
  if (at == 0) throw std::runtime_error(address + " has no capability to drop");
  put(address, at, "\x0b");
}

void RecordedHost::join_group(const std::string& address, unsigned from, unsigned to) const {
  const std::string groups = "/sys/kernel/iommu_groups/";
  const std::string member = "/devices/" + address;
  const std::string own = folder_of(address) + "iommu_group";
  const std::string target = link_text(root().prefix + own);
  link(groups + std::to_string(to) + member, link_text(root().prefix + groups + std::to_string(from) + member));
  remove(groups + std::to_string(from));
  remove(own);
  link(own, target.substr(0, target.rfind('/') + 1) + std::to_string(to));
}

void RecordedHost::replace(const std::string& path, const std::string& part, const std::string& by) const {
  std::string text = read(path);
  const size_t at = text.find(part);
  if (at == std::string::npos) throw std::runtime_error(path + " does not have " + part);
  write(path, text.replace(at, part.size(), by));
}

}  // namespace vireo::host
