#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vireo::config {

// With the digits A to F in small letters.
std::string lower(std::string text);

// "a,b" -> "a" and "b"; an empty text is one empty part.
std::vector<std::string> split_at_commas(const std::string& text);

// "512MiB" -> bytes; nothing for anything that is not a positive integer and KiB, MiB, GiB or TiB.
std::optional<uint64_t> parse_size(const std::string& text);

// Bytes in the largest unit that divides them: 1536 MiB -> "1536MiB", 2048 MiB -> "2GiB".
std::string format_size(uint64_t bytes);

// "500ms" -> nanoseconds; nothing for anything that is not a positive integer and us, ms or s.
std::optional<uint64_t> parse_duration(const std::string& text);

// A plain decimal number without sign or leading zero.
std::optional<uint64_t> parse_number(const std::string& text);

// "01:00.1" or "0000:01:00.1", any case -> "0000:01:00.1"; nothing for what is no PCI address. Domains have 4 to 8
// digits: Intel VMD's are wider than 16 bits.
std::optional<std::string> parse_pci_address(const std::string& text);

// The MAC address of one station, six bytes in hexadecimal: the lowest bit of the first is a group's. IEEE 802 8.2
std::optional<std::array<uint8_t, 6>> parse_mac(const std::string& text);

}  // namespace vireo::config
