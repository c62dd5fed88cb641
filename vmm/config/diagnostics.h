#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vmm/config/config.h"

namespace vireo::config {

// Return "file:line:column: error: message", the source line, a caret, and the help.
std::string render(const Location& where, std::string_view line, const std::string& message, const std::string& help);

// Line `number` (from 1) of a text, without its end; empty when there is none.
std::string_view line_of(std::string_view text, int number);

// Return a piece of the file for a message: in backticks, on one line, not too long.
std::string quoted(std::string_view text);

// Collects the mistakes of one file. Lifetime: `text` must outlive it.
class Diagnostics {
 public:
  Diagnostics(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {}

  const std::string& file() const { return file_; }
  bool none() const { return mistakes_.empty(); }
  void add(const Location& where, const std::string& message, const std::string& help = {});
  // Errors: ConfigError with every mistake in the file's order, when there are any.
  void require_none() const;

 private:
  struct Mistake {
    int line;
    int column;
    std::string text;
  };

  std::string file_;
  std::string_view text_;
  std::vector<Mistake> mistakes_;
  size_t more_ = 0;  // not kept: a file of nonsense is not listed in full
};

// Return the candidate nearest to `word` by edit distance, or nothing that is near enough.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace vireo::config
