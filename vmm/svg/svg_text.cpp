// Text of a picture: bytes from anywhere made fit for XML, measured and broken without knowing the font.
#include <algorithm>
#include <array>

#include "vmm/svg/svg.h"

namespace vireo::svg {
namespace {

constexpr char32_t kReplacement = 0xfffd;
constexpr char32_t kNoBreakSpace = 0xa0;
constexpr const char* kEllipsis = "\xe2\x80\xa6";

struct Character {
  char32_t value = kReplacement;
  size_t length = 1;  // bytes
};

// Unicode 15 table 3-7: the shortest form only, no surrogates. A byte that begins nothing is replaced alone.
Character decode(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return {};
  char32_t value = first & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  const char32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, length};
}

bool is_harmless(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
  const bool turns = c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return !control && !turns && (c & 0xfffe) != 0xfffe;
}

// Visit each character with its bytes, as they will be shown.
template <typename Visit>
void for_each_character(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const Character c = decode(text);
    if (c.value == '\t' || c.value == '\n' || c.value == '\r')
      visit(U' ', std::string_view(" "));
    else if (is_harmless(c.value) && c.value != kReplacement)
      visit(c.value, text.substr(0, c.length));
    else
      visit(kReplacement, std::string_view("\xef\xbf\xbd"));
    text.remove_prefix(c.length);
  }
}

// Letters of one width, in parts of the type's size: those of DejaVu Sans, the widest of the common fonts.
struct LetterWidth {
  std::string_view letters;
  double width;
};
constexpr std::array kLetterWidths{LetterWidth{"ijl '.,:;|", 0.34}, LetterWidth{"frtI()[]/!-\"", 0.43},
                                   LetterWidth{"scvxyzJ?", 0.6},    LetterWidth{"LEFTYZSPBKRVXA", 0.7},
                                   LetterWidth{"CDGHNOQU&", 0.79},  LetterWidth{"#+<=>~^", 0.84},
                                   LetterWidth{"mwMW@%", 1}};

double relative_width(char32_t c, const TextStyle& style) {
  constexpr double kOther = 0.65;  // most small letters, and digits
  constexpr double kBold = 1.12;
  if (c == kNoBreakSpace) c = ' ';
  if (c >= 0x80) return c == 0x2026 ? 1 : 1.05;
  if (style.monospaced) return 0.62;
  const auto known = std::ranges::find_if(kLetterWidths, [&](const LetterWidth& width) {
    return width.letters.find(static_cast<char>(c)) != std::string_view::npos;
  });
  return (known == kLetterWidths.end() ? kOther : known->width) * (style.bold ? kBold : 1);
}

// Return how many bytes of `text` fit.
size_t fitting_bytes(std::string_view text, const TextStyle& style, double width) {
  size_t bytes = 0;
  double used = 0;
  while (bytes < text.size()) {
    const Character c = decode(text.substr(bytes));
    used += relative_width(c.value, style) * style.size;
    if (used > width) break;
    bytes += c.length;
  }
  return bytes;
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string escaped;
  for_each_character(text, [&](char32_t c, std::string_view bytes) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += bytes;
    }
  });
  return escaped;
}

double text_width(std::string_view text, const TextStyle& style) {
  double width = 0;
  for_each_character(text, [&](char32_t c, std::string_view) { width += relative_width(c, style) * style.size; });
  return width;
}

std::string fit_text(std::string_view text, const TextStyle& style, double width) {
  if (text_width(text, style) <= width) return std::string(text);
  std::string_view kept = text.substr(0, fitting_bytes(text, style, width - text_width(kEllipsis, style)));
  while (kept.ends_with(' ')) kept.remove_suffix(1);
  return std::string(kept) + kEllipsis;
}

std::vector<std::string> wrap_text(std::string_view text, const TextStyle& style, double width, size_t most) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t bytes = fitting_bytes(text, style, width);
    if (bytes == text.size() || lines.size() + 1 == most) {
      lines.push_back(fit_text(text, style, width));
      break;
    }
    // At a blank; a word without one that is longer than a line is broken anywhere.
    const size_t blank = text.rfind(' ', bytes);
    const size_t end = blank == std::string_view::npos || blank == 0 ? std::max<size_t>(bytes, 1) : blank;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + (end == blank ? 1 : 0)));
  }
  return lines;
}

}  // namespace vireo::svg
