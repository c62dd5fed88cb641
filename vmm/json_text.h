#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace vireo {

// Return JSON for programs. What a host says of itself are bytes that need not be UTF-8: those that are none are
// replaced, where dump() itself would throw.
inline std::string json_text(const nlohmann::json& value) {
  return value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace vireo
