#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vireo::host {

// The address of a host function, as sysfs spells it: "0000:65:00.1". Domains wider than 16 bits exist (Intel VMD).
struct PciAddress {
  uint32_t domain = 0;
  uint8_t bus = 0;
  uint8_t device = 0;
  uint8_t function = 0;
  auto operator<=>(const PciAddress&) const = default;
};

// Parse sysfs's spelling and no other, so that an address can be a part of a path.
std::optional<PciAddress> parse_address(std::string_view text);

// Return those of `existing` that someone who typed `address` may have meant: the other functions of the device, else
// the other devices of the bus, else the neighbours; at most four.
std::vector<std::string> nearest_addresses(const PciAddress& address, const std::vector<std::string>& existing);

}  // namespace vireo::host
