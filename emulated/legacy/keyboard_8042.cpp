#include "emulated/legacy/keyboard_8042.h"

namespace vireo::emulated {
namespace {

constexpr uint8_t kStatusOutputFull = 1 << 0;
constexpr uint8_t kStatusSelfTestPassed = 1 << 2;
constexpr uint8_t kStatusUnlocked = 1 << 4;
constexpr uint8_t kCommandPulseReset = 0xfe;
constexpr Effect kReset = 1;

}  // namespace

uint8_t Keyboard8042::read_byte(uint16_t, Effect&) noexcept {
  return kStatusOutputFull | kStatusSelfTestPassed | kStatusUnlocked;
}

void Keyboard8042::write_byte(uint16_t, uint8_t value, Effect& effect) noexcept {
  if (value == kCommandPulseReset) effect = kReset;
}

void Keyboard8042::perform(Effect) noexcept {
  if (events_.reset) events_.reset();
}

}  // namespace vireo::emulated
