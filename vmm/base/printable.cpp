#include "vmm/base/printable.h"

#include <array>
#include <cstdint>

namespace vireo::base {
namespace {

// RFC 3629: return how many bytes the first character has; 0: it is none, or a control character (ISO 6429's too).
size_t first_length(std::string_view text) {
  constexpr std::array<uint32_t, 5> kLeast{0, 0, 0xa0, 0x800, 0x10000};
  const auto byte = [&](size_t index) { return static_cast<uint8_t>(text[index]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  uint32_t value = lead & (0x7fu >> length);
  for (size_t index = 1; index < length; ++index) {
    if ((byte(index) & 0xc0) != 0x80) return 0;
    value = value << 6 | (byte(index) & 0x3fu);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  return surrogate || value < kLeast.at(length) || value > 0x10ffff ? 0 : length;
}

std::string cleaned(std::string_view text, std::string_view kept) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const size_t length = kept.find(text.front()) != std::string_view::npos ? 1 : first_length(text);
    clean += length == 0 ? std::string_view("?") : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return clean;
}

}  // namespace

std::string printable(std::string_view text) {
  return cleaned(text, "");
}

std::string printable_lines(std::string_view text) {
  return cleaned(text, "\n\t");
}

}  // namespace vireo::base
