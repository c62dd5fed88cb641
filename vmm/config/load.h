#pragma once

#include <string>

#include "vmm/base/error.h"
#include "vmm/config/config.h"

namespace vireo::config {

// A mistake in the file. what() is complete: "file:line:column: ...", the line, a caret, the nearest valid key.
class ConfigError : public base::Error {
 public:
  ConfigError(const Location& where, const std::string& message, const std::string& help = {});
  explicit ConfigError(const std::string& complete);
};

// Read a guest's file. Relative paths in it are relative to the file's folder.
// Errors: ConfigError with all mistakes that can be found in one go, joined; base::Error (kConfig) when
// the file cannot be read.
Config load(const std::string& path);

// The same for text that is at hand; `name` stands for the file in messages.
Config parse(const std::string& text, const std::string& name);

// The JSON Schema (draft 2020-12) of the file, from the table that parses it.
std::string json_schema();

}  // namespace vireo::config
