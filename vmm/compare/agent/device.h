#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

namespace vireo::agent {

inline constexpr uint64_t kForever = ~uint64_t{0};

// An operation that is done, by its slot.
struct Done {
  unsigned slot = 0;
  bool good = false;
};

// What a loop has its operations done by, and the clock that it sees them by. Operations have slots, below the order's
// depth, each with memory of its own. A concept and no base class: calls through a table were a quarter of what the
// agent costs. Nothing here allocates. Units: nanoseconds, now() since any moment. prepare: make an operation ready, on
// a block that is drawn. submit: begin what is ready. submit_and_wait: the same, and wait until an operation is done or
// so much time is over. May return early. done: return an operation that is done, each once; nothing, where no other
// is.
template <typename T>
concept Device = requires(T device, unsigned slot, uint64_t time) {
  { device.now() }
  noexcept->std::same_as<uint64_t>;
  { device.prepare(slot) }
  noexcept;
  { device.submit() }
  noexcept;
  { device.submit_and_wait(time) }
  noexcept;
  { device.done() }
  noexcept->std::same_as<std::optional<Done>>;
};

}  // namespace vireo::agent
