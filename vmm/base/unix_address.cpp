#include "vmm/base/unix_address.h"

#include <sys/socket.h>

#include "vmm/base/error.h"

namespace vireo::base {

std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX};
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  path.copy(address.sun_path, path.size());
  return address;
}

sockaddr_un require_unix_address(const std::string& path) {
  if (const auto address = unix_address(path)) return *address;
  throw Error(ExitCode::kHost, "socket " + path + ": its path has more than 107 characters",
              "put it in a folder with a short name");
}

}  // namespace vireo::base
