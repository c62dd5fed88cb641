#pragma once

#include <string>
#include <vector>

#include "vmm/config/config.h"

namespace vireo::config {

// Return "file:line:column: error: message", the source line, a caret, and the help.
std::string render(const Location& where, const std::string& line, const std::string& message, const std::string& help);

// Line `number` (from 1) of a text; empty when there is none.
std::string line_of(const std::string& text, int number);

// Collects the mistakes of one file.
class Diagnostics {
 public:
  Diagnostics(std::string file, const std::string& text) : file_(std::move(file)), text_(text) {}

  const std::string& file() const { return file_; }
  void add(const Location& where, const std::string& message, const std::string& help = {});
  // Errors: ConfigError with every mistake, when there are any.
  void require_none() const;

 private:
  std::string file_;
  const std::string& text_;
  std::vector<std::string> mistakes_;
};

// Return the candidate nearest to `word` by edit distance, or nothing that is near enough.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace vireo::config
