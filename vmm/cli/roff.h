#pragma once

#include <string>

namespace vireo::cli {

// Return text as roff, what is between backquotes in bold.
std::string roff(const std::string& text);

// Return a help text as a sentence of roff, with its full stop. In a line of its own, which no request may begin.
std::string sentence(const std::string& help);

// Return a word as it is typed, or a name for one, with hyphens that can be copied.
std::string bold(const std::string& word);
std::string italic(const std::string& word);

}  // namespace vireo::cli
