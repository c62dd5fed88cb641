#include "emulated/legacy/debug_exit.h"

namespace vireo::emulated {
namespace {

constexpr Effect kExit = 0x100;  // | the value, which may be 0

}  // namespace

uint8_t DebugExit::read_byte(uint16_t, Effect&) noexcept {
  return 0;
}

// The bytes above the first are those of a wide store.
void DebugExit::write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept {
  if (offset == 0) effect = kExit | value;
}

void DebugExit::perform(Effect effect) noexcept {
  if (events_.exit) events_.exit(static_cast<uint8_t>(effect));
}

}  // namespace vireo::emulated
