#include "vmm/base/error.h"

#include <cstring>

namespace vireo::base {

std::string errno_text(int error_number) {
  const char* name = strerrorname_np(error_number);
  const char* text = strerrordesc_np(error_number);
  return std::string(name ? name : "errno " + std::to_string(error_number)) + " (" + (text ? text : "unknown") + ")";
}

SystemError::SystemError(ExitCode code, std::string_view action, int error_number, std::string help)
    : Error(code, std::string(action) + ": " + errno_text(error_number), std::move(help)),
      error_number_(error_number) {}

}  // namespace vireo::base
