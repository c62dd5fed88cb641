#pragma once

#include <sys/ioctl.h>

#include <cerrno>
#include <string>

#include "vmm/base/error.h"
#include "vmm/base/fd.h"

namespace vireo::base {

// An ioctl request whose argument's type is fixed where it is declared:
//   constexpr Ioctl<vfio_group_status> kGroupGetStatus{VFIO_GROUP_GET_STATUS, "VFIO_GROUP_GET_STATUS"};
// Ioctl<void> takes no argument or a plain integer.
template <typename Argument>
struct Ioctl {
  unsigned long request;
  const char* name;
};

// Run an ioctl, again after EINTR; return its result, or -errno.
template <typename Argument>
int try_ioctl(const Fd& fd, Ioctl<Argument> request, Argument& argument) noexcept {
  int result;
  do result = ::ioctl(fd.get(), request.request, &argument);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

inline int try_ioctl(const Fd& fd, Ioctl<void> request, unsigned long argument = 0) noexcept {
  int result;
  do result = ::ioctl(fd.get(), request.request, argument);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

// What to do about a refusal that the caller has no better words for.
inline constexpr const char* kKernelLogHelp = "the kernel's log may say why: dmesg | tail";

// Run an ioctl that must succeed.
// Errors: SystemError with `code`, naming the request and `object`.
template <typename Argument>
int ioctl(const Fd& fd, Ioctl<Argument> request, Argument& argument, const std::string& object,
          ExitCode code = ExitCode::kHost) {
  const int result = try_ioctl(fd, request, argument);
  if (result < 0) throw SystemError(code, std::string(request.name) + " on " + object, -result, kKernelLogHelp);
  return result;
}

inline int ioctl(const Fd& fd, Ioctl<void> request, unsigned long argument, const std::string& object,
                 ExitCode code = ExitCode::kHost) {
  const int result = try_ioctl(fd, request, argument);
  if (result < 0) throw SystemError(code, std::string(request.name) + " on " + object, -result, kKernelLogHelp);
  return result;
}

}  // namespace vireo::base
