#pragma once

#include <cstdint>
#include <optional>

namespace vireo::agent {

inline constexpr uint64_t kForever = ~uint64_t{0};

// What a loop has its operations done by, and the clock that it sees them by. Operations have slots, below the order's
// depth, each with memory of its own.
class Device {
 public:
  struct Done {
    unsigned slot = 0;
    bool good = false;
  };

  virtual ~Device() = default;
  // Units: nanoseconds, since any moment.
  virtual uint64_t now() noexcept = 0;
  // Make an operation ready, on a block that is drawn.
  virtual void prepare(unsigned slot) noexcept = 0;
  // Begin what is ready.
  virtual void submit() noexcept = 0;
  // Begin what is ready, and wait until an operation is done or so many nanoseconds are over. May return early.
  virtual void submit_and_wait(uint64_t nanoseconds) noexcept = 0;
  // Return an operation that is done, each once; nothing, where no other is.
  virtual std::optional<Done> done() noexcept = 0;
};

}  // namespace vireo::agent
