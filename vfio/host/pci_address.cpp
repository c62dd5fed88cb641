#include "vfio/host/pci_address.h"

#include <algorithm>
#include <tuple>

#include "vfio/host/sysfs_reader.h"

namespace vireo::host {
namespace {

constexpr size_t kMostNeighbours = 4;

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

uint64_t as_number(const PciAddress& address) {
  return uint64_t{address.domain} << 16 | uint64_t{address.bus} << 8 | uint64_t{address.device} << 3 | address.function;
}

uint64_t distance(const PciAddress& a, const PciAddress& b) {
  const uint64_t x = as_number(a);
  const uint64_t y = as_number(b);
  return x < y ? y - x : x - y;
}

// 0: the same device, 1: the same bus, 2: elsewhere.
int remoteness(const PciAddress& a, const PciAddress& b) {
  if (a.domain != b.domain || a.bus != b.bus) return 2;
  return a.device == b.device ? 0 : 1;
}

}  // namespace

std::optional<PciAddress> parse_address(std::string_view text) {
  // dddd:bb:dd.f, where the domain has 4 to 8 digits.
  if (text.size() < 12 || text.size() > 16) return std::nullopt;
  const size_t bus_at = text.size() - 7;
  if (text[bus_at - 1] != ':' || text[bus_at + 2] != ':' || text[bus_at + 5] != '.') return std::nullopt;
  const std::string_view parts[] = {text.substr(0, bus_at - 1), text.substr(bus_at, 2), text.substr(bus_at + 3, 2),
                                    text.substr(bus_at + 6, 1)};
  uint64_t values[4] = {};
  for (int i = 0; i < 4; ++i) {
    if (!std::all_of(parts[i].begin(), parts[i].end(), is_lower_hex)) return std::nullopt;
    values[i] = *parse_hex(parts[i]);
  }
  if (values[2] > 31 || values[3] > 7) return std::nullopt;
  return PciAddress{static_cast<uint32_t>(values[0]), static_cast<uint8_t>(values[1]), static_cast<uint8_t>(values[2]),
                    static_cast<uint8_t>(values[3])};
}

std::vector<std::string> nearest_addresses(const PciAddress& address, const std::vector<std::string>& existing) {
  struct Neighbour {
    int remoteness;
    uint64_t distance;
    std::string text;
  };
  std::vector<Neighbour> neighbours;
  for (const std::string& text : existing)
    if (const auto other = parse_address(text))
      neighbours.push_back({remoteness(address, *other), distance(address, *other), text});
  std::sort(neighbours.begin(), neighbours.end(), [](const Neighbour& a, const Neighbour& b) {
    return std::tie(a.remoteness, a.distance, a.text) < std::tie(b.remoteness, b.distance, b.text);
  });
  std::vector<std::string> nearest;
  for (const Neighbour& neighbour : neighbours)
    if (neighbour.remoteness == neighbours.front().remoteness && nearest.size() < kMostNeighbours)
      nearest.push_back(neighbour.text);
  return nearest;
}

}  // namespace vireo::host
