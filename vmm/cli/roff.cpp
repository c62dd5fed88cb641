#include "vmm/cli/roff.h"

#include <algorithm>

namespace vireo::cli {
namespace {

std::string word(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\\')
      result += "\\e";
    else
      result += letter == '-' ? "\\-" : std::string(1, letter);
  }
  return result;
}

}  // namespace

std::string roff(const std::string& text) {
  std::string result;
  size_t begin = 0;
  for (bool quoted = false; begin <= text.size(); quoted = !quoted) {
    const size_t end = std::min(text.find('`', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    result += quoted ? bold(part) : word(part);
    begin = end + 1;
  }
  return result;
}

std::string sentence(const std::string& help) {
  const bool looks_like_request = help.starts_with('.') || help.starts_with('\'');
  return (looks_like_request ? "\\&" : "") + roff(help) + (help.ends_with('.') ? "" : ".");
}

std::string bold(const std::string& text) {
  return "\\fB" + word(text) + "\\fR";
}

std::string italic(const std::string& text) {
  return "\\fI" + word(text) + "\\fR";
}

}  // namespace vireo::cli
