#pragma once

#include <spdlog/spdlog.h>

namespace vireo::base {

// Log lines go to stderr: stdout is the guest's console. Levels as README.md says: error = the request failed, warn =
// abnormal but the guest is unharmed, info = rare and useful to an operator, debug and trace = for developers.
// Use spdlog's own calls: spdlog::info("[{} -> {}] ...", host, guest).
void set_up_log(spdlog::level::level_enum level);

}  // namespace vireo::base
