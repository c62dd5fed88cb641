#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vireo::agent {

// Takes what is read from a console or a pipe apart into lines: a piece may have half a line, or several.
class Lines {
 public:
  void add(std::string_view piece) { text_ += piece; }
  // Return the next whole line without its end ("\n" or "\r\n"); nothing, while there is none. Of a line that is longer
  // than `longest`, that much is returned.
  std::optional<std::string> next(size_t longest);

 private:
  std::string text_;
};

// Return the text in parts of at most `longest`, cut at blanks, which are left out. A word that is longer is whole.
std::vector<std::string> cut_at_blanks(std::string_view text, size_t longest);

}  // namespace vireo::agent
