#pragma once

#include <sys/un.h>

#include <optional>
#include <string>

namespace vireo::base {

// The address of a Unix socket; nothing when the path is too long for one. unix(7)
std::optional<sockaddr_un> unix_address(const std::string& path);
// The same. Errors: Error (kHost) when it is too long.
sockaddr_un require_unix_address(const std::string& path);

}  // namespace vireo::base
