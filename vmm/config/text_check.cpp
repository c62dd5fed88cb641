#include "vmm/config/text_check.h"

#include "vmm/base/bits.h"

namespace vireo::config {
namespace {

constexpr size_t kLargestFile = base::kMiB;
constexpr size_t kLongestLine = 16 * base::kKiB;

}  // namespace

bool check_text(const std::string& text, Diagnostics& diagnostics) {
  const auto refuse = [&](int line, size_t column, const char* message, const char* help) {
    diagnostics.add({diagnostics.file(), line, static_cast<int>(column)}, message, help);
    return false;
  };
  if (text.size() > kLargestFile) return refuse(1, 1, "larger than 1 MiB", "a guest's file is a page of YAML");
  if (text.starts_with("\xef\xbb\xbf")) return refuse(1, 1, "a byte order mark", "save the file as UTF-8 without one");
  int line = 1;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      ++line;
      start = i + 1;
    } else if (i - start >= kLongestLine) {
      return refuse(line, i - start + 1, "a line of more than 16 KiB", "a guest's file is a page of YAML");
    } else if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f) {
      return refuse(line, i - start + 1, "a control character: this is not a text file", "save the file as UTF-8 text");
    }
  }
  return true;
}

bool quote_is_closed(const std::string& text, size_t position) {
  const char quote = text[position];
  for (size_t i = position + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != quote) return true;
      ++i;  // '' is a quote inside single quotes
    }
  }
  return false;
}

}  // namespace vireo::config
