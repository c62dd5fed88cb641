#include "vmm/compare/agent/lines.h"

#include <algorithm>

namespace vireo::agent {

std::optional<std::string> Lines::next(size_t longest) {
  const size_t end = text_.find('\n');
  // No more of a line without an end is kept than it takes to see that it is too long.
  if (end == std::string::npos) {
    if (text_.size() > longest + 1) text_.resize(longest + 1);
    return std::nullopt;
  }
  std::string line = text_.substr(0, end);
  text_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  if (line.size() > longest) line.resize(longest);
  return line;
}

std::vector<std::string> cut_at_blanks(std::string_view text, size_t longest) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t blank = text.size() <= longest ? std::string_view::npos : text.rfind(' ', longest);
    const size_t end = text.size() <= longest            ? text.size()
                       : blank != std::string_view::npos ? blank
                                                         : std::min(text.find(' '), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

}  // namespace vireo::agent
