#include "vmm/config/units.h"

#include <charconv>

namespace vireo::config {
namespace {

bool is_hexadecimal(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::optional<uint64_t> parse_number(const std::string& text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<uint64_t> parse_size(const std::string& text) {
  if (text.size() < 4) return std::nullopt;
  const std::string unit = text.substr(text.size() - 3);
  const int shift = unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : unit == "TiB" ? 40 : 0;
  const auto count = parse_number(text.substr(0, text.size() - 3));
  if (shift == 0 || !count || *count == 0 || *count > (~uint64_t{0} >> shift)) return std::nullopt;
  return *count << shift;
}

std::string format_size(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (unit < 4 && bytes != 0 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + kUnits[unit];
}

std::optional<uint64_t> parse_duration(const std::string& text) {
  const size_t unit_at = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string unit = text.substr(unit_at);
  const uint64_t scale = unit == "us" ? 1'000 : unit == "ms" ? 1'000'000 : unit == "s" ? 1'000'000'000 : 0;
  const auto count = parse_number(text.substr(0, unit_at));
  if (scale == 0 || !count || *count == 0 || *count > ~uint64_t{0} / scale) return std::nullopt;
  return *count * scale;
}

// Source: sysfs names, Linux Documentation/PCI/sysfs-pci.rst: dddd:bb:dd.f.
std::optional<std::string> parse_pci_address(const std::string& text) {
  std::string address = lower(text);
  if (address.size() == 7) address.insert(0, "0000:");
  if (address.size() < 12 || address.size() > 16) return std::nullopt;
  const size_t bus = address.size() - 7;
  if (address[bus - 1] != ':' || address[bus + 2] != ':' || address[bus + 5] != '.') return std::nullopt;
  const bool digits = is_hexadecimal(address.substr(0, bus - 1)) && is_hexadecimal(address.substr(bus, 2)) &&
                      is_hexadecimal(address.substr(bus + 3, 2));
  const bool in_range = address[bus + 3] <= '1' && address[bus + 6] >= '0' && address[bus + 6] <= '7';
  return digits && in_range ? std::optional(address) : std::nullopt;
}

std::optional<std::array<uint8_t, 6>> parse_mac(const std::string& text) {
  constexpr size_t kLength = 17;
  std::array<uint8_t, 6> mac{};
  if (text.size() != kLength) return std::nullopt;
  for (size_t i = 0; i < mac.size(); ++i) {
    const char* const start = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(start, start + 2, mac[i], 16);
    if (error != std::errc() || end != start + 2 || (i < 5 && *end != ':')) return std::nullopt;
  }
  return (mac[0] & 1) == 0 ? std::optional(mac) : std::nullopt;
}

}  // namespace vireo::config
