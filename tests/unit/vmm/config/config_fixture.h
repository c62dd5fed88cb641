#pragma once

#include <string>

#include "vmm/config/load.h"

namespace vireo::config {

// A file that is right, to be continued.
inline const std::string kHead = "name: g\nmemory: 1GiB\nboot: {kernel: /k}\n";

// The message that a text gets; empty when it is accepted.
inline std::string message_for(const std::string& text) {
  try {
    parse(text, "g.yaml");
    return {};
  } catch (const ConfigError& error) {
    return error.what();
  }
}

inline std::string message_for_memory(const std::string& memory) {
  return message_for("name: g\nmemory: " + memory + "\nboot: {kernel: /k}\n");
}

// The same of entries of `pcie:`.
inline std::string message_for_pcie(const std::string& entries) {
  return message_for(kHead + "pcie:\n" + entries);
}
inline std::vector<PortConfig> ports_of(const std::string& entries) {
  return parse(kHead + "pcie:\n" + entries, "g.yaml").pcie.root_ports;
}

}  // namespace vireo::config
