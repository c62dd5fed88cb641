#pragma once

#include <spdlog/spdlog.h>

#include <atomic>

// Compiled once, by log_library.cpp, and not in every file that logs.
namespace fmt::detail {
extern template void vformat_to(buffer<char>&, basic_string_view<char>, basic_format_args<buffer_context<char>>,
                                locale_ref);
}  // namespace fmt::detail

namespace vireo::base {

// Log lines go to stderr: stdout is the guest's console. Levels as README.md says: error = the request failed, warn =
// abnormal but the guest is unharmed, info = rare and useful to an operator, debug and trace = for developers.
// Use spdlog's own calls: spdlog::info("[{} -> {}] ...", host, guest).
void set_up_log(spdlog::level::level_enum level);

// True the first time that it is asked: what a guest can make fail again and again is said once. Thread: any.
class FirstTime {
 public:
  bool operator()() noexcept { return !asked_.exchange(true); }

 private:
  std::atomic<bool> asked_ = false;
};

}  // namespace vireo::base
