#pragma once

#include <string>

#include "vmm/config/diagnostics.h"

// What is wrong with a text before it is YAML, and what yaml-cpp does not say.
namespace vireo::config {

// Refuse what is too large or no text: control characters (so UTF-16 too), a byte order mark, endless lines.
// Return whether the text may be parsed.
bool check_text(const std::string& text, Diagnostics& diagnostics);

// Whether the quote that opens at `position` is closed: yaml-cpp 0.7 takes the rest of the file for the value.
bool quote_is_closed(const std::string& text, size_t position);

}  // namespace vireo::config
