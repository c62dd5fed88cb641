#pragma once

#include <string>

namespace vireo::config {

// Read a YAML file's text, and no more of it than a file may have and one byte: parse_tree() refuses that.
// Errors: base::Error (kConfig).
std::string read_document(const std::string& path);

}  // namespace vireo::config
